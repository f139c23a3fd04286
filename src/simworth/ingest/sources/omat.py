"""OMat24's ``.aselmdb`` files: LMDB, keys are decimal numbers, values zlib-compressed JSON.

Only the package ``lmdb`` is needed. Entries are read one by one, never all at once: the whole has 10^8. Nothing in them
is executed: a value is JSON, and an array is ``{"__ndarray__": [shape, dtype, numbers]}``, read as plain numbers.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from simworth.errors import InputError, MissingExtraError
from simworth.ingest.landing import Counts
from simworth.ingest.sources.cells import decode, number
from simworth.ingest.sources.conditions import holds
from simworth.ingest.sources.files import FileOrder
from simworth.ingest.sources.protocol import Catalogue, Cell, Field
from simworth.ingest.transfer.policy import PageError
from simworth.seeds import stream

CITATION = (
    "Barroso-Luque et al., Open Materials 2024 (OMat24) Inorganic Materials Dataset and Models, arXiv:2410.12771 (2024)"
)
PIECE = 10_000
"""Entries of one batch."""
LARGEST = 64 << 20
"""Bytes of one unpacked entry."""
ATOMS = 100_000
FIELDS = {
    f.name: f
    for f in (
        Field("energy", "eV", "total energy of the cell"),
        Field("energy_per_atom", "eV/atom", "total energy"),
        Field("natoms", "1", "atoms in the cell"),
        Field("volume", "angstrom^3", "volume of the cell"),
        Field("volume_per_atom", "angstrom^3/atom", "volume"),
        Field("largest_force", "eV/angstrom", "largest force on an atom"),
        Field("entry", None, "file and number of the entry", "text"),
    )
}

TERMS = Catalogue(FIELDS, "CC BY 4.0", CITATION, "composition")


class Omat(msgspec.Struct, frozen=True):
    """One ``.aselmdb`` file, or a folder of them."""

    name: str = "omat24"
    title: str = "OMat24 (.aselmdb, a file or a folder of them, give it with --file)"
    where: str = "comparisons of fields joined by AND, such as: natoms <= 20"
    home: str = "https://huggingface.co/datasets/facebook/OMAT24"

    def catalogue(self, path: Path) -> Catalogue:
        """The fields that every entry gives."""
        files(path)
        return TERMS

    def batches(self, path: Path, order: FileOrder, catalogue: Catalogue, counts: Counts) -> Iterator[Any]:
        """Entries in the order of their numbers; with a limit a seeded sample of them, at the cost of that many."""
        wanted = [*dict.fromkeys([*order.fields, "entry"])]
        rows: list[tuple[str | None, dict[str, Cell]]] = []
        bad: Counter[str] = Counter()
        for name, entry in entries(path, order.limit, order.seed, counts):
            found = describe(entry, bad)
            found[1]["entry"] = name
            if all(holds(c, found[1].get(c.field)) for c in order.asked):
                rows.append(found)
            else:
                counts.left_out["entries that do not satisfy --where"] += 1
            if len(rows) == PIECE:
                yield _batch(rows, wanted, catalogue)
                rows = []
        if rows:
            yield _batch(rows, wanted, catalogue)
        counts.notes += [f"{n} values of {f} could not be read and count as no value" for f, n in bad.items()]


def files(path: Path) -> list[Path]:
    """The ``.aselmdb`` files that a path means, sorted by name.

    Raises
    ------
    InputError
        When there is none.
    """
    found = sorted(path.glob("**/*.aselmdb")) if path.is_dir() else [path] if path.is_file() else []
    if not found:
        raise InputError(f"{path}: no .aselmdb file there; give one, or a folder that holds some")
    return found


def entries(path: Path, limit: int | None, seed: int, counts: Counts) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and content of every entry, or of a sample of ``limit``.

    Raises
    ------
    InputError
        When a file is no such database.
    """
    sizes = []
    for file in files(path):
        with _opened(file) as transaction:
            sizes.append((file, _next_id(file, transaction) - 1))
    chosen = _sample(sizes, limit, seed) if limit is not None else None
    taken = 0
    for i, (file, size) in enumerate(sizes):
        with _opened(file) as transaction:
            numbers: Any = range(1, size + 1) if chosen is None else chosen.get(i, ())
            for n in numbers:
                data = transaction.get(str(int(n)).encode())
                if data is None:  # deleted
                    continue
                entry = _entry(bytes(data))
                if entry is None:
                    counts.left_out["damaged entries"] += 1
                    continue
                if limit is not None and taken >= limit:
                    return
                taken += 1
                yield f"{file.name}/{int(n)}", entry


