"""An error that does not depend on n: simulated materials are worth nothing.

    R(n) = C

Every falling form comes near it at large n.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simworth.laws.numeric import floats

Array = NDArray[np.float64]

NAME = "flat"
EQUATION = "C"
REFERENCE = "the absence of a law"
DOMAIN = "Any n."
PARAMETERS = ("C",)
COEFFICIENTS = ("C",)
EXPONENTS: tuple[str, ...] = ()


def value(n: ArrayLike, C: ArrayLike) -> Array:
    """The error at ``n`` in the unit of C; the arguments broadcast."""
    n, C = np.broadcast_arrays(*floats(n, C))
    return np.array(C)


def gradient(n: ArrayLike, C: ArrayLike) -> Array:
    """Derivatives by (n, C) in that order, on a new last axis: shape (..., 2)."""
    n, C = np.broadcast_arrays(*floats(n, C))
    return np.stack([np.zeros_like(C), np.ones_like(C)], -1)


def basis(n: ArrayLike, unit: float = 1.0) -> Array:
    """The column of C: shape (1, sizes, 1), for ``n`` (sizes,); ``unit`` changes nothing."""
    return np.ones((1, np.size(n), 1))


def parameters(unit: float, nonlinear: Array, coefficients: Array) -> dict[str, Array]:
    """C (draws,) from the coefficients of `basis` (draws, 1); ``nonlinear`` is (draws, 0)."""
    return {"C": coefficients[:, 0]}


def limit(params: Mapping[str, ArrayLike]) -> Array:
    """The error as n grows without end: C."""
    return np.asarray(params["C"], float)
