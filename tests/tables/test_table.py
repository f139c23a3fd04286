"""PropertyTable: exact round trip, conversion, digest, refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simworth.errors import InputError
from simworth.tables import PropertyColumn, PropertyTable, check_property, read_table

CSV = """smiles,T,u,nm,solvent,x
CCO,20,1,500,O,1
OCC,22,3,510,O,2
CC,30,,600,,3
c1ccccc1,,,700,CC,4
"""


@pytest.fixture
def table(tmp_path: Path) -> PropertyTable:
    path = tmp_path / "t.csv"
    path.write_text(CSV)
    return read_table(
        path,
        kind="molecule",
        material="smiles",
        properties={"T": PropertyColumn("T", "degC", "u"), "peak": ("nm", "nm")},
        keep=["solvent", "x"],
        licence="CC0",
        citation="me",
    )


def test_merging(table: PropertyTable) -> None:
    assert len(table) == 3
    assert table.materials == ("CCO", "CC", "c1ccccc1")
    assert table.values("T").tolist()[:2] == [21.0, 30.0]
    np.testing.assert_allclose(table.spread("T"), [2**0.5, np.nan, np.nan])
    assert table.counts("T").tolist() == [2, 1, 0]
    np.testing.assert_array_equal(table.uncertainty("T"), [2.0, np.nan, np.nan])
    assert table.uncertainty("peak") is None
    assert table.data.column("solvent").to_pylist() == ["O", None, "CC"]
    np.testing.assert_array_equal(table.numbers("x"), [np.nan, 3, 4])
    assert table.about.merged == 1
    assert repr(table) == "PropertyTable('t', 3 materials of kind molecule, T in degC, peak in nm)"
    assert table.feature_matrix().shape == (3, 0)


def test_round_trip(table: PropertyTable, tmp_path: Path) -> None:
    table.to_parquet(tmp_path / "x.parquet")
    back = PropertyTable.from_parquet(tmp_path / "x.parquet")
    assert back.about == table.about
    assert back.data.equals(table.data)
    assert back.digest == table.digest
    back.to_parquet(tmp_path / "y.parquet")
    assert (tmp_path / "y.parquet").read_bytes() == (tmp_path / "x.parquet").read_bytes()


def test_conversion(table: PropertyTable) -> None:
    kelvin = table.convert("T", "K")
    np.testing.assert_allclose(kelvin.values("T")[:2], [294.15, 303.15])
    np.testing.assert_allclose(kelvin.spread("T"), table.spread("T"))
    np.testing.assert_allclose(kelvin.uncertainty("T"), table.uncertainty("T"))
    assert kelvin.unit("T") == "K"
    assert kelvin.unit("peak") == "nm"
    assert kelvin.digest != table.digest
    assert table.unit("T") == "degC"
    energy = table.convert("peak", "eV")
    assert energy.values("peak")[1] == pytest.approx(1239.841984 / 600)
    assert table.convert("T", "degC") is table
    with pytest.raises(InputError, match="t, property 'T': 'degC' cannot be converted to 'eV'"):
        table.convert("T", "eV")


def test_digest_is_content(table: PropertyTable, tmp_path: Path) -> None:
    def again(text: str, name: str) -> str:
        path = tmp_path / name
        path.write_text(text)
        return read_table(
            path,
            kind="molecule",
            material="smiles",
            properties={"T": PropertyColumn("T", "degC", "u"), "peak": ("nm", "nm")},
            keep=["solvent", "x"],
        ).digest

    assert again(CSV, "elsewhere.csv") == table.digest
    assert again(CSV.replace("20,1,", "20.0,1.0,"), "same.csv") == table.digest
    for name, (old, new) in enumerate([("600", "601"), ("CC,30", "CCC,30"), (",O,", ",N,"), ("30,,", "30,2,")]):
        assert again(CSV.replace(old, new), f"{name}.csv") != table.digest
    rechunked = PropertyTable(table.about, pa.concat_tables([table.data.slice(0, 1), table.data.slice(1)]))
    assert rechunked.digest == table.digest
    assert table.take([0, 1]).digest != table.digest


def test_refusals(table: PropertyTable) -> None:
    with pytest.raises(InputError, match="t: has no property 'Tg'; it has 'T', 'peak'"):
        table.values("Tg")
    with pytest.raises(InputError, match="t: has no column 'y'; name it under 'keep'"):
        table.numbers("y")
    with pytest.raises(InputError, match="t: column 'solvent' holds no decimal numbers"):
        table.numbers("solvent")


def test_damaged_files(table: PropertyTable, tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    with pytest.raises(InputError, match="no such file"):
        PropertyTable.from_parquet(path)
    table.to_parquet(path)
    data, metadata = table.data, pq.read_schema(path).metadata
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError, match=r"x\.parquet: not readable as Parquet"):
        PropertyTable.from_parquet(path)
    pq.write_table(data, path)
    with pytest.raises(InputError, match="not a table written by simworth"):
        PropertyTable.from_parquet(path)
    edited = data.set_column(3, "T", pa.array([1.0, 2.0, 3.0]))
    pq.write_table(edited.replace_schema_metadata(metadata), path)
    with pytest.raises(InputError, match="its content is not what was written"):
        PropertyTable.from_parquet(path)
    pq.write_table(data.replace_schema_metadata(metadata | {b"simworth": b'{"schema": "simworth-table/9"}'}), path)
    with pytest.raises(InputError, match="written by another version of simworth"):
        PropertyTable.from_parquet(path)


def test_check_property(table: PropertyTable) -> None:
    check_property(table, "T", 2)
    with pytest.raises(InputError, match="t: has 2 materials with 'T' but the study needs 3"):
        check_property(table, "T", 3)
    constant = read_table(
        pa.table({"f": ["Fe", "Co"], "g": [0.0, 0.0]}),
        kind="composition",
        material="f",
        properties={"gap": ("g", "eV")},
        name="flat",
    )
    with pytest.raises(InputError, match="flat: 'gap' is 0 eV for all 2 materials, so nothing can be learnt"):
        check_property(constant, "gap", 1)
