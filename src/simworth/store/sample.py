"""Seeded samples: the same materials on any machine, from any order of rows, from any files.

Every material has a key, a hash of its identity. A sample starts at a key that the seed names and takes the materials
with the next higher keys, beginning again at the lowest after the highest. So a larger sample holds the smaller ones,
and of a stored table, which lies in the order of its keys, only the rows of the sample are read. Samples of two seeds
are two stretches of one circle: each by itself is as good as drawn, but they overlap more, or less, than independent
ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from simworth.digest import identity_keys
from simworth.errors import InputError
from simworth.seeds import seed_of
from simworth.store.stored import MOST, Stored
from simworth.tables import PropertyTable
from simworth.tables.reading import Bound

IntArray = NDArray[np.int64]


def start_key(seed: int) -> int:
    """The key at which the sample of a seed starts."""
    return seed_of("store-sample", seed)


def sample_stored(
    stored: Stored, n: int, seed: int, *, having: str | None = None, where: Mapping[str, Bound] | None = None
) -> PropertyTable:
    """A seeded sample of a stored table, in the order in which it grows.

    Parameters
    ----------
    stored : Stored
    n : int
        Materials; all that pass where there are fewer.
    seed : int
    having : str or None
        A property: take only materials with a value of it.
    where : mapping of str to (low, high) or str
        Column → bounds or text; other materials are passed over.

    Raises
    ------
    InputError
        When n is not positive, a column is not there, no material passes, or a file is damaged.
    """
    _check(stored, n, having, where or {})
    found: list[Any] = []
    wanted = n
    for rows in _circle(stored, start_key(seed)):
        passed = rows.filter(_passes(rows, having, where or {}))
        found.append(passed.slice(0, wanted))
        wanted -= found[-1].num_rows
        if not wanted:
            break
    if wanted == n:
        raise InputError(f"store:{stored.card.label}: no material passes; widen 'where' or choose another property")
    return stored.table(found)


def sample_places(table: PropertyTable, n: int, seed: int) -> IntArray:
    """Places of the materials that `sample_stored` takes from the same materials in a store, in the same order.

    Raises
    ------
    InputError
        When n is not positive.
    """
    _positive(n, table.name)
    keys = identity_keys(table.identities)
    with np.errstate(over="ignore"):
        turned = keys - np.uint64(start_key(seed))
    order = np.lexsort((np.array(table.identities), turned))
    return order[:n].astype(np.int64)


def _circle(stored: Stored, start: int) -> Iterator[Any]:
    yield from stored.range(start, MOST)
    yield from stored.range(0, start)


def _passes(rows: Any, having: str | None, where: Mapping[str, Bound]) -> Any:
    keep = pa.array(np.ones(rows.num_rows, dtype=bool))
    if having is not None:
        keep = pc.and_(keep, pc.is_valid(rows.column(having)))
    for column, bound in where.items():
        values = rows.column(column)
        if isinstance(bound, str):
            inside = pc.equal(values, bound)
        else:
            inside = pc.and_(pc.greater_equal(values, float(bound[0])), pc.less_equal(values, float(bound[1])))
        keep = pc.and_(keep, pc.fill_null(inside, False))
    return keep


def _positive(n: int, where: str) -> None:
    if n < 1:
        raise InputError(f"{where}: a sample of {n} was asked for; ask for at least 1")


def _check(stored: Stored, n: int, having: str | None, where: Mapping[str, Bound]) -> None:
    """Refuse what no row could satisfy before any is read."""
    card = stored.card
    _positive(n, f"store:{card.label}")
    if having is not None and having not in card.units:
        known = ", ".join(map(repr, card.units))
        raise InputError(f"store:{card.label}: has no property {having!r}; it has {known}")
    types = {"material": "text", "identity": "text", **{c.name: c.type for c in card.columns}}
    for column, bound in where.items():
        if column not in types:
            raise InputError(f"store:{card.label}: has no column {column!r} for 'where'; it has {', '.join(types)}")
        if isinstance(bound, str) != (types[column] == "text"):
            needed = "one text" if types[column] == "text" else "[lowest, highest]"
            raise InputError(f"store:{card.label}: the column {column!r} holds {types[column]}s; give {needed}")
