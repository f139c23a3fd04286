"""What every form offers, so that whatever uses the forms need not know which one it has.

A module is a form. The names of its parameters, in the order in which ``value`` takes them, are ``PARAMETERS``; of
these, ``EXPONENTS`` are the nonlinear ones, in the order in which ``basis`` takes them. ``COEFFICIENTS`` name the
columns of ``basis``: with coefficients >= 0 the curve never rises with a size. A coefficient that a candidate does
not have is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class Form(Protocol):
    """What single and joint forms have in common."""

    @property
    def NAME(self) -> str:  # noqa: N802 (a constant of a module)
        """The key in the registry."""
        ...

    @property
    def EQUATION(self) -> str:  # noqa: N802
        """The error as a formula, for people."""
        ...

    @property
    def REFERENCE(self) -> str:  # noqa: N802
        """Where the form comes from."""
        ...

    @property
    def DOMAIN(self) -> str:  # noqa: N802
        """For which sizes and parameters the form holds, in one sentence."""
        ...

    @property
    def PARAMETERS(self) -> tuple[str, ...]:  # noqa: N802
        """All parameters, in the order of ``value`` and ``gradient``."""
        ...

    @property
    def COEFFICIENTS(self) -> tuple[str, ...]:  # noqa: N802
        """The columns of ``basis``."""
        ...

    @property
    def EXPONENTS(self) -> tuple[str, ...]:  # noqa: N802
        """The nonlinear parameters, in the order of ``basis``."""
        ...

    @property
    def value(self) -> Callable[..., Array]:
        """The error: ``value(n, *parameters)``, or ``value(n, m, *parameters)``; the arguments broadcast."""
        ...

    @property
    def gradient(self) -> Callable[..., Array]:
        """Derivatives by the arguments of ``value`` in their order, on a new last axis; sizes > 0."""
        ...

    @property
    def basis(self) -> Callable[..., Array]:
        """Columns (cells, points, coefficients): ``basis(n, *exponents, unit=...)`` for sizes >= the unit.

        Joint: ``basis(n, m, *exponents, unit_n=..., unit_m=...)``. Exponents have shape (cells,).
        """
        ...


class SingleForm(Form, Protocol):
    """A form in n."""

    def parameters(self, unit: float, nonlinear: Array, coefficients: Array) -> dict[str, Array]:
        """Named `PARAMETERS`, each (draws,).

        From ``nonlinear`` (draws, exponents) and ``coefficients`` (draws, coefficients) of ``basis`` at ``unit``.
        """
        ...

    def limit(self, params: Mapping[str, ArrayLike]) -> Array:
        """The error as n grows without end."""
        ...


class JointForm(Form, Protocol):
    """A form in n and m."""

    def parameters(self, unit_n: float, unit_m: float, nonlinear: Array, coefficients: Array) -> dict[str, Array]:
        """Named `PARAMETERS`, each (draws,), from what ``basis`` at the units took and was multiplied by."""
        ...

    def limit(self, m: ArrayLike, params: Mapping[str, ArrayLike]) -> Array:
        """The error at ``m`` as n grows without end."""
        ...
