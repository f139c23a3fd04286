"""Tables that ship inside the package."""

from __future__ import annotations

import importlib.resources

from simworth.errors import InputError
from simworth.tables import PropertyTable

SUFFIX = ".parquet"


def builtin_names() -> tuple[str, ...]:
    """Names `read_builtin` knows, sorted."""
    folder = importlib.resources.files("simworth") / "data"
    if not folder.is_dir():
        return ()
    return tuple(sorted(f.name.removesuffix(SUFFIX) for f in folder.iterdir() if f.name.endswith(SUFFIX)))


def read_builtin(name: str) -> PropertyTable:
    """A table that ships with simworth.

    Parameters
    ----------
    name : str
        Such as ``"small-organics"``, without the prefix ``builtin:``.

    Raises
    ------
    InputError
        When there is no such table.
    """
    if name not in builtin_names():
        known = ", ".join(f"'builtin:{n}'" for n in builtin_names()) or "none in this installation"
        raise InputError(f"'builtin:{name}': no such built-in table; there are: {known}")
    packed = importlib.resources.files("simworth") / "data" / f"{name}{SUFFIX}"
    with importlib.resources.as_file(packed) as path:
        return PropertyTable.from_parquet(path)
