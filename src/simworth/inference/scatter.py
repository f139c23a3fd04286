"""Points where a posterior is, for parameters too many and too correlated for a grid.

Adaptive importance sampling (Cappé et al. 2004, J. Comput. Graph. Stat. 13, 907, with one component): a Student t is
fitted to the weighted points at hand, new points are drawn from it, and from the whole range for a fifth of them, and
each carries prior ÷ density drawn from as its prior mass. The points are quasi-random: the same at every call.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtri
from scipy.stats import chi2, qmc

from simworth.inference.settings import Axis

Array = NDArray[np.float64]

TAIL = 5.0
"""Degrees of freedom of the t."""

EVERYWHERE = 0.2
"""Share of the points that are drawn from the whole range."""


def scatter(log_theta: Array, weight: Array, axes: list[Axis], points: int) -> tuple[Array, Array]:
    """New points (kept, p), as logarithms, and their log prior mass (kept,), from weighted ones (cells, p), (cells,).

    Points outside the range have no prior mass and are left out, so fewer than ``points`` come back.
    """
    low = np.array([np.log(a.low) for a in axes])
    size = np.array([np.log(a.high) for a in axes]) - low
    share = weight / weight.sum()
    centre = share @ log_theta
    apart = log_theta - centre
    # Never narrower than a hundredth of the range: one heavy cell has no spread of its own.
    spread = np.linalg.cholesky((share[:, None] * apart).T @ apart + np.diag((0.01 * size) ** 2))
    near = points - round(EVERYWHERE * points)
    unit = np.clip(_even(points, len(axes) + 1), 1e-9, 1 - 1e-9)
    stretched = ndtri(unit[:near, :-1]) / np.sqrt(chi2.ppf(unit[:near, -1:], TAIL) / TAIL)
    drawn = np.concatenate([centre + stretched @ spread.T, low + size * unit[near:, :-1]])
    drawn = drawn[((drawn >= low) & (drawn <= low + size)).all(1)]
    log_prior = sum(a.log_prior(column) for a, column in zip(axes, drawn.T, strict=True))
    density = (1 - EVERYWHERE) * _student(drawn - centre, spread) + EVERYWHERE / float(size.prod())
    return drawn, np.asarray(log_prior - np.log(density) - np.log(points))


def _even(points: int, dimensions: int) -> Array:
    """Points that fill the unit cube evenly, in an order that mixes them: (points, dimensions)."""
    return np.asarray(qmc.Halton(dimensions, scramble=False).random(points + 1)[1:])


def _student(apart: Array, root: Array) -> Array:
    """Density of a multivariate t at ``apart`` from its centre, with the Cholesky factor of its scale; (points,)."""
    p = len(root)
    z = np.linalg.solve(root, apart.T)
    log_norm = gammaln((TAIL + p) / 2) - gammaln(TAIL / 2) - 0.5 * p * np.log(TAIL * np.pi)
    log_norm -= np.log(np.diag(root)).sum()
    return np.asarray(np.exp(log_norm - 0.5 * (TAIL + p) * np.log1p((z**2).sum(0) / TAIL)))
