"""From two tables to a study: what is told, what is asked, and tables that mean harm."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from simworth.serve.describe import Answered, Asked, describe
from simworth.serve.refusal import RefusedError
from simworth.serve.studies import fields, look_at, said_by
from simworth.sweep.spec import read_study

Tables = Callable[[str, str], tuple[Path, Path]]
NAMES = ("m.csv", "c.csv")


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    def write(measured: str, computed: str) -> tuple[Path, Path]:
        for name, text in (("measured.csv", measured), ("computed.csv", computed)):
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / "measured.csv", tmp_path / "computed.csv"

    return write


def table(header: str, end: str, rows: int) -> str:
    return header + "\n" + "".join(f"{'C' * i}{end},{300 + i}\n" for i in range(1, rows + 1))


def test_tables_that_tell_everything_make_a_study(tables: Tables) -> None:
    files = tables(table("smiles,bp (K)", "O", 60), table("smiles,bp (K)", "N", 200))
    told = describe(Asked(said={"name": "boiling"}, names=NAMES, write=True, effort="quick"), files)
    assert (told.problem, told.questions, told.written) == ("", (), True)
    spec = read_study(files[0].with_name("study.toml"))
    assert (spec.name, spec.sweep.replicates, spec.sweep.sizes) == ("boiling", 6, 5)
    assert [Path(t.table) for t in (*spec.target, *spec.source)] == list(files)


def test_what_is_not_told_is_asked_and_answered(tables: Tables) -> None:
    files = tables(table("smiles,bp", "O", 60), table("smiles,bp", "N", 200))
    told = describe(Asked(said={"name": "boiling"}, names=NAMES, write=True), files)
    assert {q["key"] for q in told.questions} == {"measured_unit", "computed_unit"}
    assert not told.written
    assert not files[0].with_name("study.toml").exists()
    shown = {f.key: f for _, part in fields(told) for f in part}
    assert shown["measured_unit"].asked
    assert shown["measured_material"].value == "smiles"
    assert shown["measured_property"].choices[0] == "bp"
    said = said_by({"measured_unit": ["K"], "computed_unit": ["K"], "name": ["boiling"], "kind": ["molecule"]}, told)
    assert describe(Asked(said=said, names=NAMES, write=True), files).written


def test_only_what_the_form_offers_counts(tables: Tables) -> None:
    told = describe(Asked(said={}, names=NAMES), tables(table("smiles,bp", "O", 60), table("smiles,bp", "N", 60)))
    assert said_by({"mark": ["x"], "learner": ["evil:code"], "table": ["/etc/passwd"]}, told) == {}
    with pytest.raises(RefusedError, match="not offered"):
        said_by({"kind": ["../../x"]}, told)
    with pytest.raises(RefusedError, match="not offered"):
        said_by({"measured_material": ["no such column"]}, told)


def test_an_impossible_answer_is_a_sentence(tables: Tables) -> None:
    files = tables(table("smiles,bp", "O", 60), table("smiles,bp", "N", 200))
    said = {"measured_unit": "glorps", "computed_unit": "K"}
    told = describe(Asked(said=said, names=NAMES, write=True), files)
    assert told.problem
    assert not told.written
    assert told.columns
    assert str(files[0].parent) not in told.problem


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one column\n1\n",
        "a,b\n",
        "\ufffd" * 50,
        '"',
        "a,a\n1,2\n",
        "=cmd|'/c calc'!A1,b\n1,2\n",
        "x,y\n" + "9" * 5000,
    ],
)
def test_no_table_brings_it_down(tables: Tables, text: str) -> None:
    files = tables(text, table("smiles,bp", "N", 30))
    told = describe(Asked(said={"name": "x"}, names=NAMES), files)
    assert told.problem or told.questions
    assert str(files[0].parent) not in told.problem


HOSTILE = (
    'x"\n[learner]\nname = "evil:code"\n#',
    "'''\n[[source]]\ntable = '/etc/passwd'",
    "</script><script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "\u202etxet",
    "[sweep]",
    "../../../etc/passwd",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_of_a_column_stays_a_name(tables: Tables, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    files = tables(table(f"smiles,{quoted}", "O", 60), table(f"smiles,{quoted}", "N", 200))
    said = {"name": name, "property": "bp", "measured_unit": "K", "computed_unit": "K"}
    told = describe(Asked(said=said, names=NAMES, write=True), files)
    written = files[0].with_name("study.toml")
    assert told.written == written.exists()
    if told.written:
        raw = tomllib.loads(written.read_text(encoding="utf-8"))
        assert set(raw) <= {"schema", "name", "target", "source", "sweep"}
        assert [Path(t["table"]).name for t in (*raw["target"], *raw["source"])] == ["measured.csv", "computed.csv"]
        assert raw["name"] == name


def test_the_look_is_another_process(tables: Tables) -> None:
    files = tables(table("smiles,bp", "O", 60), table("smiles,bp", "N", 60))
    told = look_at(files[0].parent, NAMES, {"name": "x"})
    assert isinstance(told, Answered)
    assert len(told.columns) == 2


@pytest.mark.parametrize("end", ["import os; os._exit(9)", "import time; time.sleep(60)", "print('no json')"])
def test_a_look_that_ends_badly_ends_alone(
    tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    fake = tmp_path / "python"
    fake.write_text(f'#!/bin/sh\nexec {__import__("sys").executable} -c "{end}"\n', encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setattr("simworth.serve.studies.sys.executable", str(fake))
    monkeypatch.setattr("simworth.serve.studies.PATIENCE", 0.5)
    with pytest.raises(RefusedError, match="hese tables"):
        look_at(tmp_path, NAMES, {})
