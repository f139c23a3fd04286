"""Kernel ridge regression of small experimental tables, tuned by its exact leave-one-out errors.

Kernel ridge regression is the mean of a Gaussian process. The kernel of a block of features is exp(-d / ℓ) and a linear
trend, d the mean absolute difference of the standardised features: rough enough for descriptors in which neighbours
differ by steps. Leave-one-out predictions cost no further fit: with G = K + λI, y_i - ŷ_(-i) = [G⁻¹ y]_i / [G⁻¹]_ii
(Rasmussen & Williams 2006, eq. 5.12), here with a free intercept as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.spatial.distance import cdist

from simworth.learners.scaling import CLIP

Array = NDArray[np.float64]
Block = tuple[Array, Array]
"""Standardised features to learn from (m, d), and to predict (asked, d)."""

PENALTIES = np.logspace(-4, 1, 11)
"""Of the exponential kernel, whose diagonal is 1 and the trend's."""
LINEAR_PENALTIES = np.logspace(-4, 3, 15)
LENGTHS = (0.3, 1.0, 3.0)
"""Length scales, as multiples of the median distance."""
TRENDS = (0.0, 0.3)
"""Weights of the linear trend."""


def standardised(rows: NDArray[np.floating], asked: NDArray[np.floating], damped: bool = False) -> Block:
    """Both in standard deviations of ``rows``, cut where ``asked`` lies far outside; constant columns left out.

    ``damped``, for columns in one unit, such as those of a hidden layer: the median standard deviation is added in
    quadrature, so that a column which hardly varies stays small.
    """
    rows, asked = rows.astype(np.float64), asked.astype(np.float64)
    centre, scale = rows.mean(0), rows.std(0)
    keep = scale > 1e-6 * (np.abs(centre) + 1)
    if damped:
        scale = np.hypot(scale, np.median(scale))
    first, second = (np.clip((x[:, keep] - centre[keep]) / scale[keep], -CLIP, CLIP) for x in (rows, asked))
    return first, second


class Dual(NamedTuple):
    """A fitted kernel ridge regression: predictions are intercept + kernel(asked, rows) @ weights."""

    weights: Array
    """(m,)"""
    intercept: float
    length: float
    """Of the exponential; infinite for a linear kernel."""
    slope: float
    """Of the linear trend."""


class Line(NamedTuple):
    """A fitted line: predictions are height + slope (x - centre)."""

    height: float
    slope: float
    centre: float


def exponential(blocks: Sequence[Block], labels: Array) -> tuple[Array, Array]:
    """Kernel ridge regression: predictions (asked,) and leave-one-out predictions (m,) of ``labels``.

    Blocks have equal say, whatever their numbers of features.
    """
    dual, out = fit_exponential([rows for rows, _ in blocks], labels)
    return at(dual, blocks), out


def fit_exponential(blocks: Sequence[Array], labels: Array) -> tuple[Dual, Array]:
    """Kernel ridge regression on standardised ``blocks`` (m, d): the fit and leave-one-out predictions (m,)."""
    both = [(rows, rows) for rows in blocks]
    apart, trend = _distances(both), _products(both)
    middle = float(np.median(apart)) or 1.0
    fits = [
        (_ridge(np.exp(-apart / (length * middle)) + slope * trend, labels, PENALTIES), length * middle, slope)
        for length, slope in product(LENGTHS, TRENDS)
    ]
    best, length, slope = min(fits, key=lambda fit: fit[0].miss)
    return Dual(best.weights, best.intercept, length, slope), best.out


def at(dual: Dual, blocks: Sequence[Block]) -> Array:
    """Predictions (asked,) of a kernel ridge regression that was fitted to the rows of ``blocks``."""
    trend = _products(blocks)
    if np.isinf(dual.length):
        return dual.intercept + trend @ dual.weights
    found: Array = dual.intercept + (np.exp(-_distances(blocks) / dual.length) + dual.slope * trend) @ dual.weights
    return found


