"""Units: known conversions, refusals in one sentence."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.units import USUAL, check_convertible, convert, convert_spread, parse_unit, registry

KNOWN = [
    (0.0, "degC", "K", 273.15),
    (212.0, "degF", "degC", 100.0),
    (500.0, "nm", "eV", 2.4796839687),  # hc / (e 500 nm), CODATA 2018, exact constants
    (2.4796839687, "eV", "nm", 500.0),
    (1.0, "eV", "kJ/mol", 96.48533212),
    (1.0, "hartree", "kJ/mol", 2625.499639),
    (1.0, "Ha", "eV", 27.211386),
    (1.0, "e*bohr", "debye", 2.541746473),
    (1.0, "bohr^3", "angstrom^3", 0.148184711),
    (1.0, "g/cm^3", "kg/m^3", 1000.0),
    (1.0, "g/cm3", "kg/m3", 1000.0),
    (1.0, "eV/atom", "meV/atom", 1000.0),
    (50.0, "%", "1", 0.5),
    (0.5, "dimensionless", "%", 50.0),
    (1.0, "kcal/mol", "kJ/mol", 4.184),
    (1.0, "cal/mol/K", "J/mol/K", 4.184),
    (1.0, "cm^-1", "eV", 1.239841984e-4),
]


@pytest.mark.parametrize(("value", "unit", "to", "expected"), KNOWN)
def test_known_conversions(value: float, unit: str, to: str, expected: float) -> None:
    assert convert(np.array([value]), unit, to, "x")[0] == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("unit", [*USUAL, "", "1", "count", "atom", "angstrom^3/atom"])
def test_usual_units_are_read(unit: str) -> None:
    parse_unit(unit, "x")


@pytest.mark.parametrize("unit", ["foo", "eV/", "2 eV", "()", "eV**2)", "**", "g cm-³", "\x00"])
def test_unknown_units_name_the_column(unit: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"band gap: the unit {unit!r} is not known; ")):
        parse_unit(unit, "band gap")


def test_a_near_miss_is_suggested() -> None:
    with pytest.raises(InputError, match=r"'ev/atom' is not known; did you mean 'eV/atom'\?"):
        parse_unit("ev/atom", "x")


@pytest.mark.parametrize(
    ("unit", "to", "why"),
    [
        ("eV/atom", "eV", "per atom"),
        ("eV/atom", "kJ/mol", "per atom"),
        ("debye", "eV", "measure different things"),
        ("K", "g/cm^3", "measure different things"),
        ("1", "eV", "measure different things"),
    ],
)
def test_incompatible_units_are_refused(unit: str, to: str, why: str) -> None:
    with pytest.raises(InputError, match=f"dipole: '{unit}' cannot be converted to '{re.escape(to)}'; .*{why}"):
        check_convertible(unit, to, "dipole")


def test_a_wavelength_of_zero_has_no_energy() -> None:
    with pytest.raises(InputError, match="peak: a value of 0 nm has no equivalent in eV"):
        convert(np.array([500.0, 0.0]), "nm", "eV", "peak")


def test_missing_values_stay_missing() -> None:
    found = convert(np.array([np.nan, 300.0]), "K", "degC", "x")
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(26.85)


def test_spreads_have_no_offset() -> None:
    assert convert_spread(np.array([20.0]), np.array([2.0]), "degC", "K", "x")[0] == pytest.approx(2.0)
    assert convert_spread(np.array([20.0]), np.array([1.0]), "degC", "degF", "x")[0] == pytest.approx(1.8)


def test_the_spread_of_a_wavelength_becomes_one_of_energy() -> None:
    values, spread = np.array([500.0]), np.array([1.0])
    low, high = convert(np.array([499.5, 500.5]), "nm", "eV", "x")
    assert convert_spread(values, spread, "nm", "eV", "x")[0] == pytest.approx(low - high, rel=1e-5)


@given(
    st.floats(1.0, 1e4),
    st.sampled_from([("nm", "eV"), ("degC", "K"), ("bohr^3", "angstrom^3"), ("eV", "kJ/mol")]),
)
def test_there_and_back(value: float, pair: tuple[str, str]) -> None:
    unit, to = pair
    there = convert(np.array([value]), unit, to, "x")
    assert convert(there, to, unit, "x")[0] == pytest.approx(value, rel=1e-9, abs=1e-9)


def test_one_registry_made_late() -> None:
    assert registry() is registry()
    code = "import sys, simworth.units, simworth.identity; print('pint' in sys.modules, 'rdkit' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
