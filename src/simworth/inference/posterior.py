"""The posterior of one form: exact for the coefficients, a grid for everything else.

With the exponents θ and the covariance Σ of the mean curve fixed, a form is y = X(θ) c + noise with c >= 0 and a
half-Gaussian prior. Without the restriction everything is conjugate (Rasmussen & Williams 2006, eq. 2.8 and 2.43 for a
linear model); the restriction multiplies the evidence by

    P(c > 0 | data) / P(c > 0 | prior),

two orthant probabilities. A cell is one (θ, Σ); cells are weighted by their evidence and drawn from, and the
coefficients are drawn in the drawn cells. No optimiser, no chain: the draws are independent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simworth.inference import orthant
from simworth.inference.scatter import scatter
from simworth.inference.settings import Axis

Array = NDArray[np.float64]
WIDTH = 18.0
"""Cells whose evidence is e^18 times smaller than the best one's do not count."""

Design = Callable[[Array], Array]
"""Exponents (cells, p) -> columns (cells, points, d), coefficients of which are of the errors' magnitude."""


@dataclass(frozen=True, eq=False)
class Noise:
    """Candidate covariances of the mean curve: ``covariance`` (nodes, points, points), ``log_weight`` (nodes,)."""

    covariance: Array
    log_weight: Array
    misfit: Array
    wander: Array
    bend: Array
    between_scale: Array
    within_scale: Array

    @cached_property
    def root(self) -> Array:
        """What whitens: the inverse Cholesky factor of each covariance, (nodes, points, points)."""
        return np.linalg.inv(np.linalg.cholesky(self.covariance))

    @cached_property
    def central(self) -> Noise:
        """The nodes with central variance scales: enough to see where the exponents are."""
        middle = [
            np.abs(np.log(np.maximum(v, 1e-300)) - np.median(np.log(np.maximum(v, 1e-300))))
            for v in (self.between_scale, self.within_scale)
        ]
        return self.at(np.flatnonzero(sum(middle) <= 1e-9 + sum(m.min() for m in middle)))

    def without_drift(self) -> Noise:
        """The nodes without drift, with their weights made probabilities again."""
        kept = self.at(np.flatnonzero((self.wander == 0) & (self.bend == 0)))
        return replace(kept, log_weight=kept.log_weight - np.log(np.exp(kept.log_weight).sum()))

    def at(self, nodes: NDArray[np.int64]) -> Noise:
        """The given nodes."""
        return Noise(
            self.covariance[nodes],
            self.log_weight[nodes],
            self.misfit[nodes],
            self.wander[nodes],
            self.bend[nodes],
            self.between_scale[nodes],
            self.within_scale[nodes],
        )


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of one form: ``theta`` (cells, p), ``node`` (cells,), ``log_weight`` (cells,) = log prior × evidence."""

    theta: Array
    node: NDArray[np.int64]
    log_weight: Array
    mean: Array
    precision: Array

    def log_evidence(self) -> float:
        """Log probability of the data under the form; -inf where every cell is impossible."""
        top = float(self.log_weight.max())
        if not np.isfinite(top):
            return -np.inf
        return top + float(np.log(np.exp(self.log_weight - top).sum()))

    def draw(self, count: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], Array]:
        """``count`` draws: which cell (count,), and the coefficients (count, d)."""
        weight = np.exp(self.log_weight - self.log_weight.max())
        steps = np.cumsum(weight / weight.sum())
        at = (np.arange(count) + rng.random()) / count  # systematic: less Monte Carlo noise than independent
        cell = np.minimum(np.searchsorted(steps, at), len(steps) - 1)
        cell = cell[rng.permutation(count)]
        return cell, orthant.draw(self.mean[cell], self.precision[cell], rng)


def explore(design: Design, axes: list[Axis], points: int, mean: Array, noise: Noise, scale: float) -> Cells:
    """All cells of a form, on a grid of ``points`` an axis that is refined to where the posterior is."""
    if not axes:
        theta, log_prior = np.zeros((1, 0)), np.zeros(1)
        return _cells(design, theta, log_prior, mean, noise, scale)
    values = [a.grid(points) for a in axes]
    for look in (noise.central, noise.central, noise) if len(axes) == 1 else (noise.central, noise):
        theta, log_prior = _grid(values, axes)
        cells = _cells(design, theta, log_prior, mean, look, scale)
        if look is not noise:
            values = _refined(cells, values)
    return cells


def explore_scattered(
    design: Design, axes: list[Axis], points: tuple[int, int], mean: Array, noise: Noise, scale: float
) -> Cells:
    """All cells of a form on a coarse grid of points[0] an axis, then on points[1] scattered where the posterior is."""
    if not axes:
        return explore(design, axes, points[0], mean, noise, scale)
    theta, log_prior = _grid([a.grid(points[0]) for a in axes], axes)
    for _ in range(3):
        cells = _cells(design, theta, log_prior, mean, noise.central, scale)
        if not np.isfinite(cells.log_weight.max()):
            break
        log_theta, log_prior = scatter(
            np.log(cells.theta), np.exp(cells.log_weight - cells.log_weight.max()), axes, points[1]
        )
        theta = np.exp(log_theta)
    return _cells(design, theta, log_prior, mean, noise, scale)


def _grid(values: list[Array], axes: list[Axis]) -> tuple[Array, Array]:
    """Parameters (cells, p) and the log prior mass of each cell (trapezium rule), from their logarithms."""
    masses = [np.log(_widths(v)) + a.log_prior(v) for v, a in zip(values, axes, strict=True)]
    mesh = np.meshgrid(*values, indexing="ij")
    prior = np.meshgrid(*masses, indexing="ij")
    return np.exp(np.stack([v.ravel() for v in mesh], -1)), np.asarray(sum(p.ravel() for p in prior))


def _widths(axis: Array) -> Array:
    """Trapezium weights of uneven points: half the distance between the neighbours."""
    steps = np.diff(axis)
    return np.concatenate([steps[:1], steps[:-1] + steps[1:], steps[-1:]]) / 2


def _refined(cells: Cells, axes: list[Array]) -> list[Array]:
    """Axes of as many points: three quarters where the posterior is, the rest over all that is possible.

    The posterior is a mixture of narrow parts (the form holds) and wide ones (it drifts), so even steps over
    the whole of it would be too coarse for the narrow ones.
    """
    if not np.isfinite(cells.log_weight.max()):
        return axes
    weight = np.exp(cells.log_weight - cells.log_weight.max())
    out = []
    for column, axis in enumerate(axes):
        at = np.abs(np.log(cells.theta[:, column])[:, None] - axis[None, :]).argmin(1)
        mass = np.bincount(at, weight, len(axis))
        likely = np.flatnonzero(mass > 1e-6 * mass.sum())
        low, high = max(likely[0] - 1, 0), min(likely[-1] + 1, len(axis) - 1)
        part, density = axis[low : high + 1], mass[low : high + 1] / _widths(axis)[low : high + 1]
        steps = np.diff(part)
        share = 0.5 * (density[1:] + density[:-1]) * steps
        share = 0.75 * share / share.sum() + 0.25 * steps / steps.sum()
        wanted = np.linspace(0, 1, len(axis))
        out.append(np.interp(wanted, np.concatenate([[0.0], np.cumsum(share)]), part))
    return out


def _cells(design: Design, theta: Array, log_prior: Array, mean: Array, noise: Noise, scale: float) -> Cells:
    """Evidence and coefficient posterior in every (exponents, noise node)."""
    columns = design(theta)
    t, k, d = columns.shape
    nodes = len(noise.log_weight)
    root = noise.root
    flat = columns.transpose(1, 0, 2).reshape(k, t * d)
    white = (root @ flat).reshape(nodes, k, t, d)
    white_y = root @ mean
    precision: Array = np.empty((nodes, t, d, d))
    projected = np.empty((nodes, t, d))
    for i in range(d):
        projected[..., i] = np.einsum("skt,sk->st", white[..., i], white_y)
        for j in range(i + 1):
            precision[..., i, j] = np.einsum("skt,skt->st", white[..., i], white[..., j]) + (i == j) / scale**2
            precision[..., j, i] = precision[..., i, j]
    coefficient, determinant = _solved(precision, projected)
    squares = (white_y**2).sum(1)[:, None] - np.einsum("std,std->st", projected, coefficient)
    log_root = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(1)
    log_weight = (
        noise.log_weight[:, None]
        + log_prior[None, :]
        + log_root[:, None]
        - 0.5 * (k * np.log(2 * np.pi) + squares + np.log(determinant))
        - d * np.log(scale)
        + d * np.log(2)  # the half-Gaussian prior: P(c > 0 | prior) = 2^-d
    ).ravel()
    coefficient, precision = coefficient.reshape(-1, d), precision.reshape(-1, d, d)
    log_weight = _restrict(log_weight, coefficient, precision)
    node = np.repeat(np.arange(nodes), t)
    keep = np.flatnonzero(log_weight > log_weight.max() - WIDTH) if np.isfinite(log_weight.max()) else np.arange(1)
    return Cells(np.tile(theta, (nodes, 1))[keep], node[keep], log_weight[keep], coefficient[keep], precision[keep])


def _solved(precision: Array, projected: Array) -> tuple[Array, Array]:
    """Solution of each small system and its determinant; by hand for one and two unknowns, which is much faster."""
    d = projected.shape[-1]
    if d == 1:
        return np.asarray(projected / precision[..., 0]), np.asarray(precision[..., 0, 0])
    if d == 2:
        a, b, c = precision[..., 0, 0], precision[..., 0, 1], precision[..., 1, 1]
        x, y = projected[..., 0], projected[..., 1]
        determinant = a * c - b * b
        return np.stack([c * x - b * y, a * y - b * x], -1) / determinant[..., None], determinant
    solution: Array = np.asarray(np.linalg.solve(precision, projected[..., None])[..., 0], np.float64)
    return solution, np.asarray(np.linalg.det(precision), np.float64)


def _restrict(log_weight: Array, mean: Array, precision: Array) -> Array:
    """Multiply by the orthant probability, computed only where the cell can still matter.

    A cell matters within `WIDTH` of the best one. How good the best one is comes out only on the way: the bounds of
    the likeliest cells may promise too much, so the search widens until what is left out cannot matter.
    """
    with np.errstate(divide="ignore"):
        bound = log_weight + np.log(orthant.upper_bound(mean, precision))
        out = np.full(len(log_weight), -np.inf)
        top, depth = float(bound.max()), 0.0
        while depth < 60 and (depth == 0 or out.max() < top - depth + WIDTH):
            likely = np.flatnonzero((bound > top - depth - WIDTH) & (bound <= (top - depth if depth else np.inf)))
            if likely.size:
                out[likely] = log_weight[likely] + np.log(orthant.probability(mean[likely], precision[likely]))
            depth += WIDTH
    best = out.max()
    return np.where(out > best - WIDTH, out, -np.inf) if np.isfinite(best) else out
