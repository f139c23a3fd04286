"""A power law whose exponent changes once, smoothly.

    R(n) = D n^-α (1 + (n/b)^(1/f))^(-f δ) + C

The exponent is α far below the break b and α + δ far above it. f: how wide the change is.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simworth.laws.numeric import floats, fraction, log1p_exp

Array = NDArray[np.float64]

NAME = "broken"
EQUATION = "D n^-α (1 + (n/b)^(1/f))^(-f δ) + C"
REFERENCE = "Caballero et al. 2022, Broken neural scaling laws, arXiv 2210.14891, with one break"
DOMAIN = "n > 0, b > 0, f > 0, α > 0 and α + δ > 0; δ may be negative."
PARAMETERS = ("D", "alpha", "delta", "b", "C")
COEFFICIENTS = ("D", "C")
EXPONENTS = ("alpha", "delta", "b")
SHARPNESS = 0.5
"""The f used where none is given: from b/3 to 3 b the exponent makes four fifths of its change.

f is a setting, not a parameter: whoever gives another must give it to every function here.
"""


def value(
    n: ArrayLike, D: ArrayLike, alpha: ArrayLike, delta: ArrayLike, b: ArrayLike, C: ArrayLike, f: float = SHARPNESS
) -> Array:
    """The error at ``n`` in the unit of D and C; the arguments broadcast. b is in materials, as n."""
    n, D, alpha, delta, b, C = floats(n, D, alpha, delta, b, C)
    return np.asarray(D * np.exp(_log_fall(n, alpha, delta, b, f)) + C)


def gradient(
    n: ArrayLike, D: ArrayLike, alpha: ArrayLike, delta: ArrayLike, b: ArrayLike, C: ArrayLike, f: float = SHARPNESS
) -> Array:
    """Derivatives by (n, D, alpha, delta, b, C) in that order, on a new last axis: shape (..., 6)."""
    n, D, alpha, delta, b, C = np.broadcast_arrays(*floats(n, D, alpha, delta, b, C))
    fall = np.exp(_log_fall(n, alpha, delta, b, f))
    beyond = (np.log(n) - np.log(b)) / f
    past = fraction(beyond)  # how much of the break lies behind
    return np.stack(
        [
            -(alpha + delta * past) * D * fall / n,
            fall,
            -D * np.log(n) * fall,
            -f * log1p_exp(beyond) * D * fall,
            delta * past * D * fall / b,
            np.ones_like(fall),
        ],
        -1,
    )


def basis(
    n: ArrayLike, alpha: ArrayLike, delta: ArrayLike, b: ArrayLike, unit: float = 1.0, f: float = SHARPNESS
) -> Array:
    """Columns of (D, C): shape (cells, sizes, 2), for ``n`` (sizes,), ``alpha``, ``delta`` and ``b`` (cells,).

    The first coefficient is the reducible error at n = unit: D unit^-α (1 + (unit/b)^(1/f))^(-f δ).
    """
    n, alpha, delta, b = floats(n, alpha, delta, b)
    at = _log_fall(n[None, :], alpha[:, None], delta[:, None], b[:, None], f)
    fall = np.exp(at - _log_fall(np.asarray(unit, float), alpha, delta, b, f)[:, None])
    return np.stack([fall, np.ones_like(fall)], -1)


def parameters(unit: float, nonlinear: Array, coefficients: Array, f: float = SHARPNESS) -> dict[str, Array]:
    """D, alpha, delta, b and C, each (draws,), from alpha, delta, b (draws, 3) and the coefficients of `basis`."""
    alpha, delta, b = nonlinear.T
    D = coefficients[:, 0] * np.exp(-_log_fall(np.asarray(unit, float), alpha, delta, b, f))
    return {"D": D, "alpha": alpha, "delta": delta, "b": b, "C": coefficients[:, 1]}


def limit(params: Mapping[str, ArrayLike]) -> Array:
    """The error as n grows without end: C."""
    return np.asarray(params["C"], float)


def _log_fall(n: Array, alpha: Array, delta: Array, b: Array, f: float) -> Array:
    """Logarithm of n^-α (1 + (n/b)^(1/f))^(-f δ)."""
    return np.asarray(-alpha * np.log(n) - f * delta * log1p_exp((np.log(n) - np.log(b)) / f))
