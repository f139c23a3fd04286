"""How far the mean of several networks may lie from a measurement, by how far the networks lie apart.

A network's prediction of a material is taken as truth + error shared by all networks + error of its own. The mean of
k networks keeps the shared error and 1/k of the variance of the own ones, so its scale s is

    s² = (shared + 1/k) t,        t = (weight usual + Σ (f − mean f)²) / (weight + k − 1),

where t estimates the variance of one network's own error for this material, shrunk towards the ``usual`` one: two or
three networks alone say little. The shrinkage is that of Smyth, Stat. Appl. Genet. Mol. Biol. 3, 3 (2004),
doi 10.2202/1544-6115.1027. ``shared``, ``weight`` and ``usual`` are those under which measurements that the networks
never saw are most likely, with errors of Student's t distribution of 4 degrees of freedom, so that a few wild
predictions do not decide. Coverage does not rest on this model (conformal calibration sees to it), sharpness does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

FEWEST = 30
"""Materials predicted by several networks below which their spread is not read."""
TAIL = 4.0
"""Degrees of freedom of the errors."""
START = np.log([1.0, 1.0, 0.5])
"""Of shared, weight and usual (in mean squares of the errors)."""
PRIOR_SD = 3.0
"""Of the logarithms about the start: within a factor of 400; it only matters where the data say nothing."""


class Ensemble(NamedTuple):
    """Several networks' predictions of each material, in short."""

    networks: Float64
    """(materials,) how many networks predicted it."""
    mean: Float64
    """(materials,) NaN where none did."""
    squares: Float64
    """(materials,) Σ (prediction − mean)²."""


def ensemble(predictions: Float64) -> Ensemble:
    """Sum up (networks, materials); not finite where a network was not asked."""
    there = np.isfinite(predictions)
    count = there.sum(axis=0).astype(np.float64)
    with np.errstate(invalid="ignore"):
        mean = np.where(there, predictions, 0.0).sum(axis=0) / count
    gap = np.where(there, predictions - mean, 0.0)
    return Ensemble(count, mean, (gap**2).sum(axis=0))


@dataclass(frozen=True)
class Spread:
    """The scale of an ensemble's error as a function of its spread."""

    shared: float
    """Variance of the error that networks share, over that of their own errors."""
    weight: float
    """How many degrees of freedom the usual spread counts for."""
    usual: float
    """Usual variance of one network's own error, in the property's unit squared."""

    def scale(self, e: Ensemble) -> Float64:
        """Scale (materials,) of the error of the mean, in the property's unit."""
        own = (self.weight * self.usual + e.squares) / (self.weight + e.networks - 1)
        scale: Float64 = np.sqrt((self.shared + 1 / e.networks) * own)
        return scale


def fit_spread(e: Ensemble, errors: Float64) -> Spread | None:
    """The spread's parameters by maximum likelihood.

    Parameters
    ----------
    e
        Predictions by networks that had not seen the materials.
    errors
        (materials,) measured value − mean prediction.

    Returns
    -------
    None where fewer than `FEWEST` materials were predicted by several networks, or every error is zero: nothing is then
    known of what averaging gains.
    """
    from scipy.optimize import minimize

    unit = float(np.mean(errors**2))
    if int((e.networks > 1).sum()) < FEWEST or unit == 0:
        return None
    relative = Ensemble(e.networks, e.mean, e.squares / unit)
    squares = errors**2 / unit

    def cost(logs: Float64) -> float:
        variance = Spread(*np.exp(logs).tolist()).scale(relative) ** 2
        far = np.log(variance) + (TAIL + 1) * np.log1p(squares / (TAIL * variance))
        return float(0.5 * far.sum() + 0.5 * (((logs - START) / PRIOR_SD) ** 2).sum())

    best = minimize(cost, START, method="L-BFGS-B", bounds=[(v - 12, v + 12) for v in START])
    shared, weight, usual = np.exp(best.x).tolist()
    return Spread(shared, weight, usual * unit)
