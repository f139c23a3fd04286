"""Part `speed`: milliseconds a curve on one core, and many curves in one call with its memory."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time
from dataclasses import asdict, dataclass

import numpy as np

from benchmarks.laws.context import Context, Figures, warm_up, write
from benchmarks.laws.methods import FAILURES, METHODS, OWN
from benchmarks.laws.tables import show, table
from simworth.curves import Curve
from simworth.testing import synthetic_curve
from simworth.workers import process_pool

BATCH = "simworth.inference.batch"
SIZES = (6, 8, 12)


def curves(count: int, sizes: int, replicates: int) -> list[Curve]:
    """Falling curves, each with a law of its own."""
    n = (50 * 2.0 ** np.arange(sizes)).tolist()
    return [
        synthetic_curve(n, 3.0, 0.3 + 0.5 * (i % 17) / 17, 0.1 * (i % 5), replicates, 0.05, 0.01, seed=i)
        for i in range(count)
    ]


def _mean_curve(trials: Curve) -> tuple[np.ndarray, np.ndarray]:
    sizes = trials.sizes
    return sizes, np.array([trials.error[trials.n == n].mean() for n in sizes])


def time_method(task: tuple[str, int, int]) -> float:
    """Median seconds of fit and forecast over some mean curves."""
    method, sizes, count = task
    warm_up((method,))
    seconds = []
    for trials in curves(count, sizes, 10):
        n, error = _mean_curve(trials)
        start = time.perf_counter()
        try:
            METHODS[method].fit(n, error).forecast(4 * n[-1:])
        except FAILURES:
            continue
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds)) if seconds else float("nan")


@dataclass(frozen=True)
class Batch:
    """Many curves in one call of a fresh process: seconds, and how much its peak memory grew."""

    curves: int
    sizes: int
    seconds: float
    peak_mib: float
    fitted: int


def peak_mib() -> float:
    """Peak resident memory of this process."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def time_batch(count: int) -> Batch:
    """``fit_curves`` of ``count`` curves; run it in a process of its own."""
    many, sizes = curves(count, 8, 10), 8
    fit_curves = importlib.import_module(BATCH).fit_curves
    fit_curves(many[:3])
    before, start = peak_mib(), time.perf_counter()
    laws = fit_curves(many)
    return Batch(count, sizes, time.perf_counter() - start, peak_mib() - before, len(laws))


def run(context: Context) -> Figures:
    """Print and return times; one at a time in one process, so that nothing of this benchmark runs beside."""
    count = context.count(30, 3)
    figures: Figures = {"cores": 1}
    with process_pool(1) as pool:
        tasks = [(m, k, count) for m in context.methods for k in SIZES]
        seconds = dict(zip(((m, k) for m, k, _ in tasks), pool.map(time_method, tasks), strict=True))
    write(f"\n## speed: median ms a mean curve, fit and forecast, one core ({count} curves)\n")
    rows = [[m, *(show(1000 * seconds[m, k], "{:.2f}") for k in SIZES)] for m in context.methods]
    write(table(("method", *(f"{k} sizes" for k in SIZES)), rows))
    figures["median_seconds"] = {m: {str(k): seconds[m, k] for k in SIZES} for m in context.methods}
    if OWN in context.methods and importlib.util.find_spec(BATCH) is not None:
        with process_pool(1) as pool:
            batch = pool.submit(time_batch, context.count(10_000, 50)).result()
        write(
            f"\nfit_curves: {batch.fitted} laws of {batch.curves} curves ({batch.sizes} sizes, 10 replicates) in one "
            f"call: {batch.seconds:.1f} s, {1000 * batch.seconds / batch.curves:.2f} ms a curve, peak memory grew by "
            f"{batch.peak_mib:.0f} MiB"
        )
        figures["batch"] = asdict(batch)
    else:
        write(f"\n{BATCH}.fit_curves: not there, or simworth does not take part")
    return figures
