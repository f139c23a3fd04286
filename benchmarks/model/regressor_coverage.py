"""Do intervals of `simworth.TransferRegressor` hold what they promise? On the experiments of a shipped study.

    python -m benchmarks.model.regressor_coverage [--study enthalpy] [--m 50 160 500] [--splits 10] [--source 4000]
        [--level 0.9] [--json OUT]

Of each split m experiments are learned from, and the others are asked about. Source materials are a random choice of
so many. Told are the coverage over all splits, between which splits it lies, and the median width.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.laws.tables import table
from benchmarks.learners.context import write
from simworth import TransferRegressor
from simworth.examples import example_path
from simworth.seeds import stream
from simworth.sweep.spec import read_study
from simworth.sweep.tables import load_tables
from simworth.tables import PropertyTable


def split_of(
    target: PropertyTable, source: PropertyTable, names: tuple[str, str], m: int, split: int, rows: int, level: float
) -> dict[str, Any]:
    """Fit to ``m`` experiments and ask about the others."""
    order = stream("regressor-coverage", split).permutation(len(target))
    chosen = stream("regressor-coverage-source", split).permutation(len(source))[:rows]
    measured, computed = target.values(names[0]), source.values(names[1])
    model = TransferRegressor(
        ([source.identities[i] for i in chosen], computed[chosen]), kind=target.kind, level=level, seed=split
    )
    model.fit([target.identities[i] for i in order[:m]], measured[order[:m]])
    asked = order[m:]
    mean, low, high = model.predict([target.identities[i] for i in asked], return_interval=True)
    held = (low <= measured[asked]) & (measured[asked] <= high)
    return {
        "m": m,
        "split": split,
        "asked": len(asked),
        "covered": float(held.mean()),
        "width": float(np.median(high - low)),
        "error": float(np.abs(mean - measured[asked]).mean()),
    }


def main(argv: list[str] | None = None) -> int:
    """Print a table; write every split to a file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.model.regressor_coverage", description=__doc__)
    parser.add_argument("--study", default="enthalpy")
    parser.add_argument("--m", type=int, nargs="+", default=[50, 160, 500])
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="first split")
    parser.add_argument("--source", type=int, default=4000)
    parser.add_argument("--level", type=float, default=0.9)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    spec = read_study(example_path(options.study))
    targets, sources = load_tables(spec, {}, lambda line: None)
    target = targets[0]
    source = sources[0].convert(spec.source[0].property, target.unit(spec.target[0].property))
    names = spec.target[0].property, spec.source[0].property
    found = [
        split_of(target, source, names, m, options.first + k, options.source, options.level)
        for m in options.m
        for k in range(options.splits)
    ]
    rows = []
    for m in options.m:
        own = [x for x in found if x["m"] == m]
        covered = np.array([x["covered"] for x in own])
        rows.append(
            [
                str(m),
                f"{100 * covered.mean():.1f}",
                f"{100 * covered.min():.1f} to {100 * covered.max():.1f}",
                f"{np.mean([x['width'] for x in own]):.4g}",
                f"{np.mean([x['error'] for x in own]):.4g}",
            ]
        )
    write(table(["m", "coverage, %", "splits", "median width", "error"], rows))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
