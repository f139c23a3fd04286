"""Part `grid`: the one public n × m grid (Mikami et al. 2021: r50, mulclass, to ImageNet), extrapolated in n and in m.

The forms are fitted by least squares of log errors from many starts: (A n^-α + B) m^-β + E; the same with m + m0; and
with effective data, D (m + k n^γ)^-β + E; each also with E = 0.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from benchmarks.laws import scores, suites
from benchmarks.laws.context import Context, Figures, write
from benchmarks.laws.methods import FAILURES, OWN
from benchmarks.laws.tables import summary_table
from simworth import fit_law

Array = NDArray[np.float64]

IMAGENET = 1_281_167
"""Images of which the fine-tuning share is a part."""
AHEAD_M = 6
"""Cells with m up to the largest divided by this are fitted; the grid's next shares are ×1.6, ×3.2, ×6.4 and ×10."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Cells of a grid, (cells,)."""

    n: Array
    m: Array
    error: Array

    def where(self, keep: NDArray[np.bool_]) -> Grid:
        """The cells that ``keep`` marks."""
        return Grid(self.n[keep], self.m[keep], self.error[keep])


def load() -> Grid:
    """The 7 × 9 grid."""
    wanted = {"fdata": "imagenet", "ftask": "sinclass", "pscale": "64k", "ptask": "mulclass", "model": "r50"}
    cells = [
        (float(row["n_pretrain"]), float(row["finetune_percent"]) / 100 * IMAGENET, float(row["error_last"]))
        for row in suites.mikami_rows(suites.curves_folder())
        if row["pdata"] == "bop" and all(row[k] == v for k, v in wanted.items())
    ]
    n, m, error = np.array(sorted(cells)).T
    return Grid(n, m, error)


def splits(grid: Grid) -> dict[str, NDArray[np.bool_]]:
    """Which cells are fitted: the smaller n (×8 ahead), the smaller m (×6 ahead)."""
    return {
        "n x8": grid.n <= grid.n.max() / suites.FACTOR * suites.SLACK,
        f"m x{AHEAD_M}": grid.m <= grid.m.max() / AHEAD_M * suites.SLACK,
    }


@dataclass(frozen=True)
class Form:
    """Log error at (log n, log m), both relative to the largest; parameters with their bounds and starts."""

    value: Callable[[Array, Array, Array], Array]
    low: tuple[float, ...]
    high: tuple[float, ...]
    starts: Sequence[tuple[float, ...]]


def _product(p: Array, n: Array, m: Array) -> Array:
    a, b, alpha, beta, e, shift = p
    return np.asarray(np.logaddexp(np.logaddexp(a - alpha * n, b) - beta * np.logaddexp(m, shift), e))


def _effective(p: Array, n: Array, m: Array) -> Array:
    d, k, gamma, beta, e = p
    return np.asarray(np.logaddexp(d - beta * np.logaddexp(m, k + gamma * n), e))


NONE = -50.0
"""Logarithm of a term that is absent."""


TINY = 1e-6


def _forms() -> Mapping[str, Form]:
    """Bounds fix what a form lacks; errors are scaled so that the smallest one fitted is 1."""
    found = {}
    absent, absent_start = (NONE, NONE + TINY), (NONE + TINY / 2,)
    for name, limit in product(("product", "product, m + m0", "effective data"), (True, False)):
        label = name if limit else f"{name}, E = 0"
        e, e_starts = ((NONE, 5.0), (-0.7, -3.0)) if limit else (absent, absent_start)
        if name == "effective data":
            few = list(product((0.0,), (-1.0, -3.0, -6.0), (0.2, 0.7), (0.2, 0.7), e_starts))
            found[label] = Form(_effective, (-20, -50, 0, 0, e[0]), (20, 20, 5, 5, e[1]), few)
            continue
        s, s_starts = (absent, absent_start) if name == "product" else ((NONE, 5.0), (-1.5, -4.0))
        starts = list(product((-1.0, -3.0), (-0.2,), (0.2, 0.7), (0.2, 0.7), e_starts, s_starts))
        found[label] = Form(_product, (NONE, NONE, 0, 0, e[0], s[0]), (20, 20, 5, 5, e[1], s[1]), starts)
    return found


FORMS = _forms()


def fit_form(form: Form, fitted: Grid) -> Callable[[Array, Array], Array]:
    """The best of all starts, as a function of n and m."""
    scale, top_n, top_m = float(fitted.error.min()), float(fitted.n.max()), float(fitted.m.max())
    n, m, target = np.log(fitted.n / top_n), np.log(fitted.m / top_m), np.log(fitted.error / scale)
    tries = [
        least_squares(lambda p: form.value(p, n, m) - target, start, bounds=(form.low, form.high), max_nfev=400)
        for start in form.starts
    ]
    p = min(tries, key=lambda found: float(found.cost)).x
    return lambda at_n, at_m: scale * np.exp(form.value(p, np.log(at_n / top_n), np.log(at_m / top_m)))


def last_value(fitted: Grid, ahead: Grid) -> Array:
    """The fitted error at the same m and the largest n, or at the same n and the largest m."""
    found = []
    for n, m in zip(ahead.n, ahead.m, strict=True):
        same = fitted.m == m
        near = fitted.where(same) if same.any() else fitted.where(fitted.n == n)
        found.append(near.error[(near.n / fitted.n.max() + near.m / fitted.m.max()).argmax()])
    return np.array(found)


def score(name: str, method: str, fitted: Grid, ahead: Grid) -> scores.Score:
    """One method on one split of the grid."""
    start = time.perf_counter()
    density = low_high = None
    failed = ""
    try:
        if method == OWN:
            prediction = fit_law(fitted.n, fitted.error, m=fitted.m).predict(ahead.n, ahead.m)
            forecast, low_high = prediction.median, prediction.interval(scores.LEVEL)
            density = float(prediction.log_density(ahead.error).mean())
        elif method in FORMS:
            forecast = fit_form(FORMS[method], fitted)(ahead.n, ahead.m)
        else:
            forecast = last_value(fitted, ahead)
    except FAILURES as problem:
        failed, forecast = f"{type(problem).__name__}: {problem}", last_value(fitted, ahead)
    return scores.Score(
        "mikami grid",
        name,
        name,
        method,
        scores.rmsle(forecast, ahead.error, float(fitted.error.min())),
        density,
        None if low_high is None else scores.coverage(*low_high, ahead.error),
        None if low_high is None else scores.width(*low_high, ahead.error),
        time.perf_counter() - start,
        failed,
    )


def score_task(task: tuple[str, str, Grid, Grid]) -> scores.Score:
    """`score`, for a pool."""
    return score(*task)


def run(context: Context) -> Figures:
    """Print and return the scores of both extrapolations, and of the fit to the whole grid."""
    if "mikami_syn2real" not in context.suites:
        write("\n## grid: left out, since mikami_syn2real is not among the suites")
        return {}
    grid = load()
    methods = ["last value", *FORMS, *([OWN] if OWN in context.methods else [])]
    figures: Figures = {}
    for name, keep in splits(grid).items():
        fitted, ahead = grid.where(keep), grid.where(~keep)
        found = context.map(score_task, [(name, method, fitted, ahead) for method in methods])
        write(f"\n## grid, {name}: {len(fitted.n)} cells fitted, {len(ahead.n)} predicted (for reporting only)\n")
        write(summary_table(found))
        figures[name] = [asdict(s) for s in found]
    return figures
