"""Gaussians restricted to non-negative values, in one, two and three dimensions: probability and exact draws.

Arrays carry cells on the first axis: ``mean`` (cells, d), ``precision`` (cells, d, d).
"""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, owens_t, roots_legendre

Array = NDArray[np.float64]

NEGLIGIBLE = 1e-13
"""Orthant probabilities below this are rounding noise of the formulas and count as zero."""

SURE = 6.5
"""A component this many standard deviations above zero is positive but for 4e-11."""


def probability(mean: Array, precision: Array) -> Array:
    """P(all components > 0), shape (cells,)."""
    d = mean.shape[-1]
    if d == 1:
        return _clean(ndtr(mean[:, 0] * np.sqrt(precision[:, 0, 0])))
    if d == 2:
        return _clean(_two(mean, precision))
    if d == 3:
        return _clean(_three(mean, precision))
    raise ValueError(f"{d} dimensions are not supported")


def upper_bound(mean: Array, precision: Array) -> Array:
    """The smallest marginal P(component > 0): no orthant probability is larger. Shape (cells,)."""
    ratio = mean / np.sqrt(_variances(precision))
    return np.asarray(ndtr(reduce(np.minimum, ratio.T)))  # by columns: numpy is slow along a short last axis


def draw(mean: Array, precision: Array, rng: np.random.Generator) -> Array:
    """One draw a cell from the Gaussian restricted to non-negative values, shape (cells, d).

    The component most at odds with the restriction is drawn from its own truncated Gaussian, the draw is kept with
    the probability that the others can follow, and the others are drawn given it: exact. Cells refused 500 times
    (their orthant probability is then negligible) get the last proposal with the others at their nearest bound.
    """
    cells, d = mean.shape
    if d == 1:
        return _truncated(mean[:, 0], 1 / np.sqrt(precision[:, 0, 0]), rng)[:, None]
    out = np.empty((cells, d))
    sd = np.sqrt(_variances(precision))
    first = (mean / sd).argmin(-1)
    for i in np.unique(first):
        here = np.flatnonzero(first == i)
        others = np.array([j for j in range(d) if j != i])
        out[here] = _draw_from(mean[here], precision[here], sd[here, i], i, others, rng)
    return out


def _draw_from(
    mean: Array, precision: Array, sd: Array, i: int, others: NDArray[np.int64], rng: np.random.Generator
) -> Array:
    cells, d = mean.shape
    out = np.zeros((cells, d))
    inner = precision[:, others][:, :, others]
    slope = -np.linalg.solve(inner, precision[:, others, i][..., None])[..., 0]
    waiting = np.arange(cells)
    for _ in range(500):
        proposal = _truncated(mean[waiting, i], sd[waiting], rng)
        given = mean[waiting][:, others] + slope[waiting] * (proposal - mean[waiting, i])[:, None]
        kept = rng.random(len(waiting)) < probability(given, inner[waiting])
        out[waiting, i] = proposal
        accepted = waiting[kept]
        if accepted.size:
            out[np.ix_(accepted, others)] = draw(given[kept], inner[accepted], rng)
        waiting = waiting[~kept]
        if not waiting.size:
            return out
    given = mean[waiting][:, others] + slope[waiting] * (out[waiting, i] - mean[waiting, i])[:, None]
    out[np.ix_(waiting, others)] = np.maximum(given, 0.0)
    return out


def _truncated(mean: Array, sd: Array, rng: np.random.Generator) -> Array:
    """N(mean, sd²) given > 0, by inversion from the upper tail (exact to rounding up to 8 sd away)."""
    tail = ndtr(mean / sd)
    z = -ndtri(np.maximum(tail, 1e-300) * (1.0 - rng.random(len(mean))))
    return np.asarray(np.maximum(mean + sd * z, 0.0))


def _variances(precision: Array) -> Array:
    """Diagonal of the covariance, (cells, d)."""
    d = precision.shape[-1]
    if d == 1:
        return np.asarray(1 / precision[..., 0])
    if d == 2:
        determinant = precision[:, 0, 0] * precision[:, 1, 1] - precision[:, 0, 1] ** 2
        return np.stack([precision[:, 1, 1], precision[:, 0, 0]], -1) / determinant[:, None]
    return np.asarray(np.diagonal(np.linalg.inv(precision), axis1=-2, axis2=-1))


def _two(mean: Array, precision: Array) -> Array:
    """The smaller marginal where the other is sure; elsewhere by `_owen`."""
    first, second = (mean / np.sqrt(_variances(precision))).T
    out = ndtr(np.minimum(first, second))
    open_ = np.flatnonzero((np.maximum(first, second) < SURE) & (out > NEGLIGIBLE))
    if open_.size:
        out[open_] = _owen(mean[open_], precision[open_])
    return np.asarray(out)


def _owen(mean: Array, precision: Array) -> Array:
    """Owen (1956), eq. 2.1: the bivariate normal integral by two T functions."""
    a, b, c = precision[:, 0, 0], precision[:, 0, 1], precision[:, 1, 1]
    determinant = a * c - b * b
    h, k = mean[:, 0] * np.sqrt(determinant / c), mean[:, 1] * np.sqrt(determinant / a)
    rho, root = -b / np.sqrt(a * c), np.sqrt(determinant / (a * c))
    h, k = (np.where(np.abs(v) < 1e-12, 1e-12, v) for v in (h, k))
    other_side = np.where(h * k > 0, 0.0, 1.0)
    t = owens_t(h, (k - rho * h) / (h * root)) + owens_t(k, (h - rho * k) / (k * root))
    return np.asarray(0.5 * (ndtr(h) + ndtr(k) - other_side) - t)


_NODES, _WEIGHTS = roots_legendre(16)


def _three(mean: Array, precision: Array) -> Array:
    """The first component integrated over its truncated quantiles by 16-point Gauss-Legendre."""
    sd = np.sqrt(np.linalg.inv(precision)[:, 0, 0])
    tail = np.maximum(ndtr(mean[:, 0] / sd), 1e-300)
    inner = precision[:, 1:, 1:]
    slope = -np.linalg.solve(inner, precision[:, 1:, 0][..., None])[..., 0]
    quantile = 0.5 * (_NODES + 1)
    x = mean[:, 0, None] - sd[:, None] * ndtri(tail[:, None] * quantile)
    given = mean[:, None, 1:] + slope[:, None, :] * (x - mean[:, 0, None])[..., None]
    cells, nodes = x.shape
    inside = _two(given.reshape(-1, 2), np.repeat(inner, nodes, axis=0)).reshape(cells, nodes)
    return np.asarray(tail * (np.clip(inside, 0, 1) @ (0.5 * _WEIGHTS)))


def _clean(p: Array) -> Array:
    return np.asarray(np.where(p < NEGLIGIBLE, 0.0, np.minimum(p, 1.0)))
