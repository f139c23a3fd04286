"""Two stored tables side by side: the columns of one beside those of the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simworth.errors import InputError
from simworth.store.build import MERGED, store_rows
from simworth.store.card import Card, Column
from simworth.store.columns import check_columns
from simworth.store.combine import united_card
from simworth.store.memory import read_range, windows
from simworth.store.rules import COUNT, SPREAD, UNCERTAINTY, Rule
from simworth.store.spill import in_order
from simworth.store.stored import Stored

How = Literal["left", "inner", "outer"]
FIRST = ("key", "material", "identity", "row")
"""What every stored table begins with."""


def join(store: Path, left: Stored, right: Stored, name: str, how: How = "left") -> Stored:
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
        ``left`` keeps materials that ``right`` lacks, with empty columns; ``inner`` leaves them out; ``outer`` also
        takes the materials that ``right`` alone has.

    Raises
    ------
    InputError
        When the kinds differ, or columns would have one name.
    """
    if left.card.kind != right.card.kind or left.card.named("feature") or right.card.named("feature"):
        raise InputError(
            f"{left.card.label} and {right.card.label} cannot be joined; both must be of one kind and bring no features"
        )
    called = _names(left.card, right.card)
    columns = [*left.card.columns, *(msgspec.structs.replace(c, name=called[c.name]) for c in right.card.columns)]
    order = {"property": 0, "feature": 1, "keep": 2}
    united = tuple(sorted(columns, key=lambda c: order[c.role]))
    check_columns(united, name)
    notes = [f"{old!r} of {right.card.label} is called {new!r}" for old, new in called.items() if old != new]

    def rows() -> Iterator[Any]:
        shared = 0
        for first, last in windows(len(left) + len(right)):
            found, both = _beside(_part(left, first, last), _part(right, first, last), right.card, called, united, how)
            shared += both
            if found.num_rows:
                yield found
        notes.append(f"{shared:,} materials stand in both {left.card.label} and {right.card.label}")

    card = united_card([left, right], name, united, Rule("error"))
    note = f"{left.card.label} with the columns of {right.card.label}"
    read = len(left) + (len(right) if how == "outer" else 0)
    card = msgspec.structs.replace(card, rows_read=read, merge=left.card.merge, notes=(*card.notes[:-1], note))
    lost = MERGED if how == "outer" else f"not in {right.card.label}"
    return store_rows(store, card, rows(), lost=lost, notes=notes)


def _names(left: Card, right: Card) -> dict[str, str]:
    """Column of the right table → what it is called in the new one."""
    taken = {c.name for c in left.columns}
    return {c.name: f"{c.name}_{right.name}" if c.name in taken else c.name for c in right.columns}


def _part(table: Stored, first: int, last: int) -> Any:
    found = read_range(table, first, last)
    return table.schema().empty_table() if found is None else found


def _beside(
    own: Any, other: Any, card: Card, called: dict[str, str], columns: tuple[Column, ...], how: How
) -> tuple[Any, int]:
    """Rows of the left table with those of the right beside them, and how many stand in both."""
    places = pc.index_in(own.column("identity"), value_set=other.column("identity").combine_chunks())
    both = len(places) - places.null_count
    if how == "inner":
        own, places = own.filter(pc.is_valid(places)), places.drop_null()
    found = own
    renamed = {
        c + suffix: name + suffix
        for c, name in called.items()
        for suffix in (("", SPREAD, COUNT, UNCERTAINTY) if c in card.units else ("",))
        if c + suffix in other.column_names
    }
    for old, new in renamed.items():
        found = found.append_column(new, _counted(new, other.column(old).take(places), columns))
    if how == "outer":
        alone = np.ones(other.num_rows, dtype=bool)
        alone[np.asarray(places.drop_null())] = False
        rest = other.select([*FIRST, *renamed]).rename_columns([*FIRST, *renamed.values()]).filter(pa.array(alone))
        missing = {
            n: _counted(n, pa.nulls(rest.num_rows, found.schema.field(n).type), columns)
            for n in found.column_names
            if n not in rest.column_names
        }
        for new, column in missing.items():
            rest = rest.append_column(new, column)
        found = in_order(pa.concat_tables([found, rest.select(found.column_names)]))
    return found.select(_order(found.column_names, columns)), both


def _counted(name: str, column: Any, columns: Sequence[Column]) -> Any:
    """The column; of counts with 0 where there is nothing."""
    counts = {c.name + COUNT for c in columns if c.role == "property"}
    return pc.fill_null(column, 0) if name in counts else column


def _order(names: Sequence[str], columns: tuple[Column, ...]) -> list[str]:
    """Columns as every table has them: each property with what belongs to it, features, kept ones."""
    found = list(FIRST)
    for c in columns:
        suffixes = ("", SPREAD, COUNT, UNCERTAINTY) if c.role == "property" else ("",)
        found += [c.name + s for s in suffixes if c.name + s in names]
    return found
