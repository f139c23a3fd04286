"""Plain fits of D n^-α + C: exact non-negative least squares, its residual bootstrap, scipy's curve_fit."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeWarning, curve_fit, minimize_scalar

from simworth.seeds import stream

Array = NDArray[np.float64]

ALPHAS = np.geomspace(0.01, 4.0, 300)
RESAMPLES = 500
FAINTEST = 1e-4
"""Noise estimated as less than this share of the largest error is taken as this, in favour of the peers: a curve
that happens to be met exactly would make their likelihoods minus infinity."""


@dataclass(frozen=True)
class Power:
    """D (n / unit)^-α + C; numbers, or arrays (draws, 1)."""

    D: float | Array
    alpha: float | Array
    C: float | Array
    unit: float

    def __call__(self, n: Array) -> Array:
        """The error at sizes n."""
        return np.asarray(self.D * (n / self.unit) ** -np.asarray(self.alpha) + self.C)


def solve(n: Array, errors: Array, alphas: Array) -> tuple[Array, Array, Array]:
    """Non-negative D, C and the residual sum of squares for every (alpha, curve); errors are (curves, sizes).

    Two columns have four possible supports, so the solution is exact: both if both come out positive, else the better
    of one alone.
    """
    p = n[None, :] ** -alphas[:, None]
    pp, p1, k = (p**2).sum(1)[:, None], p.sum(1)[:, None], len(n)
    py, y1 = p @ errors.T, errors.sum(1)[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        det = pp * k - p1**2
        both_d, both_c = (k * py - p1 * y1) / det, (pp * y1 - p1 * py) / det
    inside = (both_d >= 0) & (both_c >= 0) & (det > 1e-13 * pp * k)
    alone_d, alone_c = np.maximum(py / pp, 0), np.broadcast_to(np.maximum(y1 / k, 0), py.shape)
    gain_d, gain_c = alone_d * py, alone_c * y1  # what each alone takes off the sum of squares
    d = np.where(inside, both_d, np.where(gain_d >= gain_c, alone_d, 0.0))
    c = np.where(inside, both_c, np.where(gain_d >= gain_c, 0.0, alone_c))
    rss = (errors**2).sum(1) - 2 * (d * py + c * y1) + d**2 * pp + 2 * d * c * p1 + c**2 * k
    return d, c, np.maximum(rss, 0.0)


def least_squares(n: Array, error: Array) -> Power:
    """Exact non-negative least squares in (D, C), α by a grid and a bounded search around its best node."""
    unit = float(n.max())
    x, y = n / unit, error[None, :]

    def loss(log_alpha: float) -> float:
        return float(solve(x, y, np.exp([log_alpha]))[2][0, 0])

    best = int(solve(x, y, ALPHAS)[2][:, 0].argmin())
    bounds = np.log(ALPHAS[[max(best - 1, 0), min(best + 1, len(ALPHAS) - 1)]])
    found = minimize_scalar(loss, bounds=tuple(bounds), method="bounded", options={"xatol": 1e-8})
    alpha = float(np.exp(found.x)) if found.fun < loss(np.log(ALPHAS[best])) else float(ALPHAS[best])
    d, c, _ = solve(x, y, np.array([alpha]))
    return Power(float(d[0, 0]), alpha, float(c[0, 0]), unit)


@dataclass(frozen=True)
class Bootstrap:
    """Refitted laws, parameters (draws, 1), around a point fit, and the residual standard deviation."""

    point: Power
    draws: Power
    noise: float


def bootstrap(n: Array, error: Array) -> Bootstrap:
    """Residual bootstrap of `least_squares` on the grid of α: residuals are resampled and the law is fitted again."""
    point = least_squares(n, error)
    fitted = point(n)
    residual = error - fitted
    rng = stream("benchmark", "residual bootstrap", len(n))
    again = fitted + residual[rng.integers(len(n), size=(RESAMPLES, len(n)))]
    d, c, rss = solve(n / point.unit, again, ALPHAS)
    best, column = rss.argmin(0), np.arange(RESAMPLES)
    draws = Power(d[best, column][:, None], ALPHAS[best][:, None], c[best, column][:, None], point.unit)
    noise = float(np.sqrt((residual**2).sum() / max(len(n) - 3, 1)))
    return Bootstrap(point, draws, max(noise, FAINTEST * float(error.max())))


def default_curve_fit(n: Array, error: Array) -> Power:
    """`scipy.optimize.curve_fit` of D n^-α + C as it comes: no start, no bounds. Raises RuntimeError when it fails."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", (OptimizeWarning, RuntimeWarning))
        found, _ = curve_fit(lambda x, d, a, c: d * x**-a + c, n, error)
    if not np.isfinite(found).all():
        raise RuntimeError("curve_fit gave parameters that are not finite")
    return Power(float(found[0]), float(found[1]), float(found[2]), 1.0)
