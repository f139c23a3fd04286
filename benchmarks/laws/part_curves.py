"""Part `curves`: every method on every curve of every suite."""

from __future__ import annotations

import time
from dataclasses import asdict

import numpy as np

from benchmarks.laws import peers, scores, suites
from benchmarks.laws.context import Context, Figures, warm_up, write
from benchmarks.laws.methods import FAILURES, METHODS
from benchmarks.laws.scores import Score
from benchmarks.laws.suites import Split
from benchmarks.laws.tables import domain_table, summary_table


def score(split: Split, method: str) -> Score:
    """One method on one curve; where it fails, the last value is scored in its place and the failure is counted."""
    start = time.perf_counter()
    failed, low_high, density = "", None, None
    try:
        fit = METHODS[method].fit(split.n, split.error)
        forecast = fit.forecast(split.n_ahead)
        if not np.isfinite(forecast).all():
            raise RuntimeError("the forecast is not finite")
        seconds = time.perf_counter() - start
        low_high = fit.interval(split.n_ahead) if fit.interval else None
        density = fit.log_density(split.n_ahead, split.error_ahead) if fit.log_density else None
    except FAILURES as problem:
        seconds = time.perf_counter() - start
        failed = f"{type(problem).__name__}: {problem}"
        forecast = METHODS["last value"].fit(split.n, split.error).forecast(split.n_ahead)
        low_high = density = None
    observed = split.error_ahead
    return Score(
        split.suite,
        split.domain,
        split.name,
        method,
        scores.rmsle(forecast, observed, float(split.error.min())),
        None if density is None else float(density.mean()),
        None if low_high is None else scores.coverage(*low_high, observed),
        None if low_high is None else scores.width(*low_high, observed),
        seconds,
        failed,
    )


def score_all(task: tuple[Split, tuple[str, ...]]) -> list[Score]:
    """Each of the named methods on one curve."""
    warm_up(task[1])
    return [score(task[0], method) for method in task[1]]


def run(context: Context) -> Figures:
    """Print the tables of each suite; return their figures."""
    methods = tuple(dict.fromkeys(("last value", *context.methods)))
    figures: Figures = {}
    for name in context.suites:
        splits = suites.load(name, context.quick)
        found = [s for each in context.map(score_all, [(split, methods) for split in splits]) for s in each]
        write(f"\n## {name}: {len(splits)} curves ({suites.SUITES[name].remark})\n")
        write(summary_table(found))
        if len({s.domain for s in found}) > 1:
            write("\n" + domain_table(found))
        for peer, why in peers.absent().items():
            write(f"{peer}: {why}")
        for method in methods:
            reasons = sorted({s.failed for s in found if s.method == method and s.failed})
            if reasons:
                write(f"{method} failed, for example: {reasons[0][:150]}")
        by_domain = {d: [s for s in found if s.domain == d] for d in sorted({s.domain for s in found})}
        figures[name] = {
            "all": [asdict(s) for s in scores.summarise(found)],
            "domains": {d: [asdict(s) for s in scores.summarise(own)] for d, own in by_domain.items()},
            "curves": [asdict(s) for s in found],
        }
    return figures
