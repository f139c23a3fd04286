"""Ridge regression of few experiments on blocks of columns, tuned by its exact leave-one-out errors.

With standardised blocks B_k and weights w_k the prior of a prediction is Σ_k w_k B_k B_kᵀ / c_k: each block has the say
that its weight gives it, whatever its number c_k of columns. Weights and the penalty are those of least mean absolute
leave-one-out error, in closed form from one singular value decomposition a choice of weights (the identity of
Rasmussen & Williams 2006, eq. 5.12, with the intercept left free).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from simworth.learners.blend.rows import Float64, Scale, rowwise

PENALTIES = np.logspace(-4, 3, 15)
SHARES = (0.3, 4.0, 50.0)
"""Weights of a further block beside the first, of which the best is taken."""


class Linear(NamedTuple):
    """A fitted ridge regression."""

    scales: tuple[Scale, ...]
    """Of each block."""
    weights: Float64
    """(columns of all blocks that vary,)"""
    intercept: float

    def predict(self, blocks: Sequence[Float64]) -> Float64:
        """Predictions (rows,) for raw blocks (rows, columns)."""
        parts = [scale.apply(block) for scale, block in zip(self.scales, blocks, strict=True)]
        return np.asarray(rowwise(np.hstack(parts), self.weights) + self.intercept)


def fit_linear(blocks: Sequence[Float64], labels: Float64) -> tuple[Linear, Float64]:
    """Fit raw ``blocks`` (m, columns) to ``labels`` (m,): the fit, and leave-one-out predictions (m,)."""
    scales = tuple(Scale.of(block) for block in blocks)
    parts = [scale.apply(block) for scale, block in zip(scales, blocks, strict=True)]
    best: _Ridge | None = None
    for shares in product(*([1.0] if k == 0 else SHARES for k in range(len(parts)))):
        found = _ridge(parts, shares, labels)
        if best is None or found.miss < best.miss:
            best = found
    assert best is not None
    return Linear(scales, best.weights, best.intercept), best.unseen


class _Ridge(NamedTuple):
    miss: float
    weights: Float64
    intercept: float
    unseen: Float64


def _ridge(parts: Sequence[Float64], shares: Sequence[float], labels: Float64) -> _Ridge:
    """Ridge regression at its best penalty."""
    strength = np.concatenate(
        [np.full(p.shape[1], np.sqrt(share / max(p.shape[1], 1))) for p, share in zip(parts, shares, strict=True)]
    )
    x = np.hstack(list(parts)) * strength
    mean = labels.mean()
    if not x.shape[1]:
        others = (labels.sum() - labels) / (len(labels) - 1)
        return _Ridge(float(np.abs(labels - others).mean()), np.zeros(0), float(mean), others)
    # Columns are centred, so the intercept is the mean and the constant joins the hat matrix with weight 1 / m.
    u, s, vt = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    rotated = u.T @ (labels - mean)
    shrunk = s[:, None] ** 2 / (s[:, None] ** 2 + PENALTIES)
    fitted = u @ (shrunk * rotated[:, None])
    leverage = (u**2) @ shrunk + 1 / len(labels)
    missed = ((labels - mean)[:, None] - fitted) / np.maximum(1 - leverage, 1e-9)
    misses = np.abs(missed).mean(axis=0)
    k = int(misses.argmin())
    inner = vt.T @ (s / (s**2 + PENALTIES[k]) * rotated)
    weights = inner * strength
    return _Ridge(float(misses[k]), weights, float(mean - x.mean(axis=0) @ inner), labels - missed[:, k])
