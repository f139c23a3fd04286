"""How a true curve departs from a parametric form beyond scatter: slowly, in log n, away from the largest size.

No form is right over decades of n: small sizes are often off the law, and the law that holds at the largest sizes will
not hold for ever. The departure is a Gaussian process that is zero at the largest size measured and runs off to
both sides of it independently,

    wander:  Brownian motion in t = |log(n / n_max)|,              Var = t,
    bend:    its integral (the slope is a random walk),            Var = t³/3,

relative to the error. On the small sizes it says how little they count; beyond the largest it widens predictions.
Integrated Brownian motion as a prior of smooth functions: Rasmussen & Williams 2006, section 6.3.1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def wander(distance: ArrayLike) -> Array:
    """Covariance min(s, t) of Brownian motion at ``distance`` (points,) >= 0; shape (points, points)."""
    t = np.asarray(distance, float)
    return np.asarray(np.minimum(t[:, None], t[None, :]))


def bend(distance: ArrayLike) -> Array:
    """Covariance a² (3b - a)/6, a = min, b = max, of integrated Brownian motion; shape (points, points)."""
    t = np.asarray(distance, float)
    a, b = np.minimum(t[:, None], t[None, :]), np.maximum(t[:, None], t[None, :])
    return np.asarray(a**2 * (3 * b - a) / 6)


def spread(distance: ArrayLike, by_wander: Array, by_bend: Array) -> Array:
    """Relative standard deviation of both at ``distance`` (points,), in each draw; shape (draws, points)."""
    t = np.asarray(distance, float)
    return np.asarray(np.sqrt(by_wander[:, None] ** 2 * t + by_bend[:, None] ** 2 * t**3 / 3))
