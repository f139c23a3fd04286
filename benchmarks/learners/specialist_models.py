"""Simple models of a specialist: every one tuned by cross-validation on the experiments it learns from, and no others.

A candidate is one setting of one model: it is given places of experiments, their values and places that are asked, and
answers with a prediction. `tuned` takes of several the one of least error on experiments held out in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LinearRegression, RidgeCV
from sklearn.metrics.pairwise import euclidean_distances, manhattan_distances

Float64 = NDArray[np.float64]
Places = NDArray[np.int64]
Candidate = Callable[[Places, Float64, Places], Float64]
"""Experiments (k,), their values (k,), what is asked (a,) → prediction (a,)."""

PENALTIES = np.logspace(-4, 4, 17)
"""Of ridges on columns whose mean variance is one."""
NUGGETS = (1e-3, 1e-2, 1e-1, 1.0)
"""Of kernels that are one on the diagonal."""
FAR = 5.0
"""Standard deviations beyond which a descriptor counts as this far."""


@dataclass(frozen=True)
class Effort:
    """How much is spent on a lane."""

    trees: int = 100
    rounds: int = 300
    """Of boosting on the source; on experiments it has fewer."""
    source: int = 30_000
    """Most rows of the source."""
    folds: tuple[int, int] = (5, 3)
    """For up to `MANY` experiments, and for more."""


MANY = 400
QUICK = Effort(10, 20, 2_000, (2, 2))


@dataclass(frozen=True, eq=False)
class Told:
    """What a tuned model says.

    Attributes
    ----------
    asked : shape (a,)
    held : shape (m,)
        Each experiment, predicted from the others.
    chosen : str
        The setting of least error.
    """

    asked: Float64
    held: Float64
    chosen: str

    def error(self, y: Float64) -> float:
        """Mean absolute error on the experiments (m,), each held out."""
        return float(np.abs(self.held - y).mean())


class Experiments(NamedTuple):
    """Values (m,) of the places 0 … m - 1; the ``asked`` ones follow. ``fold`` (m,) says when each is held out."""

    y: Float64
    asked: int
    fold: NDArray[np.int64]
    seed: int


def experiments(y: Float64, asked: int, effort: Effort, seed: int) -> Experiments:
    """Experiments with their folds, which are the same for every model."""
    folds = effort.folds[len(y) > MANY]
    order = np.random.default_rng(seed).permutation(len(y))
    fold = np.empty(len(y), dtype=np.int64)
    fold[order] = np.arange(len(y)) % folds
    return Experiments(y, asked, fold, seed % 2**32)


def tuned(given: Experiments, candidates: Mapping[str, Candidate], base: Candidate | None = None) -> Told:
    """The candidate of least error on held-out experiments, fitted to all; on what ``base`` leaves, where one is given.

    The base is fitted to the same experiments as the candidate, in every fold anew.
    """
    m, ask = len(given.y), np.arange(len(given.y), len(given.y) + given.asked)
    held = {name: np.empty(m) for name in candidates}
    for fold in np.unique(given.fold):
        train, out = np.flatnonzero(given.fold != fold), np.flatnonzero(given.fold == fold)
        for name, said in zip(candidates, _on_top(given, candidates, base, train, out), strict=True):
            held[name][out] = said
    if given.y.min() >= 0:  # what is never negative is not predicted so
        held = {name: np.maximum(said, 0) for name, said in held.items()}
    best = min(candidates, key=lambda name: float(np.abs(held[name] - given.y).mean()))
    asked = _on_top(given, {best: candidates[best]}, base, np.arange(m), ask)[0]
    return Told(np.maximum(asked, 0) if given.y.min() >= 0 else asked, held[best], best)


def _on_top(
    given: Experiments, candidates: Mapping[str, Candidate], base: Candidate | None, train: Places, ask: Places
) -> list[Float64]:
    y = given.y[train]
    if base is None:
        return [fit(train, y, ask) for fit in candidates.values()]
    below = base(train, y, np.concatenate([train, ask]))
    return [below[len(train) :] + fit(train, y - below[: len(train)], ask) for fit in candidates.values()]


def middle() -> Candidate:
    """The median of the experiments, whatever is asked."""
    return lambda train, y, ask: np.full(len(ask), np.median(y))


def line(x: Float64) -> Candidate:
    """A line through one column (m + a,)."""

    def fit(train: Places, y: Float64, ask: Places) -> Float64:
        return np.asarray(LinearRegression().fit(x[train, None], y).predict(x[ask, None]))

    return fit


def ridge(block: Any, beside: Float64 | None = None, weight: float = 1.0) -> Candidate:
    """Ridge on counts (m + a, p), centred but not scaled one by one; its penalty by leave-one-out.

    ``beside`` (m + a, s) are columns of unit variance times ``weight``: the larger it is, the freer they are.
    """

    def fit(train: Places, y: Float64, ask: Places) -> Float64:
        known, asked = block[train].toarray(), block[ask].toarray()
        there = np.ptp(known, axis=0) > 0
        middle = known[:, there].mean(axis=0)
        scale = np.sqrt(known[:, there].var(axis=0).mean()) if there.any() else 1.0
        known, asked = (known[:, there] - middle) / scale, (asked[:, there] - middle) / scale
        if beside is not None:
            free, asked_free = _scaled(beside, train, ask)
            known, asked = np.hstack([known, weight * free]), np.hstack([asked, weight * asked_free])
        if not known.shape[1]:
            return np.full(len(ask), y.mean())
        return np.asarray(RidgeCV(PENALTIES).fit(known, y).predict(asked))

    return fit


def _scaled(x: Float64, train: Places, ask: Places) -> tuple[Float64, Float64]:
    """Columns by mean and standard deviation of the rows that are learned from; constant ones become zero."""
    middle, spread = x[train].mean(axis=0), x[train].std(axis=0)
    spread = np.where(spread > 1e-9 * (np.abs(middle) + 1), spread, np.inf)
    return (x[train] - middle) / spread, (x[ask] - middle) / spread


def standard(x: Float64, m: int) -> Float64:
    """Columns (m + a, d) by mean and standard deviation of the first m rows, none farther than `FAR`."""
    return np.clip(_scaled(x, np.arange(m), np.arange(len(x)))[1], -FAR, FAR)


def trees(x: Float64, effort: Effort, seed: int, extra: bool) -> dict[str, Candidate]:
    """Random forests, or extremely randomised trees, on descriptors (m + a, d)."""
    settings = [(1 / 3, 1), (1.0, 1)] if extra else [("sqrt", 1), (1 / 3, 1)]
    kind = ExtraTreesRegressor if extra else RandomForestRegressor

    def candidate(share: float | str, leaf: int) -> Candidate:
        def fit(train: Places, y: Float64, ask: Places) -> Float64:
            model = kind(effort.trees, max_features=share, min_samples_leaf=leaf, random_state=seed, n_jobs=1)
            return np.asarray(model.fit(x[train], y).predict(x[ask]))

        return fit

    return {
        f"{share if isinstance(share, str) else round(share, 2)}, {leaf}": candidate(share, leaf)
        for share, leaf in settings
    }


def boosting(x: Float64, effort: Effort, seed: int) -> dict[str, Candidate]:
    """Gradient boosting on descriptors (m + a, d)."""

    def candidate(rate: float, rounds: int, leaves: int) -> Candidate:
        def fit(train: Places, y: Float64, ask: Places) -> Float64:
            return np.asarray(
                boosted(rate, min(rounds, effort.rounds), leaves, 5, seed).fit(x[train], y).predict(x[ask])
            )

        return fit

    settings = [(0.1, 50, 4), (0.1, 100, 8), (0.05, 150, 16)]
    return {f"{rate}, {rounds}, {leaves}": candidate(rate, rounds, leaves) for rate, rounds, leaves in settings}


def boosted(rate: float, rounds: int, leaves: int, least: int, seed: int) -> HistGradientBoostingRegressor:
    """Gradient boosting with a third of the columns at each split."""
    return HistGradientBoostingRegressor(
        learning_rate=rate,
        max_iter=rounds,
        max_leaf_nodes=leaves,
        min_samples_leaf=least,
        max_features=0.3,
        early_stopping=False,
        random_state=seed,
    )


def kernels(x: Float64, likeness: Float64, m: int) -> dict[str, Float64]:
    """Kernels (m + a, m) on descriptors (m + a, d), and the likeness itself; lengths from distances of experiments."""
    scaled = standard(x, m)
    found = {"likeness": likeness}
    far = {
        "Gauss": euclidean_distances(scaled, scaled[:m], squared=True),
        "Laplace": manhattan_distances(scaled, scaled[:m]),
    }
    for name, distance in far.items():
        typical = float(np.median(distance[:m][~np.eye(m, dtype=bool)])) or 1.0
        found |= {f"{name} {f}": np.exp(-distance / (f * typical)) for f in (0.5, 1.5, 5.0)}
    return found


def kernel_ridge(kernels: Mapping[str, Float64]) -> dict[str, Candidate]:
    """Kernel ridge by each kernel (m + a, m) and nugget; the mean of a Gaussian process of the same kernel."""

    def candidate(kernel: Float64, nugget: float) -> Candidate:
        def fit(train: Places, y: Float64, ask: Places) -> Float64:
            model = KernelRidge(alpha=nugget, kernel="precomputed")
            model.fit(kernel[np.ix_(train, train)], y - y.mean())
            return np.asarray(model.predict(kernel[np.ix_(ask, train)]) + y.mean())

        return fit

    return {f"{name}, {g:g}": candidate(k, g) for name, k in kernels.items() for g in NUGGETS}


def neighbours(likeness: Float64) -> dict[str, Candidate]:
    """The mean of the ``k`` experiments of greatest likeness (m + a, m), weighted by a power of it."""

    def candidate(k: int, power: int) -> Candidate:
        def fit(train: Places, y: Float64, ask: Places) -> Float64:
            near = likeness[np.ix_(ask, train)]
            chosen = np.argsort(-near, axis=1, kind="stable")[:, :k]
            weights = np.take_along_axis(near, chosen, axis=1) ** power + 1e-9
            return np.asarray((weights * y[chosen]).sum(axis=1) / weights.sum(axis=1))

        return fit

    return {f"{k}, {power}": candidate(k, power) for k in (1, 3, 5, 10) for power in (0, 3)}


def likeness(kind: str, prints: Float64, m: int) -> Float64:
    """Likeness (m + a, m) of everything to the experiments, one for the same.

    Tanimoto's for fingerprint bits; for element fractions the share that two compositions have in common.
    """
    if kind == "composition":
        return np.asarray(1 - manhattan_distances(prints, prints[:m]) / 2)
    bits = prints.astype(np.float64)
    both, own = bits @ bits[:m].T, bits.sum(axis=1)
    return np.asarray(both / np.maximum(own[:, None] + own[None, :m] - both, 1))
