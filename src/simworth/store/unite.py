"""Tables in memory become one: of a material that stands in several a stated rule decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simworth.digest import digest_value
from simworth.errors import InputError
from simworth.store.rules import UNCERTAINTY, merge_sorted, read_rule
from simworth.tables import About, Merge, PropertyTable, Provenance
from simworth.tables.table import property_columns

ORIGIN = "from_table"
"""Kept column that names the table a material is from; empty where its value was made from several."""
IntArray = NDArray[np.int64]


def unite(tables: Sequence[PropertyTable], rule: str, *, name: str) -> PropertyTable:
    """Materials of several tables, each once.

    Each table counts once for a material, however many rows it was merged from itself. Properties that two tables have
    are converted to the unit of the first; a column that a table lacks is empty for its materials.
    `simworth.store.union` does the same to stored tables of any size.

    Parameters
    ----------
    tables : sequence of PropertyTable
        Of one kind and with the same features. Earlier ones come first for ``first`` and among equals.
    rule : str
        ``mean``, ``median``, ``min``, ``max``, ``first``, ``error``, ``lowest:COLUMN``, ``highest:COLUMN`` or
        ``latest:COLUMN``; see `simworth.store.rules.Rule`.
    name : str
        Of the new table.

    Returns
    -------
    PropertyTable
        With a kept column `ORIGIN`, in the order in which materials first appear.

    Raises
    ------
    InputError
        When kinds, features or units do not fit together, the rule is not known, or it refuses.
    """
    _check(tables)
    units = {p: u for table in reversed(tables) for p, u in table.about.units.items()}
    keep = tuple(dict.fromkeys(k for table in tables for k in table.about.keep if k != ORIGIN))
    features = tables[0].about.features
    parts = [_shaped(table, units, features, keep) for table in tables]
    rows = pa.concat_tables(parts, promote_options="permissive").combine_chunks()
    wanted = read_rule(rule, (*units, *features, *keep, ORIGIN))
    group, order = _grouped(rows.column("identity").to_pylist())
    merged = merge_sorted(rows.take(pa.array(order)), group[order], wanted, tuple(units), name)
    repeated = int((np.bincount(group) > 1).sum())
    said = " and ".join(t.name for t in tables)
    how: str = wanted.how
    known = [t.provenance for t in tables]
    about = About(
        name=name, kind=tables[0].kind, units=units,
        provenance=Provenance(
            said, digest_value([t.digest for t in tables]), _joined([p.licence for p in known]),
            _joined([p.citation for p in known]), any(p.private for p in known),
        ),
        features=features, keep=(*keep, ORIGIN), merge=cast("Merge", how if how in get_args(Merge) else "first"),
        rows_read=sum(map(len, tables)), merged=rows.num_rows - merged.num_rows,
        notes=(f"united from {said}; {repeated} materials stand in several, of which the rule is: {rule}",),
    )  # fmt: skip
    return PropertyTable(about, _columns(merged, units, features, (*keep, ORIGIN)))


def _check(tables: Sequence[PropertyTable]) -> None:
    if not tables:
        raise InputError("there is no table to unite; give at least one")
    first = tables[0]
    for table in tables:
        if table.kind != first.kind or table.about.features != first.about.features:
            raise InputError(
                f"{first.name} and {table.name} cannot be united; both must be of one kind and have the same features"
            )


def _shaped(table: PropertyTable, units: dict[str, str], features: Sequence[str], keep: Sequence[str]) -> Any:
    """A table in the units of all, with its name in each row."""
    for p in table.properties:
        table = table.convert(p, units[p])
    stated = [p + UNCERTAINTY for p in units if p + UNCERTAINTY in table.data.column_names]
    own = ["material", "identity", "row", *table.properties, *stated, *features]
    own += [k for k in keep if k in table.data.column_names]
    found = table.data.select(own)
    if ORIGIN in table.data.column_names:
        return found.append_column(ORIGIN, table.data.column(ORIGIN))
    return found.append_column(ORIGIN, pa.array([table.name] * len(table), pa.string()))


def _grouped(identities: list[str]) -> tuple[IntArray, IntArray]:
    """Number of each row's material, by first appearance, and the rows sorted by it."""
    place: dict[str, int] = {}
    group = np.array([place.setdefault(i, len(place)) for i in identities], dtype=np.int64)
    return group, np.argsort(group, kind="stable")


def _columns(merged: Any, units: dict[str, str], features: Sequence[str], keep: Sequence[str]) -> Any:
    """The columns in the order that a `PropertyTable` has."""
    properties = [c for p in units for c in property_columns(p) if c in merged.column_names]
    return merged.select(["material", "identity", "row", *properties, *features, *keep]).combine_chunks()


def _joined(texts: Sequence[str]) -> str:
    return "; ".join(dict.fromkeys(t or "not stated" for t in texts)) if any(texts) else ""
