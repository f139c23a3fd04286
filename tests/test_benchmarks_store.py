"""The benchmark of stored tables does what it says, on a small one."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # benchmarks/ is not part of the package

from benchmarks.store import __main__, step  # noqa: E402

ROWS = 20_000


def test_every_step(tmp_path: Path) -> None:
    assert step.generate(tmp_path, ROWS) == {"rows": ROWS}
    built = step.build(tmp_path, ROWS)
    assert (built["materials"], built["merged"]) == (18_000, 2_000)
    assert step.sample(tmp_path, ROWS)["materials"] == 18_000
    assert step.overlap(tmp_path, ROWS) == {"found": step.TESTED // 2}
    assert step.read(tmp_path, ROWS) == {"rows": 18_000}


def test_figures_are_kept_after_each_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = {"seconds": 1.0, "processor_seconds": 1.0, "peak_megabytes": 1.0}
    monkeypatch.setattr(__main__, "step", lambda name, folder, rows: {**figure, "rows": rows})
    out = tmp_path / "out.json"
    assert __main__.main(["--rows", "1e3,2e3", "--folder", str(tmp_path), "--json", str(out)]) == 0
    assert set(json.loads(out.read_text())) == {"1000", "2000", "versions", "load", "sample", "tested"}
    assert [p.name for p in tmp_path.iterdir()] == ["out.json"]
    assert __main__.main(["--rows", "1e15", "--folder", str(tmp_path)]) == 2
