"""Part `need`: how many materials does a target error take? Each method's answer against the measured curve.

The target is the error measured at ×4 of the largest fitted size (half of the largest size measured); the truth is
where the measured curve, made monotone and interpolated in log-log, first reaches it. Curves whose truth does not lie
beyond the fitted sizes (they were there already, or never) are left out.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.laws import suites
from benchmarks.laws.context import Context, Figures, write
from benchmarks.laws.methods import FAILURES, METHODS, size_needed
from benchmarks.laws.suites import SLACK, Split
from benchmarks.laws.tables import show, table

Array = NDArray[np.float64]

SUITES = ("rectified_sft", "lcdb11", "lcdb11_held")
WITHIN = 2.0


def first_reached(n: Array, error: Array, target: float) -> float:
    """The size at which the running minimum of the errors reaches the target, by log-log interpolation; or infinity."""
    lowest = np.minimum.accumulate(error)
    reached = lowest <= target * (1 + 1e-12)
    if not reached.any():
        return float("inf")
    i = int(reached.argmax())
    if i == 0:
        return float(n[0])
    share = np.log(lowest[i - 1] / target) / np.log(lowest[i - 1] / lowest[i])
    return float(n[i - 1] * (n[i] / n[i - 1]) ** share)


def question(split: Split) -> tuple[float, float] | None:
    """Target and truth, or None where the curve cannot tell."""
    target = float(split.errors[np.abs(np.log(split.sizes / (split.sizes.max() / 2))).argmin()])
    truth = first_reached(split.sizes, split.errors, target)
    last, end = split.n.max(), split.sizes.max()
    return (target, truth) if last * SLACK < truth <= end * SLACK else None


@dataclass(frozen=True)
class Need:
    """Of the answered curves: share within a factor two, share told that it takes for ever, median |log2| of the rest.

    Failures count as answers that are wrong.
    """

    method: str
    curves: int
    within: float
    never: float
    median_factor: float
    failures: int


def answers(task: tuple[Split, tuple[str, ...]]) -> list[float]:
    """Each method's answer divided by the truth; NaN where it failed."""
    split, methods = task
    asked = question(split)
    if asked is None:
        return []
    target, truth = asked
    found = []
    for method in methods:
        try:
            fit = METHODS[method].fit(split.n, split.error)
            found.append(size_needed(fit, target, float(split.sizes.max())) / truth)
        except FAILURES:
            found.append(float("nan"))
    return found


def judge(method: str, ratios: Array) -> Need:
    """Share of the answers within a factor two."""
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.abs(np.log2(ratios))
    finite = off[np.isfinite(off)]
    return Need(
        method,
        len(ratios),
        float((off <= np.log2(WITHIN)).mean()),
        float(np.isposinf(ratios).mean()),
        float(2 ** np.median(finite)) if len(finite) else float("nan"),
        int(np.isnan(ratios).sum()),
    )


def run(context: Context) -> Figures:
    """Print and return the shares."""
    methods = tuple(m for m in context.methods if m not in ("last value", "NNLS bootstrap"))
    figures: Figures = {}
    for name in (s for s in SUITES if s in context.suites):
        splits = suites.load(name, context.quick)
        rows = [r for r in context.map(answers, [(split, methods) for split in splits]) if r]
        write(f"\n## need, {name}: {len(rows)} of {len(splits)} curves reach the target beyond the fitted sizes\n")
        if not rows:
            continue
        ratios = np.array(rows)
        judged = [judge(method, ratios[:, i]) for i, method in enumerate(methods)]
        heads = ("method", "within x2", "never", "median factor off", "failed")
        cells = [
            [
                j.method,
                show(j.within, "{:.3f}"),
                show(j.never, "{:.3f}"),
                show(j.median_factor, "{:.2f}"),
                str(j.failures),
            ]
            for j in judged
        ]
        write(table(heads, cells))
        figures[name] = [asdict(j) for j in judged]
    return figures
