"""The rivals of a specialist's check: direct ones, which see experiments alone, and ones that learn from the source.

Tuned are all by the experiments alone (`benchmarks.learners.specialist_models`). The source has three models of fixed
settings: a ridge on counts, gradient boosting on descriptors, and boosting of what a ridge on few counts leaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_matrix

from benchmarks.learners.specialist_features import Described
from benchmarks.learners.specialist_models import (
    Candidate,
    Effort,
    Experiments,
    Told,
    boosted,
    boosting,
    kernel_ridge,
    kernels,
    likeness,
    line,
    middle,
    neighbours,
    ridge,
    standard,
    trees,
    tuned,
)

Float64 = NDArray[np.float64]

SOURCE_MODELS = ("ridge", "boosting", "ridge and boosting")
FEWEST = 10
"""Rows of the source that must have a count for it to be learned."""
MOST_COLUMNS = 1_500
"""Of a ridge on the source; the most frequent ones."""
HELD = 0.1
"""Share of the source that chooses the ridge's block and penalty."""
PENALTIES = (1e-6, 1e-4, 1e-2)
"""Of a ridge on the source, times the mean of the diagonal."""
BEST = 3
"""Models that are averaged."""
OVERLAP = "own value in the source"


def kind_of(rival: str) -> str:
    """Whether a rival is ``direct`` or ``transferred``, or needs an ``allowed overlap``."""
    if rival == OVERLAP:
        return "allowed overlap"
    return "transferred" if rival.startswith("transfer") else "direct"


class Source(NamedTuple):
    """What the models of a source say: (materials, 3), as they are, and kept within the source's own values."""

    free: Float64
    within: Float64

    def take(self, rows: NDArray[Any]) -> Source:
        """The same of some materials."""
        return Source(self.free[rows], self.within[rows])


def source_predictions(known: Described, y: Float64, asked: Described, effort: Effort, seed: int) -> Source:
    """What the three models of the source (n rows, values (n,)) say of other materials."""
    linear, _ = source_ridge({**known.small, **known.wide}, y, {**asked.small, **asked.wide})
    below, fitted = source_ridge(known.small, y, asked.small)
    found = [linear]
    for start, rest in ((0.0, y), (below, y - fitted)):
        model = boosted(0.1, effort.rounds, 31, 20, seed).fit(known.descriptors, rest)
        found.append(start + model.predict(asked.descriptors))
    free = np.stack(found, axis=1)
    return Source(free, np.clip(free, y.min(), y.max()))


def source_ridge(blocks: Mapping[str, Any], y: Float64, asked: Mapping[str, Any]) -> tuple[Float64, Float64]:
    """Ridge by normal equations on the block and with the penalty that are best on a held-out tenth.

    Returns
    -------
    tuple of arrays, shapes (materials,) and (n,)
        Predictions for what is asked, and for the source itself.
    """
    cut = len(y) - max(1, round(HELD * len(y)))  # the rows are in random order
    best = (np.inf, "", 0.0)
    for name, block in blocks.items():
        x = block[:, _frequent(block)]
        for penalty, (weights, start) in zip(PENALTIES, _normal(x[:cut], y[:cut], PENALTIES), strict=True):
            best = min(best, (float(np.abs(x[cut:] @ weights + start - y[cut:]).mean()), name, penalty))
    _, name, penalty = best
    columns = _frequent(blocks[name])
    weights, start = _normal(blocks[name][:, columns], y, (penalty,))[0]
    return asked[name][:, columns] @ weights + start, blocks[name][:, columns] @ weights + start


