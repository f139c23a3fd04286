"""Every column, against RadonPy itself where it is installed and can be imported."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from simworth.features.forcefield import forcefield_rows

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # benchmarks/ is not part of the package

from benchmarks.learners import features_forcefield as benchmark

QUICK = [u for u in benchmark.UNITS if "ccc(" not in u]
"""RadonPy takes a second where both ways around a ring of the backbone are of one length; the benchmark has these."""


@pytest.mark.parametrize(("texts", "units"), [(QUICK, 10), (benchmark.MOLECULES, 0)])
def test_all_columns_are_those_of_radonpy(texts: list[str], units: int) -> None:
    theirs = benchmark.radonpy_row()
    if theirs is None:
        pytest.skip("RadonPy is not installed (pip install radonpy-pypi)")
    rows, reasons = forcefield_rows(texts)
    assert not reasons
    np.testing.assert_allclose(rows, [theirs(text, units) for text in texts], atol=1e-6)


def test_the_benchmark_says_that_radonpy_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(benchmark, "radonpy_row", lambda: None)
    monkeypatch.setattr(benchmark, "public_units", list)
    monkeypatch.setattr(benchmark, "forcefield_rows", lambda texts: (np.zeros((len(texts), 190)), {}))
    monkeypatch.setattr(benchmark.os, "sched_setaffinity", lambda *_: None, raising=False)
    assert benchmark.main(["--quick", "--json", str(tmp_path / "out.json")]) == 0
    assert "not installed" in capsys.readouterr().out
    assert '"radonpy": null' in (tmp_path / "out.json").read_text()
