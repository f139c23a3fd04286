"""Two stored tables become one, by merging their sorted rows: as one longer table, or side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from simworth.errors import InputError
from simworth.store.build import MERGED, store_rows
from simworth.store.card import Card, Column
from simworth.store.columns import check_columns, check_features
from simworth.store.memory import read_range, windows
from simworth.store.place import check_name
from simworth.store.rules import COUNT, SPREAD, UNCERTAINTY, Rule, floats, merge_sorted, read_rule
from simworth.store.spill import groups_of, in_order
from simworth.store.stored import Stored
from simworth.tables.table import float_column
from simworth.units import convert, convert_spread

ORIGIN = "from_table"
"""Kept column that says which table a row is from; empty where it was made from several."""


def union(store: Path, tables: Sequence[Stored], name: str, merge: str) -> Stored:
    """Store the rows of several tables as one; rows of one material are merged by a stated rule.

    Each table counts once, whatever number of rows it was merged from itself. Properties of one name are converted to
    the unit of the first table that has them; a column that a table lacks is empty for its rows.

    Parameters
    ----------
    store : Path
        Where the new table goes.
    tables : sequence of Stored
        Earlier ones come first for the rules ``first`` and, of equal rows, ``lowest`` and its like.
    name : str
        Of the new table.
    merge : str
        See `simworth.store.rules.Rule`.

    Raises
    ------
    InputError
        When kinds, features, units or types do not fit together, or the rule refuses.
    """
    columns = _united(tables)
    rule = read_rule(merge, tuple(c.name for c in columns))
    card = _card(tables, name, columns, rule)
    names = {n for t in tables for n in t.schema().names}
    stated = tuple(c.name for c in columns if c.role == "property" and c.name + UNCERTAINTY in names)

    def rows() -> Iterator[Any]:
        properties = tuple(c.name for c in columns if c.role == "property")
        for first, last in windows(sum(map(len, tables))):
            found = [read_range(t, first, last) for t in tables]
            parts = [_shaped(t, r, columns, stated) for t, r in zip(tables, found, strict=True) if r is not None]
            if parts:
                together = in_order(pa.concat_tables(parts))
                group = groups_of(together)
                check_features(together, group, columns, name)
                yield merge_sorted(together, group, rule, properties, name)

    return store_rows(store, card, rows(), lost=MERGED)


def _united(tables: Sequence[Stored]) -> tuple[Column, ...]:
    """Every column once, as the first table that has it knows it."""
    first = tables[0].card
    found: dict[str, Column] = {}
    for table in tables:
        card = table.card
        if card.kind != first.kind:
            raise InputError(
                f"{first.label} holds materials of kind {first.kind!r} but {card.label} of kind {card.kind!r}; only "
                "tables of one kind can be united"
            )
        if set(card.named("feature")) != set(first.named("feature")):
            raise InputError(f"{first.label} and {card.label} must have the same features to be united")
        for c in card.columns:
            known = found.setdefault(c.name, c)
            if (known.role, known.type) != (c.role, c.type):
                raise InputError(
                    f"the column {c.name!r} is a {known.role} of type {known.type} in one table but a {c.role} of type "
                    f"{c.type} in {card.label}; give one of them another name"
                )
    found.setdefault(ORIGIN, Column(ORIGIN, "", "the table that the row is from", "keep", type="text"))
    order = {"property": 0, "feature": 1, "keep": 2}
    return tuple(sorted(found.values(), key=lambda c: order[c.role]))


def _shaped(table: Stored, rows: Any, columns: tuple[Column, ...], stated: Sequence[str]) -> Any:
    """Rows of one table with the columns and in the units of all."""
    own = {c.name: c for c in table.card.columns}
    size = rows.num_rows
    found = {name: rows.column(name) for name in ("key", "material", "identity", "row")}
    for c in columns:
        if c.name == ORIGIN and ORIGIN not in own:
            found[ORIGIN] = pa.array([table.card.name] * size, pa.string())
        elif c.name not in own:
            found[c.name] = pa.nulls(size, pa.string() if c.type == "text" else pa.float64())
        elif c.role == "property":
            place = f"{table.card.label}, {c.name}"
            found[c.name] = float_column(convert(floats(rows, c.name), own[c.name].unit, c.unit, place))
        else:
            found[c.name] = rows.column(c.name)
        if c.name in stated:
            found[c.name + UNCERTAINTY] = _uncertainty(table, rows, c)
    return pa.table(found).combine_chunks()


def _uncertainty(table: Stored, rows: Any, column: Column) -> Any:
    own = table.card.units.get(column.name, "")
    name = column.name + UNCERTAINTY
    if name not in rows.column_names:
        return pa.nulls(rows.num_rows, pa.float64())
    place = f"{table.card.label}, {column.name}"
    return float_column(convert_spread(floats(rows, column.name), floats(rows, name), own, column.unit, place))


def _card(tables: Sequence[Stored], name: str, columns: tuple[Column, ...], rule: Rule) -> Card:
    cards = [t.card for t in tables]
    told = {c.label: c.content for c in cards}
    notes = [f"{c.label}: {note}" for c in cards for note in c.notes]
    notes.append(f"united from {' and '.join(told)}; of one material's rows: {rule.text}")
    return Card(
        name=check_name(name), version="", content="", kind=cards[0].kind, rows=0, columns=columns, merge=rule.text,
        rows_read=sum(c.rows for c in cards), merged=0, left_out={}, notes=tuple(notes), source=", ".join(told),
        licence=_joined([c.licence for c in cards]), citation=_joined([c.citation for c in cards]),
        obtained=max(c.obtained for c in cards), stored="", parts=(), parents=told,
    )  # fmt: skip


def _joined(texts: Sequence[str]) -> str:
    return "; ".join(dict.fromkeys(t or "not stated" for t in texts)) if any(texts) else ""


def join(store: Path, left: Stored, right: Stored, name: str, how: Literal["left", "inner"] = "left") -> Stored:
    """Store the materials of ``left`` with the columns of ``right`` beside their own.

    Parameters
    ----------
    store : Path
        Where the new table goes.
    left, right : Stored
        Of one kind; without features.
    name : str
        Of the new table. A column of ``right`` whose name ``left`` has too is called ``NAME_TABLE``.
    how : str
        ``left`` keeps materials that ``right`` lacks, with empty columns; ``inner`` leaves them out.

    Raises
    ------
    InputError
        When the kinds differ, or columns would have one name.
    """
    if left.card.kind != right.card.kind or left.card.named("feature") or right.card.named("feature"):
        raise InputError(
            f"{left.card.label} and {right.card.label} cannot be joined; both must be of one kind and bring no features"
        )
    taken = {c.name for c in left.card.columns}
    called = {c.name: f"{c.name}_{right.card.name}" if c.name in taken else c.name for c in right.card.columns}
    columns = [*left.card.columns, *(msgspec.structs.replace(c, name=called[c.name]) for c in right.card.columns)]
    order = {"property": 0, "feature": 1, "keep": 2}
    united = tuple(sorted(columns, key=lambda c: order[c.role]))
    check_columns(united, name)

    schema = right.schema()

    def rows() -> Iterator[Any]:
        for first, last in windows(len(left) + len(right)):
            own = read_range(left, first, last)
            if own is not None:
                other = read_range(right, first, last)
                other = schema.empty_table() if other is None else other
                yield _beside(own, other, right.card, called, united, how)

    card = _card([left, right], name, united, Rule("error"))
    note = f"{left.card.label} with the columns of {right.card.label}"
    card = msgspec.structs.replace(card, rows_read=len(left), merge=left.card.merge, notes=(*card.notes[:-1], note))
    return store_rows(store, card, rows(), lost=f"not in {right.card.label}")


def _beside(own: Any, other: Any, card: Card, called: dict[str, str], columns: tuple[Column, ...], how: str) -> Any:
    """Rows of the left table with those of the right beside them."""
    places = pc.index_in(own.column("identity"), value_set=other.column("identity").combine_chunks())
    if how == "inner":
        own, places = own.filter(pc.is_valid(places)), places.drop_null()
    for c, name in called.items():
        for suffix in ("", SPREAD, COUNT, UNCERTAINTY) if c in card.units else ("",):
            if c + suffix in other.column_names:
                column = other.column(c + suffix).take(places)
                own = own.append_column(name + suffix, pc.fill_null(column, 0) if suffix == COUNT else column)
    return own.select(_order(own.column_names, columns))


def _order(names: Sequence[str], columns: tuple[Column, ...]) -> list[str]:
    """Columns as every table has them: each property with what belongs to it, features, kept ones."""
    found = ["key", "material", "identity", "row"]
    for c in columns:
        suffixes = ("", SPREAD, COUNT, UNCERTAINTY) if c.role == "property" else ("",)
        found += [c.name + s for s in suffixes if c.name + s in names]
    return found
