"""The joint law with a head start in m.

    R(n, m) = (A n^-α + B) (m + m0)^-β + E

m0: what is known before the first experimental material, in experimental materials.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simworth.laws.numeric import floats

Array = NDArray[np.float64]

NAME = "product_shifted"
EQUATION = "(A n^-α + B) (m + m0)^-β + E"
REFERENCE = "Mikami et al., arXiv 2108.11018: L(n, s) = δ (γ + n^-α) s^-β; the shift m0 and the floor E are added here"
DOMAIN = "n > 0, m + m0 > 0, m0 >= 0, α > 0, β > 0."
PARAMETERS = ("A", "alpha", "B", "beta", "m0", "E")
COEFFICIENTS = ("A", "B", "E")
EXPONENTS = ("alpha", "beta", "m0")


def value(
    n: ArrayLike,
    m: ArrayLike,
    A: ArrayLike,
    alpha: ArrayLike,
    B: ArrayLike,
    beta: ArrayLike,
    m0: ArrayLike,
    E: ArrayLike,
) -> Array:
    """The error at ``n`` and ``m``, in the unit of A, B and E; the arguments broadcast. m0 is in materials, as m."""
    n, m, A, alpha, B, beta, m0, E = floats(n, m, A, alpha, B, beta, m0, E)
    return np.asarray((A * n**-alpha + B) * (m + m0) ** -beta + E)


def gradient(
    n: ArrayLike,
    m: ArrayLike,
    A: ArrayLike,
    alpha: ArrayLike,
    B: ArrayLike,
    beta: ArrayLike,
    m0: ArrayLike,
    E: ArrayLike,
) -> Array:
    """Derivatives by (n, m, A, alpha, B, beta, m0, E) in that order, on a new last axis: shape (..., 8)."""
    n, m, A, alpha, B, beta, m0, E = np.broadcast_arrays(*floats(n, m, A, alpha, B, beta, m0, E))
    by_n, by_m = n**-alpha, (m + m0) ** -beta
    inner = A * by_n + B
    slope = -beta * inner * by_m / (m + m0)
    return np.stack(
        [
            -alpha * A * by_n / n * by_m,
            slope,
            by_n * by_m,
            -A * np.log(n) * by_n * by_m,
            by_m,
            -inner * np.log(m + m0) * by_m,
            slope,
            np.ones_like(by_m),
        ],
        -1,
    )


def basis(
    n: ArrayLike,
    m: ArrayLike,
    alpha: ArrayLike,
    beta: ArrayLike,
    m0: ArrayLike,
    unit_n: float = 1.0,
    unit_m: float = 1.0,
) -> Array:
    """Columns of (A, B, E): shape (cells, points, 3), for ``n``, ``m`` (points,) and the others (cells,).

    The coefficients are A unit_n^-α (unit_m + m0)^-β, B (unit_m + m0)^-β and E: contributions at the units.
    """
    n, m, alpha, beta, m0 = floats(n, m, alpha, beta, m0)
    by_n = np.exp(-alpha[:, None] * np.log(n / unit_n)[None, :])
    by_m = np.exp(-beta[:, None] * (np.log(m[None, :] + m0[:, None]) - np.log(unit_m + m0)[:, None]))
    return np.stack([by_n * by_m, by_m, np.ones_like(by_m)], -1)


def parameters(unit_n: float, unit_m: float, nonlinear: Array, coefficients: Array) -> dict[str, Array]:
    """A, alpha, B, beta, m0 and E, each (draws,), from alpha, beta, m0 (draws, 3) and the coefficients (draws, 3)."""
    alpha, beta, m0 = nonlinear.T
    A, B, E = coefficients.T
    back = (unit_m + m0) ** beta
    return {"A": A * unit_n**alpha * back, "alpha": alpha, "B": B * back, "beta": beta, "m0": m0, "E": E}


def limit(m: ArrayLike, params: Mapping[str, ArrayLike]) -> Array:
    """The error at ``m`` as n grows without end: B (m + m0)^-β + E."""
    m, B, beta, m0, E = floats(m, params["B"], params["beta"], params["m0"], params["E"])
    return np.asarray(B * (m + m0) ** -beta + E)
