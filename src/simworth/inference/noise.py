"""How well the trials fix the mean curve: variance components from replicates.

Replicate r measures, at point k (a size n, at some m),

    y_rk = g_k + b_r + e_rk,    b_r ~ N(0, σ_b²),   e_rk ~ N(0, σ_k²):

a replicate's split makes it easy or hard at every size (b_r), so errors along a curve are correlated, and what
decides the shape of the curve is e alone. The estimate of g is linear in the trials, g = L y, so its covariance is
between + within, each known up to a scale whose uncertainty is that of a variance estimated from few replicates.

Missing trials (failures) only change L. Resampling rows is never used: rows of a replicate are not independent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simworth.curves import Curve

Array = NDArray[np.float64]

FLOOR = 1e-4
"""Smallest standard deviation of a trial, relative to the errors: equal replicates do not give certainty."""


@dataclass(frozen=True, eq=False)
class Summary:
    """The mean curve and its covariance.

    Attributes
    ----------
    n, m, mean : (points,); m is 0 where it was not told.
    between, within : (points, points); the covariance of ``mean`` is their sum, and zero without replicates.
    between_dof, within_dof : degrees of freedom behind the scale of each; 0 where there is nothing to estimate.
    counted, failed : trials a point, (points,).
    """

    n: Array
    m: Array
    mean: Array
    between: Array
    within: Array
    between_dof: float
    within_dof: float
    counted: NDArray[np.int64]
    failed: NDArray[np.int64]

    @property
    def replicated(self) -> bool:
        """Whether replicates measured the noise."""
        return self.within_dof > 0


def summarise(curve: Curve, shrink: float) -> Summary:
    """The mean curve of the trials with n > 0, points ordered by (m, n).

    Points where every trial failed are left out (their failures stand in the documents). ``shrink``: degrees of
    freedom with which the pooled variance enters each point's own.
    """
    trials = curve.where(curve.n > 0)
    blocks = [_block(trials.where(trials.m == m), shrink) for m in np.unique(trials.m[~trials.failed])]
    between, within = _blocks_together(blocks, shrink)
    return Summary(
        n=np.concatenate([b.n for b in blocks]),
        m=np.concatenate([np.full(len(b.n), b.m) for b in blocks]),
        mean=np.concatenate([b.mean for b in blocks]),
        between=between,
        within=within,
        between_dof=min(b.between_dof for b in blocks),
        within_dof=min(b.within_dof for b in blocks),
        counted=np.concatenate([b.counted for b in blocks]),
        failed=np.concatenate([b.failed for b in blocks]),
    )


def binned(summary: Summary, most: int) -> tuple[Summary, Array]:
    """A long curve without replicates as its geometric means in ``most`` equal steps of log n; others as they are.

    Second: by how much the variance of each mean is smaller than that of one point. It is the square root of the
    number averaged: neighbouring sizes share training data, so their deviations are not independent.
    """
    ones = np.ones(len(summary.n))
    if summary.replicated or len(summary.n) <= most or np.any(summary.mean <= 0):
        return summary, ones
    x = np.log(summary.n)
    step = np.minimum(((x - x[0]) / (x[-1] - x[0]) * most).astype(int), most - 1)
    _, step = np.unique(step, return_inverse=True)
    counted = np.bincount(step)

    def mean(values: Array) -> Array:
        return np.asarray(np.exp(np.bincount(step, np.log(values)) / counted))

    nothing = np.zeros((len(counted), len(counted)))
    made = Summary(
        n=mean(summary.n),
        m=np.full(len(counted), summary.m[0]),
        mean=mean(summary.mean),
        between=nothing,
        within=nothing,
        between_dof=0.0,
        within_dof=0.0,
        counted=np.bincount(step, summary.counted).astype(np.int64),
        failed=np.bincount(step, summary.failed).astype(np.int64),
    )
    return made, np.sqrt(counted)


@dataclass(frozen=True, eq=False)
class _Block:
    """One m: ``effect`` maps replicate numbers to their estimated b_r."""

    m: float
    n: Array
    mean: Array
    between: Array
    within: Array
    between_dof: float
    within_dof: float
    counted: NDArray[np.int64]
    failed: NDArray[np.int64]
    effect: dict[int, float]


def _block(trials: Curve, shrink: float) -> _Block:
    n = trials.sizes
    table, names = _table(trials, n)
    there = ~np.isnan(table)
    variance_b, variances, effects, dof = _components(table, shrink)
    if dof > 0:
        level = float(np.nanmean(np.abs(table)))
        variances = np.maximum(variances, (FLOOR * max(level, 1e-300)) ** 2)
        mean, between, within = _combine(table, variance_b, variances)
    else:
        mean = np.nanmean(table, axis=0)
        between = within = np.zeros((len(n), len(n)))
    paired = int((there.sum(1) > 1).sum())
    return _Block(
        m=float(trials.m[0]),
        n=n,
        mean=mean,
        between=between,
        within=within,
        between_dof=float(paired - 1) if variance_b > 0 else 0.0,
        within_dof=dof,
        counted=there.sum(0),
        failed=np.array([int((trials.failed & (trials.n == size)).sum()) for size in n]),
        effect=dict(zip(names, effects.tolist(), strict=True)),
    )


def _table(trials: Curve, n: Array) -> tuple[Array, list[int]]:
    """Errors as (replicates, sizes), NaN where missing; trials of no told replicate get a row each."""
    rows: dict[int, int] = {}
    placed: list[tuple[int, int, float]] = []
    lone = -1
    for size, number, error in zip(trials.n, trials.replicate.tolist(), trials.error, strict=True):
        if np.isnan(error):
            continue
        if number < 0:
            number, lone = lone, lone - 1
        row = rows.setdefault(number, len(rows))
        placed.append((row, int(np.searchsorted(n, size)), float(error)))
    table = np.full((len(rows), len(n)), np.nan)
    for row, column, error in placed:
        table[row, column] = error
    return table, list(rows)


def _components(table: Array, shrink: float) -> tuple[float, Array, Array, float]:
    """σ_b², σ_k² (sizes,), effects b_r (replicates,) and the degrees of freedom of the pooled σ².

    Two-way least squares on the replicates seen at two sizes or more; where no replicate is, the spread within
    each size tells σ_k² (and σ_b is part of it). No spread anywhere: zeros and 0 degrees of freedom.
    """
    there = ~np.isnan(table)
    rows, sizes = table.shape
    paired = there.sum(1) > 1
    effects = np.zeros(rows)
    if paired.sum() >= 2:
        used = there & paired[:, None]
        effects[paired], residual = _two_way(table[paired])
        full = np.zeros_like(table)
        full[paired] = residual
        parameters = used.any(0).sum() + paired.sum() - 1
    else:
        used = there
        full = np.where(there, table - np.nanmean(table, axis=0), 0.0)
        parameters = used.any(0).sum()
    dof = float(used.sum() - parameters)
    if dof <= 0:
        return 0.0, np.zeros(sizes), effects, 0.0
    squares = (full**2).sum(0)
    pooled = float(squares.sum()) / dof
    # A size's residuals hold 1/K of every other size's noise (Grubbs 1948): take that out, then shrink.
    share = 1.0 / sizes if paired.sum() >= 2 and sizes > 2 else 0.0
    own_dof = np.maximum(used.sum(0) - 1.0, 0.0)
    raw = np.divide(squares, own_dof, out=np.full(sizes, pooled), where=own_dof > 0)
    own = np.maximum((raw - share * pooled) / (1 - 2 * share), 0.0)
    variances = (shrink * pooled + own_dof * own) / (shrink + own_dof)
    variance_b = 0.0
    if paired.sum() >= 2:
        seen = there[paired]
        noise = np.mean((seen * variances).sum(1) / seen.sum(1) ** 2)
        variance_b = max(float(np.var(effects[paired], ddof=1) - noise), 0.05 * pooled)
    return variance_b, variances, effects, dof


def _two_way(table: Array) -> tuple[Array, Array]:
    """Least squares of row + column effects: row effects (zero mean) and residuals (zero where missing)."""
    there = ~np.isnan(table)
    if there.all():
        effects = table.mean(1) - table.mean()
        return effects, table - table.mean(0) - effects[:, None]
    rows, columns = np.nonzero(there)
    design = np.zeros((len(rows), sum(table.shape)))
    design[np.arange(len(rows)), rows] = 1.0
    design[np.arange(len(rows)), table.shape[0] + columns] = 1.0
    solution = np.linalg.lstsq(design, table[there], rcond=None)[0]
    residual = np.zeros_like(table)
    residual[there] = table[there] - design @ solution
    effects = solution[: table.shape[0]]
    return effects - effects.mean(), residual


def _combine(table: Array, variance_b: float, variances: Array) -> tuple[Array, Array, Array]:
    """Generalised least squares of the mean curve, and the two parts of its covariance."""
    there = ~np.isnan(table)
    sizes = table.shape[1]
    precision, information = np.zeros((sizes, sizes)), np.zeros(sizes)
    from_b, from_e = np.zeros((sizes, sizes)), np.zeros((sizes, sizes))
    patterns, which = np.unique(there, axis=0, return_inverse=True)
    for i, pattern in enumerate(patterns):
        seen = np.flatnonzero(pattern)
        mine = table[which.ravel() == i][:, seen]
        weight = np.linalg.inv(variance_b + np.diag(variances[seen]))
        at = np.ix_(seen, seen)
        precision[at] += len(mine) * weight
        information[seen] += weight @ mine.sum(0)
        row = weight.sum(1)
        from_b[at] += len(mine) * variance_b * np.outer(row, row)
        from_e[at] += len(mine) * weight @ np.diag(variances[seen]) @ weight
    covariance = np.linalg.inv(precision)
    return covariance @ information, covariance @ from_b @ covariance, covariance @ from_e @ covariance


def _blocks_together(blocks: list[_Block], shrink: float) -> tuple[Array, Array]:
    """Block-diagonal ``within``; ``between`` also has what replicates share across m (same test materials).

    The correlation of replicate effects between two m is estimated from the replicates they share and shrunk as the
    variances are: a convex mean of the estimate and of independence, so the whole stays positive semi-definite.
    """
    ends = np.cumsum([0] + [len(b.n) for b in blocks])
    between, within = np.zeros((ends[-1], ends[-1])), np.zeros((ends[-1], ends[-1]))
    for i, block in enumerate(blocks):
        at = slice(ends[i], ends[i + 1])
        between[at, at], within[at, at] = block.between, block.within
    common = sorted(set.intersection(*(set(b.effect) for b in blocks)))
    if len(blocks) > 1 and len(common) >= 3 and all(b.between_dof > 0 for b in blocks):
        effects = np.array([[b.effect[r] for r in common] for b in blocks])
        spread = effects.std(1)
        if np.all(spread > 0):
            correlation = len(common) / (len(common) + shrink) * np.corrcoef(effects)
            root = [np.sqrt(np.diag(b.between)) for b in blocks]
            for i in range(len(blocks)):
                for j in range(len(blocks)):
                    if i != j:
                        rows, columns = slice(ends[i], ends[i + 1]), slice(ends[j], ends[j + 1])
                        between[rows, columns] = correlation[i, j] * np.outer(root[i], root[j])
    return between, within
