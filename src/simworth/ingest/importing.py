"""Files and query results of any length into the store, in pieces: `simworth import`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simworth.digest import digest_file
from simworth.errors import InputError
from simworth.identity import Kind
from simworth.ingest.sql import Query, query_tables
from simworth.store import Column, Recipe, Stored, build_stored
from simworth.store.place import check_name
from simworth.tables import Unreadable
from simworth.tables.arrowtable import ArrowTable
from simworth.tables.csvfile import CsvTable, csv_tables
from simworth.tables.parquet import UNREADABLE, first_line
from simworth.tables.reading import PARQUET, Asked, check_asked, read_rows
from simworth.tables.rows import Kept, RawTable, Rows, need_columns
from simworth.tables.table import float_column

PIECE = 50_000
"""Rows that are read at once."""


@dataclass(frozen=True)
class Import:
    """What a file or a query holds, and how it is called in the store."""

    name: str
    kind: Kind
    asked: Asked
    merge: str = "mean"
    unreadable: Unreadable = "error"
    licence: str = ""
    citation: str = ""
    meanings: Mapping[str, str] = field(default_factory=dict)
    """Column → what it means."""
    private: bool = False
    """Its values may not be passed on."""


def import_table(
    store: Path, source: Path | Query, wanted: Import, progress: Callable[[int], None] | None = None
) -> Stored:
    """Store a CSV or Parquet file, or the rows that a query gives, in bounded memory.

    Parameters
    ----------
    store : Path
        The folder of tables.
    source : Path or Query
    wanted : Import
    progress : callable or None
        Called with the number of rows read so far.

    Raises
    ------
    InputError
        When a setting, the file, the query or a row cannot be used.
    """
    check_asked(wanted.kind, wanted.asked, str(source) if isinstance(source, Path) else "")
    check_name(wanted.name)
    left_out: dict[str, int] = {}
    if isinstance(source, Query):
        texts = frozenset(wanted.asked.keep)
        tables = query_tables(source, wanted.asked.keep, PIECE)
        where, parents = source.where, {}
    else:
        texts = _text_columns(source, _is_parquet(source), wanted.asked.keep)
        tables = file_tables(source)
        where, parents = str(source), {"source": digest_file(source)}
    columns = tuple(_columns(wanted))
    recipe = Recipe(
        name=wanted.name, kind=wanted.kind, columns=columns, merge=wanted.merge, unreadable=wanted.unreadable,
        source=where, licence=wanted.licence, citation=wanted.citation, private=wanted.private, parents=parents,
        obtained=datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip
    batches = _batches(tables, wanted.asked, texts, left_out)
    return build_stored(store, recipe, batches, left_out=left_out, progress=progress)


def file_tables(path: Path) -> Iterator[RawTable]:
    """A CSV or Parquet file in pieces.

    Raises
    ------
    InputError
        When it is missing, a folder, empty, damaged, or of a type that is not known.
    """
    if _is_parquet(path):
        yield from _parquet_tables(path)
    else:
        yield from csv_tables(path, PIECE)


def _is_parquet(path: Path) -> bool:
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name a CSV or Parquet file in it")
    try:
        with path.open("rb") as f:
            magic = f.read(4)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; name a CSV or Parquet file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be opened ({error.strerror}); check its permissions") from None
    if not magic:
        raise InputError(f"{path}: the file is empty; give a CSV file with a header and rows")
    return magic == PARQUET or path.suffix in (".parquet", ".pq")


def _parquet_tables(path: Path) -> Iterator[RawTable]:
    before = 0
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            twice = [n for n in names if names.count(n) > 1]
            if twice:
                raise InputError(f"{path}: the column {twice[0]!r} stands there twice; rename one of them")
            for batch in file.iter_batches(PIECE):
                batch.validate(full=True)
                rows = np.arange(before + 1, before + 1 + batch.num_rows, dtype=np.int64)
                yield ArrowTable(str(path), "", pa.Table.from_batches([batch]), rows)
                before += batch.num_rows
    except UNREADABLE as error:
        raise InputError(f"{path}: not readable as Parquet ({first_line(error)}); copy or download it again") from None
    if not before:
        raise InputError(f"{path}: has no rows; give a table with data")


def _text_columns(path: Path, typed: bool, keep: Iterable[str]) -> frozenset[str]:
    """Kept columns of a CSV file that do not hold numbers throughout: known only when all of it has been read."""
    names = frozenset(keep)
    if not names or typed:
        return frozenset()
    texts: set[str] = set()
    numbers: set[str] = set()
    for table in csv_tables(path, PIECE):
        need_columns(table, sorted(names))
        for name in names - texts:
            if isinstance(table.either(name), np.ndarray):
                numbers.add(name)
            elif any(t is not None for t in table.texts(name)):
                texts.add(name)
    return frozenset(texts | (names - numbers))


def _columns(wanted: Import) -> Iterator[Column]:
    asked, meanings = wanted.asked, wanted.meanings
    for name, c in asked.properties.items():
        yield Column(name, c.convert or c.unit, meanings.get(name, ""), "property")
    for name in asked.features:
        yield Column(name, "", meanings.get(name, ""), "feature")
    for name in asked.keep:
        yield Column(name, "", meanings.get(name, ""), "keep")


def _batches(
    tables: Iterable[RawTable], asked: Asked, texts: frozenset[str], left_out: dict[str, int]
) -> Iterator[Any]:
    """Rows in their final units as the store takes them; counts what 'where' leaves out."""
    untyped = asked._replace(keep=())
    for raw in tables:
        need_columns(raw, asked.keep)
        numbered = {int(n): i for i, n in enumerate(raw.numbers)} if asked.keep and asked.where else {}
        rows, gone = read_rows(raw, untyped)
        for reason, n in gone.items():
            left_out[reason] = left_out.get(reason, 0) + n
        if len(rows):
            kept = raw.take(np.array([numbered[int(n)] for n in rows.numbers])) if numbered else raw
            yield _batch(rows, {k: _kept(kept, k, k in texts) for k in asked.keep})


def _kept(raw: RawTable, name: str, text: bool) -> Kept:
    if isinstance(raw, CsvTable):
        return raw.texts(name) if text else raw.floats(name)
    return raw.either(name)


def _batch(rows: Rows, keep: dict[str, Kept]) -> Any:
    columns: dict[str, Any] = {
        "material": pa.array(rows.materials, pa.string()),
        "row": pa.array(rows.numbers, pa.int64()),
    }
    for name, values in rows.values.items():
        columns[name] = float_column(values)
        if name in rows.uncertainties:
            columns[f"{name}_uncertainty"] = float_column(rows.uncertainties[name])
    columns |= {name: float_column(values) for name, values in rows.features.items()}
    columns |= {
        name: float_column(kept) if isinstance(kept, np.ndarray) else pa.array(kept, pa.string())
        for name, kept in keep.items()
    }
    return pa.RecordBatch.from_pydict(columns)
