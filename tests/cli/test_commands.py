"""Every command once, as a user would type it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest


def test_run_then_every_stage_on_its_input_file(here: Path, command, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = command("run", "study.toml", "-o", "out", "-w", "2")
    assert code == 0, err
    assert "experiment: 40 rows read" in err
    assert out.splitlines()[-1] == f"The page: {here / 'out' / 'report.html'}"
    assert sorted(p.name for p in (here / "out").iterdir()) == [
        "inputs", "law.json", "manifest.json", "model", "plan.json", "quality.json", "report.html", "study.toml",
        "times.json", "trials", "trials.parquet",
    ]  # fmt: skip
    before = {p.name: p.read_bytes() for p in (here / "out").iterdir() if p.is_file()}

    assert command("run", "study.toml", "-o", "out")[0] == 0
    assert {p.name: p.read_bytes() for p in (here / "out").iterdir() if p.is_file()} == before

    assert command("fit", "out/trials.parquet", "-o", "law.json")[0] == 0
    assert (here / "law.json").read_bytes() == before["law.json"]
    code, out, _ = command("fit", "out/trials.parquet")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(out.encode())))
    code, out, _ = command("plan", "-")
    assert code == 0
    assert json.loads(out)["schema"] == "simworth-plan/1"

    (here / "out" / "report.html").unlink()
    assert command("report", "out")[0] == 0
    assert (here / "out" / "report.html").read_bytes() == before["report.html"]

    resolved = here / "out" / "study.toml"
    assert command("sweep", str(resolved), "-o", "out")[0] == 0


def test_check_computes_nothing(here: Path, command) -> None:
    code, out, _ = command("check", "study.toml")
    assert code == 0
    assert "no material of experiment stands in simulation" in out
    assert "simulation: n = 30, 60, 120, 240" in out
    assert sorted(p.name for p in here.iterdir()) == ["source.csv", "study.toml", "target.csv"]


def test_version_and_help(here: Path, command) -> None:
    assert command("version")[1].strip().count(".") == 2
    code, out, _ = command("--help")
    assert code == 0
    for name in ("run", "demo", "check", "sweep", "fit", "plan", "report", "produce"):
        assert name in out
        assert "Example: simworth" in command(name, "--help")[1]
