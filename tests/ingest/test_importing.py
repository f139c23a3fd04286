"""Files and queries into the store: what read_table gives for the same file, in pieces."""

from __future__ import annotations

import functools
import gzip
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simworth.errors import InputError
from simworth.ingest import importing
from simworth.ingest.importing import Import, import_table
from simworth.ingest.sql import Query, is_database
from simworth.tables import PropertyColumn, PropertyTable, read_table
from simworth.tables.reading import Asked

ROWS = 23
CSV = "formula,e,u,code,mixed,T\n" + "".join(
    f"{'NaCl' if i % 5 == 0 else f'Na{i}Cl'},{i / 4 if i % 7 else ''},0.{i},c{i},{i if i < 20 else 'text'},{290 + i}\n"
    for i in range(1, ROWS + 1)
)
ASKED = Asked(
    "formula",
    {"energy": PropertyColumn("e", "eV", "u", "meV")},
    keep=("code", "mixed", "T"),
    where={"T": (291.0, 312.0)},
)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in pieces of 4 rows."""
    monkeypatch.setattr(importing, "PIECE", 4)


def imported(store: Path, source: Any, **changes: Any) -> PropertyTable:
    wanted = Import("t", "composition", changes.pop("asked", ASKED), **changes)
    return import_table(store, source, wanted).load()


def check_as_read(found: PropertyTable, path: Path) -> None:
    wanted = read_table(
        path, kind="composition", material="formula", properties=ASKED.properties, keep=ASKED.keep, where=ASKED.where
    )
    order = [found.identities.index(i) for i in wanted.identities]
    assert found.take(order).digest == wanted.digest
    assert found.take(order).data.column("row").to_pylist() == wanted.data.column("row").to_pylist()
    assert found.about.left_out == wanted.about.left_out
    assert (found.about.rows_read, found.about.merged) == (wanted.about.rows_read, wanted.about.merged)


@pytest.mark.parametrize("form", ["t.csv", "t.csv.gz", "t.tsv", "bom.csv"])
def test_a_file_in_pieces_is_the_file(tmp_path: Path, form: str) -> None:
    path = tmp_path / form
    text = CSV.replace(",", "\t") if form == "t.tsv" else "\ufeff" + CSV if form == "bom.csv" else CSV
    path.write_bytes(gzip.compress(text.encode()) if form.endswith("gz") else text.encode())
    check_as_read(imported(tmp_path / "store", path), path)


def test_a_parquet_file_in_pieces_is_the_file(tmp_path: Path) -> None:
    frame = {
        "formula": [f"Na{i}Cl" for i in range(1, 12)],
        "e": [float(i) for i in range(11)],
        "u": [0.1] * 11,
        "code": ["a", None] * 5 + ["b"],
        "mixed": [1, 2, None] * 3 + [4, 5],
        "T": [300.0] * 11,
    }
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table(frame), path, row_group_size=3)
    check_as_read(imported(tmp_path / "store", path), path)


def test_pairs_and_features_are_read(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("p,s,T,chi\n*CC*,CCO,25,0.5\n*CC*,OCC,25,0.7\n*CC*,CCO,50,0.4\n")
    asked = Asked("p", {"chi": PropertyColumn("chi", "1")}, "s", "T", "degC")
    table = import_table(tmp_path / "store", path, Import("p", "pair", asked)).load()
    assert sorted(table.identities) == ["*C*|CCO|298.15 K", "*C*|CCO|323.15 K"]
    path = tmp_path / "f.csv"
    path.write_text("id,x,y\na,1,2\nb,3,4\n")
    asked = Asked("id", {"y": PropertyColumn("y", "1")}, features=("x",))
    table = import_table(tmp_path / "store", path, Import("f", "features", asked)).load()
    assert sorted(table.feature_matrix().ravel().tolist()) == [1.0, 3.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("formula,e\n", "has a header but no rows"),
        (CSV + "a,b\n", "row 25: has 2 cells but the header names 6 columns"),
        (CSV + 'Na,"1,2,3,4,5\n', "row 25: not readable as CSV"),
        (CSV + "Na,nan,0.1,c,1,300\n", "row 25, column 'e': 'nan' is not a finite number"),
        (CSV + "Na,1e999,0.1,c,1,300\n", "row 25, column 'e': '1e999' is not"),
        (CSV + "Xx,1,0.1,c,1,300\n", "row 25: 'Xx' cannot be read"),
        (CSV.replace("formula,e,", "formula,f,"), "has no column 'e'"),
        (CSV.replace("formula,e,u", "formula,e,e"), "the column 'e' stands there twice"),
        (CSV.encode() + b"Na,1,0.1,\xff,1,300\n", "row 25: not UTF-8 text"),
        (gzip.compress(CSV.encode())[:-12], "the gzip file is damaged or cut short"),
        (b"PK\x03\x04 and so on", "is a spreadsheet or zip archive"),
        (b"PAR1 and nothing more", "not readable as Parquet"),
        ("a" * (1 << 24) + "\n", "has more than 16,777,216 characters"),
    ],
)
def test_bad_files_are_one_sentence(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        imported(tmp_path / "store", path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_files_that_are_none_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file; name a CSV or Parquet file"):
        imported(tmp_path / "store", tmp_path / "none.csv")
    with pytest.raises(InputError, match="is a folder"):
        imported(tmp_path / "store", tmp_path)


def test_a_licence_a_citation_and_meanings_stay(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(CSV)
    wanted = Import("t", "composition", ASKED, "lowest:energy", "error", "CC BY 4.0", "Me 2026", {"energy": "of it"})
    card = import_table(tmp_path / "store", path, wanted).card
    assert (card.licence, card.citation, card.merge, card.source) == (
        "CC BY 4.0",
        "Me 2026",
        "lowest:energy",
        str(path),
    )
    assert {c.name: c.meaning for c in card.columns}["energy"] == "of it"
    assert card.parents["source"]
    assert card.obtained


def in_sqlite(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (formula text, e real, u real, code, mixed, T real)")
        for line in CSV.splitlines()[1:]:
            formula, e, u, code, mixed, kelvin = line.split(",")
            cell: Any = int(mixed) if mixed.isdigit() else mixed
            cells = (formula, float(e) if e else None, float(u), code, cell, float(kelvin))
            connection.execute("insert into t values (?,?,?,?,?,?)", cells)
    connection.close()


def test_sqlite_gives_what_the_file_gives(tmp_path: Path) -> None:
    path, csv = tmp_path / "t.db", tmp_path / "t.csv"
    in_sqlite(path)
    csv.write_text(CSV)
    query = Query(f"sqlite:///{path}", "select * from t;")
    found, wanted = imported(tmp_path / "a", query), imported(tmp_path / "b", csv)
    assert found.digest == wanted.digest
    assert found.about.left_out == wanted.about.left_out


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select * from missing", "the query failed (no such table: missing)"),
        ("select formula, 'x' e, u, code, mixed, T from t", "row 1, column 'e': 'x' is not a finite number"),
        ("select formula, 9e999 e, u, code, mixed, T from t", "row 1, column 'e': 'inf' is not a finite number"),
        ("select x'00' formula, e, u, code, mixed, T from t", "row 1, column 'formula': holds bytes"),
        ("select formula, e, e, u, code, mixed, T from t", "the query gives two columns called 'e'"),
        ("select * from t where T > 900", "the query gives no rows"),
        ("delete from t", "the query failed"),
        ("create table q (a)", "the query failed"),
    ],
)
def test_bad_queries_are_one_sentence(tmp_path: Path, sql: str, message: str) -> None:
    path = tmp_path / "t.db"
    in_sqlite(path)
    before = path.read_bytes()
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        imported(tmp_path / "store", Query(f"sqlite:///{path}", sql))
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before
    with pytest.raises(InputError, match="no such file"):
        imported(tmp_path / "store", Query(f"sqlite:///{path}x", sql))


def test_a_password_is_not_told() -> None:
    query = Query("postgresql://me:secret@host:5432/base?sslpassword=secret", "select 1")
    assert query.where == "postgresql://me@host:5432/base"
    assert is_database(query.url)
    assert not is_database("t.csv")


def postgres_program(name: str) -> str | None:
    found = shutil.which(name)
    if found:
        return found
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(versions[-1]) if versions else None


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """Address of a server of our own on a socket in a folder of our own; skipped where PostgreSQL is not installed."""
    initdb, server = postgres_program("initdb"), postgres_program("pg_ctl")
    if initdb is None or server is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    pytest.importorskip("adbc_driver_postgresql")
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        user: dict[str, Any] = {}
        if os.geteuid() == 0:  # which PostgreSQL refuses
            shutil.chown(folder, "postgres")
            user = {"user": "postgres"}
        # a pipe would stay open as long as the server runs
        run = functools.partial(subprocess.run, check=True, stdout=subprocess.DEVNULL, cwd=folder, **user)
        data = f"{folder}/data"
        run([initdb, "-D", data, "-A", "trust", "-U", "tester", "--no-sync"])
        options = f"-c listen_addresses='' -k {folder} -c fsync=off"
        run([server, "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start"])
        try:
            yield f"postgresql://tester@/postgres?host={folder}"
        finally:
            run([server, "-D", data, "-w", "-m", "immediate", "stop"])


def in_postgres(url: str, name: str) -> None:
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"create table {name} (formula text, e numeric, u float8, code varchar, mixed int, T float4)")
        for line in CSV.splitlines()[1:]:
            formula, e, u, code, mixed, kelvin = line.split(",")
            cells = f"'{formula}', {e or 'null'}, {u}, '{code}', {mixed if mixed.isdigit() else 'null'}, {kelvin}"
            cursor.execute(f"insert into {name} values ({cells})")
        connection.commit()


def test_a_real_postgresql_gives_what_the_file_gives(postgres: str, tmp_path: Path) -> None:
    in_postgres(postgres, "good")
    csv = tmp_path / "t.csv"
    csv.write_text(CSV.replace(",text,", ",,"))
    found = imported(tmp_path / "a", Query(postgres, 'select formula, e, u, code, mixed, t as "T" from good'))
    wanted = imported(tmp_path / "b", csv)
    assert found.digest == wanted.digest
    assert found.about.left_out == wanted.about.left_out
    assert "host" not in found.about.provenance.source


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select * from missing", 'relation "missing" does not exist'),
        ("select 1 as formula, 2 as e", "has no column 'code'"),
        ("select 'NaCl' formula, 'NaN'::numeric e, 1.0::float8 u, 'a' code, 1 mixed, 300.0::float8 as \"T\"", "'nan'"),
        (
            "select 'NaCl' formula, 'x' e, 1.0::float8 u, 'a' code, 1 mixed, 300.0::float8 as \"T\"",
            "instead of numbers",
        ),
        ("create table made (a int)", "read-only transaction"),
    ],
)
def test_bad_queries_to_postgresql_are_one_sentence(postgres: str, tmp_path: Path, sql: str, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        imported(tmp_path / "store", Query(postgres, sql))
    assert "\n" not in str(caught.value)


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    pytest.importorskip("adbc_driver_postgresql")
    query = Query(f"postgresql://me:secret@/base?host={tmp_path}", "select 1")
    with pytest.raises(InputError, match="the query failed") as caught:
        imported(tmp_path / "store", query)
    assert "secret" not in str(caught.value)
