"""Near relatives between a stored table of any size and one in memory, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from simworth.errors import InputError
from simworth.store.stored import MOST, Stored
from simworth.tables import Nearby, PropertyTable, nearby

PIECE = 500_000
"""Stored rows that are compared at once."""


def nearby_stored(
    stored: Stored, target: PropertyTable, *, entry: tuple[str, str] | None = None, piece: int = PIECE
) -> Nearby:
    """Materials of a stored table that are the same as, or near to, one of ``target``; see `simworth.tables.nearby`.

    Every identity is read once, and memory is that of a piece and of what is found.

    Parameters
    ----------
    stored : Stored
    target : PropertyTable
    entry : (str, str) or None
        Kept columns of the stored table and of the target that hold identifiers of one database.
    piece : int
        Rows to compare at once.

    Returns
    -------
    Nearby
        Its source is not the whole stored table but those of its materials that have a relative, with the row numbers
        that they have in what was read.

    Raises
    ------
    InputError
        When the tables hold materials of different kinds, a column is missing, or a file is damaged.
    """
    if stored.card.kind != target.kind:
        raise InputError(
            f"store:{stored.card.label} holds materials of kind {stored.card.kind!r} but {target.name} of kind "
            f"{target.kind!r}; give both the same kind"
        )
    kept = []
    for rows in _pieces(stored, piece):
        table = stored.table([rows])
        found = np.unique(nearby(table, target, entry=entry).source_places)
        if len(found):
            kept.append(rows.take(pa.array(found)))
    relatives = stored.table(kept or [stored.schema().empty_table()])
    return nearby(relatives, target, entry=entry)


def _pieces(stored: Stored, size: int) -> Iterator[Any]:
    """The rows in tables of at least ``size``, but for the last."""
    waiting: list[Any] = []
    for rows in stored.range(0, MOST):
        waiting.append(rows)
        if sum(r.num_rows for r in waiting) >= size:
            yield pa.concat_tables(waiting).combine_chunks()
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()
