"""Databases that come as files: units, repeats, failed checks, predictions, and anything else a file may hold."""

from __future__ import annotations

import csv
import io
import math
import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.ingest.from_file import FILES, file_catalogue
from simworth.ingest.landing import Counts
from simworth.ingest.sources.files import FileOrder
from simworth.ingest.sources.omat import entries
from simworth.tables import PropertyTable

Read = Callable[..., tuple[PropertyTable, Any]]
SLOW = [HealthCheck.too_slow]

SHARED = Path(os.environ.get("SIMWORTH_SHARED", Path(__file__).resolve().parents[3].parent / "shared"))
FUZZ = int(os.environ.get("SIMWORTH_FUZZ", "250"))


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


GNOME = (
    ",Composition,MaterialId,Reduced Formula,Elements,NSites,Volume,Density,Space Group,Formation Energy Per Atom,"
    "Decomposition Energy Per Atom,Dimensionality Cheon,Bandgap,Is Train\n"
    "0,Fe4O6,a1,Fe2O3,\"['Fe', 'O']\",10,100.5,5.2,R-3c,-1.6,0.0,3D,2.1,True\n"
    "1,Na1Cl1,a2,NaCl,\"['Na', 'Cl']\",2,44.8,2.1,Fm-3m,-2.1,0.01,3D,,False\n"
)


def test_gnome(read: Read, tmp_path: Path) -> None:
    path = write(tmp_path / "stable_materials_summary.csv", GNOME)
    table, card = read("gnome", path, fields=("Formation Energy Per Atom", "bandgap", "Is Train"))
    assert dict(zip(table.materials, table.values("formation_energy_per_atom"), strict=True)) == {
        "Fe2O3": -1.6, "NaCl": -2.1,
    }  # fmt: skip
    assert card.units == {"formation_energy_per_atom": "eV/atom", "bandgap": "eV"}
    assert card.licence == "CC BY-NC 4.0"
    assert sorted(table.data.column("Is_Train".lower()).to_pylist()) == ["False", "True"]
    assert sorted(table.data.column("entry").to_pylist()) == ["a1", "a2"]
    table, _ = read("gnome", path, fields=("bandgap",), where='Bandgap > 1 AND is_train = "True"'.replace("B", "b"))
    assert table.materials == ("Fe2O3",)
    with pytest.raises(InputError, match=r"this is not GNoME's summary"):
        read("gnome", write(tmp_path / "x.csv", "Composition,a\nFe,1\n"), fields=("a",))


def test_an_archive(read: Read, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "g.zip", "w") as z:
        z.writestr("gnome_data/stable_materials_summary.csv", GNOME)
        z.writestr("LICENSE", "x")
    table, card = read("gnome", tmp_path / "g.zip", fields=("bandgap",))
    assert table.materials == ("Fe2O3",)
    assert card.source == str(tmp_path / "g.zip")
    with zipfile.ZipFile(tmp_path / "g.zip", "a") as z:
        z.writestr("other.csv", "a")
    with pytest.raises(InputError, match="holds 2 tables"):
        read("gnome", tmp_path / "g.zip", fields=("bandgap",))


RADONPY = (
    "monomer_ID,smiles,temp,press,DP,density,density_std,density_count,thermal_conductivity,remarks,check_eq,check_tc,odd\n"
    "PI1,*CC*,300,1,165,0.84,0.002,4,0.2,,True,True,5\n"
    "PI2,*CC(C)*,300,1,120,0.85,0.003,1,0.3,,True,False,6\n"
    "PI3,*CC(Cl)*,300,1,100,1.35,0.01,9,0.4,,False,True,7\n"
    "PI4,*CC(F)*,300,1,100,1.2,,,0.5,[ERROR: density],True,True,8\n"
    "PI5,*CO*,400,1,100,1.1,0.01,4,nan,,,,9\n"
)


