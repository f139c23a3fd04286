"""What the forms become at special parameters, and how they relate to each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.laws import (
    additive,
    bounded,
    broken,
    effective,
    exponential,
    flat,
    power,
    product,
    product_shifted,
    shifted,
)

N = np.array([1.0, 10.0, 1e2, 1e4, 1e7])
POSITIVE = st.floats(0.1, 10.0)
EXPONENT = st.floats(0.02, 3.0)


@given(POSITIVE, EXPONENT, POSITIVE)
def test_shifted_by_nothing_is_the_power_law(D: float, alpha: float, C: float) -> None:
    np.testing.assert_allclose(shifted.value(N, D, alpha, 0.0, C), power.value(N, D, alpha, C), rtol=1e-12)


def test_shift_is_felt_only_at_small_n() -> None:
    there, law = shifted.value(N, 3.0, 0.5, 50.0, 0.0), power.value(N, 3.0, 0.5, 0.0)
    assert there[0] < 0.2 * law[0]
    assert there[-1] == pytest.approx(law[-1], rel=1e-5)


@given(POSITIVE, EXPONENT, POSITIVE, st.floats(1.0, 1e4), st.floats(0.05, 2.0))
def test_unbroken_is_the_power_law(D: float, alpha: float, C: float, b: float, f: float) -> None:
    np.testing.assert_allclose(broken.value(N, D, alpha, 0.0, b, C, f), power.value(N, D, alpha, C), rtol=1e-12)


@pytest.mark.parametrize("delta", [-0.3, 0.7])
def test_broken_has_two_exponents(delta: float) -> None:
    def local(n: float) -> float:
        value, slope = broken.value(n, 3.0, 0.5, delta, 1e4, 0.0), broken.gradient(n, 3.0, 0.5, delta, 1e4, 0.0)[0]
        return float(-slope * n / value)

    assert local(10.0) == pytest.approx(0.5, abs=1e-4)
    assert local(1e4) == pytest.approx(0.5 + delta / 2)
    assert local(1e7) == pytest.approx(0.5 + delta, abs=1e-4)
    changed = (local(3e4) - local(1e4 / 3)) / delta  # what the default sharpness says of itself
    assert changed == pytest.approx(0.8)


@given(st.floats(0.01, 10.0), st.floats(0.1, 3.0), st.floats(0.0, 2.0))
def test_broken_of_any_sharpness_keeps_its_ways_together(f: float, alpha: float, delta: float) -> None:
    nonlinear, coefficients = np.array([[alpha, delta, 300.0]]), np.array([[2.0, 0.5]])
    columns = broken.basis(N, *nonlinear.T, unit=1.0, f=f)
    named = broken.parameters(1.0, nonlinear, coefficients, f=f)
    np.testing.assert_allclose(columns[0] @ coefficients[0], broken.value(N, **named, f=f), rtol=1e-9)


def test_bounded_far_above_n0_is_a_power_law() -> None:
    start, n0 = 1e6, 1e-8  # a start out of sight: D = (I - C) n0^α
    np.testing.assert_allclose(
        bounded.value(N, start, 0.5, n0, 0.3), power.value(N, (start - 0.3) * n0**0.5, 0.5, 0.3), rtol=1e-3
    )


def test_bounded_lies_between_its_ends() -> None:
    assert bounded.value(0.0, 5.0, 0.7, 100.0, 1.0) == 5.0
    assert bounded.value(100.0, 5.0, 0.7, 100.0, 1.0) == pytest.approx(3.0)
    assert bounded.value(1e300, 5.0, 0.7, 100.0, 1.0) == 1.0


@given(POSITIVE, POSITIVE, EXPONENT, st.floats(1.0, 1e4))
def test_bounded_is_the_benchmark_authors_form(D: float, C: float, alpha: float, n0: float) -> None:
    R = bounded.value(50.0, C + D, alpha, n0, C)
    np.testing.assert_allclose(R - C, (50.0 / n0) ** -alpha * (C + D - R), rtol=1e-6, atol=1e-12)


def test_bounded_without_a_unit_has_plain_coefficients() -> None:
    columns = bounded.basis(N, [0.5], [30.0])
    np.testing.assert_allclose(columns[0] @ [4.0, 1.0], bounded.value(N, 5.0, 0.5, 30.0, 1.0))
    back = bounded.parameters(0.0, np.array([[0.5, 30.0]]), np.array([[4.0, 1.0]]))
    assert (back["I"], back["C"]) == (5.0, 1.0)


def test_exponential_loses_a_factor_e_each_tau() -> None:
    np.testing.assert_allclose(exponential.value([0.0, 20.0, 40.0], 3.0, 20.0, 0.5), 0.5 + 3.0 * np.exp([0, -1, -2]))


def test_exponential_refuses_a_start_that_is_no_number() -> None:
    columns = exponential.basis([100.0, 200.0], [0.01], unit=100.0)
    np.testing.assert_array_equal(columns[0], [[1.0, 1.0], [0.0, 1.0]])
    with pytest.raises(InputError, match=r"tau = 0\.01 is too short for a smallest size of 100: keep it above"):
        exponential.parameters(100.0, np.array([[0.01]]), np.array([[1.0, 0.0]]))


def test_every_form_without_its_fall_is_flat() -> None:
    level = flat.value(N, 0.7)
    np.testing.assert_array_equal(level, np.full(5, 0.7))
    for curve in (
        power.value(N, 0.0, 0.5, 0.7),
        shifted.value(N, 0.0, 0.5, 3.0, 0.7),
        bounded.value(N, 0.7, 0.5, 3.0, 0.7),
        broken.value(N, 0.0, 0.5, 0.2, 3.0, 0.7),
        exponential.value(N, 0.0, 3.0, 0.7),
    ):
        np.testing.assert_array_equal(curve, level)


def test_product_at_one_m_is_a_power_law() -> None:
    n = np.array([10.0, 100.0])
    whole = product.value(n, 20.0, 3.0, 0.5, 0.7, 0.3, 0.1)
    np.testing.assert_allclose(whole, power.value(n, 3.0 * 20**-0.3, 0.5, 0.7 * 20**-0.3 + 0.1))


def test_product_shifted_by_nothing_is_the_product() -> None:
    rest = (3.0, 0.5, 0.7, 0.3)
    np.testing.assert_allclose(product_shifted.value(N, 20.0, *rest, 0.0, 0.1), product.value(N, 20.0, *rest, 0.1))
    moved = product_shifted.value(N, 15.0, *rest, 5.0, 0.1)
    np.testing.assert_allclose(moved, product.value(N, 20.0, *rest, 0.1))


def test_additive_gain_does_not_depend_on_m() -> None:
    gains = [np.diff(additive.value([10.0, 100.0], m, 3.0, 0.5, 0.7, 0.3, 0.1)) for m in (5.0, 500.0)]
    np.testing.assert_allclose(*gains, rtol=1e-12)


def test_additive_and_product_at_one_m_are_each_others_power_law() -> None:
    m = 20.0
    np.testing.assert_allclose(
        additive.value(N, m, 3.0, 0.5, 0.7, 0.3, 0.1), product.value(N, m, 3.0 * m**0.3, 0.5, 0.7, 0.3, 0.1)
    )


def test_effective_without_worth_does_not_depend_on_n() -> None:
    curve = effective.value(N, 20.0, 3.0, 0.4, 0.8, 0.0, 0.1)
    np.testing.assert_allclose(curve, power.value(20.0, 3.0, 0.4, 0.1), rtol=1e-12)
    assert effective.gradient(10.0, 20.0, 3.0, 0.4, 0.8, 0.0, 0.1)[0] == 0


def test_effective_at_gamma_one_counts_materials() -> None:
    half = effective.value(60.0, 20.0, 3.0, 0.4, 1.0, 0.5, 0.1)
    assert half == pytest.approx(float(power.value(50.0, 3.0, 0.4, 0.1)))
    assert effective.value(0.0, 20.0, 3.0, 0.4, 1.0, 0.5, 0.1) == pytest.approx(float(power.value(20.0, 3.0, 0.4, 0.1)))
