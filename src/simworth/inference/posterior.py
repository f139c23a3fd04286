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
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simworth.inference import orthant
from simworth.inference.settings import Settings, log_prior_exponent

Array = NDArray[np.float64]
Design = Callable[[Array], Array]
"""Exponents (cells, p) -> columns (cells, points, d), coefficients of which are of the errors' magnitude."""


@dataclass(frozen=True, eq=False)
class Noise:
    """Candidate covariances of the mean curve: ``covariance`` (nodes, points, points), ``log_weight`` (nodes,)."""

    covariance: Array
    log_weight: Array
    misfit: Array
    between_scale: Array
    within_scale: Array

    def at(self, nodes: NDArray[np.int64]) -> Noise:
        """The given nodes."""
        return Noise(
            self.covariance[nodes],
            self.log_weight[nodes],
            self.misfit[nodes],
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


def explore(design: Design, exponents: int, mean: Array, noise: Noise, scale: float, s: Settings) -> Cells:
    """All cells of a form with ``exponents`` exponents (0, 1 or 2), on a grid refined to where the posterior is."""
    if exponents == 0:
        theta, log_prior = np.zeros((1, 0)), np.zeros(1)
        return _cells(design, theta, log_prior, mean, noise, scale)
    points = s.exponents if exponents == 1 else s.joint_exponents
    ranges = [(float(np.log(s.exponent_range[0])), float(np.log(s.exponent_range[1])))] * exponents
    coarse = _coarse_nodes(noise)
    for look in (noise.at(coarse), noise):
        theta, log_prior = _grid(ranges, points, s)
        cells = _cells(design, theta, log_prior, mean, look, scale)
        ranges = _narrowed(cells, ranges, points)
    return cells


def _coarse_nodes(noise: Noise) -> NDArray[np.int64]:
    """Nodes with central scales: enough to see where the exponents are."""
    middle = [
        np.abs(np.log(np.maximum(v, 1e-300)) - np.median(np.log(np.maximum(v, 1e-300))))
        for v in (noise.between_scale, noise.within_scale)
    ]
    return np.flatnonzero(sum(middle) <= 1e-9 + sum(m.min() for m in middle))


def _grid(ranges: list[tuple[float, float]], points: int, s: Settings) -> tuple[Array, Array]:
    """Exponents (cells, p) and the log prior mass of each cell (trapezium rule)."""
    axes, masses = [], []
    for low, high in ranges:
        axis = np.linspace(low, high, points)
        mass = np.full(points, axis[1] - axis[0])
        mass[[0, -1]] *= 0.5
        axes.append(axis)
        masses.append(np.log(mass) + log_prior_exponent(s, axis))
    mesh = np.meshgrid(*axes, indexing="ij")
    prior = np.meshgrid(*masses, indexing="ij")
    return np.exp(np.stack([a.ravel() for a in mesh], -1)), np.asarray(sum(p.ravel() for p in prior))


def _narrowed(cells: Cells, ranges: list[tuple[float, float]], points: int) -> list[tuple[float, float]]:
    """The part of each range within 12 log units of the best cell, and one step to either side."""
    top = cells.log_weight.max()
    if not np.isfinite(top):
        return ranges
    likely = np.log(cells.theta[cells.log_weight > top - 12])
    out = []
    for axis, (low, high) in enumerate(ranges):
        step = (high - low) / (points - 1)
        out.append((max(low, likely[:, axis].min() - step), min(high, likely[:, axis].max() + step)))
    return out


def _cells(design: Design, theta: Array, log_prior: Array, mean: Array, noise: Noise, scale: float) -> Cells:
    """Evidence and coefficient posterior in every (exponents, noise node)."""
    columns = design(theta)
    t, k, d = columns.shape
    nodes = len(noise.log_weight)
    root = np.linalg.inv(np.linalg.cholesky(noise.covariance))  # (nodes, k, k): whitens
    flat = columns.transpose(1, 0, 2).reshape(k, t * d)
    white = (root @ flat).reshape(nodes, k, t, d)
    white_y = root @ mean
    precision = np.einsum("skti,sktj->stij", white, white, optimize=True) + np.eye(d) / scale**2
    projected = np.einsum("skti,sk->sti", white, white_y, optimize=True)
    determinant = np.linalg.det(precision)
    coefficient = np.linalg.solve(precision, projected[..., None])[..., 0]
    squares = (white_y**2).sum(1)[:, None] - (projected * coefficient).sum(-1)
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
    keep = np.flatnonzero(log_weight > log_weight.max() - 30) if np.isfinite(log_weight.max()) else np.arange(1)
    return Cells(
        np.tile(theta, (nodes, 1))[keep], node[keep], log_weight[keep], coefficient[keep], precision[keep]
    )


def _restrict(log_weight: Array, mean: Array, precision: Array) -> Array:
    """Multiply by the orthant probability, computed only where the cell can still matter."""
    with np.errstate(divide="ignore"):
        bound = log_weight + np.log(orthant.upper_bound(mean, precision))
        out = np.full(len(log_weight), -np.inf)
        likely = np.flatnonzero(bound > bound.max() - 60)
        out[likely] = log_weight[likely] + np.log(orthant.probability(mean[likely], precision[likely]))
    top = out.max()
    return np.where(out > top - 30, out, -np.inf) if np.isfinite(top) else out
