"""read_table: good files of every sort, and one sentence for every bad one."""

from __future__ import annotations

import gzip
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simworth.errors import InputError
from simworth.tables import PropertyColumn, PropertyTable, read_table

GOOD = "formula,e,u,mp,T\nFe2O3,-1.5,0.1,a,300\nNaCl,-2.5,,b,310\n"


def composition_table(source: Any, **changes: Any) -> PropertyTable:
    settings: dict[str, Any] = {
        "kind": "composition",
        "material": "formula",
        "properties": {"energy": ("e", "eV/atom")},
    }
    return read_table(source, **(settings | changes))


def check_good(table: PropertyTable) -> None:
    assert table.materials == ("Fe2O3", "NaCl")
    assert table.identities == ("Fe2O3", "ClNa")
    assert table.values("energy").tolist() == [-1.5, -2.5]
    assert table.unit("energy") == "eV/atom"


def arrow() -> pa.Table:
    return pa.table({"formula": ["Fe2O3", "NaCl"], "e": [-1.5, -2.5], "n": [1, 2], "t": ["x", None]})


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "mp.lowest.csv"
    path.write_text(GOOD)
    table = composition_table(path, licence="CC BY 4.0", citation="somebody")
    check_good(table)
    assert table.name == "mp"
    assert table.provenance.source == str(path)
    assert table.provenance.licence == "CC BY 4.0"
    assert table.provenance.citation == "somebody"
    assert table.data.column("row").to_pylist() == [2, 3]
    check_good(composition_table(str(path)))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("t.csv.gz", gzip.compress(GOOD.encode(), mtime=0)),
        ("t.csv", b"\xef\xbb\xbf" + GOOD.encode()),
        ("t.csv", GOOD.replace("\n", "\r\n").encode()),
        ("t.csv", GOOD.replace("\n", "\r").encode()),
        ("t.csv", (GOOD + "\n\n").encode()),
        ("t.csv", GOOD.replace(",", " , ").encode()),
        ("t.tsv", GOOD.replace(",", "\t").encode()),
        ("t.csv", GOOD.replace("Fe2O3", '"Fe2O3"').encode()),
        ("t.csv", GOOD.replace("formula", "formula").replace("mp", "").encode()),
    ],
)
def test_other_csv(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    check_good(composition_table(tmp_path / name))


def test_parquet_and_memory(tmp_path: Path) -> None:
    pq.write_table(arrow(), tmp_path / "t.parquet")
    from_file = composition_table(tmp_path / "t.parquet", keep=["n", "t"])
    check_good(from_file)
    assert from_file.data.column("row").to_pylist() == [1, 2]
    assert from_file.numbers("n").tolist() == [1.0, 2.0]
    assert from_file.data.column("t").to_pylist() == ["x", None]
    from_memory = composition_table(arrow(), keep=["n", "t"])
    assert from_memory.digest == from_file.digest
    assert from_memory.provenance.source == "pyarrow Table"
    assert composition_table(arrow()).provenance.digest == composition_table(arrow()).provenance.digest
    check_good(
        composition_table(arrow().cast(pa.schema([*arrow().schema]).set(0, pa.field("formula", pa.large_string()))))
    )
    dictionary = arrow().set_column(0, "formula", arrow()["formula"].dictionary_encode())
    check_good(composition_table(dictionary))


def test_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    check_good(composition_table(pandas.DataFrame({"formula": ["Fe2O3", "NaCl"], "e": [-1.5, -2.5]}), name="p"))


def test_uncertainty_where_keep_and_empty_cells(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(GOOD + "KCl,,0.3,c,300\nKBr,-3,0.2,d,500\nKF,-4,0.2,e,\n")
    table = composition_table(
        path,
        properties={"energy": PropertyColumn("e", "eV/atom", "u", "meV/atom")},
        keep=["mp", "T"],
        where={"T": (-math.inf, 400)},
    )
    assert table.values("energy").tolist() == [-1500.0, -2500.0]
    uncertainty = table.uncertainty("energy")
    assert uncertainty is not None
    np.testing.assert_allclose(uncertainty, [100.0, np.nan])
    assert table.about.left_out == {"'T' outside [-inf, 400]": 1, "no value of 'T'": 1, "no value": 1}
    assert table.about.rows_read == 5
    assert table.about.keep == ("mp", "T")
    assert table.data.column("mp").to_pylist() == ["a", "b"]
    assert "5 rows read, 1 left out" in table.about.sentence(len(table))
    only_b = composition_table(path, where={"mp": "b"})
    assert only_b.materials == ("NaCl",)
    assert only_b.about.left_out == {"'mp' other than 'b'": 4}


def test_several_properties_with_gaps(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("formula,a,b\nFe,1,\nCo,,2\nNi,,\nCu,3,4\n")
    table = composition_table(path, properties={"a": ("a", "eV"), "b": ("b", "K")})
    np.testing.assert_array_equal(table.values("a"), [1, np.nan, 3])
    np.testing.assert_array_equal(table.values("b"), [np.nan, 2, 4])
    assert table.counts("a").tolist() == [1, 0, 1]
    assert table.about.left_out == {"no value": 1}
    only = table.only("b")
    assert only.materials == ("Co", "Cu")
    assert only.properties == ("b",)
    assert "a_count" not in only.data.column_names


def test_wavelengths_are_converted_before_merging(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("smiles,nm,solvent\nc1ccccc1,200,O\nC1=CC=CC=C1,400,CCO\nCC,100,O\n")
    table = read_table(
        path,
        kind="molecule",
        material="smiles",
        properties={"E": PropertyColumn("nm", "nm", convert="eV")},
        keep=["solvent"],
    )
    energies = 1239.841984 / np.array([200.0, 400.0])
    assert table.values("E")[0] == pytest.approx(energies.mean(), rel=1e-9)
    assert table.spread("E")[0] == pytest.approx(energies.std(ddof=1), rel=1e-9)
    assert table.data.column("solvent").to_pylist() == [None, "O"]


def test_features(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,x,y,p\na,1,2,3\nb,1.5,,4\nc,0,1,5\na,1,2,5\n")
    table = read_table(path, kind="features", material="id", properties={"p": ("p", "1")}, features=["x", "y"])
    assert table.materials == ("a", "c")
    assert table.feature_matrix().tolist() == [[1, 2], [0, 1]]
    assert table.values("p").tolist() == [4, 5]
    assert table.about.left_out == {"no value of the feature 'y'": 1}
    path.write_text("id,x,y,p\na,1,2,3\na,1,3,5\n")
    with pytest.raises(InputError, match="rows 2 and 3 are both 'a' but differ in the feature 'y'; give them diff"):
        read_table(path, kind="features", material="id", properties={"p": ("p", "1")}, features=["x", "y"])


def test_unreadable_rows_are_dropped_only_on_request(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("formula,e\nFe,1\nXx,2\n,3\nCo,4\n")
    with pytest.raises(InputError, match=r"row 3: 'Xx' cannot be read \(2 such rows\); give a chemical formula"):
        composition_table(path)
    table = composition_table(path, unreadable="drop")
    assert table.materials == ("Fe", "Co")
    assert table.about.left_out == {"unreadable material": 2}
    assert table.about.notes == ("left out as unreadable: row 3 'Xx', row 4 '(empty)'",)


BAD_FILES: list[tuple[str, bytes, str]] = [
    ("empty.csv", b"", "the file is empty"),
    ("blank.csv", b"\n \n", "the file is empty"),
    ("bom.csv", b"\xef\xbb\xbf\n", "the file is empty"),
    ("header.csv", b"formula,e\n", "has a header but no rows"),
    ("nohead.csv", b",,\nFe,1,\n", "row 1: names no column"),
    ("twice.csv", b"formula,e,e\nFe,1,2\n", "row 1: the column 'e' stands there twice"),
    ("missing.csv", b"Formula,e\nFe,1\n", "has no column 'formula'; did you mean 'Formula'?"),
    ("other.csv", b"a,b\nFe,1\n", "has no column 'formula'; it has 'a', 'b'"),
    ("semicolon.csv", b"formula;e\nFe;1\n", "has no column 'formula'; its first line has no commas"),
    ("text.csv", b"formula,e\nFe,1\nCo,abc\n", "row 3, column 'e': 'abc' is not a number; correct it"),
    (
        "comma.csv",
        b'formula,e\nFe,"1,5"\n',
        "row 2, column 'e': '1,5' has a decimal comma; write a decimal point",
    ),
    (
        "inf.csv",
        b"formula,e\nFe,1\nCo,-inf\n",
        "row 3, column 'e': '-inf' is not a finite number; leave the cell empty",
    ),
    (
        "nan.csv",
        b"formula,e\nFe,NaN\n",
        "row 2, column 'e': 'NaN' is not a finite number; leave the cell empty",
    ),
    ("na.csv", b"formula,e\nFe,N/A\n", "row 2, column 'e': 'N/A' is not a finite number"),
    ("huge.csv", b"formula,e\nFe,1e999\n", "row 2, column 'e': '1e999' is not a number"),
    ("under.csv", b"formula,e\nFe,1_0\n", "row 2, column 'e': '1_0' is not a number"),
    ("quoted.csv", b'formula,e,c\nFe,1,"two\nlines"\nCo,abc,d\n', "row 4, column 'e': 'abc'"),
    ("short.csv", b"formula,e,u\nFe,1,2\nCo,1\n", "row 3: has 2 cells but the header names 3 columns"),
    ("long.csv", b"formula,e\nFe,1,2\n", "row 2: has 3 cells but the header names 2 columns"),
    ("quote.csv", b'formula,e\n"Fe,1\n', "not readable as CSV"),
    ("quote2.csv", b'formula,e\nFe,1\n"Fe"x,1\n', "row 3: not readable as CSV"),
    (
        "latin.csv",
        "formula,e\nFe,1\nCö,2\n".encode("latin-1"),
        "row 3: not UTF-8 text; save the file with the encoding",
    ),
    ("utf16.csv", GOOD.encode("utf-16"), "row 1: not UTF-8 text"),
    ("cut.csv.gz", gzip.compress(GOOD.encode(), mtime=0)[:-12], "the gzip file is damaged or cut short"),
    ("junk.csv.gz", b"\x1f\x8b" + b"junk" * 9, "the gzip file is damaged or cut short"),
    ("book.xlsx", b"PK\x03\x04....", "is a spreadsheet or zip archive; save the table as CSV"),
    ("cut.parquet", b"PAR1 and then nothing", "not readable as Parquet"),
    ("text.parquet", GOOD.encode(), "not readable as Parquet"),
    ("values.csv", b"formula,e\nFe,\nCo,\n", "no row is left (2 with no value)"),
    ("formula.csv", b"formula,e\nFe,1\nfe2o3,2\n", "row 3: 'fe2o3' cannot be read; give a chemical formula"),
    ("nomat.csv", b"formula,e\nFe,1\n ,2\n", "row 3: no material; give a chemical formula"),
]


@pytest.mark.parametrize(("name", "data", "expected"), BAD_FILES, ids=[name for name, _, _ in BAD_FILES])
def test_bad_files(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        composition_table(path)
    one_sentence(str(caught.value), path, expected)


def one_sentence(message: str, path: Path, expected: str) -> None:
    assert expected in message
    assert message.startswith(str(path))
    assert "\n" not in message
    assert not message.endswith(".")


def test_missing_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file; name a CSV or Parquet file"):
        composition_table(tmp_path / "none.csv")
    with pytest.raises(InputError, match="is a folder; name a CSV or Parquet file in it"):
        composition_table(tmp_path)
    with pytest.raises(InputError, match="a table in memory of type dict cannot be read"):
        composition_table({"formula": ["Fe"]})


def test_truncated_parquet(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(arrow(), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"t\.parquet: not readable as Parquet \(.*\); copy or download it again"):
        composition_table(path)


BAD_MEMORY: list[tuple[pa.Table, str]] = [
    (arrow().slice(0, 0), "has no rows"),
    (arrow().rename_columns(["formula", "e", "e", "t"]), "the column 'e' stands there twice"),
    (arrow().set_column(0, "formula", pa.array([1, 2])), "column 'formula': holds int64 instead of text"),
    (arrow().set_column(1, "e", pa.array(["1", "2"])), "column 'e': holds string instead of numbers"),
    (arrow().set_column(1, "e", pa.array([True, False])), "column 'e': holds bool instead of numbers"),
    (
        arrow().set_column(1, "e", pa.array([1.0, math.nan])),
        "row 2, column 'e': 'nan' is not a finite number; use null",
    ),
    (arrow().set_column(1, "e", pa.array([math.inf, 1])), "row 1, column 'e': 'inf' is not a finite number"),
    (arrow().set_column(1, "e", pa.nulls(2)), "no row is left (2 with no value)"),
]


@pytest.mark.parametrize(("table", "expected"), BAD_MEMORY)
def test_bad_tables_in_memory(table: pa.Table, expected: str) -> None:
    with pytest.raises(InputError, match=re.escape(expected)):
        composition_table(table)


BAD_SETTINGS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "crystal"}, "kind 'crystal' is not known"),
    ({"kind": "features"}, "needs 'features'"),
    ({"properties": {}}, "at least one property"),
    ({"properties": {"e": ("e", "parsec-ish")}}, "property 'e': the unit 'parsec-ish' is not known"),
    (
        {"properties": {"e": PropertyColumn("e", "eV", convert="K")}},
        "property 'e': 'eV' cannot be converted to 'K'",
    ),
    ({"properties": {"e": PropertyColumn("e", "eV", "uu")}}, "has no column 'uu'; did you mean 'u'?"),
    ({"properties": {"row": ("e", "eV")}}, "would be called 'row'"),
    ({"properties": {"u": ("e", "eV")}, "keep": ["u"]}, "would be called 'u'"),
    ({"keep": ["mpid"]}, "has no column 'mpid'; did you mean 'mp'?"),
    ({"where": {"TT": (0, 1)}}, "has no column 'TT'"),
    ({"where": {"T": (1, 0)}}, "the bounds of 'T' are [1, 0]; give the lower one first"),
    ({"where": {"T": (0, 1)}}, "'where' leaves no row (2 with 'T' outside [0, 1]); widen the bounds"),
    ({"where": {"mp": (0, 1)}}, "row 2, column 'mp': 'a' is not a number"),
    ({"kind": "molecule"}, "row 2: 'Fe2O3' cannot be read (2 such rows); give a SMILES of a whole molecule"),
    (
        {"kind": "polymer"},
        "row 2: 'Fe2O3' cannot be read (2 such rows); give the SMILES of one repeat unit with exac",
    ),
]


@pytest.mark.parametrize(("changes", "expected"), BAD_SETTINGS)
def test_bad_settings(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(GOOD)
    with pytest.raises(InputError, match=re.escape(expected)):
        composition_table(path, **changes)


def test_negative_uncertainty(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(GOOD.replace("0.1", "-0.1"))
    with pytest.raises(InputError, match="row 2: the uncertainty of 'energy' is negative; correct it"):
        composition_table(path, properties={"energy": PropertyColumn("e", "eV/atom", "u")})


def test_repeats_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("formula,e\nFe2O3,1\nCo,2\nO6Fe4,3\nCo2,1\nNi,1\n")
    expected = "rows 2 and 4 are the same material 'Fe2O3', and 1 other materials are repeated; remove the repeats"
    with pytest.raises(InputError, match=expected):
        composition_table(path, merge="error")
    path.write_text("formula,e\nFe2O3,1\nCo,2\n")
    assert len(composition_table(path, merge="error")) == 2
