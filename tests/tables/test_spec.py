"""TableSpec: what a study file writes becomes a table."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from simworth.errors import InputError
from simworth.tables import PropertyTable, TableSpec, read_spec, select
from simworth.tables.spec import is_file

TOML = """
table = "t.csv"
kind = "composition"
material = "formula"
property = "gap"
column = "gap_eV"
unit = "eV"
convert = "meV"
uncertainty = "u"
keep = ["T", "kind"]
where = { T = [0, 400], kind = "bulk" }
merge = "median"
unreadable = "drop"
licence = "CC0"
citation = "me"
name = "mine"
"""


def spec(text: str) -> TableSpec:
    return msgspec.convert(tomllib.loads(text), TableSpec)


@pytest.fixture
def table(tmp_path: Path) -> PropertyTable:
    (tmp_path / "t.csv").write_text(
        "formula,gap_eV,u,T,kind\nFe,1,.1,300,bulk\nFe2,3,.1,300,bulk\nXx,1,.1,300,bulk\nCo,2,,500,bulk\nNi,3,,1,film\n"
        "Cu,4,.2,0,bulk\n"
    )
    return read_spec(spec(TOML), tmp_path)


def test_everything_is_applied(table: PropertyTable) -> None:
    assert table.name == "mine"
    assert table.materials == ("Fe", "Cu")
    assert table.values("gap").tolist() == [2000.0, 4000.0]
    assert table.unit("gap") == "meV"
    assert table.about.merge == "median"
    assert sum(table.about.left_out.values()) == 3
    assert table.provenance.licence == "CC0"


def test_the_column_is_called_like_the_property(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("formula,gap\nFe,1\n")
    short = TableSpec(table="t.csv", kind="composition", material="formula", property="gap", unit="eV")
    assert read_spec(short, tmp_path).values("gap").tolist() == [1.0]


@pytest.mark.parametrize("key", ["kind", "material", "unit"])
def test_missing_settings(tmp_path: Path, key: str) -> None:
    short = msgspec.structs.replace(spec(TOML), **{key: None})
    with pytest.raises(InputError, match=f"table 't.csv': '{key}' is missing; a file needs kind, material and unit"):
        read_spec(short, tmp_path)


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `units`"):
        spec(TOML + 'units = "eV"\n')
    with pytest.raises(msgspec.ValidationError):
        spec(TOML.replace('"median"', '"average"'))


def test_names_that_are_not_files(tmp_path: Path) -> None:
    named = TableSpec(table="builtin:small-organics", property="dipole_moment")
    assert not is_file(named)
    assert is_file(spec(TOML))
    with pytest.raises(InputError, match="builtin:small-organics: is not a file"):
        read_spec(named, tmp_path)


def test_select_from_a_ready_made_table(table: PropertyTable) -> None:
    whole = TableSpec(table="builtin:x", property="gap")
    assert select(table, whole).materials == table.materials
    part = TableSpec(table="builtin:x", property="gap", unit="eV", where={"T": (0, 100), "kind": "bulk"})
    assert select(table, part).materials == ("Cu",)
    assert select(table, part).values("gap").tolist() == [4.0]
    for changes, expected in (
        ({"property": "Tg"}, "mine: has no property 'Tg'; it has 'gap'"),
        ({"material": "smiles"}, "table 'builtin:x': 'material' is for files; leave it out"),
        ({"where": {"P": (0, 1)}}, "table 'builtin:x': has no column 'P' for 'where'"),
        ({"where": {"T": (7, 8)}}, "table 'builtin:x': 'where' leaves no material"),
        ({"unit": "K"}, "mine, property 'gap': 'meV' cannot be converted to 'K'"),
    ):
        with pytest.raises(InputError, match=expected):
            select(table, msgspec.structs.replace(whole, **changes))
