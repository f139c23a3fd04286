"""Archives are unpacked inside their folder, within bounds, and never into anything but plain files."""

from __future__ import annotations

import errno
import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from simworth.errors import InputError
from simworth.files import replacing

GIB = 1 << 30
PIECE = 1 << 20
MEMBERS = 100_000
KINDS = (".zip", ".tar", ".tar.gz", ".tgz", ".gz")
BROKEN = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
    ArithmeticError, EOFError, LookupError, NotImplementedError, OSError, RuntimeError, ValueError,
)  # fmt: skip
"""What damaged, encrypted or oddly packed archives make the standard library raise."""
THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.EIO})
"""Errors that are not the archive's fault."""


def is_archive(path: Path) -> bool:
    """Whether a file's name says it is an archive this module unpacks."""
    return path.name.lower().endswith(KINDS)


def unpack(archive: Path, folder: Path, *, most_bytes: int = 64 * GIB, most_files: int = MEMBERS) -> tuple[Path, ...]:
    """Unpack a zip, tar, tar.gz or gz file.

    Parameters
    ----------
    archive : Path
        The file.
    folder : Path
        Where to; made when it is not there.
    most_bytes, most_files : int
        More than that is refused while it is unpacked, whatever the archive says of itself.

    Returns
    -------
    tuple of Path
        The files, in the archive's order. Links, devices and pipes are refused.

    Raises
    ------
    InputError
        When the archive is damaged, too large, or a member would leave the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    room = most_bytes
    made: list[Path] = []
    try:
        for name, stream in _members(archive, most_files):
            target = _inside(archive, folder, name)
            if target in made:
                raise InputError(f"{archive}: holds {name[:100]!r} twice; get it from its maker again")
            with replacing(target) as temporary, temporary.open("wb") as f:
                room = _copy(archive, stream, f, room)
            made.append(target)
    except BROKEN as error:
        if isinstance(error, OSError) and error.errno in THE_DISK:
            raise
        raise InputError(f"{archive}: damaged, encrypted or cut short; download it again") from None
    return tuple(made)


def _copy(archive: Path, source: IO[bytes], target: IO[bytes], room: int) -> int:
    """Copy piece by piece; the room that is left."""
    while piece := source.read(PIECE):
        room -= len(piece)
        if room < 0:
            raise InputError(f"{archive}: unpacks to more than is allowed; unpack it yourself if you trust it")
        target.write(piece)
    return room


def _members(archive: Path, most: int) -> Iterator[tuple[str, IO[bytes]]]:
    name = archive.name.lower()
    if not archive.is_file():
        raise InputError(f"{archive}: no such file; check the path")
    if name.endswith(".zip"):
        yield from _zip_members(archive, most)
    elif name.endswith((".tar", ".tar.gz", ".tgz")):
        yield from _tar_members(archive, most)
    elif name.endswith(".gz"):
        with gzip.open(archive) as f:
            yield archive.name[:-3], f  # type: ignore[misc]
    else:
        raise InputError(f"{archive}: is no zip, tar, tar.gz or gz file; give one of these")


def _zip_members(archive: Path, most: int) -> Iterator[tuple[str, IO[bytes]]]:
    with _opened(zipfile.ZipFile(archive)) as z:
        infos = z.infolist()
        _check_number(archive, len(infos), most)
        for info in infos:
            mode = info.external_attr >> 16
            if info.is_dir():
                continue
            if mode & 0o170000 not in (0, 0o100000):
                raise InputError(f"{archive}: {info.filename[:100]!r} is a link or a device; it is not unpacked")
            with z.open(info) as f:
                yield info.filename, f


def _tar_members(archive: Path, most: int) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(archive) as t:
        for n, info in enumerate(t):
            _check_number(archive, n + 1, most)
            if info.isdir():
                continue
            found = t.extractfile(info) if info.isreg() else None
            if found is None:
                raise InputError(f"{archive}: {info.name[:100]!r} is a link or a device; it is not unpacked")
            yield info.name, found


@contextmanager
def _opened(z: zipfile.ZipFile) -> Iterator[zipfile.ZipFile]:
    with z:
        yield z


def _check_number(archive: Path, found: int, most: int) -> None:
    if found > most:
        raise InputError(f"{archive}: holds more than {most} files; unpack it yourself if you trust it")


def _inside(archive: Path, folder: Path, name: str) -> Path:
    """The place of a member, if it lies in the folder."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    bad = not parts or parts[0] == "/" or ".." in parts or ":" in parts[0] or "\0" in name or not name.isprintable()
    target = folder.joinpath(*parts) if not bad else folder
    if bad or not target.resolve().is_relative_to(folder.resolve()) or target.is_dir():
        raise InputError(f"{archive}: {name[:100]!r} would be written outside its folder; do not trust this archive")
    return target


__all__ = ["is_archive", "unpack"]
