"""Costs on the command line of `simworth plan`."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

CURVE = "n,error\n100,1.0\n200,0.8\n400,0.7\n800,0.65\n"


@pytest.fixture
def law(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command) -> str:
    monkeypatch.chdir(tmp_path)
    Path("c.csv").write_text(CURVE)
    assert command("fit", "c.csv", "-o", "law.json")[0] == 0
    return "law.json"


def test_costs_reach_the_plan_through_a_pipe(law: str, monkeypatch: pytest.MonkeyPatch, command) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(law).read_bytes())))
    code, out, _ = command("plan", "-", "--cost-simulation", "0.5", "--value", "1000")
    assert code == 0
    stop = next(a for a in json.loads(out)["answers"] if a["question"] == "stop")
    assert stop["given"]["cost"] == 400
    assert "worth_less_than_cost" in stop["probabilities"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--cost-simulation", "-1"], "cost of a simulation is -1"),
        (["--cost-simulation", "1", "--cost-experiment", "0"], "cost of an experiment is 0"),
        (["--cost-simulation", "1", "--budget", "nan"], "budget is nan"),
        (["--cost-simulation", "1", "--value", "inf"], "unit is inf"),
        (["--budget", "10"], "give that too"),
        (["--error", "-2"], "target error is -2"),
        (["--worthwhile", "2"], "worthwhile cut is 2"),
    ],
)
def test_a_wrong_number_is_one_sentence(options: list[str], expected: str, law: str, command) -> None:
    code, out, err = command("plan", law, *options)
    assert code == 2
    assert out == ""
    assert len(err.splitlines()) == 1
    assert expected in err
