"""How probable it is that a property lies in a window that somebody wants.

Calibration leaves one score a material that the networks had not seen: its error over the size that was expected of it.
What a new material's property may be is then its prediction + its own expected size × each of these scores, every one
as probable as the next: the split conformal predictive distribution (Vovk et al., arXiv 1911.00941), computed by
crepes. The probability of a window is the share of these values within it.

With k scores a probability comes in steps of 1 / (k + 1), so 0 and 1 mean "less" and "more than can be told".
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.learners.intervals import Calibrated

Float64 = NDArray[np.float64]

FEWEST = 19
"""Scores below which the smallest step, 1 / (k + 1), is coarser than a twentieth: too coarse to rank by."""


def in_window(calibrated: Calibrated, mean: Float64, scale: Float64, low: float | None, high: float | None) -> Float64:
    """Probability that each material's property lies between ``low`` and ``high``, both included.

    Parameters
    ----------
    calibrated
        From `simworth.learners.intervals.calibrate`.
    mean, scale
        (asked,) prediction and expected size of its error, in the property's unit.
    low, high
        Ends of the window in the same unit; None where it is open.

    Returns
    -------
    (asked,) between 0 and 1; not a number where a material has no finite prediction.

    Raises
    ------
    InputError
        When the window is none, or fewer than `FEWEST` materials calibrate.
    """
    check_window(low, high)
    if len(calibrated.errors) < FEWEST:
        raise InputError(
            f"the probability of a window needs measurements of at least {FEWEST} materials that the networks had not "
            f"seen, and there are {len(calibrated.errors)}; measure or hold out more"
        )
    found = np.full(len(mean), np.nan)
    known = np.isfinite(mean) & np.isfinite(scale)
    # The lower end belongs to the window: what lies at or below the number just before it does not.
    under = 0.0 if low is None else _below(calibrated, mean[known], scale[known], np.nextafter(low, -np.inf))
    found[known] = (1.0 if high is None else _below(calibrated, mean[known], scale[known], high)) - under
    return found


def check_window(low: float | None, high: float | None) -> None:
    """Refuse a window that is open on both sides, not finite, or the wrong way round."""
    if low is None and high is None:
        raise InputError("the target window has no end; give --low, --high or both")
    if any(end is not None and not np.isfinite(end) for end in (low, high)):
        raise InputError("an end of the target window is not a finite number; leave an open end out")
    if low is not None and high is not None and low > high:
        raise InputError(f"the target window goes from {low:g} to {high:g}; give the smaller number as --low")


def outside_by(mean: Float64, scale: Float64, low: float | None, high: float | None) -> Float64:
    """How far predictions lie outside the window, in expected errors (asked,); negative inside: the nearest end."""
    ends = [(low - mean) if low is not None else None, (mean - high) if high is not None else None]
    return np.asarray(np.maximum.reduce([end for end in ends if end is not None]) / scale)


def best_first(probability: Float64, outside: Float64) -> NDArray[np.int64]:
    """Order of materials: the most probable first, then the deepest in the window; those without a prediction last."""
    return np.lexsort((np.arange(len(probability)), outside, -probability))


def position(calibrated: Calibrated, mean: Float64, scale: Float64, measured: Float64) -> Float64:
    """Where measured values fell in their predictive distributions (asked,): evenly in 0 to 1 where it is right."""
    return _below(calibrated, mean, scale, measured)


def _below(calibrated: Calibrated, mean: Float64, scale: Float64, value: float | Float64) -> Float64:
    """Share of the distribution at or below ``value``, half of the step at the value counted."""
    with warnings.catch_warnings():  # crepes sets a filter for the whole process when it is imported
        from crepes import ConformalPredictiveSystem
    system = ConformalPredictiveSystem().fit(calibrated.errors, sigmas=calibrated.scales)
    values = np.broadcast_to(np.asarray(value, dtype=np.float64), mean.shape)
    upper = system.predict_p(mean, values, sigmas=scale, smoothing=False)
    return np.asarray(upper - 0.5 / (len(calibrated.errors) + 1), dtype=np.float64)
