"""Files inside the served folder: no name leaves it, no link is followed, no read is without a bound.

A run may come from somebody else. Every step of a path is opened below the step before it and must be a real folder,
the last a real file; so neither ``..``, an absolute path nor a symbolic link can show anything that lies elsewhere.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from simworth.serve.refusal import RefusedError, missing

_STEP = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Mark(NamedTuple):
    """Tells one content of a file from the next without reading it."""

    inode: int
    size: int
    changed: int
    """Nanoseconds."""


def plain_name(name: str) -> bool:
    """Whether a text can be the name of one thing in a folder, and be shown."""
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        return False
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False  # bytes that are no text
    return True


@contextmanager
def folder_inside(root: Path, *names: str) -> Iterator[int]:
    """A descriptor of a real folder below ``root``.

    Raises
    ------
    RefusedError
        When there is none, or a link stands in the way.
    """
    try:
        at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        raise RefusedError(503, "The folder of runs cannot be read any more; start the server again.") from None
    try:
        for name in names:
            at = _below(at, name)
        yield at
    finally:
        os.close(at)


def _below(at: int, name: str) -> int:
    """The descriptor of a folder in another, which is closed."""
    if not plain_name(name):
        raise missing()
    try:
        inner = os.open(name, _STEP, dir_fd=at)
    except (OSError, ValueError):
        raise missing() from None
    os.close(at)
    return inner


def open_inside(root: Path, *names: str) -> BinaryIO:
    """Open a real file below ``root`` to read.

    Raises
    ------
    RefusedError
        When there is none, it is no ordinary file, or a link stands in the way.
    """
    with folder_inside(root, *names[:-1]) as at:
        if not plain_name(names[-1]):
            raise missing("file")
        try:
            found = os.open(names[-1], _FILE, dir_fd=at)
        except (OSError, ValueError):
            raise missing("file") from None
    if not stat.S_ISREG(os.fstat(found).st_mode):
        os.close(found)
        raise missing("file")
    return os.fdopen(found, "rb")


def read_inside(root: Path, *names: str, most: int) -> bytes:
    """The content of a file below ``root``.

    Raises
    ------
    RefusedError
        As `open_inside`, and for a file of more than ``most`` bytes.
    """
    with open_inside(root, *names) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise RefusedError(413, f"{names[-1]} has more than {most:,} bytes, which is too much to show here.")
    return content


def tail_inside(root: Path, *names: str, most: int) -> str:
    """The last ``most`` bytes of a file below ``root`` as text, from the start of a line; empty where there is none."""
    try:
        with open_inside(root, *names) as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(size - most, 0))
            text = file.read(most).decode("utf-8", errors="replace")
    except RefusedError:
        return ""
    return text.partition("\n")[2] if size > most else text


def mark_inside(root: Path, *names: str) -> Mark | None:
    """What tells the present content of a file below ``root``; None where there is no such file."""
    try:
        with open_inside(root, *names) as file:
            about = os.fstat(file.fileno())
    except RefusedError:
        return None
    return Mark(about.st_ino, about.st_size, about.st_mtime_ns)


def names_inside(root: Path, *names: str, folders: bool) -> list[str]:
    """Names of the real folders, or of the real files, of a folder below ``root``; empty where it is not there."""
    try:
        with folder_inside(root, *names) as at, os.scandir(at) as entries:
            found = [e.name for e in entries if _is(e, folders) and plain_name(e.name) and not e.name.startswith(".")]
    except (RefusedError, OSError):
        return []
    return sorted(found)


def _is(entry: os.DirEntry[str], folder: bool) -> bool:
    return entry.is_dir(follow_symlinks=False) if folder else entry.is_file(follow_symlinks=False)
