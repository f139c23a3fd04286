"""A source model linear in counts that nothing folds: each atom, bond and environment adds what it is worth.

Ridge regression on sparse columns by normal equations. A column counts in units of the root of its spread, which lies
between penalising all counts alike and penalising all standardised ones alike. The penalty is the one of least mean
absolute error on every tenth material, which are then learned from too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array, diags_array, hstack

from simworth.learners.blend.rows import Float64

MOST_COLUMNS = 2500
"""The columns that most materials have; time grows with their cube."""
FEWEST = 3
"""Materials that must have a column."""
PENALTIES = (0.01, 0.3, 10.0, 100.0)
HELD = 10
"""Every so many-th material chooses the penalty."""


class SparseLinear(NamedTuple):
    """A fitted linear model of sparse counts."""

    columns: NDArray[np.int64]
    weights: Float64
    intercept: float

    def predict(self, counts: csr_array) -> Float64:
        """Predictions (rows,) for counts (rows, all columns)."""
        return np.asarray(counts[:, self.columns] @ self.weights + self.intercept)


def fit_sparse(counts: csr_array, labels: Float64) -> tuple[SparseLinear, float]:
    """Fit ``counts`` (n, columns) to ``labels`` (n,): the model, and the share of variance it explains unseen."""
    often = np.asarray((counts != 0).sum(axis=0)).ravel()
    columns = np.sort(np.argsort(-often, kind="stable")[:MOST_COLUMNS])
    columns = columns[often[columns] >= FEWEST]
    x = csr_array(counts[:, columns].astype(np.float64))
    square = np.asarray(x.multiply(x).sum(axis=0)).ravel() / x.shape[0]
    unit = 1 / np.maximum(square, 1e-12) ** 0.25
    # The last column is the constant: what counts of nothing come to is free, so that sums are found as they are.
    x = csr_array(hstack([x @ diags_array(unit), csr_array(np.ones((x.shape[0], 1)))]))
    mean = float(labels.mean())
    y = labels - mean
    held = np.arange(len(y)) % HELD == HELD - 1
    gram, right = _sums(x[~held], y[~held])
    more_gram, more_right = _sums(x[held], y[held])
    tried = [_solved(gram, right, penalty) for penalty in PENALTIES]
    misses = [np.abs(x[held] @ w - y[held]).mean() for w in tried] if held.any() else [0.0]
    best = int(np.argmin(misses))
    rest = y[held] - x[held] @ tried[best]
    explained = 1 - float((rest**2).sum() / max((y[held] ** 2).sum(), 1e-300)) if held.any() else 0.0
    weights = _solved(gram + more_gram, right + more_right, PENALTIES[best])
    return SparseLinear(columns, weights[:-1] * unit, mean + float(weights[-1])), explained


def _sums(x: csr_array, y: Float64) -> tuple[Float64, Float64]:
    return np.asarray((x.T @ x).toarray()), np.asarray(x.T @ y)


def _solved(gram: Float64, right: Float64, penalty: float) -> Float64:
    """Weights; the constant, which is last, is not shrunk."""
    pull = np.full(len(right), penalty)
    pull[-1] = 1e-9
    factor = cho_factor(gram + np.diag(pull), lower=True, overwrite_a=True, check_finite=False)
    return np.asarray(cho_solve(factor, right, check_finite=False))
