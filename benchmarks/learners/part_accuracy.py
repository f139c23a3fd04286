"""Part `accuracy`: the default, transferred and direct, against earlier designs on real pairs; same splits, leak rule.

Each pair is read as a study reads it (`benchmarks.learners.pairs`), its source cut to `MOST` materials. What was tried
while choosing settings used other splits than these. A finished replicate is kept beside the file of figures, so that
an interrupted run goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from benchmarks.learners.context import Context, Figures, write
from benchmarks.learners.earlier import earlier_direct, earlier_transfer
from benchmarks.learners.pairs import PAIRS, load, property_of, source_rows
from simworth.features.counts import table_counts
from simworth.features.table import table_features
from simworth.learners.blend.learner import BlendLearner
from simworth.learners.blend.sources import rows_of
from simworth.learners.protocol import Materials
from simworth.learners.settings import BlendSpec
from simworth.seeds import seed_of
from simworth.sweep.counts import with_elements
from simworth.sweep.inputs import Inputs
from simworth.workers import process_pool

SEED = 0
REPLICATES = 10
MOST = 30_000
"""Source materials."""
DEFAULT, DIRECT = "transfer blend", "direct blend"
LEVEL = 0.9
Float64 = NDArray[np.float64]
Row = dict[str, Any]


class Task(NamedTuple):
    """One replicate of a pair."""

    pair: str
    folder: str
    replicate: int
    replicates: int
    most: int
    quick: bool
    rivals: bool
    """Whether the earlier blend is run as well."""
    seed: int = SEED


class Case(NamedTuple):
    """What a replicate learns from."""

    target: Materials
    source: Materials
    values: Float64
    labels: Float64
    order: NDArray[np.int32]
    """Of the training part."""
    test: NDArray[np.int32]
    rows: NDArray[np.int32]
    """(1, n) of the source."""
    seed: int


def case_of(task: Task) -> Case:
    """The tables of a pair, described, and a replicate's rows of them."""
    inputs, name = load(task.pair, Path(task.folder), task.replicates, task.seed), property_of(task.pair)
    split = inputs.splits(0)[task.replicate]
    rows, n = source_rows(inputs, [task.replicate])
    target, source = inputs.targets[0], inputs.sources[0].convert(name, inputs.targets[0].unit(name))
    return Case(
        *described(inputs),
        target.values(name),
        source.values(name),
        split.order.astype(np.int32),
        split.test.astype(np.int32),
        rows[:, : min(n, task.most)],
        seed_of("benchmark", task.replicate),
    )


def described(inputs: Inputs) -> tuple[Materials, Materials]:
    """Target and source with features and counts."""
    tables = [inputs.targets[0], inputs.sources[0]]
    _, counts = table_counts(tables)
    target, source = (
        with_elements(Materials(x, tuple(table.identities), table.kind, *own))
        for x, table, own in zip(table_features(tables), tables, counts, strict=True)
    )
    return target, source


def errors_of(task: Task) -> list[Row]:
    """All methods on one replicate: one row a method and m, with its mean absolute error."""
    case = case_of(task)
    learner = BlendLearner(BlendSpec(most_steps=100, trees=20) if task.quick else BlendSpec())
    n = case.rows.shape[1]
    state = learner.pretrain(case.source, case.labels[case.rows], case.rows, n, [case.seed])
    foreseen = learner.foresee(state, case.target)
    found = []
    for m in PAIRS[task.pair].m:
        for method, said in _methods(learner, case, case.order[:m], foreseen, task.rivals):
            found.append(row_of(task, case, m, method, said))
    return found


def row_of(task: Task, case: Case, m: int, method: str, said: Float64) -> Row:
    """One method's mean absolute error on a replicate's test materials, from predictions (asked,)."""
    about = {"pair": task.pair, "n": case.rows.shape[1], "m": m, "replicate": task.replicate, "seed": task.seed}
    return {**about, "method": method, "mae": float(np.abs(said - case.values[case.test]).mean())}


