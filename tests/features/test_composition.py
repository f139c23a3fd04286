"""Composition features: known statistics, invariants, matminer's rules, and refusals that name the row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.features.composition import (
    BLOCK,
    STATISTICS,
    composition_features,
    composition_names,
    element_fractions,
    element_lists,
    magpie_statistics,
)
from simworth.features.element_table import known_values, magpie_table
from simworth.identity import canonical, elements

NAMES = list(composition_names())

FORMULAS = st.dictionaries(st.sampled_from(magpie_table().symbols), st.integers(1, 40), min_size=1, max_size=7)


def feature(formula: str, name: str) -> float:
    return float(magpie_statistics([formula])[0, NAMES.index(name)])


def spelt(amounts: dict[str, int]) -> str:
    return "".join(f"{symbol}{n}" for symbol, n in amounts.items())


def by_definition(amounts: dict[str, int]) -> np.ndarray:
    """Every statistic from its definition, one property after the other."""
    table = magpie_table()
    fraction = np.array(list(amounts.values())) / sum(amounts.values())
    out = []
    for column in table.values.T:
        value = column[[table.symbols.index(s) for s in amounts]]
        mean = fraction @ value
        mode = value[fraction >= fraction.max() * (1 - 1e-9)].min()
        spread = value.max() - value.min()
        out += [value.min(), value.max(), spread, mean, fraction @ abs(value - mean), mode]
    return np.array(out)


def test_statistics_of_iron_oxide_by_hand() -> None:
    # Fe2O3: 2 atoms of number 26, 3 of number 8.
    mean = (2 * 26 + 3 * 8) / 5
    assert feature("Fe2O3", "Number_mean") == pytest.approx(mean)
    assert feature("Fe2O3", "Number_min") == 8
    assert feature("Fe2O3", "Number_max") == 26
    assert feature("Fe2O3", "Number_range") == 18
    assert feature("Fe2O3", "Number_mode") == 8
    assert feature("Fe2O3", "Number_avg_dev") == pytest.approx((2 * (26 - mean) + 3 * (mean - 8)) / 5)


@settings(max_examples=50)
@given(st.lists(FORMULAS, min_size=1, max_size=5))
def test_every_statistic_is_its_definition(materials: list[dict[str, int]]) -> None:
    rows = magpie_statistics([spelt(m) for m in materials])
    np.testing.assert_allclose(rows, [by_definition(m) for m in materials], atol=1e-9, rtol=0)


def test_among_equal_shares_the_mode_is_the_smallest_value() -> None:
    assert feature("NaCl", "Number_mode") == 11
    assert feature("NaCl", "MeltingT_mode") == feature("Cl", "MeltingT_mode") < feature("Na", "MeltingT_mode")


def test_nearly_equal_shares_are_equal() -> None:
    assert feature("Fe333333Ni333334", "Number_mode") == 26
    assert feature("Fe3333Ni3334", "Number_mode") == 28


def test_a_missing_value_is_the_mean_of_the_elements_that_have_it() -> None:
    known = known_values()
    melting = known.values[:, known.properties.index("MeltingT")]
    assert np.isnan(melting[known.symbols.index("He")])
    assert feature("He", "MeltingT_mean") == pytest.approx(np.nanmean(melting), abs=1e-9)
    assert not np.isnan(magpie_table().values).any()


@given(FORMULAS)
def test_fractions_are_shares_that_sum_to_one(amounts: dict[str, int]) -> None:
    row = element_fractions([spelt(amounts)]).toarray()[0]
    assert row.sum() == pytest.approx(1)
    for symbol, n in amounts.items():
        assert row[magpie_table().symbols.index(symbol)] == pytest.approx(n / sum(amounts.values()))


def test_features_are_the_statistics_and_the_fractions() -> None:
    formulas = ["MgO", "LiNi0.8Co0.1Mn0.1O2", "Ca10(PO4)6(OH)2"]
    both = np.concatenate([magpie_statistics(formulas), element_fractions(formulas).toarray()], axis=1)
    np.testing.assert_array_equal(composition_features(formulas), both.astype(np.float32))
    assert both.shape == (3, len(NAMES))
    assert len(set(NAMES)) == len(STATISTICS) * 22 + 112
    assert NAMES[:7] == [*(f"Number_{s}" for s in STATISTICS), "MendeleevNumber_min"]
    assert composition_features([]).shape == (0, len(NAMES))


@settings(max_examples=30)
@given(FORMULAS, st.integers(2, 9), st.randoms())
def test_order_and_size_of_a_formula_do_not_matter(amounts: dict[str, int], times: int, random: object) -> None:
    pairs = list(amounts.items())
    random.shuffle(pairs)  # type: ignore[attr-defined]
    one, other, larger = magpie_statistics(
        [spelt(amounts), spelt(dict(pairs)), spelt({s: n * times for s, n in pairs})]
    )
    np.testing.assert_array_equal(other, one)
    np.testing.assert_allclose(larger, one, rtol=1e-12, atol=1e-9)


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    symbols = magpie_table().symbols
    many = [f"{symbols[i % 90]}{1 + i % 7}{symbols[i * 7 % 89 + 1]}O" for i in range(BLOCK + 5)]
    rows = magpie_statistics(many)
    for i in (0, 1, BLOCK - 1, BLOCK, BLOCK + 4):
        np.testing.assert_array_equal(magpie_statistics([many[i]])[0], rows[i])


@given(FORMULAS)
def test_a_row_of_symbols_and_amounts_is_read_as_the_parsers_read_it(amounts: dict[str, int]) -> None:
    assume(not amounts.keys() & {"Ds", "Rg", "Cn"})  # molmass ends at Mt
    text = canonical("composition", spelt(amounts))
    assert text is not None
    expected = elements(text)
    row, total = element_fractions([text]).toarray()[0], sum(expected.values())
    found = {s: x for s, x in zip(magpie_table().symbols, row, strict=True) if x}
    assert found == {s: n / total for s, n in expected.items()}


@pytest.mark.parametrize("text", ["LiNi0.8Co0.1Mn0.1O2", "Fe0.25O1.50", "CH3OH", "H2SO4", "CO", "Co", "NO0.05"])
def test_decimals_and_repeated_elements_are_read_as_the_parsers_read_them(text: str) -> None:
    expected = elements(text)
    row, total = element_fractions([text]).toarray()[0], sum(expected.values())
    for symbol, n in expected.items():
        assert row[magpie_table().symbols.index(symbol)] == pytest.approx(n / total, rel=1e-15)


def test_deuterium_is_hydrogen() -> None:
    np.testing.assert_array_equal(composition_features(["D2O", "HDO"]), composition_features(["H2O", "H2O"]))


def test_an_element_without_properties_is_named() -> None:
    with pytest.raises(InputError, match=r"composition 2 \('OgF2'\): no element properties for 'Og'"):
        composition_features(["MgO", "OgF2"])


@pytest.mark.parametrize("text", ["((Fe", "CuSO4.5H2O", "Fe0", "Fe0.0Ni", "", "Na+", "1.5"])
def test_an_unreadable_formula_is_named(text: str) -> None:
    with pytest.raises(InputError, match=r"composition 3: .* cannot be read"):
        magpie_statistics(["MgO", "NaCl", text])


def test_a_parser_that_finds_nothing_is_not_believed() -> None:
    with pytest.raises(InputError, match=r"composition 1 \('\(\)'\) has no elements"):
        composition_features(["()"], lambda _: {})


@given(st.lists(FORMULAS, max_size=5))
@settings(max_examples=30, deadline=None)
def test_lists_of_elements_are_the_fractions(amounts: list[dict[str, int]]) -> None:
    which, fraction = element_lists([spelt(a) for a in amounts])
    expected = element_fractions([spelt(a) for a in amounts]).toarray()
    found = np.zeros_like(expected)
    np.add.at(found, (np.arange(len(found))[:, None], which), fraction)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert which.shape == fraction.shape == (len(amounts), max((len(a) for a in amounts), default=1))
    assert all((f[: len(a)] > 0).all() and not f[len(a) :].any() for f, a in zip(fraction, amounts, strict=True))


def test_a_list_of_elements_names_the_row_that_it_cannot_read() -> None:
    with pytest.raises(InputError, match="composition 2"):
        element_lists(["NaCl", "Xx2"])
