"""The commands of the store, from a file to an answer; one sentence for every mistake."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from simworth.tables import read_table

Command = Callable[..., tuple[int, str, str]]
OPTIONS = ("--kind", "composition", "--material", "formula", "--property", "band_gap=Eg:eV")
FIRST = "formula,Eg,method\nNaCl,8.5,a\nClNa,8.7,b\nSi,1.1,a\nGaAs,1.4,a\n"
SECOND = "formula,Eg,method\nNaCl,8.6,a\nSi,1.2,a\nC,5.5,b\n"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two files, and a store of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIMWORTH_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "first.csv").write_text(FIRST)
    (tmp_path / "second.csv").write_text(SECOND)
    return tmp_path / "store"


def test_from_files_to_answers(command: Command, store: Path, tmp_path: Path) -> None:
    code, out, err = command("tables")
    assert (code, out) == (0, "")
    assert "holds no table; 'simworth import FILE --name NAME' stores one" in err
    code, out, err = command("import", "first.csv", "-n", "gaps", *OPTIONS, "--keep", "method")
    assert code == 0
    assert re.fullmatch(
        r"gaps@[0-9a-f]{12}: 4 rows read, 1 merged with another row of the same material, 3 materials\n", out
    )
    assert "Its licence is not stated" in err
    old = out.partition(":")[0]
    more = ("--keep", "method", "--licence", "CC0", "--meaning", "band_gap=the direct one")
    assert command("import", "second.csv", "-n", "gaps", *OPTIONS, *more)[0] == 0

    code, out, _ = command("tables")
    assert code == 0
    assert "CC0" in out
    assert old not in out
    code, out, _ = command("tables", "gaps", "--json")
    assert [c["rows"] for c in json.loads(out)] == [3, 3]

    code, out, _ = command("diff", old, "gaps")
    assert code == 0
    assert "removed: 1 (GaAs)" in out
    assert "added: 1 (C)" in out
    assert "band_gap: 1 changed, by 0.1 eV on average, at most 0.1 eV (Si)" in out
    assert "method: 1 filled" in out
    assert json.loads(command("diff", old, "gaps", "--json")[1])["added"] == 1
    assert "Nothing differs." in command("diff", "gaps", "gaps")[1]

    code, out, err = command("describe", "gaps", "--svg", "picture.svg")
    assert code == 0
    assert "band_gap in eV (property): the direct one" in out
    assert "3 values, 0 missing" in out
    assert "licence: CC0" in out
    assert "█" in out
    assert "wrote picture.svg" in err
    assert ElementTree.parse(tmp_path / "picture.svg").getroot().tag.endswith("svg")
    assert json.loads(command("describe", "gaps", "--json")[1])["columns"][0]["high"] == 8.6
    code, from_file, _ = command("describe", "second.csv", *OPTIONS, "--keep", "method")
    assert code == 0
    assert from_file.splitlines()[-25:] == out.splitlines()[-25:]


def test_a_table_that_simworth_wrote_needs_no_options(command: Command, store: Path, tmp_path: Path) -> None:
    properties = {"band_gap": ("Eg", "eV")}
    table = read_table("first.csv", kind="composition", material="formula", properties=properties, licence="CC0")
    table.to_parquet(tmp_path / "own.parquet")
    code, out, err = command("import", "own.parquet", "-n", "own", "--citation", "Me 2026")
    assert (code, err) == (0, "")
    assert "4 rows read, 1 merged" in out
    [card] = json.loads(command("tables", "own", "--json")[1])
    assert (card["licence"], card["citation"], card["source"]) == ("CC0", "Me 2026", "first.csv")
    assert command("diff", "own.parquet", "own")[1].endswith("Nothing differs.\n")


def test_a_unit_other_than_the_columns_name_says_is_doubted(command: Command, store: Path, tmp_path: Path) -> None:
    (tmp_path / "named.csv").write_text("formula,Eg_eV,tg_K\nNaCl,8.5,1\nSi,1.1,2\n")
    common = ("import", "named.csv", "-n", "named", *OPTIONS[:4], "--property")
    code, _, err = command(*common, "band_gap=Eg_eV:meV", "--private")
    assert (code, "'Eg_eV' is called as if in eV; it is read in meV" in err) == (0, True)
    assert "may not be passed on" in err
    assert "may not be passed on" in command("describe", "named")[1]
    code, _, err = command(*common, "band_gap=Eg_eV:eV")
    assert (code, "is called" in err) == (0, False)
    command(*common, "tg=tg_K:K", "--property", "band_gap=Eg_eV:eV")
    command("import", "first.csv", "-n", "other", *OPTIONS)
    code, _, err = command("describe", "named", "--against", "other")
    assert (code, "compared by band_gap" in err) == (0, True)


def test_merge_join_and_query(command: Command, store: Path) -> None:
    for name in ("first", "second"):
        assert command("import", f"{name}.csv", "-n", name, *OPTIONS)[0] == 0
    code, out, err = command("merge", "first", "second", "-n", "both", "--rule", "lowest:band_gap")
    assert code == 0
    assert "6 rows read, 2 merged with another row of the same material, 4 materials" in out
    assert "united from first@" in err
    code, out, _ = command("join", "first", "second", "-n", "beside", "--both")
    assert code == 0
    assert "2 materials" in out
    code, out, err = command("join", "first", "second", "-n", "beside", "--all")
    assert (code, "4 materials" in out) == (0, True)
    assert "is called 'band_gap_second'" in err
    code, _, err = command("join", "first", "second", "-n", "beside", "--all", "--both")
    assert (code, "exclude each other" in err) == (2, True)
    pytest.importorskip("duckdb")
    code, out, _ = command("query", 'select material, band_gap from "both" order by 2')
    assert (code, out.splitlines()[1]) == (0, '"Si",1.1')


def test_a_database_is_imported(command: Command, store: Path, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "t.db") as connection:
        connection.execute("create table t as select 'NaCl' formula, 8.5 Eg")
    connection.close()
    code, out, _ = command("import", "sqlite:///t.db", "-n", "gaps", *OPTIONS, "--sql", "select * from t")
    assert (code, out.partition(": ")[2]) == (0, "1 rows read, 1 materials\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("import", "first.csv", "-n", "t"), "--kind, --material and --property are needed"),
        (("import", "first.csv", "-n", "t", "--kind", "composition"), "--material is missing"),
        (("import", "first.csv", "-n", "t", *OPTIONS[:5], "band_gap"), "'band_gap' has no unit; write it as in"),
        (("import", "first.csv", "-n", "t", *OPTIONS[:5], "Eg:quux"), "the unit 'quux' is not known"),
        (("import", "first.csv", "-n", "a b", *OPTIONS), "'a b' cannot name a stored table"),
        (("import", "none.csv", "-n", "t", *OPTIONS), "none.csv: no such file"),
        (("import", "first.csv", "-n", "t", *OPTIONS, "--sql", "select 1"), "--sql and the address of a database"),
        (("import", "sqlite:///t.db", "-n", "t", *OPTIONS), "--sql and the address of a database"),
        (("import", "first.csv", "-n", "t", *OPTIONS, "--uncertainty", "x=u"), "--uncertainty names 'x'"),
        (("import", "first.csv", "-n", "t", *OPTIONS, "--uncertainty", "x"), "is not of the form NAME=VALUE"),
        (("import", "first.csv", "-n", "t", *OPTIONS, "--where", "method=z"), "no row is left (4 with 'method' other"),
        (("import", "first.csv", "-n", "t", *OPTIONS, "--where", "Eg=9..8"), "give the lower one first"),
        (("import", "first.csv", "-n", "t", *OPTIONS, "--merge", "best"), "the rule 'best'"),
        (("import", "first.csv", "-n", "t", "--kind", "gas", *OPTIONS[2:]), "kind 'gas' is not known"),
        (("describe", "nothing"), "store:nothing: no such table in"),
        (("describe", "nothing.csv"), "nothing.csv: no such file"),
        (("describe", "first.csv"), "a file needs --kind, --material and --property"),
        (("describe", "first.csv", *OPTIONS, "--merge", "lowest:Eg"), "--merge lowest:Eg is not known for a file"),
        (("tables", "nothing"), "no such table"),
        (("diff", "nothing", "nothing"), "no such table"),
        (("merge", "one", "-n", "t", "--rule", "mean"), "name two tables or more"),
    ],
)
def test_mistakes_are_one_sentence(command: Command, store: Path, words: tuple[str, ...], message: str) -> None:
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.strip().splitlines()) == 1


def test_conditions_of_rows(command: Command, store: Path) -> None:
    words = ("import", "first.csv", "-n", "t", *OPTIONS, "--where", "Eg=..5", "--where", "method=a")
    assert "2 left out ('Eg' outside [-inf, 5])" in command(*words)[1]
