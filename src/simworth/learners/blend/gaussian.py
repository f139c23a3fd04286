"""A Gaussian process: straight lines in some blocks of columns, and two local parts, one rough and one smooth.

The covariance of standardised blocks is Σ_k v_k B_k B_kᵀ / c_k + v exp(−d / ℓ) + v' exp(−s / ℓ'), d the mean absolute
difference of the features, rough enough for descriptors in which neighbours differ by steps, and s the mean squared
difference of the counts, on which much depends smoothly. Variances, lengths and noise have the largest posterior
density under broad log-normal priors (Rasmussen & Williams 2006, eqs 5.8 and 5.9 for the likelihood and its gradient);
leave-one-out predictions are their eq. 5.12.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_solve, cholesky
from scipy.linalg.lapack import dpotri
from scipy.optimize import minimize
from scipy.spatial.distance import cdist

from simworth.learners.blend.rows import Float64, Scale, rowwise

TUNED_ON = 500
"""Rows that the covariance is tuned on at most."""
MOST_ROWS = 1500
"""Rows that it is conditioned on at most: time grows with their cube."""
ITERATIONS = 25
FLOOR = 1e-6
"""Of the noise, in variances of the labels."""
LINES, LOCAL, LENGTH, NOISE = (-1.0, 2.0), (-0.7, 1.5), (0.5, 1.0), (-2.0, 2.0)
"""Mean and standard deviation of the logarithms; variances are of the labels', the length of the median distance."""
WIDEST = 4.0
"""Prior standard deviations that a logarithm may move."""


METRICS = ("cityblock", "sqeuclidean")
"""Of the rough and of the smooth part."""


class Blocks(NamedTuple):
    """Raw columns (rows, …) of the parts of a process."""

    lines: tuple[Float64, ...]
    local: tuple[Float64, ...]
    """For each of `METRICS`; of materials without counts the first alone."""

    def take(self, rows: slice) -> Blocks:
        """Some rows of all."""
        return Blocks(tuple(b[rows] for b in self.lines), tuple(b[rows] for b in self.local))


class Gaussian(NamedTuple):
    """A Gaussian process conditioned on experiments."""

    lines: tuple[Scale, ...]
    local: tuple[Scale, ...]
    logs: Float64
    """Of the variances of the lines, of the local parts, of their lengths (over ``middle``) and of the noise."""
    middle: Float64
    """(local parts,) median distances."""
    dual: Float64
    """(rows conditioned on,)"""
    centre: float
    spread: float

    def predict(self, asked: Blocks, seen: Blocks) -> Float64:
        """Predictions (asked,) from raw blocks; ``seen`` are those of the rows it was fitted to."""
        known = seen.take(slice(len(self.dual)))
        return np.asarray(rowwise(_covariance(self, asked, known), self.dual) * self.spread + self.centre)


def fit_gaussian(blocks: Blocks, labels: Float64) -> tuple[Gaussian, Float64]:
    """Fit raw ``blocks`` to ``labels`` (m,): the fit, and predictions (m,) of each row unseen.

    Only the first `MOST_ROWS` rows are conditioned on, and the first `TUNED_ON` tune the covariance; rows beyond are
    predicted as any unseen material. Rows are in random order.
    """
    rows, y = blocks.take(slice(MOST_ROWS)), labels[:MOST_ROWS]
    centre, spread = float(y.mean()), float(y.std()) or 1.0
    lines, local = (tuple(Scale.of(block) for block in part) for part in rows)
    standard = (y - centre) / spread
    few = rows.take(slice(TUNED_ON))
    products, apart = _products(lines, few.lines, few.lines), _apart(local, few.local, few.local)
    middle = np.array([np.median(d[d > 0]) if (d > 0).any() else 1.0 for d in apart])
    logs = _tuned(products, [d / far for d, far in zip(apart, middle, strict=True)], standard[:TUNED_ON])
    fitted = Gaussian(lines, local, logs, middle, np.zeros(len(y)), centre, spread)
    covariance = _covariance(fitted, rows, rows) + (np.exp(logs[-1]) + FLOOR) * np.eye(len(y))
    factor = cholesky(covariance, lower=True, check_finite=False)
    dual = cho_solve((factor, True), standard, check_finite=False)
    inverse, _ = dpotri(factor, lower=1)
    fitted = fitted._replace(dual=dual)
    unseen = (standard - dual / np.diag(inverse)) * spread + centre
    if len(labels) > len(y):
        unseen = np.concatenate([unseen, fitted.predict(blocks.take(slice(len(y), None)), blocks)])
    return fitted, unseen


