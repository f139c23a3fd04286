"""Whatever bytes a file holds: a table, or one sentence; never a traceback, never another number.

``SIMWORTH_FUZZ=10000`` sets how many inputs each reader is given.
"""

from __future__ import annotations

import gzip
import math
import os
import sqlite3
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.ingest.importing import Import, import_table
from simworth.ingest.sql import Query
from simworth.store import Column, Recipe, build_stored, open_stored
from simworth.tables import PropertyColumn, PropertyTable
from simworth.tables.reading import Asked

EXAMPLES = int(os.environ.get("SIMWORTH_FUZZ", "60"))
ASKED = Asked("m", {"y": PropertyColumn("y", "eV")}, keep=("k",))
CELLS = st.one_of(
    st.sampled_from(
        ["", "NaCl", "1.5", "-2e3", "1e999", "nan", "1,5", '"', "'", "\t", "1_0", "٣", "\x00", " 7 ", "Fe2O3"]
    ),
    st.text(max_size=6),
    st.floats(width=32).map(repr),
)


def imported(folder: Path, source: Any) -> PropertyTable | None:
    """The table, or None where the input is refused in one sentence."""
    try:
        return import_table(folder, source, Import("t", "composition", ASKED)).load()
    except InputError as error:
        said = str(error)
    assert "\n" not in said
    assert 10 < len(said) < 1000
    return None


def check_numbers(table: PropertyTable | None, rows: list[tuple[str, str, str]]) -> None:
    """Every number of the table is the mean of cells that Python reads as finite numbers."""
    if table is None:
        return
    allowed = []
    for _, y, _ in rows:
        try:
            allowed.append(float(y))
        except ValueError:
            continue
    finite = [a for a in allowed if math.isfinite(a)]
    for value in table.values("y"):
        assert min(finite) <= value <= max(finite)


@settings(max_examples=EXAMPLES, deadline=None)
@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6), quoted=st.booleans())
def test_csv_of_any_cells(tmp_path_factory: pytest.TempPathFactory, rows: list[Any], quoted: bool) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    cell = (lambda c: '"' + c.replace('"', '""') + '"') if quoted else str
    lines = ["m,y,k", *(",".join(map(cell, r)) for r in rows)]
    path = folder / "t.csv"
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    table = imported(folder / "store", path)
    if quoted:
        check_numbers(table, rows)


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.binary(max_size=200), packed=st.booleans(), cut=st.integers(0, 40))
def test_csv_of_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes, packed: bool, cut: int) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "t.csv.gz"
    content = b"m,y,k\nNaCl,1.5,a\n" + data
    content = gzip.compress(content) if packed else content
    path.write_bytes(content[: len(content) - cut])
    imported(folder / "store", path)


FRAME = pa.table({"m": [f"Na{i}Cl" for i in range(1, 30)], "y": [float(i) for i in range(29)], "k": ["a"] * 29})


@settings(max_examples=EXAMPLES, deadline=None)
@given(changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=3))
def test_parquet_with_changed_bytes(tmp_path_factory: pytest.TempPathFactory, changes: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "t.parquet"
    pq.write_table(FRAME, path)
    content = bytearray(path.read_bytes())
    for place, byte in changes:
        content[int(place * len(content))] = byte
    path.write_bytes(bytes(content))
    imported(folder / "store", path)


@settings(max_examples=EXAMPLES, deadline=None)
@given(changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=3))
def test_a_stored_table_with_changed_bytes(tmp_path_factory: pytest.TempPathFactory, changes: list[Any]) -> None:
    """Pages carry checksums, so what is read is what was written."""
    folder = tmp_path_factory.mktemp("fuzz")
    columns = (Column("y", "eV"), Column("k", role="keep"))
    stored = build_stored(
        folder, Recipe(name="t", kind="composition", columns=columns, material="m"), FRAME.to_batches()
    )
    wanted = stored.load()
    part = stored.folder / stored.card.parts[0].file
    content = bytearray(part.read_bytes())
    for place, byte in changes:
        content[int(place * len(content))] ^= byte
    part.write_bytes(bytes(content))
    try:
        found = open_stored(folder, "t").load().digest
    except InputError as error:
        found = str(error)
    assert found == wanted.digest or ("is damaged" in found and "\n" not in found)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    rows=st.lists(
        st.tuples(*[st.one_of(st.none(), st.integers(-(2**62), 2**62), st.floats(), CELLS, st.binary(max_size=3))] * 3),
        min_size=1,
        max_size=5,
    )
)
def test_sqlite_of_any_cells(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "t.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (m, y, k)")
        connection.executemany("insert into t values (?, ?, ?)", [list(r) for r in rows if _storable(r)])
    connection.close()
    imported(folder / "store", Query(f"sqlite:///{path}", "select * from t"))


def _storable(row: tuple[Any, ...]) -> bool:
    """SQLite takes no half of a surrogate pair."""
    return all(not isinstance(c, str) or c.isascii() or not any("\ud800" <= x <= "\udfff" for x in c) for c in row)
