from __future__ import annotations

import numpy as np
import pytest

from simworth.errors import InputError
from simworth.features.molecules import MORGAN_BITS, polymer_features
from simworth.features.polymers import (
    cyclic_oligomer,
    fitting_oligomer,
    is_endless,
    open_ends,
    ring_units,
    ways_along,
)


def test_open_ends_are_found_in_writing_order() -> None:
    molecule, (left, right) = open_ends("C(*)CO*")
    assert molecule.GetNumAtoms() == 5
    assert (left, right) == (1, 4)


@pytest.mark.parametrize("unit", ["*CC", "CC", "*C(*)*", "**", "C1CC", ""])
def test_a_unit_without_two_open_ends_is_refused(unit: str) -> None:
    with pytest.raises(InputError, match="two open ends"):
        open_ends(unit)


@pytest.mark.parametrize("units", [3, 4, 10])
def test_a_ring_has_as_many_units_as_asked_for(units: int) -> None:
    assert cyclic_oligomer("*CCO*", units).count("O") == units


def test_rings_that_would_be_searched_for_ever_are_told_before() -> None:
    """Nine phenylenes have 512 ways: even a ring of two such units is refused, that of four units of four is not."""
    assert is_endless(f"*{'c1ccc(cc1)' * 9}*")
    biphenyl = "*Oc1ccc(-c2ccc(*)cc2)cc1"
    assert not is_endless(biphenyl)
    with pytest.raises(InputError, match="too many rings lie along the backbone to find those in a ring of 10 units"):
        cyclic_oligomer(biphenyl)
    ring, units = fitting_oligomer(biphenyl)
    assert units == 6
    assert ring == cyclic_oligomer(biphenyl, 6)


@pytest.mark.parametrize(("ways", "units"), [(1, 10), (2, 10), (3, 7), (4, 6), (64, 2), (65, 1)])
def test_more_ways_through_a_unit_leave_fewer_units(ways: int, units: int) -> None:
    assert ring_units(ways) == units


def test_a_smaller_ring_has_the_features_of_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long unit in a ring of five and of ten: what counts atoms' surroundings is the same, the rest is near."""
    units = ["*CCOC(=O)CCCCC(=O)O*", "*CC(O)CCCCC(N)CC*"]
    usual = polymer_features(units)
    monkeypatch.setattr("simworth.features.polymers.ring_units", lambda ways: 5)
    small = polymer_features(units)
    np.testing.assert_allclose(small[:, :MORGAN_BITS], usual[:, :MORGAN_BITS], rtol=1e-6)
    assert (np.abs(small - usual) <= 0.02 + 0.02 * np.abs(usual)).mean() > 0.9


def test_every_ring_with_two_equal_ways_doubles_them() -> None:
    units = ("*CC*", "*Oc1ccc(*)cc1", "*Oc1cccc(*)c1", "*Oc1ccc(-c2ccc(*)cc2)cc1")
    assert [ways_along(molecule, *ends) for molecule, ends in map(open_ends, units)] == [1, 2, 1, 4]
