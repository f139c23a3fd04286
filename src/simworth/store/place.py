"""Where stored tables lie: STORE/NAME/VERSION, the newest version first."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from simworth.errors import InputError
from simworth.store.card import CARD, Card, read_card

VARIABLE = "SIMWORTH_STORE"
"""Environment variable that names the folder of stored tables."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
PREFIX = "store:"


@dataclass(frozen=True)
class Catalogue:
    """Every stored version, by name and newest first, and what could not be read."""

    cards: tuple[Card, ...]
    problems: tuple[str, ...]


def default_store() -> Path:
    """The folder named by `VARIABLE`, else ``tables`` in the user's data folder for simworth."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    import platformdirs

    return platformdirs.user_data_path("simworth", appauthor=False) / "tables"


def check_name(name: str) -> str:
    """The name, where it can be a folder's on any system.

    Raises
    ------
    InputError
        Otherwise.
    """
    if not NAME.fullmatch(name) or name.endswith("."):
        raise InputError(
            f"{name!r} cannot name a stored table; use letters, digits, '.', '_' and '-', beginning with a letter "
            "or digit, at most 100"
        )
    return name


def catalogue(store: Path) -> Catalogue:
    """Every version of every table; one that cannot be read is a sentence among the problems."""
    cards: list[Card] = []
    problems: list[str] = []
    for name in _names(store):
        for folder in _versions(store / name):
            try:
                cards.append(read_card(folder))
            except InputError as error:
                problems.append(str(error))
    cards.sort(key=lambda c: c.stored, reverse=True)
    cards.sort(key=lambda c: c.name)
    return Catalogue(tuple(cards), tuple(problems))


def find_version(store: Path, wanted: str) -> tuple[Path, Card]:
    """Folder and card of ``"NAME"`` (the newest version) or ``"NAME@VERSION"`` (its beginning is enough).

    Raises
    ------
    InputError
        When there is no such table or version, several versions begin so, or the card cannot be read.
    """
    name, _, version = wanted.removeprefix(PREFIX).partition("@")
    names = _names(store)
    if name not in names:
        raise InputError(f"{PREFIX}{name}: no such table in {store}; {_advice(name, names)}")
    folders = _versions(store / name)
    found = [f for f in folders if f.name.startswith(version)]
    if not found:
        known = ", ".join(f.name for f in folders)
        raise InputError(f"{PREFIX}{name}@{version}: no such version in {store}; there are {known}")
    if version and len(found) > 1:
        known = " and ".join(f.name for f in found)
        raise InputError(f"{PREFIX}{name}@{version}: {known} begin so; write more of the version")
    cards = [(f, read_card(f)) for f in found]
    return max(cards, key=lambda pair: (pair[1].stored, pair[1].version))


def stores(store: Path, wanted: str) -> bool:
    """Whether the store has a table of this name, with or without a version behind it."""
    return wanted.removeprefix(PREFIX).partition("@")[0] in _names(store)


def _names(store: Path) -> list[str]:
    """Tables with at least one whole version."""
    if not store.is_dir():
        return []
    return sorted(f.name for f in store.iterdir() if NAME.fullmatch(f.name) and f.is_dir() and _versions(f))


def _versions(folder: Path) -> list[Path]:
    return sorted(f for f in folder.iterdir() if NAME.fullmatch(f.name) and (f / CARD).is_file())


def _advice(name: str, names: list[str]) -> str:
    if not names:
        return f"it is empty: fill it with 'simworth import', or name another folder in {VARIABLE}"
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    return f"it has {', '.join(map(repr, names[:8]))}{' and others' if len(names) > 8 else ''}"