def linear(block: Block, labels: Array) -> tuple[Array, Array]:
    """Ridge regression in its dual form: predictions (asked,) and leave-one-out predictions (m,)."""
    dual, out = fit_linear(block[0], labels)
    return at(dual, [block]), out


def fit_linear(rows: Array, labels: Array) -> tuple[Dual, Array]:
    """Ridge regression on standardised ``rows`` (m, d): the fit and leave-one-out predictions (m,)."""
    best = _ridge(_products([(rows, rows)]), labels, LINEAR_PENALTIES)
    return Dual(best.weights, best.intercept, np.inf, 1.0), best.out


def line(rows: Array, asked: Array, labels: Array) -> tuple[Array, Array]:
    """Least-squares line through one feature (m,), (asked,): predictions and leave-one-out predictions."""
    fitted, out = fit_line(rows, labels)
    return along(fitted, asked), out


def along(line: Line, asked: Array) -> Array:
    """Predictions (asked,) of a line."""
    return line.height + line.slope * (asked - line.centre)


def fit_line(rows: Array, labels: Array) -> tuple[Line, Array]:
    """Least-squares line through one feature (m,): the fit and leave-one-out predictions (m,)."""
    centre = rows.mean()
    squares = float(((rows - centre) ** 2).sum()) or 1.0
    slope = float(((rows - centre) * (labels - labels.mean())).sum()) / squares
    fitted = labels.mean() + slope * (rows - centre)
    leverage = 1 / len(rows) + (rows - centre) ** 2 / squares
    out = labels - (labels - fitted) / np.maximum(1 - leverage, 1e-9)
    return Line(float(labels.mean()), slope, float(centre)), out


def _distances(blocks: Sequence[Block]) -> Array:
    """Mean absolute differences (asked, m), summed over blocks."""
    each = (cdist(asked, rows, "cityblock") / max(rows.shape[1], 1) for rows, asked in blocks)
    return np.asarray(sum(each, np.zeros(1)))


def _products(blocks: Sequence[Block]) -> Array:
    """Mean products (asked, m), summed over blocks."""
    each = (asked @ rows.T / max(rows.shape[1], 1) for rows, asked in blocks)
    return np.asarray(sum(each, np.zeros(1)))


def left_out(kernel: Array, labels: Array, penalties: Array) -> tuple[Array, Array, Array]:
    """Leave-one-out residuals and weights, (m, penalties) each, and intercepts (penalties,) for ``kernel`` (m, m).

    The intercept c is free: with a = G⁻¹1 it is 1ᵀG⁻¹y / 1ᵀa, the weights are G⁻¹(y - c), and the residuals their
    quotient by the diagonal of G⁻¹ - aaᵀ / 1ᵀa. (A mean that is taken off beforehand has seen the row left out: where
    the kernel has the constant as a null vector, as a centred linear one, small penalties would then look perfect.)
    """
    values, vectors = eigh(kernel, check_finite=False)
    shrunk = 1 / (np.maximum(values, 0.0)[:, None] + penalties)
    ones = vectors @ (shrunk * vectors.sum(0)[:, None])
    plain = vectors @ (shrunk * (vectors.T @ labels)[:, None])
    whole = ones.sum(0)
    intercepts = plain.sum(0) / whole
    weights = plain - intercepts * ones
    return weights / (vectors**2 @ shrunk - ones**2 / whole), weights, intercepts


class _Fit(NamedTuple):
    """A ridge regression at its best penalty: mean absolute leave-one-out error, weights (m,), and so on."""

    miss: float
    weights: Array
    intercept: float
    out: Array


def _ridge(kernel: Array, labels: Array, penalties: Array) -> _Fit:
    misses, weights, intercepts = left_out(kernel, labels, penalties)
    best = int(np.abs(misses).mean(0).argmin())
    miss = float(np.abs(misses[:, best]).mean())
    return _Fit(miss, weights[:, best], float(intercepts[best]), labels - misses[:, best])
