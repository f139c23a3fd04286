"""Query results in pieces: SQLite through Python's own library, PostgreSQL through its ADBC driver."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simworth.errors import InputError, MissingExtraError
from simworth.tables.arrowtable import ArrowTable
from simworth.tables.parquet import first_line
from simworth.tables.rows import FloatArray, Kept, RawTable

SQLITE = "sqlite"
POSTGRES = ("postgresql", "postgres")
WAIT = 30
"""Seconds that a connection may take."""


@dataclass(frozen=True)
class Query:
    """One query to a database.

    Attributes
    ----------
    url : str
        ``sqlite:///FILE`` (relative), ``sqlite:////FILE`` (absolute) or ``postgresql://USER:PASSWORD@HOST/NAME``.
    sql : str
        One statement that gives rows; it is not allowed to write.
    """

    url: str
    sql: str

    @property
    def where(self) -> str:
        """The database without its password, for messages and the table's card."""
        parts = urlsplit(self.url)
        if parts.password is None and "?" not in self.url:
            return self.url
        place = f"{parts.username}@" if parts.username else ""
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, place + host, parts.path, "", ""))


def is_database(text: str) -> bool:
    """Whether a text is the address of a database that `query_tables` can ask."""
    return text.partition("://")[0] in (SQLITE, *POSTGRES) and "://" in text


def query_tables(query: Query, keep: Sequence[str], size: int) -> Iterator[RawTable]:
    """The rows of a query in pieces of about ``size``.

    Parameters
    ----------
    query : Query
    keep : sequence of str
        Columns that are numbers or texts; of SQLite, where each cell has a type of its own, it is found out first.
    size : int

    Raises
    ------
    InputError
        When the database cannot be reached or refuses the query, or there are no rows.
    MissingExtraError
        For PostgreSQL, when the driver is not installed.
    """
    scheme = query.url.partition("://")[0]
    tables = _sqlite(query, keep, size) if scheme == SQLITE else _postgres(query)
    any_ = False
    for table in tables:
        any_ = True
        yield table
    if not any_:
        raise InputError(f"{query.where}: the query gives no rows; change it")


@dataclass(frozen=True)
class CellTable:
    """Columns of cells that each have a type. ``numbers`` (R,) count the query's rows from 1."""

    where: str
    digest: str
    columns: Mapping[str, Sequence[Any]]
    numbers: NDArray[np.int64]
    text: frozenset[str]
    """Columns that `either` gives as texts."""

    @property
    def names(self) -> tuple[str, ...]:
        """Column names."""
        return tuple(self.columns)

    def take(self, places: NDArray[np.int64]) -> CellTable:
        """The rows at these places."""
        columns = {n: [c[i] for i in places] for n, c in self.columns.items()}
        return CellTable(self.where, self.digest, columns, self.numbers[places], self.text)

    def texts(self, column: str) -> list[str | None]:
        """Texts without the blanks around them; None for null or empty.

        Raises
        ------
        InputError
            For bytes.
        """
        found: list[str | None] = []
        for i, cell in enumerate(self.columns[column]):
            if isinstance(cell, bytes):
                raise InputError(f"{self.where}, row {self.numbers[i]}, column {column!r}: holds bytes instead of text")
            found.append(None if cell is None else str(cell).strip() or None)
        return found

    def floats(self, column: str) -> FloatArray:
        """Numbers; NaN for null.

        Raises
        ------
        InputError
            For anything that is not a finite number.
        """
        cells = self.columns[column]
        for i, cell in enumerate(cells):
            if cell is not None and (not isinstance(cell, int | float) or not np.isfinite(cell)):
                raise InputError(
                    f"{self.where}, row {self.numbers[i]}, column {column!r}: {str(cell)[:40]!r} is not a finite "
                    "number; correct it, or cast the column in the query"
                )
        return np.array([np.nan if c is None else c for c in cells], dtype=np.float64)

    def either(self, column: str) -> Kept:
        """Numbers where the whole column holds them, else texts."""
        return self.texts(column) if column in self.text else self.floats(column)


def _sqlite(query: Query, keep: Sequence[str], size: int) -> Iterator[RawTable]:
    path = Path(query.url.removeprefix("sqlite:///"))
    if not path.is_file():
        raise InputError(f"{path}: no such file; name an SQLite database, as in sqlite:///folder/data.db")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=WAIT)) as connection:
            texts = _sqlite_texts(connection, query.sql, keep)
            cursor = connection.execute(query.sql)
            names = _names(query, [d[0] for d in cursor.description or ()])
            before = 0
            while rows := cursor.fetchmany(size):
                numbers = np.arange(before + 1, before + 1 + len(rows), dtype=np.int64)
                columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
                yield CellTable(query.where, "", columns, numbers, texts)
                before += len(rows)
    except sqlite3.Error as error:
        raise _refused(query, error) from None


def _sqlite_texts(connection: sqlite3.Connection, sql: str, keep: Sequence[str]) -> frozenset[str]:
    """Columns with a cell that is not a number, or with no number at all."""
    if not keep:
        return frozenset()
    tests = ", ".join(
        f"coalesce(max(typeof({_quoted(k)}) NOT IN ('integer', 'real', 'null')), 0) "
        f"OR coalesce(max(typeof({_quoted(k)}) IN ('integer', 'real')), 0) = 0"
        for k in keep
    )
    row = connection.execute(f"SELECT {tests} FROM ({sql.strip().rstrip(';')})").fetchone()
    return frozenset(k for k, is_text in zip(keep, row, strict=True) if is_text)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _postgres(query: Query) -> Iterator[RawTable]:
    try:
        from adbc_driver_manager import Error
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise MissingExtraError("adbc-driver-postgresql", "sql", "Reading PostgreSQL") from None
    before = 0
    try:
        with dbapi.connect(_with_timeout(query.url)) as connection, connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            cursor.execute(query.sql)
            reader = cursor.fetch_record_batch()
            _names(query, reader.schema.names)
            for batch in reader:
                if batch.num_rows:
                    numbers = np.arange(before + 1, before + 1 + batch.num_rows, dtype=np.int64)
                    yield ArrowTable(query.where, "", _plain(query, batch), numbers)
                before += batch.num_rows
    except (Error, pa.ArrowException, OSError) as error:
        raise _refused(query, error) from None


def _with_timeout(url: str) -> str:
    if "connect_timeout" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}connect_timeout={WAIT}"


def _plain(query: Query, batch: Any) -> Any:
    """PostgreSQL's decimals as numbers; other types that Arrow does not have as the text that they come as."""
    columns = {}
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if isinstance(field.type, pa.BaseExtensionType):
            column = column.storage
            if getattr(field.type, "type_name", "") == "numeric":
                try:
                    column = column.cast(pa.float64())
                except pa.ArrowInvalid:
                    raise InputError(
                        f"{query.where}, column {field.name!r}: holds a decimal that is no number; cast it in the query"
                    ) from None
        columns[field.name] = column
    return pa.table(columns)


def _names(query: Query, names: Sequence[str]) -> Sequence[str]:
    twice = [n for n in names if names.count(n) > 1]
    if twice:
        raise InputError(f"{query.where}: the query gives two columns called {twice[0]!r}; name them with AS")
    return names


def _refused(query: Query, error: Exception) -> InputError:
    """The database's words, without the password."""
    said = first_line(error)
    password = urlsplit(query.url).password
    if password:
        said = said.replace(password, "***")
    return InputError(f"{query.where}: the query failed ({said}); check the address and the query")
