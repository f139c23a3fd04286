"""What simworth finds where it is installed: versions, optional parts, devices, folders, memory. Nothing is changed."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import shutil
import sys
from pathlib import Path

import msgspec
from packaging.requirements import Requirement

from simworth.store import default_store
from simworth.workers import compiled, cores

PURPOSES = {
    "chem": "molecules, polymers and the shipped experiments",
    "produce": "simulation engines",
    "forcefield": "descriptors of a force field",
    "sql": "'simworth query' and tables in databases",
    "lmdb": "the files of OMat24",
    "keyring": "API keys in the system's keyring",
    "torch": "learners written in PyTorch",
    "chemprop": "the learner chemprop",
    "incontext": "in-context learners, TabPFN and TabICL, from a checkpoint",
    "serve": "'simworth serve', the pages of many runs",
}
"""What each optional part is for."""
IMPORTED = {"rdkit": "rdkit.Chem", "tblite": "tblite.interface", "dftd4": "dftd4.interface"}
"""Modules of compiled packages that can be installed and still not load."""
LEAST_FREE = 2**30
"""Bytes free below which a folder is a problem."""


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """One package that simworth uses."""

    name: str
    version: str | None
    """None where it is not installed."""
    wanted: str
    """Versions that will do, such as ``>=0.6``."""
    problem: str = ""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """An optional part of simworth."""

    name: str
    purpose: str
    packages: tuple[Package, ...]
    installed: bool
    command: str
    """What adds it; empty where it is there."""


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """A folder that simworth writes to."""

    purpose: str
    path: str
    exists: bool
    writable: bool
    free: int
    """Bytes."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    simworth: str
    python: str
    executable: str
    system: str
    cores: int
    memory: int | None
    """Bytes that may be used, all together; None where the system does not tell."""
    memory_free: int | None
    devices: tuple[str, ...]
    """As JAX sees them."""
    packages: tuple[Package, ...]
    parts: tuple[Part, ...]
    folders: tuple[Folder, ...]
    problems: tuple[str, ...]
    """Sentences: what is wrong and what to do. A missing optional part is none."""


def examine() -> Health:
    """Look at the installation and the machine."""
    needed, optional = _requirements()
    packages = tuple(_package(r) for r in needed)
    parts = tuple(_part(name, optional[name]) for name in PURPOSES if name in optional)
    devices, trouble = _devices()
    folders = _folders()
    memory, free = _memory()
    broken = [p for p in (*packages, *(q for part in parts for q in part.packages)) if p.problem and p.version]
    missing = [p for p in packages if p.version is None]
    problems = [
        *(f"{p.name} is not installed: {_pip(p.name + p.wanted)}" for p in missing),
        *dict.fromkeys(f"{p.name} {p.version} {p.problem}" for p in broken),
        *trouble,
        *(f"{f.path} ({f.purpose}) cannot be written; change its permissions" for f in folders if not f.writable),
        *(f"{f.path} ({f.purpose}) has less than 1 GiB free; make room" for f in folders if f.free < LEAST_FREE),
    ]
    return Health(
        simworth=importlib.metadata.version("simworth"), python=platform.python_version(), executable=sys.executable,
        system=platform.platform(), cores=cores(), memory=memory, memory_free=free, devices=devices,
        packages=packages, parts=parts, folders=folders, problems=tuple(problems),
    )  # fmt: skip


def _requirements() -> tuple[list[Requirement], dict[str, list[Requirement]]]:
    """What simworth always needs on this machine, and what each optional part needs."""
    said = [Requirement(text) for text in importlib.metadata.requires("simworth") or ()]
    names = importlib.metadata.metadata("simworth").get_all("Provides-Extra") or []
    bare = {"extra": ""}
    needed = [r for r in said if r.marker is None or r.marker.evaluate(bare)]
    optional = {
        name: [
            r
            for r in said
            if r.marker is not None and not r.marker.evaluate(bare) and r.marker.evaluate({"extra": name})
        ]
        for name in names
    }
    return needed, optional


def _package(wanted: Requirement) -> Package:
    said = str(wanted.specifier)
    try:
        version = importlib.metadata.version(wanted.name)
    except importlib.metadata.PackageNotFoundError:
        return Package(name=wanted.name, version=None, wanted=said)
    problem = ""
    if not wanted.specifier.contains(version, prereleases=True):
        problem = f"is not {said}: {_pip(wanted.name + said)}"
    elif wanted.name in IMPORTED:
        problem = _loads(IMPORTED[wanted.name], wanted.name)
    return Package(name=wanted.name, version=version, wanted=said, problem=problem)


def _loads(module: str, name: str) -> str:
    """Why a compiled package does not load; empty where it does."""
    try:
        importlib.import_module(module)
    except (ImportError, OSError) as error:
        return f"is installed and does not load ({error}): {_pip('--force-reinstall ' + name)}"
    return ""


def _part(name: str, wanted: list[Requirement]) -> Part:
    packages = tuple(_package(r) for r in wanted)
    there = all(p.version is not None and not p.problem for p in packages)
    command = "" if there else _pip(f"'simworth[{name}]'")
    return Part(name=name, purpose=PURPOSES[name], packages=packages, installed=there, command=command)


def _pip(what: str) -> str:
    """The command that installs something into this very Python."""
    quoted = what if what.startswith(("'", "--")) or what.isalnum() else f"'{what}'"
    return f"{sys.executable} -m pip install {quoted}"


def _devices() -> tuple[tuple[str, ...], list[str]]:
    """What JAX computes on, and what is wrong with it."""
    try:
        import jax

        found = tuple(
            d.platform if d.device_kind == d.platform else f"{d.platform} ({d.device_kind})" for d in jax.devices()
        )
    except (ImportError, RuntimeError) as error:
        return (), [f"JAX finds no device ({str(error).splitlines()[0]}); {_pip('--upgrade jax')}"]
    return found, []


def _folders() -> tuple[Folder, ...]:
    cache = compiled().get("JAX_COMPILATION_CACHE_DIR")
    wanted = [("runs, where you are now", Path.cwd()), ("stored tables", default_store())]
    return tuple(_folder(*w) for w in (*wanted, *((("compiled programs", Path(cache)),) if cache else ())))


def _folder(purpose: str, path: Path) -> Folder:
    """A folder, or where it is not made yet the nearest one above it."""
    there = next(p for p in (path, *path.absolute().parents) if p.exists())
    return Folder(
        purpose=purpose, path=str(path), exists=path.exists(), writable=os.access(there, os.W_OK),
        free=shutil.disk_usage(there).free,
    )  # fmt: skip


def _memory() -> tuple[int | None, int | None]:
    """Bytes of memory, and free ones, as the system or the container allows."""
    about = Path("/proc/meminfo")
    if not about.exists():
        names = os.sysconf_names if hasattr(os, "sysconf") else {}
        known = "SC_PHYS_PAGES" in names and "SC_PAGE_SIZE" in names
        return (os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if known else None), None
    found = {k: int(v.split()[0]) * 1024 for k, v in (line.split(":") for line in about.read_text().splitlines()) if v}
    total, free = found.get("MemTotal"), found.get("MemAvailable")
    limit, used = (_number(Path("/sys/fs/cgroup") / name) for name in ("memory.max", "memory.current"))
    if limit is not None and total is not None and limit < total:
        total, free = limit, min(free or limit, limit - (used or 0))
    return total, free


def _number(path: Path) -> int | None:
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None