def _products(scales: Sequence[Scale], a: Sequence[Float64], b: Sequence[Float64]) -> list[Float64]:
    """Mean products (a, b) of each block."""
    found = []
    for scale, one, two in zip(scales, a, b, strict=True):
        left, right = scale.apply(one), scale.apply(two)
        found.append(rowwise(left, right.T) / max(left.shape[1], 1))
    return found


def _apart(scales: Sequence[Scale], a: Sequence[Float64], b: Sequence[Float64]) -> list[Float64]:
    """Mean differences (a, b) of each local block, by its metric."""
    found = []
    for scale, one, two, metric in zip(scales, a, b, METRICS, strict=False):
        left, right = scale.apply(one), scale.apply(two)
        found.append(cdist(left, right, metric) / max(left.shape[1], 1))
    return found


def _covariance(g: Gaussian, a: Blocks, b: Blocks) -> Float64:
    """Covariance (a, b) of raw blocks, without noise; the constant has the variance of the labels."""
    count, local = len(g.lines), len(g.local)
    found = np.ones((len(a.local[0]), len(b.local[0])))
    for k, part in enumerate(_products(g.lines, a.lines, b.lines)):
        found += np.exp(g.logs[k]) * part
    for k, part in enumerate(_apart(g.local, a.local, b.local)):
        found += np.exp(g.logs[count + k] - part / (np.exp(g.logs[count + local + k]) * g.middle[k]))
    return found


def _tuned(products: Sequence[Float64], apart: Sequence[Float64], y: Float64) -> Float64:
    """Logarithms of largest posterior density."""
    count, local = len(products), len(apart)
    prior = np.array([*[LINES] * count, *[LOCAL] * local, *[LENGTH] * local, NOISE])
    eye = np.eye(len(y))

    def cost(logs: Float64) -> tuple[float, Float64]:
        lengths = np.exp(logs[count + local : -1])
        near = [np.exp(logs[count + k] - d / lengths[k]) for k, d in enumerate(apart)]
        covariance = (np.exp(logs[-1]) + FLOOR) * eye + 1.0
        for k, part in enumerate(products):
            covariance += np.exp(logs[k]) * part
        for part in near:
            covariance += part
        factor = cholesky(covariance, lower=True, check_finite=False)
        dual = cho_solve((factor, True), y, check_finite=False)
        lower, _ = dpotri(factor, lower=1)
        gap = np.tril(lower) + np.tril(lower, -1).T - np.outer(dual, dual)
        slopes = [0.5 * np.exp(logs[k]) * np.sum(gap * part) for k, part in enumerate(products)]
        slopes += [0.5 * np.sum(gap * part) for part in near]
        slopes += [0.5 * np.sum(gap * part * apart[k]) / lengths[k] for k, part in enumerate(near)]
        slopes.append(0.5 * np.exp(logs[-1]) * np.trace(gap))
        off = (logs - prior[:, 0]) / prior[:, 1]
        total = 0.5 * y @ dual + np.log(np.diag(factor)).sum() + 0.5 * off @ off
        return float(total), np.array(slopes) + off / prior[:, 1]

    bounds = [(mean - WIDEST * sd, mean + WIDEST * sd) for mean, sd in prior]
    found = minimize(cost, prior[:, 0], jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": ITERATIONS})
    return np.asarray(found.x, np.float64)
