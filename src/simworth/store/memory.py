"""A table in memory that is read as a stored one is: by ranges of keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from simworth.digest import identity_keys
from simworth.store.card import Card, Column
from simworth.store.columns import check_columns
from simworth.store.spill import in_order, keys_of
from simworth.store.stored import MOST
from simworth.tables import PropertyTable


class ByKey(Protocol):
    """What `Stored` and `Held` have in common."""

    @property
    def card(self) -> Card:
        """What the table says of itself."""

    def __len__(self) -> int: ...

    def range(self, first: int, last: int, columns: Sequence[str] | None = None) -> Iterator[Any]:
        """Rows (tables) with keys from ``first`` to before ``last``, in order."""


@dataclass(frozen=True)
class Held:
    """A table in memory in the order of its keys."""

    card: Card
    rows: Any

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    def range(self, first: int, last: int, columns: Sequence[str] | None = None) -> Iterator[Any]:
        """Rows (one table or none) with keys from ``first`` to before ``last``."""
        keys = keys_of(self.rows)
        low = int(np.searchsorted(keys, np.uint64(first)))
        high = len(keys) if last >= MOST else int(np.searchsorted(keys, np.uint64(last)))
        if high > low:
            some = self.rows.slice(low, high - low)
            yield some if columns is None else some.select(list(dict.fromkeys(["key", *columns])))


def by_key(table: PropertyTable | ByKey) -> ByKey:
    """The table itself, or one in memory put in the order of its keys."""
    if not isinstance(table, PropertyTable):
        return table
    return Held(table_card(table, table.name, {}), keyed_rows(table))


def keyed_rows(table: PropertyTable) -> Any:
    """The rows of a table in memory with their keys, in the order of these."""
    return in_order(table.data.add_column(0, "key", pa.array(identity_keys(table.identities))))


def table_card(table: PropertyTable, name: str, meanings: Mapping[str, str]) -> Card:
    """The card of a table in memory; its version is its digest.

    Raises
    ------
    InputError
        When its columns cannot stand in a stored table.
    """
    about, source = table.about, table.provenance
    texts = {f.name for f in table.data.schema if pa.types.is_string(f.type)}
    columns = [Column(p, u, role="property") for p, u in about.units.items()]
    columns += [Column(f, role="feature") for f in about.features] + [Column(k, role="keep") for k in about.keep]
    typed = tuple(
        Column(c.name, c.unit, meanings.get(c.name, ""), c.role, type="text" if c.name in texts else "number")
        for c in columns
    )
    check_columns(typed, about.name)
    return Card(
        name=name, version="", content="", kind=about.kind, rows=len(table), columns=typed, merge=about.merge,
        rows_read=about.rows_read, merged=about.merged, left_out=about.left_out, notes=about.notes,
        source=source.source, licence=source.licence, citation=source.citation, obtained="", stored="", parts=(),
        parents={"source": source.digest} if source.digest else {}, private=source.private,
    )  # fmt: skip


def windows(rows: int, size: int = 400_000) -> Iterator[tuple[int, int]]:
    """Ranges of keys that share ``rows`` rows out into about ``size`` each."""
    count = max(1, -(-rows // size))
    for i in range(count):
        yield MOST * i // count, MOST * (i + 1) // count


def read_range(table: ByKey, first: int, last: int, columns: Sequence[str] | None = None) -> Any | None:
    """The rows with keys from ``first`` to before ``last`` as one table; None where there are none."""
    found = list(table.range(first, last, columns))
    return pa.concat_tables(found).combine_chunks() if found else None