def test_radonpy(read: Read, tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", RADONPY)
    table, card = read("radonpy", path, fields=("density",))
    assert card.kind == "polymer"
    assert card.left_out == {
        "rows with a remark of the pipeline (remarks)": 1, "rows that did not reach equilibrium (check_eq)": 1,
    }  # fmt: skip
    found = dict(zip(table.materials, table.values("density"), strict=True))
    assert found == {"*CC*": 0.84, "*CC(C)*": 0.85, "*CO*": 1.1}
    uncertainty = table.uncertainty("density")
    assert uncertainty is not None
    by = dict(zip(table.materials, uncertainty.tolist(), strict=True))
    assert by["*CC*"] == pytest.approx(0.001)  # .002 by the root of 4
    assert math.isnan(by["*CC(C)*"])  # one repeat says nothing of its spread
    _, card = read("radonpy", path, fields=("density", "thermal_conductivity"))
    assert card.left_out["rows whose thermal conductivity failed its check (check_tc)"] == 1
    table, card = read("radonpy", path, fields=("density",), failed=True)
    assert (len(table), card.left_out) == (5, {})
    table, _ = read("radonpy", path, fields=("density",), where="temp = 400")
    assert table.materials == ("*CO*",)
    with pytest.raises(InputError, match="states no unit, of 'odd'; say it, as in --unit odd=eV/atom"):
        read("radonpy", path, fields=("odd",))
    table, _ = read("radonpy", path, fields=("odd",), units={"odd": "K"})
    assert table.unit("odd") == "K"


def test_polyomics_marks_what_is_estimated(read: Read, tmp_path: Path) -> None:
    path = write(
        tmp_path / "toluene.csv",
        "Unnamed: 0,smiles,Mean,Std,Min,Max,Median\n0,*CC*,0.5,0.1,0.3,0.7,0.49\n1,*CO*,0.9,0.2,0.3,1.7,0.8\n",
    )
    table, card = read("polyomics", path, fields=("chi",))
    assert {c.name: c.predicted for c in card.columns if c.role == "property"} == {"chi": True}
    assert card.licence == "CC BY 4.0"
    assert sorted(table.values("chi").tolist()) == [0.5, 0.9]
    assert sorted(np.asarray(table.uncertainty("chi")).tolist()) == [0.1, 0.2]
    simulated = write(tmp_path / "general.csv", RADONPY)
    _, card = read("polyomics", simulated, fields=("density",))
    assert not any(c.predicted for c in card.columns)


def test_chi(read: Read, tmp_path: Path) -> None:
    path = write(
        tmp_path / "c.csv", "polymer,solvent,temperature_C,chi\n*CC*,CCO,25.0,0.4\n*CC*,CCO,60,0.3\n*CC*,,60,0.3\n"
    )
    table, card = read("chi", path, fields=("chi",))
    assert card.kind == "pair"
    assert dict(zip(table.materials, table.values("chi"), strict=True)) == {
        "*CC*|CCO|298.15 K": 0.4, "*CC*|CCO|333.15 K": 0.3,
    }  # fmt: skip
    assert card.left_out == {"unreadable material": 1}


def test_polyinfo(read: Read, tmp_path: Path) -> None:
    text = (
        "\ufeffSMILES,PID,Polymer Class,Tg,Method\n*CC*,P1,a,195,DSC\n*CC*,P1,a,201,DMA\n*CO*,P2,b,260,\nbad(,P3,b,1,\n"
    )
    path = write(tmp_path / "p.csv", text)
    table, card = read("polyinfo", path, fields=("Tg", "Method"), units={"Tg": "degC"})
    assert dict(zip(table.materials, table.values("Tg"), strict=True)) == {"*CC*": 198.0, "*CO*": 260.0}
    assert dict(zip(table.materials, table.counts("Tg"), strict=True)) == {"*CC*": 2, "*CO*": 1}
    assert "may not be passed on" in card.licence
    assert any(n.startswith("may not be passed on") for n in card.notes)
    assert card.private
    assert table.provenance.private
    assert sum("may not be passed on" in n for n in card.notes) == 1
    with pytest.raises(InputError, match="states no unit"):
        read("polyinfo", path, fields=("Tg",))


def test_what_a_column_holds_is_looked_at(read: Read, tmp_path: Path) -> None:
    text = "SMILES,ends,empty,Tg\n*CC*,H*,,nan\n*CO*,,-,300\n"
    path = write(tmp_path / "p.csv", text)
    source = next(s for s in FILES if s.name == "polyinfo")
    found = {f.name: f.holds for f in file_catalogue(source, path).fields.values()}
    assert found == {"ends": "text", "empty": "number", "Tg": "number"}
    table, card = read("polyinfo", path, fields=("ends", "Tg"), units={"Tg": "K"})
    assert card.named("keep") == ("ends",)  # no column of names that are all empty
    assert table.data.column("ends").to_pylist() == [None]
    with pytest.raises(InputError, match="'ends' holds no plain numbers"):
        read("polyinfo", path, fields=("ends", "Tg"), units={"ends": "K", "Tg": "K"})


def test_odd_cells_are_counted(read: Read, tmp_path: Path) -> None:
    text = 'SMILES,Tg\n*CC*,"1,5"\n*CO*,ca. 300\n*CCO*,nan\n*CS*,300\n*CN*,1e999\n'
    table, card = read("polyinfo", write(tmp_path / "p.csv", text), fields=("Tg",), units={"Tg": "K"})
    assert table.materials == ("*CS*",)
    assert "3 values of Tg could not be read and count as no value" in card.notes


def test_files_that_are_not_there(tmp_path: Path) -> None:
    pytest.importorskip("lmdb")
    for source in FILES:
        with pytest.raises(InputError, match="give it with --file"):
            file_catalogue(source, None)
        with pytest.raises(InputError, match="no "):
            file_catalogue(source, tmp_path / "absent")
        empty = write(tmp_path / "empty.csv", "")
        with pytest.raises(InputError, match=r"empty|no .aselmdb|nextid|LMDB"):
            file_catalogue(source, empty) if source.name != "omat24" else list(entries(empty, None, 0, Counts()))


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="public data sets are not here")
def test_public_files(read: Read) -> None:
    table, card = read(
        "radonpy", SHARED / "data/polymers/computed_radonpy_PI1070.csv.gz", fields=("density", "thermal_conductivity")
    )
    assert (len(table), card.left_out) == (1077, {})
    assert 0.5 < float(np.median(table.values("density"))) < 2
    table, _ = read("chi", SHARED / "data/miscibility/computed_cosmo.csv", fields=("chi",))
    assert len(table) == 1206


