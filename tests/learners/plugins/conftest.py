"""An exact law that source and target share: the experiment is three times the simulation plus seven."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from simworth.learners.protocol import Learner, Materials

LANES, N, M, TRAINED = 3, 400, 60, 12
SLOPE, SHIFT = 3.0, 7.0


class Problem(NamedTuple):
    source: Materials
    labels: NDArray[np.float64]
    rows: NDArray[np.int32]
    target: Materials
    measured: NDArray[np.float64]
    train: NDArray[np.int32]
    ask: NDArray[np.int32]

    def lanes(self, *which: int) -> Problem:
        """The same tables with these lanes alone."""
        keep = list(which)
        return self._replace(labels=self.labels[keep], rows=self.rows[keep], train=self.train[keep], ask=self.ask[keep])

    def predict(self, learner: Learner, n: int, seeds: tuple[int, ...] = (0, 1, 2)) -> NDArray[np.float64]:
        """Predictions (lanes, asked) after learning from ``n`` source materials; n = 0 is direct learning."""
        known = list(seeds)
        state = learner.pretrain(self.source, self.labels, self.rows, n, known) if n else None
        return learner.adapt_and_predict(state, self.target, self.measured, self.train, self.ask, known)

    def error(self, learner: Learner, n: int) -> float:
        return float(np.abs(self.predict(learner, n) - self.measured[self.ask]).mean())


def problem_of(
    source: Materials, computed: NDArray[np.float64], target: Materials, truth: NDArray[np.float64]
) -> Problem:
    """Each lane takes the source in its own order, trains on its own experiments, and is asked for all others."""
    orders = [np.random.default_rng(r) for r in range(LANES)]
    rows = np.stack([o.permutation(len(computed)) for o in orders]).astype(np.int32)
    picked = np.stack([o.permutation(len(truth)) for o in orders]).astype(np.int32)
    train, ask = picked[:, :TRAINED], picked[:, TRAINED:]
    return Problem(source, computed[rows], rows, target, SLOPE * truth + SHIFT, train, ask)


@pytest.fixture(scope="session")
def linear() -> Problem:
    rng = np.random.default_rng(0)
    slopes = rng.normal(size=20)

    def table(materials: int) -> tuple[Materials, NDArray[np.float64]]:
        x = rng.normal(size=(materials, 20)).astype(np.float32)
        return Materials(x, tuple(f"m{i}" for i in range(materials)), "features"), x @ slopes

    return problem_of(*table(N), *table(M))


@pytest.fixture(scope="session")
def problem_of_molecules() -> object:
    return problem_of
