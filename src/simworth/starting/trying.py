"""Read the two tables as a study will, before it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from simworth.errors import InputError
from simworth.features.table import undescribed
from simworth.identity import Kind, subject
from simworth.starting.case import Side
from simworth.starting.looking import Look
from simworth.starting.said import Said
from simworth.tables import PropertyTable
from simworth.tables.about import Provenance
from simworth.tables.build import build_table
from simworth.tables.csvfile import read_csv
from simworth.tables.reading import Asked, PropertyColumn, check_asked, open_raw, read_rows
from simworth.tables.rows import RawTable

MOST_TRIED = 20_000
"""Rows of a table that are read as materials; of a longer one, a part spread over the whole."""
FEWEST = 10
"""Materials of either table without which there is no study: five to learn from, five to test on."""


class Tried(NamedTuple):
    """What came of reading a table."""

    table: PropertyTable
    drop: str
    """What cannot be read or described, as a comment; empty where all can."""
    part: str
    """What part was read, as a comment; empty for the whole."""


def try_table(looked: Look, side: Side, said: Said) -> Tried:
    """Read a table, or a part of it, with the settings of a study.

    Raises
    ------
    InputError
        As `simworth.tables.read_table`, and where too few materials are left.
    """
    kind: Kind = msgspec.convert(said.kind, Kind)
    raw = _raw(looked)
    asked = asked_of(side, said)
    check_asked(kind, asked, looked.path)
    rows = len(raw.numbers)
    part = ""
    if rows > MOST_TRIED:
        raw = raw.take(np.linspace(0, rows - 1, MOST_TRIED).astype(np.int64))
        part = f"{MOST_TRIED:,} of {rows:,} rows were looked at"
    found, left_out = read_rows(raw, asked)
    table = build_table(
        found, name=looked.name, kind=kind, provenance=Provenance(looked.path, raw.digest), unreadable="drop",
        left_out=left_out,
    )  # fmt: skip
    unread = table.about.left_out.get("unreadable material", 0)
    why = "; ".join(n.removeprefix("left out as unreadable: ") for n in table.about.notes)
    reasons = undescribed(table)
    drop = f"{unread} cannot be read: {why}" if unread else ""
    if reasons:
        first = next(iter(reasons))
        described = f"{len(reasons)} cannot be described, such as {table.materials[first]!r} ({reasons[first]})"
        drop = f"{drop}; {described}" if drop else described
        table = table.take([i for i in range(len(table)) if i not in reasons])
    if len(table) < FEWEST:
        raise InputError(
            f"{looked.path}: {len(table)} materials with a value are left ({_gone(table)}); "
            f"a study needs at least {FEWEST}"
        )
    return Tried(table, drop, part)


def asked_of(side: Side, said: Said) -> Asked:
    """The columns of a side as `simworth.tables.read_table` is told them."""

    def get(key: str) -> Any:
        return getattr(said, f"{side}_{key}")

    column = PropertyColumn(get("property"), get("unit"))
    partner, at = (get("partner"), get("temperature")) if said.kind == "pair" else (None, None)
    features = said.features if said.kind == "features" else ()
    name = said.property or "property"
    return Asked(get("material"), {name: column}, partner, at, get("temperature_unit") or "K", features)


def in_common(measured: PropertyTable, computed: PropertyTable) -> int:
    """Measured materials that stand among the computed ones."""
    known = {subject(computed.kind, i) for i in computed.identities}
    return sum(subject(measured.kind, i) in known for i in measured.identities)


def _raw(looked: Look) -> RawTable:
    path = Path(looked.path)
    if looked.plain is None:
        return open_raw(path)
    return read_csv(path.with_name(path.name.split(".")[0] + ".csv"), looked.plain)


def _gone(table: PropertyTable) -> str:
    left = ", ".join(f"{n} left out: {why}" for why, n in table.about.left_out.items())
    return f"{table.about.rows_read} rows read{', ' + left if left else ''}"