HEADERS = (
    "SMILES", "smiles", "Tg", "PID", "polymer", "solvent", "chi", "temperature_C", "Reduced Formula", "Bandgap",
    "density", "density_std", "density_count", "remarks", "check_eq", "Formation Energy Per Atom", "Mean", "Std", "Min",
    "Max", "Median",
)  # fmt: skip
CELL = st.text(max_size=6) | st.sampled_from(
    ["*CC*", "CCO", "Fe2O3", "1.5", "nan", "1e999", "True", "-", "１", "1_0", "inf"]
)


@given(st.data())
@settings(max_examples=FUZZ, deadline=None, suppress_health_check=SLOW)
def test_any_csv(data: Any) -> None:
    names = data.draw(st.lists(st.sampled_from(HEADERS), min_size=1, max_size=8))
    rows = data.draw(st.lists(st.lists(CELL, min_size=len(names), max_size=len(names)), max_size=4))
    out = io.StringIO()
    csv.writer(out).writerows([names, *rows])
    body = out.getvalue().encode("utf-8", "surrogatepass")
    body = body[: data.draw(st.integers(0, len(body)))] if data.draw(st.booleans()) else body
    plain = {float(c) for row in rows for c in row if c.isascii() and _is_plain(c)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(body)
        for source in FILES:
            if source.name == "omat24":
                continue
            try:
                catalogue = file_catalogue(source, path)
                fields = tuple(f for f, d in catalogue.fields.items() if d.holds == "number")
                for batch in source.batches(path, FileOrder(fields), catalogue, Counts()):
                    for f in fields:
                        cells = [c for c in batch.column(f).to_pylist() if c is not None]
                        assert all(math.isfinite(c) for c in cells)
                        assert len(body) < len(out.getvalue().encode()) or set(cells) <= plain
            except InputError:
                continue


def _is_plain(cell: str) -> bool:
    try:
        return math.isfinite(float(cell)) and "_" not in cell
    except ValueError:
        return False
