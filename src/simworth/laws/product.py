"""The joint law in simulated materials n and experimental materials m.

    R(n, m) = (A n^-α + B) m^-β + E

Mikami's form δ (γ + n^-α) s^-β (arXiv 2108.11018) with a floor E that neither kind of data removes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

NAME = "product"
EQUATION = "(A n^-α + B) m^-β + E"
REFERENCE = "Mikami et al., arXiv 2108.11018: L(n, s) = δ (γ + n^-α) s^-β; the floor E is added here"
DOMAIN = "n > 0, m > 0, α > 0, β > 0."
PARAMETERS = ("A", "alpha", "B", "beta", "E")
COEFFICIENTS = ("A", "B", "E")
EXPONENTS = ("alpha", "beta")


def value(
    n: ArrayLike, m: ArrayLike, A: ArrayLike, alpha: ArrayLike, B: ArrayLike, beta: ArrayLike, E: ArrayLike
) -> Array:
    """The error at ``n`` > 0 and ``m`` > 0, in the unit of A, B and E; the arguments broadcast."""
    n, m, A, alpha, B, beta, E = (np.asarray(v, float) for v in (n, m, A, alpha, B, beta, E))
    return np.asarray((A * n**-alpha + B) * m**-beta + E)


def gradient(
    n: ArrayLike, m: ArrayLike, A: ArrayLike, alpha: ArrayLike, B: ArrayLike, beta: ArrayLike, E: ArrayLike
) -> Array:
    """Derivatives by (n, m, A, alpha, B, beta, E) in that order, on a new last axis: shape (..., 7)."""
    arrays = (np.asarray(v, float) for v in (n, m, A, alpha, B, beta, E))
    n, m, A, alpha, B, beta, E = np.broadcast_arrays(*arrays)
    by_n, by_m = n**-alpha, m**-beta
    inner = A * by_n + B
    return np.stack(
        [
            -alpha * A * by_n / n * by_m,
            -beta * inner * by_m / m,
            by_n * by_m,
            -A * np.log(n) * by_n * by_m,
            by_m,
            -inner * np.log(m) * by_m,
            np.ones_like(by_m),
        ],
        -1,
    )


def basis(
    n: ArrayLike,
    m: ArrayLike,
    alpha: ArrayLike,
    beta: ArrayLike,
    unit_n: float = 1.0,
    unit_m: float = 1.0,
) -> Array:
    """Columns of (A, B, E): shape (exponents, points, 3), for ``n``, ``m`` (points,), ``alpha``, ``beta`` (exponents,).

    With units the coefficients are A unit_n^-α unit_m^-β, B unit_m^-β and E: error contributions at the units.
    """
    n, m, alpha, beta = (np.asarray(v, float) for v in (n, m, alpha, beta))
    by_n = np.exp(-alpha[:, None] * np.log(n / unit_n)[None, :])
    by_m = np.exp(-beta[:, None] * np.log(m / unit_m)[None, :])
    return np.stack([by_n * by_m, by_m, np.ones_like(by_m)], -1)


def parameters(unit_n: float, unit_m: float, nonlinear: Array, coefficients: Array) -> dict[str, Array]:
    """A, alpha, B, beta and E, each (draws,), from alpha and beta (draws, 2) and the coefficients (draws, 3)."""
    alpha, beta = nonlinear.T
    A, B, E = coefficients.T
    back = unit_m**beta
    return {"A": A * unit_n**alpha * back, "alpha": alpha, "B": B * back, "beta": beta, "E": E}


def limit(m: ArrayLike, params: Mapping[str, ArrayLike]) -> Array:
    """The error at ``m`` as n grows without end: B m^-β + E."""
    m, B, beta, E = (np.asarray(v, float) for v in (m, params["B"], params["beta"], params["E"]))
    return np.asarray(B * m**-beta + E)
