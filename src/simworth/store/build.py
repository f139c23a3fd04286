"""Building a stored table: from Arrow batches of any number, or from a table in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from simworth.store.card import Card, Column, Recipe
from simworth.store.columns import Reader, check_features
from simworth.store.memory import keyed_rows, table_card
from simworth.store.place import check_name
from simworth.store.rules import Rule, merge_sorted
from simworth.store.spill import Spill, groups_of
from simworth.store.stored import Stored
from simworth.store.writer import SortedWriter, pending, publish, refuse_empty
from simworth.tables import PropertyTable
from simworth.tables.about import PRIVATE

MERGED = "merged"


def build_stored(
    store: Path,
    recipe: Recipe,
    batches: Iterable[Any],
    *,
    left_out: Mapping[str, int] | None = None,
    notes: Sequence[str] = (),
    progress: Callable[[int], None] | None = None,
) -> Stored:
    """Store a table of any number of rows, in bounded memory.

    Parameters
    ----------
    store : Path
        The folder of tables; see `simworth.store.default_store`.
    recipe : Recipe
        What the columns are.
    batches : iterable of pyarrow.RecordBatch
        With the columns that the recipe names; beside a property ``P`` perhaps ``P_uncertainty``, and perhaps ``row``,
        the number of each row for messages. Null is "no value".
    left_out : mapping of str to int or None
        Rows that were left out before, by reason; looked at when the batches are exhausted.
    notes : sequence of str
        Sentences a reader of the table should know; looked at when the batches are exhausted.
    progress : callable or None
        Called with the number of rows read so far.

    Raises
    ------
    InputError
        When the recipe or a row cannot be used, no row is left, or another process stores a table of that name.
    """
    check_name(recipe.name)
    reader = Reader(recipe)
    with pending(store, recipe.name) as folder:
        writer, merged = SortedWriter(folder), 0
        try:
            for rows, count in _unique(folder, reader, batches, progress):
                writer.write(rows)
                merged += count
            parts, digest = writer.finish()
        finally:
            writer.abandon()
        gone = dict(reader.left_out)
        for reason, n in (left_out or {}).items():
            gone[reason] = gone.get(reason, 0) + n
        if not writer.rows:
            raise refuse_empty(reader.where, gone)
        said = [*notes, *_unread(reader)]
        card = _card(recipe, reader.columns, reader.rule, writer.rows, said)
        read = reader.read + sum((left_out or {}).values())
        card = msgspec.structs.replace(card, rows_read=read, merged=merged, left_out=gone, parts=parts)
        return Stored(*publish(folder, card, digest))


def _unique(
    folder: Path, reader: Reader, batches: Iterable[Any], progress: Callable[[int], None] | None
) -> Iterator[tuple[Any, int]]:
    """Rows in the order of their keys, one a material, and how many were merged into them."""
    spill: Spill | None = None
    try:
        for batch in batches:
            if not batch.num_rows:
                continue
            rows = reader.rows(batch)
            spill = spill or Spill(folder, reader.schema)
            spill.add(rows)
            if progress:
                progress(reader.read)
        if spill is None:
            return
        properties = tuple(c.name for c in reader.columns if c.role == "property")
        for rows in spill.sorted():
            group = groups_of(rows)
            check_features(rows, group, reader.columns, reader.where)
            found = merge_sorted(rows, group, reader.rule, properties, reader.where)
            yield found, rows.num_rows - found.num_rows
    finally:
        if spill is not None:
            spill.close()


def _unread(reader: Reader) -> list[str]:
    count = reader.left_out.get("unreadable material", 0)
    if not count:
        return []
    others = " and others" if count > len(reader.unread) else ""
    return [f"left out as unreadable: {', '.join(reader.unread)}{others}"]


def _card(recipe: Recipe, columns: tuple[Column, ...], rule: Rule, rows: int, notes: Sequence[str]) -> Card:
    """The card but for what is known when the parts are published."""
    said = list(notes)
    if rule.column:
        said.append(f"of several rows of one material the one with the {rule.how} {rule.column} was taken")
    if recipe.private and PRIVATE not in said:
        said.append(PRIVATE)
    return Card(
        name=recipe.name, version="", content="", kind=recipe.kind, rows=rows, columns=columns, merge=rule.text,
        rows_read=rows, merged=0, left_out={}, notes=tuple(said), source=recipe.source, licence=recipe.licence,
        citation=recipe.citation, obtained=recipe.obtained, stored="", parts=(), parents=recipe.parents,
        private=recipe.private,
    )  # fmt: skip


def store_table(
    store: Path, table: PropertyTable, *, name: str | None = None, meanings: Mapping[str, str] | None = None
) -> Stored:
    """Store a table in memory as it is.

    Parameters
    ----------
    store : Path
        The folder of tables.
    table : PropertyTable
    name : str or None
        What it is called in the store; the table's name by default.
    meanings : mapping of str to str or None
        Column → what it means.

    Raises
    ------
    InputError
        When the name cannot be a folder's, or another process stores a table of that name.
    """
    card = table_card(table, check_name(name or table.name), meanings or {})
    return store_rows(store, card, [keyed_rows(table)])


def store_rows(store: Path, card: Card, rows: Iterable[Any], *, lost: str = "", notes: Sequence[str] = ()) -> Stored:
    """Store rows (tables of a stored table's columns) that come in the order of their keys, one a material.

    ``lost`` says what became of the card's ``rows_read`` that are not among them: `MERGED`, or why they were left out.
    ``notes`` are further sentences for the card, looked at when the rows are exhausted.

    Raises
    ------
    InputError
        When there are none, or another process stores a table of that name.
    """
    with pending(store, check_name(card.name)) as folder:
        writer = SortedWriter(folder)
        try:
            for some in rows:
                writer.write(some)
            parts, digest = writer.finish()
        finally:
            writer.abandon()
        gone = card.rows_read - writer.rows
        if not writer.rows:
            raise refuse_empty(card.name, {lost: gone} if lost else dict(card.left_out))
        card = msgspec.structs.replace(card, rows=writer.rows, parts=parts, notes=(*card.notes, *notes))
        if lost == MERGED:
            card = msgspec.structs.replace(card, merged=gone)
        elif lost and gone:
            card = msgspec.structs.replace(card, left_out={**card.left_out, lost: gone})
        return Stored(*publish(folder, card, digest))
