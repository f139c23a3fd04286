"""How errors spread among replicates, and among the fine-tunings of one: what `tunings = "auto"` takes to be 0.7.

    python -m benchmarks.learners.tunings RUN [RUN ...]

RUN is a folder that `simworth run -o RUN` made of a study with `tunings` of two or more. The variance among replicates
is that of their means, less what tunings leave in a mean.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.laws.tables import table
from simworth.inference.trials import read_trials

Float64 = NDArray[np.float64]


def components(each: Float64) -> tuple[float, float]:
    """Variance among replicates and among the tunings of one, from errors (replicates, tunings), NaN where failed."""
    each = each[np.isfinite(each).sum(axis=1) > 1]
    count = np.isfinite(each).sum(axis=1)
    within = float(np.nansum((each - np.nanmean(each, axis=1, keepdims=True)) ** 2) / (count - 1).sum())
    means = np.nanmean(each, axis=1)
    return max(float(means.var(ddof=1)) - within * float((1 / count).mean()), 0.0), within


def rows(run: Path) -> list[list[str]]:
    """A row a curve's size: standard deviations, and the ratio of the variances."""
    trials, found = read_trials(run / "trials.parquet"), []
    places = [trials.target, trials.arm, trials.learner, trials.control, trials.curve.m, trials.curve.n]
    keys = list(zip(*(p.tolist() for p in places), strict=True))
    for key in sorted(set(keys)):
        each = trials.each[[k == key for k in keys]]
        if (np.isfinite(each).sum(axis=1) > 1).sum() < 2:
            continue
        among, within = components(each)
        name = f"{key[0]} ← {key[1] or 'experiments alone'}, {key[2]}{', ' + key[3] if key[3] else ''}"
        ratio = f"{within / among:.2f}" if among > 0 else "-"
        numbers = (f"{float(np.nanmean(each)):.4g}", f"{among**0.5:.3g}", f"{within**0.5:.3g}", ratio)
        found.append([name, f"{key[4]:g}", f"{key[5]:g}", str(len(each)), *numbers])
    return found


def main(argv: list[str] | None = None) -> None:
    """Read and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learners.tunings", description=__doc__)
    parser.add_argument("run", type=Path, nargs="+")
    heads = ("curve", "m", "n", "replicates", "error", "s.d. among replicates", "s.d. of tunings", "ratio of variances")
    sys.stdout.write(table(heads, [row for run in parser.parse_args(argv).run for row in rows(run)]) + "\n")


if __name__ == "__main__":
    main()
