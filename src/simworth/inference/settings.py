"""The fixed choices of the inference: priors and grids.

They were chosen on public learning curves of other fields and on synthetic curves, never on a user's data, and are one
frozen value so that a fit can say what it assumed. "Relative" is: as a share of the curve's own errors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.special import ndtr

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Axis:
    """A positive parameter between ``low`` and ``high``: log-normal with a median and a spread, or log-uniform."""

    low: float
    high: float
    median: float | None = None
    spread: float = 1.0

    def grid(self, points: int) -> Array:
        """Logarithms of the parameter, evenly, (points,)."""
        return np.linspace(math.log(self.low), math.log(self.high), points)

    def log_prior(self, log_value: Array) -> Array:
        """Log density of the logarithm, truncated to the range; same shape."""
        if self.median is None:
            return np.full(np.shape(log_value), -math.log(math.log(self.high / self.low)))
        low, high = (math.log(v / self.median) / self.spread for v in (self.low, self.high))
        constant = math.log(self.spread * math.sqrt(2 * math.pi) * float(ndtr(high) - ndtr(low)))
        return np.asarray(-0.5 * ((log_value - math.log(self.median)) / self.spread) ** 2 - constant)


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Priors and grids; the defaults are the recommended method."""

    exponent: Axis = Axis(0.02, 3.0, 0.5, 0.9)
    """An exponent of a form with no other nonlinear parameter, or of a joint form."""
    exponent_of_many: Axis = Axis(0.02, 3.0, 0.5, 0.6)
    """An exponent of a form that has more: narrower, because shape can then imitate a large exponent."""
    grid: tuple[int, int, int] = (36, 11, 6)
    """Grid points an axis for a form with one, two or three nonlinear parameters, after refinement."""
    joint_points: tuple[tuple[int, int], ...] = ((30, 60), (12, 250), (8, 500))
    """Joint forms with one, two or three nonlinear parameters: a coarse grid, then scattered points."""
    coefficient_scale: float = 1.5
    """Coefficients are half-normal with this many times the largest mean error as scale."""
    forms: tuple[float, ...] = (0.3, 0.1, 0.2, 0.05, 0.1, 0.03, 0.1, 0.03, 0.04, 0.05)
    """Prior weight of the forms in n, in the order of `forms.IN_N`, where one error a size is known."""
    forms_with_replicates: tuple[float, ...] = (0.45, 0.2, 0.2, 0.05, 0.03, 0.01, 0.03, 0.01, 0.01, 0.01)
    """The same where replicates measure the noise and sizes are few."""
    joint_forms: tuple[float, ...] = (0.12, 0.12, 0.05, 0.08, 0.08, 0.07, 0.03, 0.1, 0.1, 0.1, 0.1, 0.05)
    """Prior weight of the joint forms, in the order of `forms.IN_BOTH`."""
    misfit_with_replicates: tuple[float, float] = (0.002, 1.0)
    """Relative model discrepancy: median and log standard deviation, where replicates measure the noise."""
    misfit_alone: tuple[float, float] = (0.01, 1.5)
    """The same where one error a size has to tell noise and discrepancy together."""
    misfit_joint: tuple[float, float] = (0.05, 0.5)
    """The same for a joint form with replicates: one equation over two sizes strays further."""
    smooth_joint: tuple[float, float] = (0.7, 2.0)
    """How much of that variance is smooth in log n and log m, and over how many e-folds it stays alike."""
    temper_joint: float = 0.2
    """Power of the evidence with which joint forms are weighed: no form in n and m is exact, so evidence overstates."""
    misfits: tuple[int, int] = (3, 8)
    """Grid points for the discrepancy: with replicates, and without."""
    fading: tuple[float, ...] = (0.0, 0.5, 1.0)
    """Without replicates the discrepancy grows towards small sizes as (n_max/n)^p, with one of these p."""
    wander: tuple[float, float] = (0.03, 0.7)
    """Relative drift away from the form as a random walk in log n (its sd after one e-fold): median, log sd."""
    bend: tuple[float, float] = (0.03, 0.7)
    """The same for a drift whose slope is a random walk: smooth departures, as where two regimes meet."""
    no_drift: tuple[float, float] = (0.9, 0.1)
    """Prior probability that there is neither: with replicates, and without. The rest is shared evenly."""
    drifts: tuple[int, int] = (1, 2)
    """Grid points for each kind of drift: with replicates, and without."""
    surprise: tuple[float, float] = (0.02, 0.4)
    """Share of the draws in which another regime begins beyond the largest size, and their relative wander then."""
    shrink: float = 6.0
    """Degrees of freedom with which the pooled variance enters each size's own."""
    most_points: int = 28
    """A longer curve without replicates is averaged within this many equal steps of log n."""
    draws: int = 2000


def misfit_grid(settings: Settings, alone: bool, joint: bool) -> tuple[Array, Array]:
    """Relative discrepancies and their prior probabilities, each (misfits,)."""
    if alone:
        return _log_normal(*settings.misfit_alone, settings.misfits[1])
    if joint:
        return _log_normal(*settings.misfit_joint, settings.misfits[1])
    return _log_normal(*settings.misfit_with_replicates, settings.misfits[0])


def drift_grid(settings: Settings, alone: bool) -> tuple[Array, Array, Array]:
    """Relative wander and bend of each node, one of them 0, and prior probabilities; each (nodes,)."""
    none = settings.no_drift[alone]
    count = settings.drifts[alone]
    wander, p_wander = _log_normal(*settings.wander, count)
    bend, p_bend = _log_normal(*settings.bend, count)
    nothing = np.zeros(count)
    return (
        np.concatenate([[0.0], wander, nothing]),
        np.concatenate([[0.0], nothing, bend]),
        np.concatenate([[none], 0.5 * (1 - none) * p_wander, 0.5 * (1 - none) * p_bend]),
    )


def _log_normal(median: float, spread: float, nodes: int) -> tuple[Array, Array]:
    """An even grid over ± 2 spreads of the logarithm; ± 1 where there are two nodes, the median where there is one."""
    z = np.linspace(-2.0, 2.0, nodes) if nodes > 2 else np.array([-1.0, 1.0]) if nodes == 2 else np.zeros(1)
    weight = np.exp(-0.5 * z**2)
    return median * np.exp(spread * z), weight / weight.sum()
