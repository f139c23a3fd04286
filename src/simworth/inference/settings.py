"""The fixed choices of the inference: priors and grids.

They were chosen on public learning curves of other fields and on synthetic curves, never on a user's data, and are one
frozen value so that a fit can say what it assumed. "Relative" is: as a share of the curve's own errors.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.special import ndtr

Array = NDArray[np.float64]


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Priors and grids; the defaults are the recommended method."""

    exponent_range: tuple[float, float] = (0.02, 3.0)
    """α and β are looked for here."""
    exponent_median: float = 0.5
    exponent_spread: float = 0.9
    """The prior of an exponent is log-normal: its median, and the standard deviation of its logarithm."""
    exponents: int = 40
    """Grid points for the one exponent of a curve, after refinement."""
    joint_exponents: int = 14
    """Grid points for each of the two exponents of the joint law."""
    coefficient_scale: float = 1.5
    """Coefficients are half-normal with this many times the largest mean error as scale."""
    forms: tuple[float, float, float, float] = (0.45, 0.2, 0.28, 0.07)
    """Prior probability of gap, no gap, flat and rising."""
    joint_forms: tuple[float, float, float, float, float, float, float] = (0.3, 0.2, 0.1, 0.1, 0.15, 0.1, 0.05)
    """Prior probability of the forms of the joint law, in the order of `forms.JOINT`."""
    misfit_with_replicates: tuple[float, float] = (0.005, 1.0)
    """Relative model discrepancy: median and log standard deviation, where replicates measure the noise."""
    misfit_alone: tuple[float, float] = (0.01, 1.5)
    """The same where one error a size has to tell noise and discrepancy together."""
    misfits: int = 4
    """Grid points for the discrepancy (twice as many without replicates)."""
    wander: tuple[float, float] = (0.05, 0.7)
    """Relative drift away from the form as a random walk in log n (its sd after one e-fold): median, log sd."""
    bend: tuple[float, float] = (0.02, 0.7)
    """The same for a drift whose slope is a random walk: smooth departures, as where two regimes meet."""
    no_drift: tuple[float, float] = (0.7, 0.1)
    """Prior probability that there is neither: with replicates, and without. The rest is shared evenly."""
    drifts: int = 2
    """Grid points for each kind of drift (twice as many without replicates)."""
    shrink: float = 6.0
    """Degrees of freedom with which the pooled variance enters each size's own."""
    draws: int = 2000


def misfit_grid(settings: Settings, alone: bool) -> tuple[Array, Array]:
    """Relative discrepancies and their prior probabilities, each (misfits,)."""
    median, spread = settings.misfit_alone if alone else settings.misfit_with_replicates
    return _log_normal(median, spread, settings.misfits * (2 if alone else 1))


def drift_grid(settings: Settings, alone: bool) -> tuple[Array, Array, Array]:
    """Relative wander and bend of each node, one of them 0, and prior probabilities; each (nodes,)."""
    none = settings.no_drift[1 if alone else 0]
    count = settings.drifts * (2 if alone else 1)
    wander, p_wander = _log_normal(*settings.wander, count)
    bend, p_bend = _log_normal(*settings.bend, count)
    nothing = np.zeros(count)
    return (
        np.concatenate([[0.0], wander, nothing]),
        np.concatenate([[0.0], nothing, bend]),
        np.concatenate([[none], 0.5 * (1 - none) * p_wander, 0.5 * (1 - none) * p_bend]),
    )


def _log_normal(median: float, spread: float, nodes: int) -> tuple[Array, Array]:
    """An even grid over ± 2 spreads of the logarithm; ± 1 where there are two nodes."""
    z = np.linspace(-2.0, 2.0, nodes) if nodes > 2 else np.array([-1.0, 1.0])
    weight = np.exp(-0.5 * z**2)
    return median * np.exp(spread * z), weight / weight.sum()


def log_prior_exponent(settings: Settings, log_exponent: Array) -> Array:
    """Log density of the logarithm of an exponent, truncated to `Settings.exponent_range`; same shape."""
    low, high = (
        (math.log(e) - math.log(settings.exponent_median)) / settings.exponent_spread for e in settings.exponent_range
    )
    z = (log_exponent - math.log(settings.exponent_median)) / settings.exponent_spread
    inside = float(ndtr(high) - ndtr(low))
    constant = math.log(settings.exponent_spread * math.sqrt(2 * math.pi) * inside)
    return np.asarray(-0.5 * z**2 - constant)
