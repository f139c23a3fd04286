from __future__ import annotations

import numpy as np
import pytest

from simworth.errors import InputError
from simworth.features.composition import STATISTICS, composition_features, composition_names, magpie_table
from simworth.identity import elements

NAMES = list(composition_names())


def feature(formula: str, name: str) -> float:
    return float(composition_features([formula], elements)[0, NAMES.index(name)])


def test_statistics_of_iron_oxide_by_hand() -> None:
    # Fe2O3: 2 atoms of number 26, 3 of number 8.
    mean = (2 * 26 + 3 * 8) / 5
    assert feature("Fe2O3", "Number_mean") == pytest.approx(mean)
    assert feature("Fe2O3", "Number_min") == 8
    assert feature("Fe2O3", "Number_max") == 26
    assert feature("Fe2O3", "Number_range") == 18
    assert feature("Fe2O3", "Number_mode") == 8
    assert feature("Fe2O3", "Number_deviation") == pytest.approx((2 * (26 - mean) + 3 * (mean - 8)) / 5)
    assert feature("Fe2O3", "fraction_O") == pytest.approx(0.6)


def test_equal_shares_take_the_lighter_element_as_mode() -> None:
    assert feature("NaCl", "Number_mode") == 11


def test_the_order_and_scale_of_a_formula_do_not_matter() -> None:
    rows = composition_features(["Fe2O3", "O3Fe2", "Fe4O6"], elements)
    np.testing.assert_allclose(rows[1], rows[0], rtol=1e-6)
    np.testing.assert_allclose(rows[2], rows[0], rtol=1e-6)


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    long = "LiNi0.8Co0.1Mn0.1O2"
    np.testing.assert_array_equal(
        composition_features(["MgO"], elements), composition_features([long, "MgO"], elements)[1:]
    )


def test_names_cover_every_column() -> None:
    table = magpie_table()
    assert len(NAMES) == len(STATISTICS) * len(table.properties) + len(table.symbols)
    assert composition_features(["MgO"], elements).shape == (1, len(NAMES))


def test_an_element_without_properties_is_named() -> None:
    with pytest.raises(InputError, match=r"composition 2 .*'Og'"):
        composition_features(["MgO", "Og"], lambda formula: {formula: 1.0} if formula == "Og" else elements(formula))