def _frequent(block: Any) -> NDArray[np.int64]:
    """Columns that are not zero in enough rows, the most frequent ones."""
    rows = block.getnnz(axis=0)
    order = np.argsort(-rows, kind="stable")[:MOST_COLUMNS]
    return np.sort(order[rows[order] >= min(FEWEST, block.shape[0] // 2)])


def _normal(x: Any, y: Float64, penalties: Sequence[float]) -> list[tuple[Float64, float]]:
    """Weights (p,) and intercept of a ridge on sparse columns (n, p), for each penalty."""
    middle = np.asarray(x.mean(axis=0)).ravel()
    gram, right = (x.T @ x).toarray() - len(y) * np.outer(middle, middle), x.T @ (y - y.mean())
    found = []
    for penalty in penalties:
        stiff = gram + np.eye(len(gram)) * (penalty * np.trace(gram) / len(gram) + 1e-9)
        weights = cho_solve(cho_factor(stiff), right)
        found.append((weights, float(y.mean() - middle @ weights)))
    return found


def rivals(given: Experiments, kind: str, told: Described, source: Source, effort: Effort) -> dict[str, Told]:
    """All rivals by name; the experiments stand first in ``told`` and ``source`` (m + a rows)."""
    m = len(given.y)
    like = likeness(kind, told.prints, m)
    kernel = kernel_ridge(kernels(told.descriptors, like, m))
    direct = _direct(given, told, like, kernel, effort)
    transferred = _transferred(given, told, source, kernel, effort)
    return direct | picked(direct, given.y, "direct") | transferred | picked(transferred, given.y, "transfer")


def _direct(
    given: Experiments, told: Described, like: Float64, kernel: Mapping[str, Candidate], effort: Effort
) -> dict[str, Told]:
    x, seed = told.descriptors, given.seed
    counts = {name: ridge(block) for name, block in told.small.items()}
    other = {name: ridge(block) for name, block in told.wide.items()}
    other["descriptors"] = ridge(csr_matrix(standard(x, len(given.y))))
    below = counts[tuned(given, counts).chosen]
    return {
        "median": tuned(given, {"median": middle()}),
        "ridge on counts": tuned(given, counts | other),
        "random forest": tuned(given, trees(x, effort, seed, extra=False)),
        "extra trees": tuned(given, trees(x, effort, seed, extra=True)),
        "kernel ridge": tuned(given, kernel),
        "boosting": tuned(given, boosting(x, effort, seed)),
        "nearest neighbours": tuned(given, neighbours(like)),
        "ridge, then extra trees": tuned(given, trees(x, effort, seed, extra=True), below),
        "ridge, then kernel ridge": tuned(given, kernel, below),
    }


def _transferred(
    given: Experiments, told: Described, source: Source, kernel: Mapping[str, Candidate], effort: Effort
) -> dict[str, Told]:
    lines = {
        name: {way: line(said[:, i]) for way, said in source._asdict().items()} for i, name in enumerate(SOURCE_MODELS)
    }
    found = {f"transfer, {name} and a line": tuned(given, ways) for name, ways in lines.items()}
    name, best = min(zip(lines, found.values(), strict=True), key=lambda one: one[1].error(given.y))
    below, said = lines[name][best.chosen], source._asdict()[best.chosen]
    beside = {
        f"{name}, {weight:g}": ridge(block, said, weight)
        for name, block in {**told.small, **told.wide}.items()
        for weight in (1.0, 10.0)
    }
    x = np.hstack([told.descriptors, said])
    counted = tuned(given, beside)
    return found | {
        "transfer, ridge on counts and source": counted,
        "transfer, line, then extra trees": tuned(given, trees(x, effort, given.seed, extra=True), below),
        "transfer, line, then kernel ridge": tuned(given, kernel, below),
        "transfer, ridge, then extra trees": tuned(
            given, trees(x, effort, given.seed, extra=True), beside[counted.chosen]
        ),
        "transfer, ridge, then kernel ridge": tuned(given, kernel, beside[counted.chosen]),
    }


def picked(found: Mapping[str, Told], y: Float64, start: str) -> dict[str, Told]:
    """The model of least error on held-out experiments, and the mean of the three of least."""
    order = sorted(found, key=lambda name: found[name].error(y))
    some = [found[name] for name in order[:BEST]]
    mean = Told(
        np.mean([t.asked for t in some], axis=0), np.mean([t.held for t in some], axis=0), "; ".join(order[:BEST])
    )
    return {
        f"{start}, picked": Told(some[0].asked, some[0].held, order[0]),
        f"{start}, mean of three": mean,
    }


def own_value(own: Float64, y: Float64, otherwise: Float64) -> Float64 | None:
    """The source's own value (m + a,) through a line fitted to the experiments (m,); NaN where it has none.

    ``otherwise`` (a,) is said where an asked material has none. None where fewer than five experiments, or no asked
    material, have one.
    """
    m = len(y)
    there = np.isfinite(own)
    train, ask = np.flatnonzero(there[:m]), np.flatnonzero(there[m:])
    if len(train) < 5 or not len(ask):
        return None
    said = otherwise.copy()
    said[ask] = line(own)(train, y[train], m + ask)
    return said
