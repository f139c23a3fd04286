"""Studies that run from what simworth ships and the package `chemicals`, as the files a user would write."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

from simworth.errors import InputError

SUFFIX = ".toml"


def example_names() -> tuple[str, ...]:
    """What `example_path` knows, sorted."""
    folder = importlib.resources.files("simworth") / "examples"
    return tuple(sorted(f.name.removesuffix(SUFFIX) for f in folder.iterdir() if f.name.endswith(SUFFIX)))


def example_path(name: str) -> Path:
    """The study file of an example.

    Raises
    ------
    InputError
        When there is no such example.
    """
    if name not in example_names():
        raise InputError(f"there is no example {name!r}; there are {', '.join(example_names())}")
    return Path(str(importlib.resources.files("simworth") / "examples" / f"{name}{SUFFIX}"))
