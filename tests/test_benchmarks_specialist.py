"""The specialist's check finds a known truth, keeps to the leak rule, and flags what it must, on made-up data."""

from __future__ import annotations

import ast
import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # benchmarks/ is not part of the package
pytest.importorskip("rdkit")

from benchmarks.learners import specialist, specialist_features, specialist_models, specialist_rivals  # noqa: E402
from benchmarks.learners.pairs import PAIRS, Pair, load, source_rows  # noqa: E402
from benchmarks.learners.specialist import Setting  # noqa: E402
from benchmarks.learners.specialist_against import Comparison, compare, comparison_table, read_rows  # noqa: E402
from benchmarks.learners.specialist_models import QUICK  # noqa: E402

from simworth.errors import InputError  # noqa: E402

WORTH = {"C": 2.0, "O": -30.0, "N": 5.0, "H": 0.5}


def chains() -> list[str]:
    """Some two hundred open chains."""
    ends = ("", "O", "N", "CO", "CN")
    return sorted(
        {
            f"{a}{'C' * k}{b}{'C' * j}{c}"
            for a in ends[:3]
            for b in "ON"
            for c in ends
            for k in (1, 3, 5)
            for j in (2, 4)
        }
    )


def truth(smiles: str) -> float:
    """A property to which each atom adds its worth."""
    counts = specialist_features.structure(smiles).counts
    return sum(worth * counts.get(symbol, 0) for symbol, worth in WORTH.items())


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Setting:
    """A pair whose computed values are a line through the true ones."""
    rows = {"measured": chains()[::3], "computed": chains()}
    for name, smiles in rows.items():
        with (tmp_path / f"{name}.csv").open("w", newline="") as file:
            out = csv.writer(file)
            out.writerow(["smiles", "worth"])
            out.writerows([s, truth(s) if name == "measured" else 2 * truth(s) + 1] for s in smiles)
    pair = Pair("molecule", "smiles", ("measured.csv", "worth"), ("computed.csv", "worth"), "eV", (25,))
    monkeypatch.setitem(PAIRS, "tiny", pair)
    return Setting("tiny", str(tmp_path), 3, 2, (0, 1), quick=True)


def test_rivals_find_an_additive_truth_and_replicates_stand_alone(tiny: Setting) -> None:
    rows = specialist.measure(tiny)
    errors: dict[str, list[float]] = {}
    for row in rows:
        errors.setdefault(row["method"], []).append(row["mae"])
    spread = np.mean(errors["median"])
    for name in ("ridge on counts", "transfer, ridge and a line", "transfer, ridge on counts and source"):
        assert max(errors[name]) < 0.01 * spread, name
    assert max(errors["direct, picked"]) < 0.02 * spread
    assert max(errors["transfer, picked"]) < 0.02 * spread
    assert max(errors[specialist.OVERLAP]) < 1e-6 * spread
    assert all(np.mean(e) < 1.05 * spread for e in errors.values())
    assert {row["kind"] for row in rows} == {"direct", "transferred", "allowed overlap"}
    alone = specialist.measure(tiny._replace(chosen=(1,)))
    assert alone == [row for row in rows if row["replicate"] == 1]


def test_no_test_material_is_learned_from(tiny: Setting) -> None:
    found = specialist.read(tiny, QUICK)
    inputs = load("tiny", Path(tiny.folder), 2, 3)
    rows = source_rows(inputs, (0, 1))[0]
    assert found.rows.shape == rows.shape
    for part, mine, theirs in zip(found.splits, found.rows, rows, strict=True):
        assert np.array_equal(found.source_y[mine], inputs.sources[0].values("tiny")[theirs])
        tested = {inputs.targets[0].identities[i] for i in part.test}
        assert not tested & {inputs.sources[0].identities[i] for i in theirs}


