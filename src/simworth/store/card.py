"""What a stored table says of itself: its columns, its rows, where it came from, and what was left out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from simworth.documents import Document, read_document, seal
from simworth.errors import InputError
from simworth.identity import KINDS, Kind
from simworth.tables import Unreadable

SCHEMA = "simworth-stored/1"
CARD = "table.json"
VERSION_LENGTH = 12
Role = Literal["property", "feature", "keep"]


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column that a table holds beside its materials."""

    name: str
    unit: str = ""
    """Of the numbers, ``"1"`` for pure ones; empty for texts and where it is not told."""
    meaning: str = ""
    role: Role = "property"
    predicted: bool = False
    """Estimated by a model, neither computed nor measured."""
    type: Literal["number", "text", ""] = ""
    """What it holds; a stored table always says so."""


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How Arrow batches become a stored table."""

    name: str
    """Of the table: letters, digits, ``.``, ``_`` and ``-``."""
    kind: Kind
    columns: tuple[Column, ...]
    material: str = "material"
    """Column of the batches that names the material."""
    identity: str | None = None
    """Column of the batches that holds canonical identities, where they are known already; they are believed."""
    merge: str = "mean"
    """What becomes of several rows of one material; see `simworth.store.rules.Rule`."""
    unreadable: Unreadable = "error"
    source: str = ""
    """Where the rows came from: a file, a database, an address."""
    licence: str = ""
    citation: str = ""
    obtained: str = ""
    """When, as ISO 8601."""
    parents: dict[str, str] = {}
    """Name → digest of what the table was made from."""
    private: bool = False
    """Its values may not be passed on."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One Parquet file of a stored table."""

    file: str
    rows: int
    first: int
    """Lowest key in it."""
    last: int
    """Highest key in it."""
    bytes: int
    sha256: str
    footer: str
    """SHA-256 of its last part, which says where everything lies; pages have checksums of their own."""


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``table.json`` of a stored table."""

    name: str
    version: str
    content: str
    """Digest of the rows and their units, however they lie in files."""
    kind: Kind
    rows: int
    columns: tuple[Column, ...]
    merge: str
    rows_read: int
    merged: int
    """Rows that were joined with another row of the same material."""
    left_out: dict[str, int]
    notes: tuple[str, ...]
    source: str
    licence: str
    citation: str
    obtained: str
    stored: str
    """When the table was put into the store, as ISO 8601 in UTC."""
    parts: tuple[Part, ...]
    parents: dict[str, str] = {}
    private: bool = False
    """Its values may not be passed on; tables, reports and models made from it say so."""

    @property
    def label(self) -> str:
        """``NAME@VERSION``."""
        return f"{self.name}@{self.version}"

    @property
    def units(self) -> dict[str, str]:
        """Property → unit."""
        return {c.name: c.unit for c in self.columns if c.role == "property"}

    def named(self, role: Role) -> tuple[str, ...]:
        """Names of the columns with a role."""
        return tuple(c.name for c in self.columns if c.role == role)

    def sentence(self) -> str:
        """How the rows that were read became the materials of the table."""
        gone = "".join(f", {n:,} left out ({reason})" for reason, n in self.left_out.items())
        merged = f", {self.merged:,} merged with another row of the same material" if self.merged else ""
        return f"{self.label}: {self.rows_read:,} rows read{gone}{merged}, {self.rows:,} materials"


def footer_digest(path: Path) -> str:
    """SHA-256 of the footer of a Parquet file: its metadata, their length and the magic number behind."""
    size = path.stat().st_size
    with path.open("rb") as f:
        f.seek(max(0, size - 8))
        tail = f.read(8)
        length = int.from_bytes(tail[:4], "little")
        f.seek(max(0, size - 8 - length))
        return hashlib.sha256(f.read(length + 8)).hexdigest()


def card_document(card: Card) -> Document:
    """The card as a sealed document."""
    body = msgspec.to_builtins(card)
    parents: Mapping[str, str] = body.pop("parents")
    return seal(SCHEMA, parents, body)


def read_card(folder: Path) -> Card:
    """The card of a stored version.

    Raises
    ------
    InputError
        When it is missing, was edited, or is of another version of simworth.
    """
    document = read_document(folder / CARD, SCHEMA)
    plain = {k: v for k, v in document.items() if k not in ("schema", "digest")}
    try:
        card = msgspec.convert(plain, Card)
    except msgspec.ValidationError as error:
        raise InputError(f"{folder / CARD}: not a card of a stored table ({error}); import the table again") from None
    if card.kind not in KINDS:
        raise InputError(f"{folder / CARD}: kind {card.kind!r} is not known; import the table again")
    return card
