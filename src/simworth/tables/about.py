"""What a table says of itself, beside its columns."""

from __future__ import annotations

from typing import Literal

import msgspec

from simworth.identity import Kind

Merge = Literal["mean", "median", "min", "max", "first", "error"]
"""What becomes of several rows of one material; ``"first"`` lets the earliest row with a value win."""

Unreadable = Literal["error", "drop"]
"""What becomes of a row whose material cannot be read (or, in a study, cannot be described)."""

RESERVED = ("material", "identity", "row")
PRIVATE = "may not be passed on: keep it, and anything that lists its values, on your own machines"
"""What is said of a table that is `Provenance.private`."""
SUFFIXES = ("spread", "count", "uncertainty")


class Provenance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a table came from."""

    source: str
    """Path or name it was read from."""
    digest: str
    """Of the bytes that were read."""
    licence: str = ""
    citation: str = ""
    private: bool = False
    """Its values may not be passed on; what is made from it says so (`PRIVATE`)."""


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The metadata of a `PropertyTable`; stored as JSON in the Parquet schema."""

    name: str
    kind: Kind
    units: dict[str, str]
    """Property → unit of its column, its spread and its uncertainty."""
    provenance: Provenance
    features: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    merge: Merge = "mean"
    rows_read: int = 0
    merged: int = 0
    """Rows that were joined with another row of the same material."""
    left_out: dict[str, int] = {}
    """Reason → rows that are not in the table."""
    notes: tuple[str, ...] = ()
    """Sentences a reader of the table should know."""
    schema: Literal["simworth-table/1"] = "simworth-table/1"

    def sentence(self, materials: int) -> str:
        """How the rows that were read became the materials of the table."""
        gone = "".join(f", {n:,} left out ({reason})" for reason, n in self.left_out.items())
        merged = f", {self.merged:,} merged with another row of the same material" if self.merged else ""
        return f"{self.name}: {self.rows_read:,} rows read{gone}{merged}, {materials:,} materials"
