"""Files appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = "SIMWORTH_CACHE"
"""Environment variable that names the folder of what can be made again."""


def cache_folder() -> Path:
    """The folder named by `CACHE`, else the user's cache folder for simworth. Nothing is made."""
    import platformdirs

    return Path(os.environ.get(CACHE) or platformdirs.user_cache_path("simworth"))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; on success it replaces ``path``, on failure it is removed.

    A process killed in between leaves only a ``.part`` file, which no reader looks at.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as f:
            os.fsync(f.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside ``folder`` to fill; on success it takes its place, and an older one is removed."""
    part = folder.parent / f".{folder.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    yield part
    if folder.exists():
        shutil.rmtree(folder)
    part.rename(folder)


@contextmanager
def alone(folder: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Work in ``folder`` while no other process that asks for this does; ``waiting`` is told where one does.

    The system ends the claim with the process, whatever its end. Where folders cannot be claimed nothing is waited for.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    claim = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(claim, fcntl.LOCK_EX)
        except OSError:  # some network file systems
            pass
        yield
    finally:
        os.close(claim)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text whole."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