def _methods(
    learner: BlendLearner, case: Case, train: NDArray[np.int32], foreseen: Float64, rivals: bool
) -> Iterator[tuple[str, Float64]]:
    """Name and predictions (asked,)."""
    direct = learner.direct(case.target, case.values, train, case.test, case.seed)
    told = [
        learner.blended(x, 0, direct, case.target, case.values, train, case.test, case.seed) for x in (foreseen, None)
    ]
    yield DEFAULT, told[0].predictions
    yield DIRECT, told[1].predictions
    if told[0].database is not None:
        yield "database alone", told[0].database
    if not rivals:
        return
    rows = rows_of(case.target)._replace(source=foreseen[0])
    yield "earlier blend", earlier_transfer(rows, case.values, train, case.test, case.seed)
    yield "earlier direct", earlier_direct(rows, case.values, train, case.test, case.seed)


def run(context: Context) -> Figures:
    """Print a table of each pair and m as it is done; return every error and the summaries."""
    return run_pairs(context, tuple(PAIRS), MOST, rivals=True)


def run_pairs(
    context: Context,
    pairs: Sequence[str],
    most: int,
    rivals: bool,
    work: Callable[[Task], list[Row]] = errors_of,
) -> Figures:
    """`run` of some pairs with so many source materials at most; ``work`` gives the errors of a task."""
    if context.folder is None:
        write("accuracy: skipped, the folder of public tables is not there (name it by SIMWORTH_SHARED)")
        return {"skipped": "no public tables"}
    total, rows, summaries = 2 if context.quick else REPLICATES, [], []
    with process_pool(context.jobs) as pool:
        for name in pairs:
            tasks = [Task(name, str(context.folder), r, total, most, context.quick, rivals) for r in range(total)]
            mine = [row for part in _kept(context, pool, tasks, work) for row in part]
            rows += mine
            for m in PAIRS[name].m:
                table = summary([r for r in mine if r["m"] == m])
                n = min(r["n"] for r in mine)
                write(f"\n## {name}: n = {n:,}, m = {m}, {total} replicates ({PAIRS[name].unit})\n")
                write(_table(table))
                summaries += [{"pair": name, "m": m, **asdict(line)} for line in table]
    return {"rows": rows, "seed": SEED, "summaries": summaries}


def _kept(context: Context, pool: Any, tasks: list[Task], work: Callable[[Task], list[Row]]) -> Iterator[list[Row]]:
    """The rows of every task; those that an earlier, interrupted run computed are read."""
    log = context.log
    known: dict[str, list[Row]] = {}
    if log is not None and log.exists():
        for line in log.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            known[entry["task"]] = entry["rows"]
    names = [json.dumps([work.__name__, task.pair, *task[2:]]) for task in tasks]
    todo = [task for task, name in zip(tasks, names, strict=True) if name not in known]
    made = pool.map(work, todo)
    for name in names:
        found = known[name] if name in known else next(made)
        if log is not None and name not in known:
            with log.open("a", encoding="utf-8") as f:
                f.write(json.dumps({"task": name, "rows": found}) + "\n")
        yield found


@dataclass(frozen=True)
class Line:
    """Mean error of a method, and the default's relative difference to it with a 90 % paired interval."""

    method: str
    mae: float
    difference: float
    low: float
    high: float


def summary(rows: list[Row]) -> list[Line]:
    """One line a method: the default's error less the method's, over the method's; direct ones by direct learning."""
    ordered = sorted(rows, key=lambda r: r["replicate"])
    errors = {
        method: np.array([r["mae"] for r in ordered if r["method"] == method])
        for method in dict.fromkeys(r["method"] for r in ordered)
    }
    lines = []
    for method, e in errors.items():
        default = DIRECT if "direct" in method and method != DIRECT else DEFAULT
        relative = (errors.get(default, e) - e) / e.mean()
        half = float(student.ppf(0.5 + LEVEL / 2, len(e) - 1) * relative.std(ddof=1) / np.sqrt(len(e)))
        middle = float(relative.mean())
        lines.append(Line(method, float(e.mean()), middle, middle - half, middle + half))
    return lines


def _table(lines: list[Line]) -> str:
    out = ["| method | MAE | the default against it (90 %) |", "|---|---:|---:|"]
    for x in lines:
        share = f"{100 * x.difference:+.1f} % ({100 * x.low:+.1f} to {100 * x.high:+.1f})"
        out.append(f"| {x.method} | {x.mae:.4g} | {'' if x.method == DEFAULT else share} |")
    return "\n".join(out)