def test_nothing_is_shared_with_what_is_checked() -> None:
    for path in sorted((ROOT / "benchmarks" / "learners").glob("specialist*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        names += [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
        assert not [n for n in names if n.startswith(("simworth.learners", "simworth.features"))], path.name


def test_counts_of_a_molecule_and_of_a_chain() -> None:
    assert specialist_features.structure("CCO").counts == {
        **{"C": 2, "O": 1, "H": 6, "C-H": 5, "O-H": 1},
        **{"C SINGLE C": 1, "C SINGLE O": 1},
    }
    benzene = specialist_features.structure("c1ccccc1").counts
    assert (benzene["aromatic ring of 6"], benzene["C AROMATIC C"]) == (1, 6)
    once, twice = (specialist_features.describe("polymer", [[unit]])[0].small for unit in ("*CCO*", "*CCOCCO*"))
    assert np.allclose(once["counts per atom"].toarray(), twice["counts per atom"].toarray())
    assert specialist_features.structure("*C*").counts == {"C": 1, "H": 2, "C-H": 2, "C SINGLE C": 1}


def test_compositions_are_fractions_and_statistics() -> None:
    assert specialist_features.amounts("Fe2O3") == {"Fe": 2, "O": 3}
    with pytest.raises(InputError, match="without brackets"):
        specialist_features.amounts("Ca(OH)2")
    (found,) = specialist_features.describe("composition", [["NaCl", "Fe2O3"]])
    assert np.allclose(np.sort(found.small["fractions"].toarray()[1])[-2:], [0.4, 0.6])
    numbers = found.descriptors[0]  # the first property is the atomic number
    assert np.allclose(numbers[:5], [14, 3, 11, 17, 6])
    with pytest.raises(InputError, match="no properties are known"):
        specialist_features.describe("composition", [["Xx2O"]])
    with pytest.raises(InputError, match="not described here"):
        specialist_features.describe("pair", [["*CC*|O"]])


def test_the_best_setting_on_held_out_experiments_is_taken() -> None:
    x = np.linspace(0, 1, 30)
    given = specialist_models.experiments(2 * x[:20] - 1, 10, QUICK, 0)
    wrong = specialist_models.middle()
    told = specialist_models.tuned(given, {"wrong": wrong, "right": specialist_models.line(x)})
    assert told.chosen == "right"
    assert np.allclose(told.asked, 2 * x[20:] - 1)
    assert told.error(given.y) < 1e-9
    on_top = specialist_models.tuned(given, {"wrong": wrong}, base=specialist_models.line(x))
    assert np.allclose(on_top.asked, told.asked)
    picks = specialist_rivals.picked({"a": told, "b": specialist_models.tuned(given, {"wrong": wrong})}, given.y, "x")
    assert picks["x, picked"].chosen == "a"


def test_what_is_never_negative_is_not_predicted_so() -> None:
    x = np.linspace(1, 0, 30) - 0.4
    given = specialist_models.experiments(np.maximum(x[:18], 0), 12, QUICK, 0)
    assert specialist_models.tuned(given, {"line": specialist_models.line(x)}).asked.min() == 0


def test_own_values_go_through_a_line_and_need_some_overlap() -> None:
    own, y = np.arange(8.0), 3 * np.arange(6.0)
    own[[0, 7]] = np.nan
    assert np.allclose(specialist_rivals.own_value(own, y, np.array([-1.0, -2.0])), [18, -2])
    own[:4] = np.nan
    assert specialist_rivals.own_value(own, y, np.zeros(2)) is None


def errors(method: str, maes: list[float]) -> list[dict[str, Any]]:
    return [{"pair": "a", "m": 50, "method": method, "replicate": r, "mae": e} for r, e in enumerate(maes)]


DEFAULTS = errors("transfer blend", [1.0, 1.2, 1.1, 0.9]) + errors("direct blend", [2.0, 2.2, 2.1, 1.9])


def compared(method: str, maes: list[float]) -> dict[str, Comparison]:
    return {c.default: c for c in compare(errors(method, maes), DEFAULTS)}


def test_a_rival_is_flagged_that_beats_the_default_by_more_than_its_interval() -> None:
    better = compared("ridge on counts", [0.91, 1.1, 1.01, 0.8])
    assert better["transfer blend"].flagged
    assert better["direct blend"].flagged
    assert better["transfer blend"].difference == pytest.approx(-0.095 / 1.05)
    assert not compared("ridge on counts", [0.5, 1.6, 0.9, 1.1])["transfer blend"].flagged
    assert not compared("ridge on counts", [0.5])["transfer blend"].flagged


def test_what_is_not_comparable_is_not_flagged() -> None:
    transferred = compared("transfer, picked", [1.1, 1.31, 1.2, 1.0])
    assert not any(c.flagged for c in transferred.values())
    assert compared("transfer, picked", [0.9, 1.11, 1.0, 0.8])["transfer blend"].flagged
    assert not any(c.flagged for c in compared(specialist.OVERLAP, [0.1, 0.11, 0.1, 0.1]).values())
    with pytest.raises(InputError, match="no pair, m and replicate"):
        compare(errors("median", [1.0]), errors("another", [1.0]))


def test_only_replicates_that_both_have_are_compared() -> None:
    found = compared("median", [2.0, 2.2])["transfer blend"]
    assert (found.replicates, found.default_mae) == (2, pytest.approx(1.1))


def test_the_command_compares_an_earlier_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine, theirs = tmp_path / "mine.json", tmp_path / "theirs.json"
    rows = [row | {"pair": "density"} for row in errors("ridge on counts", [0.91, 1.1, 1.01, 0.8])]
    mine.write_text(json.dumps({"seed": 1, "rows": rows}))
    theirs.write_text(json.dumps([row | {"pair": "density"} for row in DEFAULTS]))
    command = ["--pairs", "density", "--read", str(mine), "--against", str(theirs)]
    assert specialist.main(command) == 0
    said = capsys.readouterr().out
    assert "2 of 2 comparisons are lost by the default" in said
    assert "ridge on counts against transfer blend, -9.0 %" in said
    theirs.write_text(json.dumps({"seed": 2, "rows": [row | {"pair": "density"} for row in DEFAULTS]}))
    assert specialist.main(command) == 2
    assert "seed 2, not 1" in capsys.readouterr().err


def test_bad_input_is_told_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert specialist.main(["--pairs", "nothing"]) == 2
    assert specialist.main(["--replicates", "0"]) == 2
    assert "there is no pair 'nothing'" in capsys.readouterr().err
    (tmp_path / "bad.json").write_text('[{"pair": "a"}]')
    with pytest.raises(InputError, match="row 0 has no 'm'"):
        read_rows(tmp_path / "bad.json")
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(InputError, match="holds no list"):
        read_rows(tmp_path / "bad.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_rows(tmp_path / "none.json")


def test_tables_say_what_is_missing() -> None:
    rows = errors("median", [1.0, 2.0])
    assert "| median | 1.5 |" in specialist.table(rows, "eV")
    assert "too few materials" in specialist.table(rows, "eV")
    assert "(allowed overlap) | 1 |" in specialist.table(rows + errors(specialist.OVERLAP, [1.0]), "eV")
    assert "no interval" in comparison_table(compare(errors("median", [1.0]), DEFAULTS))
