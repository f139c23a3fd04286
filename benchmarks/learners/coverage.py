"""Do 90 % intervals of the transferred ensemble hold 90 % of the measurements? On trials that were already run.

    python -m benchmarks.learners.coverage [--json OUT] [--level L] RUN [RUN ...]

RUN is a folder that `simworth run -o RUN` made. Every replicate in turn plays the new experiments, at the largest n,
for every arm and m. Asked is the replicate's own network, or all networks that had not seen the material; kept out of
calibration is the replicate, or also every prediction of the asked materials (strict).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.laws.tables import table
from simworth.learners.coverage import leave_one_replicate_out
from simworth.learners.intervals import by_material
from simworth.sweep.inputs import load_spec
from simworth.tables import PropertyTable

Float64 = NDArray[np.float64]

WAYS = {
    "own network": {"single": True, "strict": False},
    "own network, strict": {"single": True, "strict": True},
    "all unseeing networks": {"single": False, "strict": False},
    "all unseeing networks, strict": {"single": False, "strict": True},
}


@dataclass(frozen=True)
class Cell:
    """The replicates of one transferred model."""

    target: str
    arm: str
    n: int
    m: int
    unit: str
    predictions: Float64
    """(replicates, materials), NaN where the replicate did not hold the material out."""
    measured: Float64


def cells(run: Path) -> Iterator[Cell]:
    """Every target, arm and m of a run at the largest n."""
    trials = pq.read_table(run / "trials.parquet")
    for t, target in enumerate(load_spec(run).target):
        experiments = PropertyTable.from_parquet(run / "inputs" / f"target-{t}.parquet")
        measured, unit = experiments.values(target.property), experiments.unit(target.property)
        good = (pc.field("target") == target.label) & (pc.field("n") > 0) & (pc.field("control") == "")
        rows = trials.filter(good & (pc.field("status") == "ok"))
        for arm in sorted(set(rows["arm"].to_pylist())):
            own = rows.filter(pc.field("arm") == arm)
            n = pc.max(own["n"]).as_py()
            for m in sorted(set(own["m"].to_pylist())):
                cell = own.filter((pc.field("n") == n) & (pc.field("m") == m))
                held = [np.asarray(r, dtype=np.int32) for r in cell["test_rows"].to_pylist()]
                said = [np.asarray(p, dtype=np.float64) for p in cell["predictions"].to_pylist()]
                matrix = by_material(held, said, len(measured), cell["replicate"].to_pylist())
                yield Cell(target.label, arm, n, m, unit, matrix, measured)


def measure(run: Path, level: float) -> list[dict[str, Any]]:
    """Figures of every cell and way of a run."""
    figures = []
    for cell in cells(run):
        for way, settings in WAYS.items():
            found = leave_one_replicate_out(cell.predictions, cell.measured, level, **settings)
            names = {k: getattr(cell, k) for k in ("target", "arm", "n", "m", "unit")}
            figures.append({"run": run.name, **names, "way": way, "level": level, **asdict(found)})
    return figures


def show(figures: list[dict[str, Any]]) -> None:
    """Print a table: a row a cell and way."""
    heads = ("target ← arm", "m", "asked", "coverage, %", "median width", "interval score", "unit")
    names = [(f"{f['target']} ← {f['arm']}", str(f["m"]), f["way"]) for f in figures]
    numbers = [(f"{100 * f['covered']:.1f}", f"{f['width']:.4g}", f"{f['score']:.4g}", f["unit"]) for f in figures]
    sys.stdout.write(table(heads, [[*a, *b] for a, b in zip(names, numbers, strict=True)]) + "\n")


def main(argv: list[str] | None = None) -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learners.coverage", description=__doc__)
    parser.add_argument("run", type=Path, nargs="+")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--level", type=float, default=0.9)
    asked = parser.parse_args(argv)
    figures = [figure for run in asked.run for figure in measure(run, asked.level)]
    show(figures)
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
