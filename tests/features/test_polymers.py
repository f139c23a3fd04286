from __future__ import annotations

import pytest

from simworth.errors import InputError
from simworth.features.polymers import cyclic_oligomer, open_ends


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
