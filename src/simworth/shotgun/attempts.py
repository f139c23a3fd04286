"""One candidate on one target: its errors on held-out experiments, and inside their training parts.

A candidate is a model of a library or a direct learner. The outer splits are the replicates of a sweep of the same
study. Each training part is split again, several times; the error there is what a choice among candidates may look at.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.learners.baselines import fit_predict
from simworth.learners.choose import make_learner
from simworth.learners.library import load_model, take_lanes
from simworth.learners.protocol import Float64, Int32, Materials
from simworth.learners.settings import Baseline, NetworkSpec
from simworth.learners.strategies import direct_and_predict
from simworth.seeds import seed_of
from simworth.sweep.design import FEWEST_TEST
from simworth.tables import PropertyTable, Split
from simworth.tables.splits import split

INNER = 4
"""Times that each training part is split again."""
INNER_FRACTION = 0.25
NETWORK, KERNEL = "network", "kernel"
"""Direct learners besides the baselines: the study's own network, and the kernel ridge regression on the given
features that several ways of adaptation end with; without the latter a useless source could seem to help."""

BASELINES: tuple[Baseline, ...] = ("ridge", "forest")
"""And these, where a study names none."""


class Part(NamedTuple):
    """R splits of one target that are computed as one batch."""

    train: Int32
    """(R, m)."""
    ask: Int32
    """(R, asked), filled up where a split asks for fewer."""
    asked: NDArray[np.int64]
    """(R,) how many are asked for."""


class Task(NamedTuple):
    """A target as candidates are tried on it."""

    materials: Materials
    values: Float64
    outer: Part
    inner: tuple[Part, ...]
    learner: NetworkSpec
    seed: int


class Errors(NamedTuple):
    """Mean absolute errors (R,) of a candidate, in the target's unit; NaN where training diverged."""

    outer: Float64
    inner: Float64


class Candidate(NamedTuple):
    """What is tried."""

    name: str
    folder: Path | None
    """Of a model; None for direct learning."""


def make_parts(
    table: PropertyTable, outer: list[Split], m: int, group: str | None, barred: NDArray[np.bool_], seed: int
) -> tuple[Part, tuple[Part, ...]]:
    """The outer part and the inner ones.

    Parameters
    ----------
    outer
        R splits of the target.
    m
        Experiments to train on.
    barred
        (M,) materials that must not be tested on, neither outside nor inside.

    Raises
    ------
    InputError
        When too few materials remain to be tested on.
    """
    tests = [s.test[~barred[s.test]] for s in outer]
    least = min(len(t) for t in tests)
    if least < FEWEST_TEST:
        raise InputError(
            f"target {table.name!r}: a split has {least} test materials that no model has seen, and needs "
            f"{FEWEST_TEST}; make the library again with this target in its study, leave such models out, or use "
            "--overlap allow and read the numbers as errors of materials that have been computed"
        )
    train = [s.train(m) for s in outer]
    return _part(train, tests), tuple(_inner(table, train, group, barred, seed, k) for k in range(INNER))


def _inner(
    table: PropertyTable,
    train: list[NDArray[np.int64]],
    group: str | None,
    barred: NDArray[np.bool_],
    seed: int,
    k: int,
) -> Part:
    """One more split of every training part; what is barred from tests is left to train on by nobody."""
    fits, tests = [], []
    for r, rows in enumerate(train):
        found = split(table.take(rows), k, seed_of("inner", seed, r), test_fraction=INNER_FRACTION, group=group)
        test = rows[found.test]
        fits.append(rows[found.order])
        tests.append(test[~barred[test]])
    if min(len(t) for t in tests) < 1 or (shortest := min(len(f) for f in fits)) < FEWEST_TEST:
        raise InputError(
            f"target {table.name!r}: {len(train[0])} experiments cannot be split again to choose by; raise sweep.m, or "
            "leave models out that have seen them"
        )
    return _part([f[:shortest] for f in fits], tests)


def _part(train: list[NDArray[np.int64]], ask: list[NDArray[np.int64]]) -> Part:
    longest = max(len(a) for a in ask)
    filled = np.stack([np.pad(a, (0, longest - len(a)), mode="edge") for a in ask])
    return Part(np.stack(train).astype(np.int32), filled.astype(np.int32), np.array([len(a) for a in ask]))


def attempt(task: Task, candidate: Candidate) -> Errors:
    """Adapt a candidate to every part and measure it.

    A split uses as many networks of a model as ``learner.members`` says, the next split the next ones, counted around.
    """
    networks = None
    if candidate.folder is not None:
        model = load_model(candidate.folder)
        networks = take_lanes(
            model.networks, np.arange(len(task.outer.train) * task.learner.members) % model.card.lanes
        )
    outer, *inner = (
        _errors(task, part, _predict(task, part, candidate, networks)) for part in (task.outer, *task.inner)
    )
    return Errors(outer, np.mean(inner, axis=0))


def _predict(task: Task, part: Part, candidate: Candidate, networks: object | None) -> Float64:
    """Predictions (R, asked)."""
    seeds = [seed_of("direct", task.seed, candidate.name, part.train.shape[1], r) for r in range(len(part.train))]
    if networks is not None or candidate.name == NETWORK:
        learner = make_learner(task.learner)
        return learner.adapt_and_predict(networks, task.materials, task.values, part.train, part.ask, seeds)
    x, y, name = task.materials.features, task.values, candidate.name
    if name == KERNEL:
        return direct_and_predict(x, y, part.train, part.ask)
    each = zip(part.train, part.ask, seeds, strict=True)
    return np.stack([fit_predict(cast(Baseline, name), x[train], y[train], x[ask], seed) for train, ask, seed in each])


def _errors(task: Task, part: Part, predicted: Float64) -> Float64:
    """Mean absolute error (R,) on what each split asked for."""
    missed = np.abs(predicted - task.values[part.ask])
    real = np.arange(part.ask.shape[1]) < part.asked[:, None]
    return np.asarray(np.where(real, missed, 0.0).sum(axis=1) / part.asked)