def _sample(sizes: list[tuple[Path, int]], limit: int, seed: int) -> dict[int, list[int]]:
    """Numbers of the entries to read by file, sorted; some more than wanted, since some may have been deleted."""
    total = sum(n for _, n in sizes)
    if limit >= total:
        return {i: list(range(1, n + 1)) for i, (_, n) in enumerate(sizes)}
    draws = stream("omat24", seed, total)
    places = np.sort(draws.choice(total, size=limit, replace=False, shuffle=False))
    ends = np.cumsum([n for _, n in sizes])
    found: dict[int, list[int]] = {}
    for place in places.tolist():
        i = int(np.searchsorted(ends, place, side="right"))
        found.setdefault(i, []).append(place - (int(ends[i - 1]) if i else 0) + 1)
    return found


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    """A read transaction; the file is closed again, since LMDB refuses a second opening in one process."""
    try:
        import lmdb
    except ImportError:
        raise MissingExtraError("lmdb", "lmdb", "Reading .aselmdb files") from None
    try:
        with (
            lmdb.open(str(file), subdir=False, readonly=True, lock=False, readahead=False, meminit=False) as database,
            database.begin(write=False, buffers=True) as transaction,
        ):
            pages = int(database.info()["last_pgno"]) + 1
            if pages * int(database.stat()["psize"]) > file.stat().st_size:
                raise InputError(f"{file}: is cut short; download it again")  # reading on would end the process
            yield transaction
    except lmdb.Error as error:
        raise InputError(f"{file}: not readable as LMDB ({str(error)[:80]}); download it again") from None


def _next_id(file: Path, transaction: Any) -> int:
    data = transaction.get(b"nextid")
    found = None if data is None else _unpacked(bytes(data))
    if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found < 10**12:
        raise InputError(f"{file}: has no 'nextid', so it is no .aselmdb file; download it again")
    return found


def _unpacked(data: bytes) -> Any:
    """The JSON of a value, or None where it is damaged or too large."""
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(data, LARGEST)
        if unpacker.unconsumed_tail or not unpacker.eof:
            return None
        return decode(plain)
    except (zlib.error, PageError):
        return None


def _entry(data: bytes) -> dict[str, Any] | None:
    found = _unpacked(data)
    return found if isinstance(found, dict) else None


def array(value: Any) -> Any:
    """An array of numbers from its JSON: nested lists, or ``{"__ndarray__": [shape, dtype, flat]}``; else None."""
    try:
        if isinstance(value, dict):
            shape, kind, flat = value["__ndarray__"]
            if not isinstance(flat, list) or not str(kind).startswith(("int", "float", "uint")):
                return None
            if not all(isinstance(s, int) and not isinstance(s, bool) and 0 <= s <= ATOMS for s in shape):
                return None
            found = np.array(flat, dtype=np.float64).reshape([int(s) for s in shape])
        else:
            found = np.array(value, dtype=np.float64)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return found if found.size and np.isfinite(found).all() else None


def describe(entry: dict[str, Any], bad: Counter[str]) -> tuple[str | None, dict[str, Cell]]:
    """Formula and fields of an entry."""
    numbers = array(entry.get("numbers"))
    cells: dict[str, Cell] = {"energy": number(entry.get("energy"), "energy", bad)}
    formula = None
    if numbers is not None and numbers.ndim == 1 and len(numbers) <= ATOMS:
        formula = _formula(numbers)
        cells["natoms"] = float(len(numbers))
        energy = cells["energy"]
        if isinstance(energy, float):
            cells["energy_per_atom"] = energy / len(numbers)
    cell = array(entry.get("cell"))
    if cell is not None and cell.shape == (3, 3):
        volume = abs(float(np.linalg.det(cell)))
        if math.isfinite(volume) and volume > 0:
            cells["volume"] = volume
            if numbers is not None:
                cells["volume_per_atom"] = volume / len(numbers)
    forces = array(entry.get("forces"))
    if forces is not None and forces.ndim == 2 and forces.shape[1] == 3:
        cells["largest_force"] = float(np.sqrt((forces**2).sum(axis=1)).max())
    return formula, cells


def _formula(numbers: Any) -> str | None:
    count = Counter(numbers.tolist())
    if not all(z == int(z) and 1 <= z < 119 for z in count):
        return None
    return "".join(f"{_symbol(int(z))}{n if n > 1 else ''}" for z, n in sorted(count.items()))


@cache
def _symbol(number: int) -> str:
    from periodictable import elements

    return str(elements[number].symbol)


def _batch(rows: list[tuple[str | None, dict[str, Cell]]], wanted: list[str], catalogue: Catalogue) -> Any:
    import pyarrow as pa

    made = {"material": pa.array([m for m, _ in rows], pa.string())}
    for f in wanted:
        kind = pa.float64() if catalogue.fields[f].holds == "number" else pa.string()
        made[f] = pa.array([cells.get(f) for _, cells in rows], kind)
    return pa.RecordBatch.from_pydict(made)
