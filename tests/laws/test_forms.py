"""Each form against a slow twin, its gradient against differences, its basis against its value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simworth.laws import power, product

POSITIVE = st.floats(0.1, 10.0)
EXPONENT = st.floats(0.02, 3.0)
SIZE = st.floats(1.0, 1e5)


def slow_power(n: float, D: float, alpha: float, C: float) -> float:
    return D / n**alpha + C


def slow_product(n: float, m: float, A: float, alpha: float, B: float, beta: float, E: float) -> float:
    return (A / n**alpha + B) / m**beta + E


@given(SIZE, POSITIVE, EXPONENT, POSITIVE)
def test_power_is_its_twin(n: float, D: float, alpha: float, C: float) -> None:
    assert power.value(n, D, alpha, C) == pytest.approx(slow_power(n, D, alpha, C), rel=1e-12)


@given(SIZE, SIZE, POSITIVE, EXPONENT, POSITIVE, EXPONENT, POSITIVE)
def test_product_is_its_twin(n: float, m: float, A: float, alpha: float, B: float, beta: float, E: float) -> None:
    expected = slow_product(n, m, A, alpha, B, beta, E)
    assert product.value(n, m, A, alpha, B, beta, E) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("form", [power, product])
@given(data=st.data())
def test_gradient_is_the_central_difference(form: object, data: st.DataObject) -> None:
    sizes = [data.draw(st.floats(2.0, 1e3)) for _ in range(1 if form is power else 2)]
    count = 3 if form is power else 5
    at = np.array(sizes + [data.draw(st.floats(0.2, 2.0)) for _ in range(count)])
    got = form.gradient(*at)  # type: ignore[attr-defined]
    for i in range(len(at)):
        step = np.zeros(len(at))
        step[i] = 1e-5 * at[i]
        slope = (form.value(*(at + step)) - form.value(*(at - step))) / (2 * step[i])  # type: ignore[attr-defined]
        assert got[i] == pytest.approx(slope, rel=1e-5, abs=1e-9)


def test_bases_reproduce_the_values() -> None:
    n, m = np.array([10.0, 100.0, 1000.0]), np.array([5.0, 10.0, 20.0])
    columns = power.basis(n, [0.5, 1.0], unit=10.0)
    assert columns.shape == (2, 3, 2)
    for row, alpha in zip(columns, (0.5, 1.0), strict=True):
        np.testing.assert_allclose(row @ [3.0 * 10.0**-alpha, 0.2], power.value(n, 3.0, alpha, 0.2))
    joint = product.basis(n, m, [0.5], [0.3], 10.0, 5.0)[0]
    coefficients = [3.0 * 10**-0.5 * 5**-0.3, 0.7 * 5**-0.3, 0.1]
    np.testing.assert_allclose(joint @ coefficients, product.value(n, m, 3.0, 0.5, 0.7, 0.3, 0.1))


def test_product_at_one_m_is_a_power_law() -> None:
    n = np.array([10.0, 100.0])
    whole = product.value(n, 20.0, 3.0, 0.5, 0.7, 0.3, 0.1)
    np.testing.assert_allclose(whole, power.value(n, 3.0 * 20**-0.3, 0.5, 0.7 * 20**-0.3 + 0.1))
