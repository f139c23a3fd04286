"""``simworth overlap``: what two tables have in common."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("smiles,id\nOCC,1\nC[C@H](N)O,2\nCCl,3\n[Na+].CC(=O)[O-],4\n")
    (tmp_path / "b.csv").write_text("SMILES,id\nCCO,9\nCC(N)O,8\nCCBr,3\n")
    return tmp_path


def test_two_files(files: Path, command: Command) -> None:
    code, out, _ = command("overlap", "a.csv", "b.csv", "--kind", "molecule", "--material", "smiles,SMILES")
    assert code == 0
    assert out.splitlines() == [
        "a: 4 materials; b: 3 materials of the same kind",
        "        1  same         the same material, however it is spelt",
        "        1  stereo       the same but for stereochemistry",
        "stereo: 'CC(N)O' (row 3 of b) – 'C[C@H](N)O' (row 3 of a)",
        "same: 'CCO' (row 2 of b) – 'OCC' (row 2 of a)",
    ]


def test_json_and_entries(files: Path, command: Command) -> None:
    words = (
        "overlap",
        "a.csv",
        "b.csv",
        "--kind",
        "molecule",
        "--material",
        "smiles,SMILES",
        "--entry",
        "id",
        "--json",
    )
    code, out, _ = command(*words)
    found = json.loads(out)
    assert code == 0
    assert found["counts"] == {"same": 1, "stereo": 1, "entry": 1}
    assert [p["nearness"] for p in found["pairs"]] == ["same", "stereo", "entry"]
    assert found["pairs"][2]["source_material"] == "CCl"


def test_one_file_and_none(files: Path, command: Command) -> None:
    assert command("overlap", "a.csv", "--kind", "molecule", "--material", "smiles")[1].endswith(
        "No material has a relative.\n"
    )
    (files / "c.csv").write_text("smiles\nCCS\n")
    out = command("overlap", "a.csv", "c.csv", "--kind", "molecule", "--material", "smiles")[1]
    assert out.endswith("No material of c stands in a or is near one.\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a.csv", "b.csv"), "a file needs --kind and --material"),
        (("a.csv", "b.csv", "--kind", "alloy", "--material", "smiles"), "--kind alloy is not known"),
        (("a.csv", "b.csv", "--kind", "molecule", "--material", "smiles"), "did you mean 'SMILES'"),
        (("nothing.csv", "--kind", "molecule", "--material", "smiles"), "no such file"),
        (("builtin:nothing",), "no such built-in table"),
    ],
)
def test_mistakes_are_one_sentence(files: Path, command: Command, words: tuple[str, ...], said: str) -> None:
    code, out, err = command("overlap", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
