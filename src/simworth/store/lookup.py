"""Which of some materials stand in a stored table: only stretches of keys that can hold them are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from simworth.digest import identity_keys
from simworth.errors import InputError
from simworth.identity import subject
from simworth.store.spill import keys_of
from simworth.store.stored import MOST, Stored, open_part, read_group
from simworth.tables import Overlap, PropertyTable

IntArray = NDArray[np.int64]


def find(stored: Stored, identities: Sequence[str], columns: Sequence[str] | None = None) -> Any:
    """The rows of those identities that stand in a stored table, in the order of their keys.

    Parameters
    ----------
    stored : Stored
    identities : sequence of str
        Canonical ones.
    columns : sequence of str or None
        Which columns to read beside ``identity``; all by default.

    Returns
    -------
    pyarrow.Table
        With a further column ``place`` (int64): where the row stands in the stored table.
    """
    found = list(_find(stored, identities, columns))
    if found:
        return pa.concat_tables(found)
    part = stored.card.parts[0]
    with open_part(stored, part) as file:
        empty = file.schema_arrow.empty_table().drop_columns(["key"])
    names = empty.column_names if columns is None else list(dict.fromkeys(["identity", *columns]))
    return empty.select(names).append_column("place", pa.array([], pa.int64()))


def _find(stored: Stored, identities: Sequence[str], columns: Sequence[str] | None) -> Iterator[Any]:
    texts = list(dict.fromkeys(identities))
    keys = identity_keys(texts)
    order = np.argsort(keys)
    keys = keys[order]
    wanted = pa.array(texts, pa.string())
    names = None if columns is None else list(dict.fromkeys(["key", "identity", *columns]))
    for before, file, g in _groups(stored):
        low, high = _range(file, g)
        some = keys[np.searchsorted(keys, np.uint64(low)) : np.searchsorted(keys, np.uint64(high), side="right")]
        if not some.size:
            continue
        here = keys_of(read_group(stored, file, g, ["key"]))
        places = np.flatnonzero(np.isin(here, some))
        if not places.size:
            continue
        rows = read_group(stored, file, g, names).take(pa.array(places))
        rows = rows.append_column("place", pa.array(places + before)).drop_columns(["key"])
        rows = rows.filter(pc.is_in(rows.column("identity"), value_set=wanted))
        if rows.num_rows:
            yield rows


def overlap_stored(stored: Stored, target: PropertyTable) -> Overlap:
    """Materials that stand in a stored table and in ``target``; see `simworth.tables.overlap`.

    Pairs are compared without their temperature, for which every identity is read; else only the stretches of keys that
    can hold the target's.

    Raises
    ------
    InputError
        When the tables hold materials of different kinds, or a file is damaged.
    """
    card = stored.card
    if card.kind != target.kind:
        raise InputError(
            f"store:{card.label} holds materials of kind {card.kind!r} but {target.name} of kind {target.kind!r}; give "
            "both the same kind"
        )
    if card.kind == "pair":
        subjects, places, numbers = _pairs(stored, set(target.subjects))
    else:
        rows = find(stored, target.identities, ["row"])
        subjects = rows.column("identity").to_pylist()
        places, numbers = (np.asarray(rows.column(c).to_numpy(), dtype=np.int64) for c in ("place", "row"))
    standing: dict[str, list[int]] = {}
    for i, name in enumerate(subjects):
        standing.setdefault(name, []).append(i)
    both = [(t, i) for t, name in enumerate(target.subjects) for i in standing.get(name, ())]
    at = np.array([i for _, i in both], dtype=np.int64)
    target_places = np.array([t for t, _ in both], dtype=np.int64)
    return Overlap(
        f"store:{card.label}",
        target.name,
        tuple(target.subjects[t] for t in target_places),
        places[at],
        target_places,
        numbers[at],
        np.asarray(target.data.column("row").to_numpy(), dtype=np.int64)[target_places],
    )


def _pairs(stored: Stored, wanted: set[str]) -> tuple[list[str], IntArray, IntArray]:
    """Subject, place and row number of every stored pair whose subject is wanted."""
    subjects: list[str] = []
    places: list[int] = []
    numbers: list[int] = []
    for before, file, g in _groups(stored):
        rows = read_group(stored, file, g, ["identity", "row"])
        told = zip(rows.column("identity").to_pylist(), rows.column("row").to_pylist(), strict=True)
        for place, (identity, number) in enumerate(told, before):
            name = subject("pair", identity)
            if name in wanted:
                subjects.append(name)
                places.append(place)
                numbers.append(number)
    return subjects, np.array(places, dtype=np.int64), np.array(numbers, dtype=np.int64)


def _groups(stored: Stored) -> Iterator[tuple[int, Any, int]]:
    """(rows before it, open file, row group) of every row group."""
    before = 0
    for part in stored.card.parts:
        with open_part(stored, part) as file:
            for g in range(file.num_row_groups):
                yield before, file, g
                before += file.metadata.row_group(g).num_rows


def _range(file: Any, group: int) -> tuple[int, int]:
    """Lowest and highest key of a row group."""
    statistics = file.metadata.row_group(group).column(file.schema_arrow.get_field_index("key")).statistics
    if statistics is None:
        return 0, MOST - 1
    return int(statistics.min) % MOST, int(statistics.max) % MOST
