"""Questions in SQL, answered by DuckDB: every stored table is a view, and only the columns asked for are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from simworth.errors import InputError, MissingExtraError
from simworth.files import replacing
from simworth.store.card import Card
from simworth.store.place import catalogue
from simworth.tables.parquet import first_line

SHOWN = 1000
"""Rows that are printed; a file takes all."""


def run_query(store: Path, sql: str, memory: str = "1GB") -> Any:
    """Run a query over the tables of a store.

    Parameters
    ----------
    store : Path
    sql : str
        One statement. The views ``"NAME"`` (the newest version) and ``"NAME@VERSION"`` (its beginning is enough)
        hold the columns of the tables.
    memory : str
        The most that DuckDB may use; what needs more is sorted and joined on disk.

    Returns
    -------
    pyarrow.RecordBatchReader
        The result, in pieces.

    Raises
    ------
    InputError
        When DuckDB refuses the query.
    MissingExtraError
        When DuckDB is not installed.
    """
    import pyarrow as pa

    try:
        import duckdb
    except ImportError:
        raise MissingExtraError("duckdb", "sql", "SQL over stored tables") from None
    try:
        connection = duckdb.connect(config={"memory_limit": memory, "autoload_known_extensions": False})
        seen: set[str] = set()
        cards = catalogue(store).cards
        shortened = _shortened(sql, cards)
        for card in cards:
            files = [str(store / card.name / card.version / p.file) for p in card.parts]
            for view in (card.label, card.name, *shortened.get(card.label, ())):
                if view not in seen:
                    columns = "* EXCLUDE (key)"
                    connection.execute(f"CREATE VIEW {_quoted(view)} AS SELECT {columns} FROM read_parquet({files})")
                    seen.add(view)
        statements = connection.extract_statements(sql)
        reading = (duckdb.StatementType.SELECT, duckdb.StatementType.MULTI)  # the latter is PIVOT
        if len(statements) != 1 or statements[0].type not in reading:
            raise InputError("a query is one SELECT statement; nothing else is done with stored tables")
        found = connection.sql(sql)
        return pa.RecordBatchReader.from_stream(found)
    except duckdb.Error as error:
        raise InputError(f"the query failed ({first_line(error)}); 'simworth tables' lists the tables") from None


def write_result(reader: Any, out: Path | None, say: Callable[[str], None]) -> None:
    """Write a result to a Parquet or CSV file, or say its first rows as CSV.

    Raises
    ------
    InputError
        When the file has another suffix.
    """
    import pyarrow as pa
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    if out is None:
        shown = reader.read_all().slice(0, SHOWN)
        sink = pa.BufferOutputStream()
        pacsv.write_csv(shown, sink)
        say(sink.getvalue().to_pybytes().decode().rstrip("\n"))
        return
    if out.suffix not in (".parquet", ".csv"):
        raise InputError(f"{out}: a result is written as .parquet or .csv; name such a file")
    with replacing(out) as temporary:
        if out.suffix == ".csv":
            with pacsv.CSVWriter(temporary, reader.schema) as writer:
                for batch in reader:
                    writer.write_batch(batch)
        else:
            with pq.ParquetWriter(temporary, reader.schema) as writer:
                for batch in reader:
                    writer.write_batch(batch)


def _shortened(sql: str, cards: Sequence[Card]) -> dict[str, list[str]]:
    """Version → beginnings that a query names it by, as in ``"gaps@4b37"``; none where several begin so."""
    found: dict[str, list[str]] = {}
    for name in re.findall(r'"([^"@]+@[^"@]+)"', sql):
        meant = [c.label for c in cards if c.label.startswith(name)]
        if len(meant) == 1:
            found.setdefault(meant[0], []).append(name)
    return found


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
