"""Each form against a slow twin, its gradient against differences, its basis against its value."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simworth.laws import JOINT, SINGLE, Form, power, product


def slow_power(n: float, D: float, alpha: float, C: float) -> float:
    return D / n**alpha + C


def slow_shifted(n: float, D: float, alpha: float, s: float, C: float) -> float:
    return D / (n + s) ** alpha + C


def slow_bounded(n: float, I: float, alpha: float, n0: float, C: float) -> float:  # noqa: E741
    g = (n / n0) ** -alpha
    return (C + I * g) / (1 + g)


def slow_broken(n: float, D: float, alpha: float, delta: float, b: float, C: float, f: float = 0.5) -> float:
    return D * n**-alpha * (1 + (n / b) ** (1 / f)) ** (-f * delta) + C


def slow_exponential(n: float, D: float, tau: float, C: float) -> float:
    return D * math.exp(-n / tau) + C


def slow_flat(n: float, C: float) -> float:
    return C


def slow_product(n: float, m: float, A: float, alpha: float, B: float, beta: float, E: float) -> float:
    return (A / n**alpha + B) / m**beta + E


def slow_product_shifted(
    n: float, m: float, A: float, alpha: float, B: float, beta: float, m0: float, E: float
) -> float:
    return (A / n**alpha + B) / (m + m0) ** beta + E


def slow_effective(n: float, m: float, D: float, beta: float, gamma: float, k: float, E: float) -> float:
    return D / (m + k * n**gamma) ** beta + E


def slow_additive(n: float, m: float, A: float, alpha: float, B: float, beta: float, E: float) -> float:
    return A / n**alpha + B / m**beta + E


FORMS: dict[str, Form] = {**SINGLE, **JOINT}
TWINS: dict[str, Callable[..., float]] = {name: globals()[f"slow_{name}"] for name in FORMS}
RANGES = {
    **dict.fromkeys(("alpha", "beta", "gamma", "delta"), (0.02, 3.0)),
    **dict.fromkeys(("s", "n0", "b", "tau", "m0"), (0.5, 1e4)),
    "k": (1e-3, 10.0),
}
every_form = pytest.mark.parametrize("name", FORMS)


@st.composite
def drawn(draw: st.DrawFn, name: str) -> dict[str, float]:
    """Parameters of a form, in the order of ``value``; a broken law may also become less steep."""
    out = {p: draw(st.floats(*RANGES.get(p, (0.1, 10.0)))) for p in FORMS[name].PARAMETERS}
    if "I" in out:
        out["I"] += out["C"]
    if "delta" in out and draw(st.booleans()):
        out["delta"] = -draw(st.floats(0.0, 0.95)) * out["alpha"]
    return out


def sizes(name: str, low: float = 1.0, high: float = 1e5) -> st.SearchStrategy[list[float]]:
    count = 2 if name in JOINT else 1
    return st.lists(st.floats(low, high), min_size=count, max_size=count)


@every_form
@given(data=st.data())
def test_value_is_its_twin(name: str, data: st.DataObject) -> None:
    params, at = data.draw(drawn(name)), data.draw(sizes(name))
    assert FORMS[name].value(*at, **params) == pytest.approx(TWINS[name](*at, **params), rel=1e-11)


@every_form
@given(data=st.data())
def test_gradient_is_the_central_difference(name: str, data: st.DataObject) -> None:
    form = FORMS[name]
    at = np.array([*data.draw(sizes(name, 2.0, 1e3)), *data.draw(drawn(name)).values()])
    got, value = form.gradient(*at), float(form.value(*at))
    assert got.shape == at.shape
    for i in range(len(at)):
        step = np.zeros(len(at))
        step[i] = 1e-5 * max(abs(at[i]), 1e-3)
        slope = (form.value(*(at + step)) - form.value(*(at - step))) / (2 * step[i])
        assert got[i] == pytest.approx(slope, rel=1e-6, abs=1e-14 * value / step[i])


@every_form
@given(data=st.data())
def test_basis_times_coefficients_is_the_value(name: str, data: st.DataObject) -> None:
    form = FORMS[name]
    params = [data.draw(drawn(name)) for _ in range(3)]
    at = np.array([[10.0, 100.0, 1000.0, 2e4], [5.0, 10.0, 20.0, 20.0]][: 2 if name in JOINT else 1])
    units = {"unit_n": 10.0, "unit_m": 5.0} if name in JOINT else {"unit": 10.0}
    nonlinear = np.array([[p[e] for e in form.EXPONENTS] for p in params])
    if "tau" in form.EXPONENTS:
        nonlinear += 1.0
    coefficients = np.array(data.draw(st.lists(st.floats(0.0, 5.0), min_size=9, max_size=9))).reshape(3, 3)
    coefficients = coefficients[:, : len(form.COEFFICIENTS)]
    columns = form.basis(*at, *nonlinear.T, **units)
    assert columns.shape == (3 if form.EXPONENTS else 1, at.shape[1], len(form.COEFFICIENTS))
    assert np.all(columns >= 0)
    np.testing.assert_allclose(columns[:, 0], 1.0, rtol=1e-12)  # so coefficients are of the errors' magnitude
    back = form.parameters(*units.values(), nonlinear, coefficients)  # type: ignore[attr-defined]
    assert tuple(back) == form.PARAMETERS
    named = {p: v[:, None] for p, v in back.items()}
    got = (columns @ coefficients[:, :, None])[..., 0]
    # atol: a coefficient may be too small for a float of full precision
    np.testing.assert_allclose(got, form.value(*at, **named), rtol=1e-9, atol=1e-300)


@every_form
def test_names_fit_the_functions(name: str) -> None:
    form = FORMS[name]
    first = ["n", "m"] if name in JOINT else ["n"]
    settings = ["f"] if name == "broken" else []
    units = ["unit_n", "unit_m"] if name in JOINT else ["unit"]
    assert name == form.NAME
    assert list(inspect.signature(form.value).parameters) == [*first, *form.PARAMETERS, *settings]
    assert list(inspect.signature(form.gradient).parameters) == [*first, *form.PARAMETERS, *settings]
    assert list(inspect.signature(form.basis).parameters) == [*first, *form.EXPONENTS, *units, *settings]
    assert [p for p in form.PARAMETERS if p in form.EXPONENTS] == list(form.EXPONENTS)
    assert form.EQUATION
    assert form.REFERENCE
    assert form.DOMAIN.endswith(".")


@every_form
@given(data=st.data())
def test_error_falls_with_every_size(name: str, data: st.DataObject) -> None:
    params, at = data.draw(drawn(name)), data.draw(sizes(name))
    slopes = FORMS[name].gradient(*at, **params)[: len(at)]
    assert np.all(slopes <= 0)
    for i in range(len(at)):
        further = list(at)
        further[i] *= data.draw(st.floats(1.0, 100.0))
        assert FORMS[name].value(*further, **params) <= FORMS[name].value(*at, **params) * (1 + 1e-12)


def test_bases_at_known_coefficients() -> None:
    n, m = np.array([10.0, 100.0, 1000.0]), np.array([5.0, 10.0, 20.0])
    columns = power.basis(n, [0.5, 1.0], unit=10.0)
    for row, alpha in zip(columns, (0.5, 1.0), strict=True):
        np.testing.assert_allclose(row @ [3.0 * 10.0**-alpha, 0.2], power.value(n, 3.0, alpha, 0.2))
    joint = product.basis(n, m, [0.5], [0.3], 10.0, 5.0)[0]
    coefficients = [3.0 * 10**-0.5 * 5**-0.3, 0.7 * 5**-0.3, 0.1]
    np.testing.assert_allclose(joint @ coefficients, product.value(n, m, 3.0, 0.5, 0.7, 0.3, 0.1))
