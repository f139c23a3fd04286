"""An earlier blend, run again as a rival: trees are read by their mean alone, half of the weights are fitted.

Direct members are ridge regression on counts, that and trees on its residual, and a Gaussian process; transfer adds a
line, ridge regression on predictions and counts, trees on the residual of both, and a process with the predictions.
Weights are half those of least absolute error, half in inverse proportion to the members' errors, on unseen rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simworth.learners.blend.forest import fit_forest, middle
from simworth.learners.blend.gaussian import Blocks, fit_gaussian
from simworth.learners.blend.lane import lines_of, process_of
from simworth.learners.blend.linear import fit_linear
from simworth.learners.blend.rows import Limits, Rows
from simworth.learners.strategies import weights

Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
Both = tuple[Float64, Float64]
"""Of unseen training rows (m,), and of those asked for."""


def earlier_direct(rows: Rows, values: Float64, train: Int32, ask: Int32, seed: int) -> Float64:
    """Predictions (asked,) from the experiments alone."""
    return _blended(_members(rows.alone(), values[train], train, ask, seed), values[train])


def earlier_transfer(rows: Rows, values: Float64, train: Int32, ask: Int32, seed: int) -> Float64:
    """Predictions (asked,) with those of the source models (``rows.source``)."""
    found = [*_members(rows, values[train], train, ask, seed), *_members(rows.alone(), values[train], train, ask, seed)]
    return _blended(found, values[train])


def _members(rows: Rows, labels: Float64, train: Int32, ask: Int32, seed: int) -> list[Both]:
    seen, asked = rows.take(train), rows.take(ask)
    found = []
    for blocks in ("source", "ridge") if rows.source.shape[1] else ("ridge",):
        line, out = fit_linear(lines_of(blocks, seen), labels)
        new = line.predict(lines_of(blocks, asked))
        forest, each = fit_forest(seen.everything, labels - out, seed)
        rest = np.nan_to_num(middle(each, "mean"))
        found += [(out, new), (out + rest, new + forest.predict(asked.everything, "mean"))]
    process, out = fit_gaussian(rough(seen), labels)
    found.append((out, process.predict(rough(asked), rough(seen))))
    return found


def rough(rows: Rows) -> Blocks:
    """Columns of a process without the smooth part."""
    found = process_of(rows)
    return found._replace(local=found.local[:1])


def _blended(found: list[Both], labels: Float64) -> Float64:
    limits = Limits(2 * labels.min() - labels.max(), 2 * labels.max() - labels.min())
    unseen = np.stack([limits.cut(out) for out, _ in found], axis=1)
    asked = np.stack([limits.cut(new) for _, new in found], axis=1)
    inverse = 1 / np.abs(unseen - labels[:, None]).mean(axis=0)
    return np.asarray(asked @ (0.5 * weights(unseen, labels) + 0.5 * inverse / inverse.sum()))
