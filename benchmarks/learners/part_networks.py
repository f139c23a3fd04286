"""Part `networks`: three networks adapted by ``auto``, an earlier default at its best, on the same splits.

Wider and longer than a sweep's networks. Beside the default: ``python -m benchmarks.learners.specialist --against``.
"""

from __future__ import annotations

from benchmarks.learners.context import Context, Figures
from benchmarks.learners.pairs import PAIRS
from benchmarks.learners.part_accuracy import MOST, Row, Task, case_of, row_of, run_pairs
from simworth.learners.network import pretrain
from simworth.learners.settings import NetworkSpec
from simworth.learners.strategies import adapt_and_predict


def errors_of_networks(task: Task) -> list[Row]:
    """One row an m, with the mean absolute error of one replicate."""
    case = case_of(task)
    steps = {"least_steps": 50, "most_steps": 50} if task.quick else {"most_steps": 10_000}
    spec = NetworkSpec(hidden=(256, 128, 64), members=3, adaptation="auto", **steps)  # type: ignore[arg-type]
    labels, n = case.labels[case.rows], case.rows.shape[1]
    made = pretrain(spec, case.source.features, labels, case.rows, n, [case.seed])
    found = []
    for m in PAIRS[task.pair].m:
        train, ask = case.order[:m][None], case.test[None]
        said = adapt_and_predict(spec, made, case.target.features, case.values, train, ask)
        found.append(row_of(task, case, m, "three networks", said[0]))
    return found


def run(context: Context) -> Figures:
    """Print and return the errors of every pair."""
    return run_pairs(context, tuple(PAIRS), MOST, rivals=False, work=errors_of_networks)
