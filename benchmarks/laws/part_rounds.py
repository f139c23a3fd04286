"""Part `rounds`: grow a database to a target error in at most five rounds, with a real fit after each.

A measured curve plays the world: a round trains at one new size and sees the curve there (interpolated in log-log; no
further than it was measured). The start is what lies up to 1/32 of the largest size, the target the error at 1/3 of
it, so about ×11 has to be grown (not a power of two, which would flatter doubling). A plan that asks for no more than
there is, though the target is not met, is given 10 % more. Compared: doubling, the plain fit's need, and the plan.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.laws import suites
from benchmarks.laws.context import Context, Figures, write
from benchmarks.laws.methods import FAILURES, METHODS, OWN, size_needed
from benchmarks.laws.part_need import first_reached
from benchmarks.laws.suites import SLACK, Split
from benchmarks.laws.tables import show, table
from simworth import fit_law

Array = NDArray[np.float64]
Step = Callable[[Array, Array, float, float, int], float]
"""Sizes and errors so far, target, present size, round (from 1) -> the next size."""

ROUNDS = 5
START, GOAL = 32, 3
LEAST_STEP = 1.1
LEAST_START = 4
PLANNER = "simworth.planning.rounds"


def planner_there() -> bool:
    """Whether the package plans in rounds."""
    return importlib.util.find_spec(PLANNER) is not None


def _double(n: Array, error: Array, target: float, now: float, number: int) -> float:
    return 2 * now


def _plain(n: Array, error: Array, target: float, now: float, number: int) -> float:
    return size_needed(METHODS["NNLS"].fit(n, error), target, now)


def _planned(n: Array, error: Array, target: float, now: float, number: int) -> float:
    step = importlib.import_module(PLANNER).next_size
    return float(step(fit_law(n, error), target, now, number, ROUNDS))


def steps(methods: tuple[str, ...]) -> dict[str, Step]:
    """What is compared; the plan only where it exists and simworth takes part."""
    found: dict[str, Step] = {"doubling": _double, "NNLS, refitted": _plain}
    if OWN in methods and planner_there():
        found[f"{OWN} next_size"] = _planned
    return found


@dataclass(frozen=True)
class Run:
    """How it ended: the last size relative to the truth, the rounds taken, whether the target was reached."""

    plan: str
    ratio: float
    rounds: int
    reached: bool
    failed: bool = False


def measured(split: Split, n: float) -> float:
    """The curve at n."""
    return float(np.exp(np.interp(np.log(n), np.log(split.sizes), np.log(split.errors))))


def play(split: Split, plan: str, step: Step) -> Run | None:
    """One database grown by one plan; None where the curve cannot tell (see the module)."""
    largest = float(split.sizes.max())
    here = split.sizes <= largest / START * SLACK
    target = measured(split, largest / GOAL)
    truth = first_reached(split.sizes, split.errors, target)
    n, error = split.sizes[here], split.errors[here]
    if len(n) < LEAST_START or not n.max() * SLACK < truth <= largest or error.min() <= target:
        return None
    now, number, failed = float(n.max()), 0, False
    while number < ROUNDS and error.min() > target * (1 + 1e-9):
        number += 1
        try:
            wanted = step(n, error, target, now, number)
        except FAILURES:
            failed = True
            break
        now = min(max(wanted, LEAST_STEP * now), largest)
        if now <= n.max():
            break
        n, error = np.append(n, now), np.append(error, measured(split, now))
    return Run(plan, now / truth, number, bool(error.min() <= target * (1 + 1e-9)), failed)


def play_all(task: tuple[Split, tuple[str, ...]]) -> list[Run | None]:
    """Every plan on one curve."""
    return [play(task[0], plan, step) for plan, step in steps(task[1]).items()]


def run(context: Context) -> Figures:
    """Print and return, for each plan: how often it reaches the target, and how much too much it grows."""
    figures: Figures = {}
    if not planner_there():
        write(f"\n## rounds: {PLANNER} is not there; only the plans to compare it with are run")
    for name in (s for s in ("rectified_sft", "lcdb11", "lcdb11_held") if s in context.suites):
        splits = suites.load(name, context.quick)
        played = context.map(play_all, [(split, context.methods) for split in splits])
        runs = [r for each in played for r in each if r is not None]
        plans = list(steps(context.methods))
        rows, kept = [], []
        for plan in plans:
            own = [r for r in runs if r.plan == plan]
            if not own:
                continue
            ratio = np.array([r.ratio for r in own])
            figure: dict[str, str | float | int] = {
                "plan": plan,
                "curves": len(own),
                "reached": float(np.mean([r.reached for r in own])),
                "median_ratio": float(np.median(ratio)),
                "ratio_90": float(np.quantile(ratio, 0.9)),
                "within_2": float(np.mean([r.reached and r.ratio <= 2 for r in own])),
                "rounds": float(np.mean([r.rounds for r in own])),
                "failed": sum(r.failed for r in own),
            }
            kept.append(figure)
            rows.append([plan, *(show(figure[k], "{:.2f}") for k in list(figure)[2:7]), str(figure["failed"])])
        write(f"\n## rounds, {name}: {len(runs) // max(len(plans), 1)} of {len(splits)} curves, at most {ROUNDS}\n")
        heads = ("plan", "reached", "grown / needed", "90 % of it", "reached, < x2", "rounds", "failed")
        write(table(heads, rows))
        figures[name] = {"plans": kept, "runs": [asdict(r) for r in runs]}
    return figures
