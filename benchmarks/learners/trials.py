"""The same trials for every engine: which rows, how they are timed, and simworth's own way to train them.

A replicate pretrains one network on n source materials, then tunes it at each m and predicts held-out experiments: one
trial an m. All engines take as many gradient steps of as many rows; random draws are each engine's own.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.features.table import table_features
from simworth.learners.choose import NetworkLearner
from simworth.learners.protocol import Materials
from simworth.learners.scaling import CLIP
from simworth.learners.settings import NetworkSpec
from simworth.seeds import seed_of, stream
from simworth.tables import read_table

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
FEATURES = 244
SMALLEST = 1e-6
"""Spread below which a feature is constant."""
ASKED = 400
"""Held-out experiments that every trial predicts."""
COLUMN = "formation_energy_eV_per_atom"


class Data(NamedTuple):
    """Features (materials, d) and labels (materials,) of a source and a target."""

    source: Float32
    computed: Float64
    target: Float32
    measured: Float64


@dataclass(frozen=True)
class Task:
    """What one process does between two looks at the clock."""

    folder: str
    spec: NetworkSpec
    n: int
    m: tuple[int, ...]
    replicates: tuple[int, ...]


@dataclass
class Spent:
    """Seconds of wall and of processor for some replicates, and how far off their predictions are."""

    replicates: int
    pretrain: list[float] = field(default_factory=lambda: [0.0, 0.0])
    tune: dict[int, list[float]] = field(default_factory=dict)
    mae: dict[int, float] = field(default_factory=dict)

    @contextmanager
    def clock(self, m: int | None = None) -> Iterator[None]:
        """Add what the block takes to pretraining, or to tuning at ``m``."""
        total = self.pretrain if m is None else self.tune.setdefault(m, [0.0, 0.0])
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        total[0] += time.perf_counter() - wall
        total[1] += time.process_time() - cpu

    def total(self, clock: int) -> float:
        """Seconds of everything, by wall (0) or processor (1)."""
        return self.pretrain[clock] + sum(t[clock] for t in self.tune.values())

    def miss(self, m: int, predicted: Float64, truth: Float64) -> None:
        """Add the mean absolute error of one replicate."""
        self.mae[m] = self.mae.get(m, 0.0) + float(np.abs(predicted - truth).mean()) / self.replicates


def made_up(source: int, target: int) -> Data:
    """Tables of a given size whose labels follow from their features by a curved rule, with noise."""
    random = stream("benchmark learners", source, target)
    x = random.standard_normal((source + target, FEATURES), dtype=np.float32)
    y = np.tanh(x[:, :8].sum(axis=1) / 3) + 0.1 * random.standard_normal(len(x))
    return Data(x[:source], y[:source], x[source:], 1.2 * y[source:] + 0.1)


def public(folder: Path) -> Data:
    """Computed and measured formation enthalpies of compositions."""
    files = ("computed_mp_lowest.csv.gz", "experimental_pymatgen.csv")
    source, target = (
        read_table(folder / f, kind="composition", material="formula", properties={"e": (COLUMN, "eV")}) for f in files
    )
    features = table_features([source, target])
    return Data(features[0], source.values("e"), features[1], target.values("e"))


def keep(data: Data, folder: Path) -> None:
    """Put the arrays where workers find them."""
    for name, array in data._asdict().items():
        np.save(folder / f"{name}.npy", array)


@functools.lru_cache(maxsize=1)
def load(folder: str) -> Data:
    """The arrays that `keep` put there."""
    return Data(*(np.load(Path(folder) / f"{name}.npy") for name in Data._fields))


def source_rows(replicate: int, total: int) -> Int32:
    """A replicate's order of all source materials."""
    return stream("benchmark source", replicate).permutation(total).astype(np.int32)


def target_rows(replicate: int, total: int) -> Int32:
    """A replicate's order of all experiments; the first `ASKED` are predicted, the next m trained on."""
    return stream("benchmark target", replicate).permutation(total).astype(np.int32)


class Standard(NamedTuple):
    """Mean and spread (d,) of a replicate's own source rows, in single precision: what a script would do."""

    centre: Float32
    scale: Float32

    @classmethod
    def of(cls, rows: Float32) -> Standard:
        """Those of ``rows`` (n, d)."""
        scale = rows.std(axis=0)
        return cls(rows.mean(axis=0), np.where(scale > SMALLEST, scale, np.inf).astype(np.float32))

    def apply(self, rows: Float32) -> Float32:
        """Standardised ``rows``, cut as simworth cuts them."""
        return np.clip((rows - self.centre) / self.scale, -CLIP, CLIP)


def by_simworth(task: Task) -> Spent:
    """All replicates of the task as one batch."""
    data, spent = load(task.folder), Spent(len(task.replicates))
    learner = NetworkLearner(task.spec)
    source = Materials(data.source, (), "composition")
    target = Materials(data.target, (), "composition")
    rows = np.stack([source_rows(r, len(data.computed)) for r in task.replicates])
    order = np.stack([target_rows(r, len(data.measured)) for r in task.replicates])
    ask, seeds = order[:, :ASKED], [seed_of("benchmark", r) for r in task.replicates]
    labels = data.computed[rows]
    with spent.clock():
        state = learner.pretrain(source, labels, rows, task.n, seeds)
        _finish(state)
    for m in task.m:
        with spent.clock(m):
            train = order[:, ASKED : ASKED + m]
            predicted = learner.adapt_and_predict(state, target, data.measured, train, ask, seeds)
        for mine, asked in zip(predicted, ask, strict=True):
            spent.miss(m, mine, data.measured[asked])
    return spent


def _finish(state: object) -> None:
    """Wait for what JAX computes behind the call."""
    import jax

    jax.block_until_ready(state)
