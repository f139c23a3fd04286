"""Units at the door: numbers are converted when they enter, and carry a stated unit from then on.

Parsing and conversion are pint's, with the constants pint ships (CODATA). What is added:

- ``atom``: a count with a dimension of its own, so that eV per atom is never taken for eV per formula unit or
  for
  kJ per mole of molecules.
- spectroscopic equivalence (wavelength, frequency, wavenumber, photon energy): pint's ``spectroscopy``
  context.
- energy of one molecule ↔ energy per mole of molecules (by Avogadro's number).
- spellings tables use: ``g/cm3``, ``Ha``.
"""

from __future__ import annotations

import difflib
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError

FloatArray = NDArray[np.float64]

USUAL = (
    "1", "%", "debye", "e*bohr", "angstrom^3", "bohr^3", "eV", "meV", "eV/atom", "meV/atom", "hartree",
    "kJ/mol", "kcal/mol", "J/mol/K", "nm", "cm^-1", "K", "degC", "g/cm^3", "kg/m^3", "g/mol", "GPa", "MPa",
    "Pa", "bar", "W/m/K", "S/m", "S/cm", "V", "mPa*s", "m^2/s", "cm^2/V/s", "angstrom", "bohr",
)  # fmt: skip
"""Suggested when a unit is not known."""

CONTEXTS = ("spectroscopy", "per_molecule")
CUBED = r"\b(angstrom|Å|bohr|cm|dm|mm|nm|um|µm|m|in|ft)([23])\b"
"""``cm3`` and its like, which pint reads only as ``cm^3``."""


@cache
def registry() -> Any:
    """The one pint registry, made on first use, since importing pint takes a while."""
    import re

    import pint

    made: Any = pint.UnitRegistry(preprocessors=[lambda text: re.sub(CUBED, r"\1^\2", text)])
    made.define("atom = [atoms]")
    made.define("@alias hartree = Ha")
    context: Any = pint.Context("per_molecule")
    context.add_transformation("[energy]", "[energy]/[substance]", _per_mole)
    context.add_transformation("[energy]/[substance]", "[energy]", _per_one)
    made.add_context(context)
    return made


def _per_mole(registry: Any, value: Any) -> Any:
    return value * registry.N_A


def _per_one(registry: Any, value: Any) -> Any:
    return value / registry.N_A


def parse_unit(unit: str, column: str) -> Any:
    """The pint unit of a text; ``"1"``, ``""`` and ``"dimensionless"`` are the pure number.

    Parameters
    ----------
    unit : str
        Such as ``"eV/atom"``.
    column : str
        What carries the unit, for the message.

    Raises
    ------
    InputError
        When pint does not know the unit.
    """
    known = registry()
    try:
        return known.parse_units(unit.strip())
    except _unreadable():
        close = difflib.get_close_matches(unit.lower(), [u.lower() for u in USUAL], n=1, cutoff=0.5)
        hint = [u for u in USUAL if close and u.lower() == close[0]]
        advice = f"did you mean {hint[0]!r}?" if hint else "write it as in 'eV/atom', 'g/cm^3' or '1'"
        raise InputError(f"{column}: the unit {unit!r} is not known; {advice}") from None


def check_convertible(unit: str, to: str, column: str) -> None:
    """Raise InputError unless numbers in ``unit`` can be expressed in ``to``."""
    convert(np.ones(1), unit, to, column)


def convert(values: FloatArray, unit: str, to: str, column: str) -> FloatArray:
    """Numbers in ``unit`` expressed in ``to``; NaN stays NaN.

    Parameters
    ----------
    values : FloatArray, shape (rows,)
        In ``unit``. Temperatures are points on a scale, so 0 degC is 273.15 K.
    unit, to : str
        Texts pint reads.
    column : str
        What carries the numbers, for the message.

    Raises
    ------
    InputError
        When a unit is unknown, the dimensions are incompatible, or a wavelength is zero.
    """
    if unit == to:
        return np.array(values, dtype=np.float64)
    given, wanted = parse_unit(unit, column), parse_unit(to, column)
    quantity = registry().Quantity(np.array(values, dtype=np.float64), given)
    try:
        with np.errstate(divide="ignore"):
            found = np.asarray(quantity.to(wanted, *CONTEXTS).magnitude, dtype=np.float64)
    except _pint_errors():
        raise InputError(f"{column}: {unit!r} cannot be converted to {to!r}; {_why(unit, to)}") from None
    if np.isinf(found).any():
        raise InputError(f"{column}: a value of 0 {unit} has no equivalent in {to}; correct or remove it")
    return found


def convert_spread(values: FloatArray, spreads: FloatArray, unit: str, to: str, column: str) -> FloatArray:
    """Standard deviations belonging to ``values`` (rows,) expressed in ``to``, to first order.

    Temperature differences have no offset; between wavelength and energy, which are reciprocal, |dy/dx| =
    |y/x|.

    Raises
    ------
    InputError
        As `convert`.
    """
    if unit == to:
        return np.array(spreads, dtype=np.float64)
    given, wanted = parse_unit(unit, column), parse_unit(to, column)
    if given.dimensionality == wanted.dimensionality:
        zero, one = convert(np.array([0.0, 1.0]), unit, to, column)
        return spreads * float(one - zero)
    converted = convert(values, unit, to, column)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values == 0, np.nan, spreads * np.abs(converted / values))


def _unreadable() -> tuple[type[Exception], ...]:
    """What pint raises for texts it cannot read."""
    from tokenize import TokenError

    import pint

    return (pint.PintError, AttributeError, ValueError, TypeError, AssertionError, SyntaxError, TokenError)


def _pint_errors() -> tuple[type[Exception], ...]:
    import pint

    return (pint.DimensionalityError, pint.OffsetUnitCalculusError)


def _why(unit: str, to: str) -> str:
    if ("atom" in unit) != ("atom" in to):
        return "one is per atom and the other is not, so convert with each material's number of atoms first"
    return "they measure different things, so correct the unit or choose another column"
