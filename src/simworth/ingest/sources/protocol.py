"""What a database is to simworth: fields with units, who may use it, how to ask for pages, how to read one."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import msgspec

from simworth.errors import InputError
from simworth.identity import Kind

Holds = Literal["number", "text", "flag"]
Cell = float | str | None
Fetch = Callable[[str, Callable[[bytes], object]], bytes]
"""A page's address and its check → the page's bytes."""


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One field of a database."""

    name: str
    unit: str | None
    """A unit pint reads; None for texts, and where the database does not say."""
    meaning: str
    holds: Holds = "number"
    predicted: bool = False
    """Whether a model estimated it instead of a simulation or a measurement."""


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a database before its first entry is read."""

    fields: dict[str, Field]
    licence: str
    citation: str
    kind: Kind
    notes: tuple[str, ...] = ()
    named: bool = True
    """Whether its entries have names."""
    private: bool = False
    """Whether its values may not be passed on."""


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One request of a user."""

    fields: tuple[str, ...]
    where: str
    base: str
    """Address without a last slash."""
    page: int
    """Entries a page."""


@dataclass(frozen=True)
class Page:
    """Entries as a page brought them, E of them.

    Attributes
    ----------
    keys : list of str
        What tells one entry from another, for counting.
    entries : list of str
        The database's own names of them.
    materials : list of str or None
    columns : dict of str to list
        Field → E cells: numbers (None = no value) or texts.
    next : str or None
        Address of the next page.
    total : int or None
        Entries there are in all, as the server says.
    unreadable : Counter
        Field → cells that are no numbers and count as no value.
    trouble : str
        Why an earlier page must have been wrong; empty where all is well.
    """

    keys: list[str]
    entries: list[str]
    materials: list[str | None]
    columns: dict[str, list[Cell]]
    next: str | None
    total: int | None
    unreadable: Counter[str] = field(default_factory=Counter)
    trouble: str = ""

    def __len__(self) -> int:
        return len(self.keys)


class Source(Protocol):
    """A database behind HTTP."""

    @property
    def name(self) -> str:
        """What the command line calls it."""

    @property
    def title(self) -> str:
        """One line for people."""

    @property
    def base(self) -> str | None:
        """Its address; None where the user must say it."""

    @property
    def page(self) -> int:
        """Entries a page that its servers usually give."""

    @property
    def key(self) -> str | None:
        """Environment variable of its API key; None where it needs none."""

    @property
    def where(self) -> str:
        """One sentence: the language of ``--where``."""

    def catalogue(self, base: str, fetch: Fetch) -> Catalogue:
        """Fields, licence and citation; asks the server where it can tell."""

    def first(self, ask: Ask, catalogue: Catalogue) -> str:
        """Address of the first page. Raises InputError for a ``where`` that cannot be said."""

    def read(self, body: bytes, url: str, ask: Ask, catalogue: Catalogue) -> Page:
        """Understand a page. Raises PageError for one that is damaged, and nothing else, whatever the bytes."""


def check_fields(name: str, wanted: Sequence[str], known: Mapping[str, Field]) -> None:
    """Refuse fields that the database does not have, naming near ones.

    Raises
    ------
    InputError
        For an unknown field, one named twice, or none at all.
    """
    if not wanted:
        raise InputError(f"{name}: no field is asked for; name some with --fields")
    for i, one in enumerate(wanted):
        if one in wanted[:i]:
            raise InputError(f"{name}: --fields names {one!r} twice; name it once")
        if one not in known:
            raise InputError(f"{name}: has no field {one!r}; {near(one, list(known))}")
    if not any(known[one].holds == "number" for one in wanted):
        raise InputError(f"{name}: --fields names no number; name at least one property")


def near(word: str, known: Sequence[str]) -> str:
    """Advice: the names most like a word, or the first ones."""
    small = {k.lower(): k for k in known}
    ends = {k.lower().lstrip("_").partition("_")[2]: k for k in known if k.startswith("_")}
    found = [small[k] for k in difflib.get_close_matches(word.lower(), list(small), n=3, cutoff=0.55)]
    bare = word.lower().lstrip("_")
    found += [ends[k] for k in difflib.get_close_matches(bare, list(ends), n=2, cutoff=0.7)]
    found += [k for k in known if len(bare) > 3 and bare in k.lower()][:3]
    found = list(dict.fromkeys(found))[:4]
    if found:
        return f"did you mean {' or '.join(map(repr, found))}?"
    shown = ", ".join(map(repr, list(known)[:6]))
    return f"it has {shown}{' and others' if len(known) > 6 else ''}" if known else "it has none"
