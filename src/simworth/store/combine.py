"""Several stored tables become one longer table, by merging their sorted rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from simworth.errors import InputError
from simworth.store.build import MERGED, store_rows
from simworth.store.card import Card, Column
from simworth.store.columns import check_features
from simworth.store.memory import read_range, windows
from simworth.store.place import check_name
from simworth.store.rules import UNCERTAINTY, Rule, floats, merge_sorted, read_rule
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
        When a table is named twice, when kinds, features, units or types do not fit together, or the rule refuses.
    """
    labels = [t.card.label for t in tables]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise InputError(f"{twice}: stands twice among the tables to be united; name each once")
    columns = _united(tables)
    rule = read_rule(merge, tuple(c.name for c in columns))
    card = united_card(tables, name, columns, rule)
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


def united_card(tables: Sequence[Stored], name: str, columns: tuple[Column, ...], rule: Rule) -> Card:
    """The card of a table made from several, but for what is known when its rows are written."""
    cards = [t.card for t in tables]
    told = {c.label: c.content for c in cards}
    notes = [f"{c.label}: {note}" for c in cards for note in c.notes]
    notes.append(f"united from {' and '.join(told)}; of one material's rows: {rule.text}")
    return Card(
        name=check_name(name), version="", content="", kind=cards[0].kind, rows=0, columns=columns, merge=rule.text,
        rows_read=sum(c.rows for c in cards), merged=0, left_out={}, notes=tuple(notes), source=", ".join(told),
        licence=joined({c.label: c.licence for c in cards}), citation=joined({c.label: c.citation for c in cards}),
        obtained=max(c.obtained for c in cards), stored="", parts=(), parents=told,
        private=any(c.private for c in cards),
    )  # fmt: skip


def joined(texts: Mapping[str, str]) -> str:
    """What several tables say, each once; the names of those that say nothing, unless all do."""
    silent = [label for label, text in texts.items() if not text]
    if len(silent) == len(texts):
        return ""
    told = list(dict.fromkeys(text for text in texts.values() if text))
    return "; ".join([*told, *(f"of {label} not stated" for label in silent)])
