"""Parquet files, and tables in memory that speak Arrow's C stream (pyarrow, pandas, polars, DuckDB, ...)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from simworth.digest import canonical_json, digest_bytes
from simworth.errors import InputError
from simworth.tables.parquet import UNREADABLE, first_line
from simworth.tables.rows import FloatArray, Kept


class ArrowStream(Protocol):
    """An object that hands its columns over through the Arrow PyCapsule interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """See the Arrow documentation."""


@dataclass(frozen=True)
class ArrowTable:
    """Typed columns. ``numbers`` (R,) count records from 1."""

    where: str
    digest: str
    data: Any
    numbers: NDArray[np.int64]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names."""
        return tuple(self.data.column_names)

    def take(self, places: NDArray[np.int64]) -> ArrowTable:
        """The rows at these places."""
        return ArrowTable(self.where, self.digest, self.data.take(pa.array(places)), self.numbers[places])

    def texts(self, column: str) -> list[str | None]:
        """Texts without the blanks around them; None for null or empty.

        Raises
        ------
        InputError
            When the column is not text.
        """
        found = self._plain(column)
        if not _is_text(found.type) and not pa.types.is_null(found.type):
            raise InputError(
                f"{self.where}, column {column!r}: holds {found.type} instead of text; give a column of texts"
            )
        return [(t.strip() or None) if t is not None else None for t in found.to_pylist()]

    def floats(self, column: str) -> FloatArray:
        """Numbers; NaN for null.

        Raises
        ------
        InputError
            When the column is not numeric, or holds nan or infinity.
        """
        found = self._plain(column)
        if not _is_number(found.type) and not pa.types.is_null(found.type):
            raise InputError(
                f"{self.where}, column {column!r}: holds {found.type} instead of numbers; give a numeric column"
            )
        found = found.cast(pa.float64(), safe=False)
        bad = pc.fill_null(pc.invert(pc.is_finite(found)), False).to_numpy()
        if bad.any():
            i = int(np.flatnonzero(bad)[0])
            raise InputError(
                f"{self.where}, row {self.numbers[i]}, column {column!r}: '{found[i].as_py()}' is not a "
                "finite number; "
                "use null where there is no value"
            )
        return np.array(found.to_numpy(), dtype=np.float64)

    def either(self, column: str) -> Kept:
        """Numbers from a numeric column, texts from any other."""
        if _is_number(self._plain(column).type):
            return self.floats(column)
        return [None if v is None else str(v) for v in self._plain(column).to_pylist()]

    def _plain(self, column: str) -> Any:
        """The column without dictionary encoding."""
        found = self.data.column(column)
        if pa.types.is_dictionary(found.type):
            found = found.cast(found.type.value_type)
        return found


def read_parquet(path: Path, data: bytes) -> ArrowTable:
    """Understand the bytes of a Parquet file.

    Raises
    ------
    InputError
        When the file is damaged or cut short, has no rows, or names a column twice.
    """
    try:
        table = pq.read_table(pa.BufferReader(data))
        table.validate(full=True)
    except UNREADABLE as error:
        raise InputError(f"{path}: not readable as Parquet ({first_line(error)}); copy or download it again") from None
    return _checked(str(path), digest_bytes(data), table)


def read_stream(source: ArrowStream, where: str) -> ArrowTable:
    """Take over a table in memory.

    Raises
    ------
    InputError
        When it has no rows or names a column twice.
    """
    table = pa.RecordBatchReader.from_stream(source).read_all()
    content = canonical_json([table.column_names, [str(f.type) for f in table.schema]]).encode()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema.remove_metadata()) as writer:
        writer.write_table(table.replace_schema_metadata(None).combine_chunks())
    return _checked(where, digest_bytes(content + sink.getvalue().to_pybytes()), table)


def _checked(where: str, digest: str, table: Any) -> ArrowTable:
    twice = [name for name, n in Counter(table.column_names).items() if n > 1]
    if twice:
        raise InputError(f"{where}: the column {twice[0]!r} stands there twice; rename one of them")
    if table.num_rows == 0:
        raise InputError(f"{where}: has no rows; give a table with data")
    return ArrowTable(where, digest, table, np.arange(1, table.num_rows + 1, dtype=np.int64))


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))
