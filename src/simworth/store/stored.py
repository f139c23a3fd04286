"""Reading a stored table: whole, by ranges of keys, or a seeded sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simworth.errors import InputError
from simworth.store.card import Card, Part, footer_digest
from simworth.store.place import find_version
from simworth.store.spill import keys_of
from simworth.tables import About, Merge, PropertyTable, Provenance
from simworth.tables.parquet import UNREADABLE, first_line
from simworth.tables.reading import Bound

MOST = 1 << 64
WHOLE = 5_000_000
"""Materials that are loaded at once without a sample being asked for."""


@dataclass(frozen=True)
class Stored:
    """One version of a stored table: its folder and its card. Nothing is read before it is asked for."""

    folder: Path
    card: Card

    def __len__(self) -> int:
        return self.card.rows

    def __repr__(self) -> str:
        return f"Stored({self.card.label!r}, {len(self):,} materials of kind {self.card.kind})"

    def schema(self) -> Any:
        """The columns (pyarrow.Schema) of its files."""
        with open_part(self, self.card.parts[0]) as file:
            return file.schema_arrow.remove_metadata()

    def groups(self, first: int = 0, last: int = MOST) -> Iterator[tuple[Any, int]]:
        """(open file, row group) of every row group that may hold keys from ``first`` to before ``last``, in order."""
        for part in self.card.parts:
            if part.last < first or part.first >= last:
                continue
            with open_part(self, part) as file:
                place = file.schema_arrow.get_field_index("key")
                for g in range(file.num_row_groups):
                    range_ = file.metadata.row_group(g).column(place).statistics
                    if range_ is None or (unsigned(range_.max) >= first and unsigned(range_.min) < last):
                        yield file, g

    def range(self, first: int, last: int, columns: Sequence[str] | None = None) -> Iterator[Any]:
        """Rows (tables) with keys from ``first`` to before ``last``, in order; ``key`` comes always."""
        names = None if columns is None else list(dict.fromkeys(["key", *columns]))
        for file, g in self.groups(first, last):
            rows = read_group(self, file, g, names)
            keys = keys_of(rows)
            # a range may end at 2^64, which no uint64 holds
            low = int(np.searchsorted(keys, np.uint64(first)))
            high = len(keys) if last >= MOST else int(np.searchsorted(keys, np.uint64(last)))
            if high > low:
                yield rows.slice(low, high - low)

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[Any]:
        """All rows as record batches, in the order of their keys; ``columns`` beside ``key``."""
        for rows in self.range(0, MOST, columns):
            yield from rows.to_batches()

    def load(self) -> PropertyTable:
        """The whole table in memory.

        Raises
        ------
        InputError
            When it has more than `WHOLE` materials, or a file is damaged.
        """
        if len(self) > WHOLE:
            raise InputError(
                f"store:{self.card.label}: holds {len(self):,} materials, more than are loaded at once; ask for a "
                "sample, such as sample = 100000"
            )
        return self.table(list(self.range(0, MOST)))

    def sample(
        self, n: int, seed: int, having: str | None = None, where: Mapping[str, Bound] | None = None
    ) -> PropertyTable:
        """A seeded sample of n materials; see `simworth.store.sample.sample_stored`."""
        from simworth.store.sample import sample_stored

        return sample_stored(self, n, seed, having=having, where=where)

    def table(self, rows: Sequence[Any]) -> PropertyTable:
        """Some rows of this table (tables with its columns) as a `PropertyTable`."""
        data = pa.concat_tables(rows).combine_chunks().drop_columns(["key"])
        return PropertyTable(about(self.card), data.replace_schema_metadata(None))


def about(card: Card) -> About:
    """What a table in memory says of itself, from the card."""
    merge: Merge = cast("Merge", card.merge) if card.merge in get_args(Merge) else "first"
    return About(
        name=card.name,
        kind=card.kind,
        units=card.units,
        provenance=Provenance(f"store:{card.label}", card.content, card.licence, card.citation, card.private),
        features=card.named("feature"),
        keep=card.named("keep"),
        merge=merge,
        rows_read=card.rows_read,
        merged=card.merged,
        left_out=card.left_out,
        notes=card.notes,
    )


def open_part(stored: Stored, part: Part) -> Any:
    """An open Parquet file of a stored table.

    Raises
    ------
    InputError
        When it is missing, cut short or damaged.
    """
    path = stored.folder / part.file
    try:
        whole = path.stat().st_size == part.bytes and footer_digest(path) == part.footer
        if whole:
            return pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False)
    except FileNotFoundError:
        raise InputError(f"{path}: is missing from the stored table; import the table again") from None
    except UNREADABLE as error:
        raise InputError(f"{path}: is damaged ({first_line(error)}); import the table again") from None
    raise InputError(f"{path}: is damaged: it is not the file that was stored; import the table again")


def read_group(stored: Stored, file: Any, group: int, columns: Sequence[str] | None) -> Any:
    """One row group as a table.

    Raises
    ------
    InputError
        When its bytes are not what was written.
    """
    try:
        return file.read_row_group(group, columns=columns, use_threads=False)
    except UNREADABLE as error:
        raise InputError(
            f"{stored.folder}: a file of {stored.card.label} is damaged ({first_line(error)}); import the table again"
        ) from None


def unsigned(value: int) -> int:
    """A 64-bit statistic as the unsigned number it stands for."""
    return int(value) % MOST


def open_stored(store: Path, wanted: str) -> Stored:
    """A table of a store: ``"NAME"`` (its newest version) or ``"NAME@VERSION"``.

    Raises
    ------
    InputError
        When there is no such table or version, or its card cannot be read.
    """
    return Stored(*find_version(store, wanted))
