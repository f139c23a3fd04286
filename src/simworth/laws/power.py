"""The scaling law of transfer in the number of simulated materials.

    R(n) = D n^-α + C

D: what the database can still remove, at n = 1; α: decay rate; C: the transfer gap, which no growth removes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

NAME = "power"
EQUATION = "D n^-α + C"
REFERENCE = "Minami et al., npj Comput. Mater. 11, 146 (2025), doi 10.1038/s41524-025-01606-5"
DOMAIN = "n > 0 and α > 0."
PARAMETERS = ("D", "alpha", "C")
COEFFICIENTS = ("D", "C")
EXPONENTS = ("alpha",)


def value(n: ArrayLike, D: ArrayLike, alpha: ArrayLike, C: ArrayLike) -> Array:
    """The error at ``n`` > 0, in the unit of D and C; the arguments broadcast."""
    n, D, alpha, C = (np.asarray(v, float) for v in (n, D, alpha, C))
    return np.asarray(D * n**-alpha + C)


def gradient(n: ArrayLike, D: ArrayLike, alpha: ArrayLike, C: ArrayLike) -> Array:
    """Derivatives by (n, D, alpha, C) in that order, on a new last axis: shape (..., 4)."""
    n, D, alpha, C = np.broadcast_arrays(*(np.asarray(v, float) for v in (n, D, alpha, C)))
    fall = n**-alpha
    return np.stack([-alpha * D * fall / n, fall, -D * np.log(n) * fall, np.ones_like(fall)], -1)


def basis(n: ArrayLike, alpha: ArrayLike, unit: float = 1.0) -> Array:
    """Columns of (D, C): shape (exponents, sizes, 2), for ``n`` (sizes,) and ``alpha`` (exponents,).

    With ``unit`` the first column is (n/unit)^-α, so that its coefficient is D unit^-α: the reducible error at
    n = unit, which is of the errors' own magnitude whatever α is.
    """
    n, alpha = np.asarray(n, float), np.asarray(alpha, float)
    fall = np.exp(-alpha[:, None] * np.log(n / unit)[None, :])
    return np.stack([fall, np.ones_like(fall)], -1)


def parameters(unit: float, nonlinear: Array, coefficients: Array) -> dict[str, Array]:
    """D, alpha and C, each (draws,), from alpha (draws, 1) and the coefficients of `basis` (draws, 2)."""
    alpha = nonlinear[:, 0]
    return {"D": coefficients[:, 0] * unit**alpha, "alpha": alpha, "C": coefficients[:, 1]}


def limit(params: Mapping[str, ArrayLike]) -> Array:
    """The error as n grows without end: C."""
    return np.asarray(params["C"], float)
