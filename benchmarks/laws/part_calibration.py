"""Part `calibration`: do nominal 90 % intervals cover a known truth on sweeps with shared splits?

Truths: α half log-uniform, half uniform in 0.2-1.2; C uniform up to the falling part at the smallest size, and exactly
zero in a fifth; noise 0.3-10 % and replicate effects 1-20 % of the error at the smallest size (log-uniform). Asked: α,
C and the expected error at ×4. The contrast is the residual bootstrap of the mean curve.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.laws import plain
from benchmarks.laws.context import Context, Figures, write
from benchmarks.laws.methods import OWN
from benchmarks.laws.scores import LEVEL
from benchmarks.laws.tables import show, table
from simworth.curves import Curve
from simworth.inference.fit import fit_curve
from simworth.laws import power
from simworth.seeds import stream
from simworth.testing import synthetic_curve

Array = NDArray[np.float64]

REPLICATES = (5, 10, 30)
SIZES = (6, 8)
AHEAD = 4
TAILS = (0.5 - LEVEL / 2, 0.5 + LEVEL / 2)


@dataclass(frozen=True)
class Truth:
    """A law and the trials it gave."""

    alpha: float
    C: float
    ahead: float
    size_ahead: float
    trials: Curve


def truth(replicates: int, sizes: int, number: int) -> Truth:
    """The same truth for the same numbers."""
    rng = stream("benchmark", "calibration", replicates, sizes, number)
    n = 50 * 2.0 ** np.arange(sizes)
    alpha = float(np.exp(rng.uniform(np.log(0.2), np.log(1.2))) if rng.random() < 0.5 else rng.uniform(0.2, 1.2))
    limit = 0.0 if rng.random() < 0.2 else float(rng.uniform())
    scale, first = 1 + limit, float(n[0]) ** alpha
    trials = synthetic_curve(
        n.tolist(),
        first,
        alpha,
        limit,
        replicates=replicates,
        replicate_sd=scale * float(10 ** rng.uniform(-2, -0.7)),
        noise_sd=scale * float(10 ** rng.uniform(-2.5, -1)),
        seed=number,
    )
    ahead = AHEAD * float(n[-1])
    return Truth(alpha, limit, float(power.value(np.array([ahead]), first, alpha, limit)[0]), ahead, trials)


Intervals = list[tuple[float, float]]


def by_law(t: Truth) -> Intervals:
    """Of α (where the law falls), C, and the expected error ahead."""
    law = fit_curve(t.trials, LEVEL)
    alpha = law.decay_rate()
    low, high = law.predict([t.size_ahead]).interval(LEVEL)
    rate = np.quantile(alpha, TAILS) if len(alpha) else np.array([np.nan, np.nan])
    limit = np.quantile(law.draws["C"], TAILS)
    return [(float(rate[0]), float(rate[1])), (float(limit[0]), float(limit[1])), (float(low[0]), float(high[0]))]


def by_bootstrap(t: Truth) -> Intervals:
    """The same of the residual bootstrap of the mean curve (its fitted curve: no noise is added, none is asked)."""
    sizes = t.trials.sizes
    mean = np.array([t.trials.error[t.trials.n == n].mean() for n in sizes])
    found = plain.bootstrap(sizes, mean)
    ahead = found.draws(np.array([t.size_ahead]))[:, 0]
    columns = (np.ravel(found.draws.alpha), np.ravel(found.draws.C), ahead)
    return [(float(low), float(high)) for low, high in (np.quantile(c, TAILS) for c in columns)]


HOW = {OWN: by_law, "NNLS bootstrap": by_bootstrap}


def covered(task: tuple[int, int, int, str]) -> list[tuple[bool, float]]:
    """For α, C and the error ahead: is the truth inside, and how wide is the interval?"""
    replicates, sizes, number, method = task
    t = truth(replicates, sizes, number)
    slack = 1e-9
    return [
        (bool(low - slack <= value <= high + slack), high - low)
        for (low, high), value in zip(HOW[method](t), (t.alpha, t.C, t.ahead), strict=True)
    ]


@dataclass(frozen=True)
class Coverage:
    """Shares of truths inside 90 % intervals, and median widths."""

    method: str
    replicates: int
    sizes: int
    curves: int
    alpha: float
    C: float
    ahead: float
    alpha_width: float
    C_width: float
    ahead_width: float


def run(context: Context) -> Figures:
    """Print and return coverages."""
    count = context.count(300, 10)
    found = []
    for method in (m for m in HOW if m in context.methods):
        for replicates in REPLICATES:
            for sizes in SIZES:
                results = context.map(covered, [(replicates, sizes, i, method) for i in range(count)])
                inside = np.array([[r[0] for r in each] for each in results]).mean(0)
                width = np.median([[r[1] for r in each] for each in results], axis=0)
                found.append(Coverage(method, replicates, sizes, count, *map(float, [*inside, *width])))
    error = np.sqrt(LEVEL * (1 - LEVEL) / count)
    write(f"\n## calibration: coverage of 90 % intervals, {count} truths a row (a share's s.e. is {error:.3f})\n")
    heads = ("method", "replicates", "sizes", "alpha", "C", f"error x{AHEAD}", "alpha width", "C width", "error width")
    rows = [
        [
            c.method,
            str(c.replicates),
            str(c.sizes),
            *(show(v, "{:.3f}") for v in (c.alpha, c.C, c.ahead, c.alpha_width, c.C_width, c.ahead_width)),
        ]
        for c in found
    ]
    write(table(heads, rows))
    return {"rows": [asdict(c) for c in found]}
