"""The forms where numbers are huge or tiny: limits are met, nothing warns (a warning is an error), all is a number."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from simworth.laws import JOINT, SINGLE, Form, effective

FORMS: dict[str, Form] = {**SINGLE, **JOINT}
HUGE = np.array([1.0, 10.0, 1e5, 1e20, 1e100, 1e200, 1e300])
EXPONENTS = (0.02, 0.5, 3.0)
every_form = pytest.mark.parametrize("name", FORMS)


def params(name: str, exponent: float, scale: float = 30.0) -> dict[str, float]:
    """Parameters of a form with all exponents and all scales alike."""
    known = {"alpha": exponent, "beta": exponent, "gamma": exponent, "delta": -0.5 * exponent, "I": 7.0}
    known |= dict.fromkeys(("s", "n0", "b", "tau", "m0"), scale) | {"k": 1 / scale}
    known |= {"D": 5.0, "A": 4.0, "B": 2.0, "C": 0.5, "E": 0.25}
    return {p: known[p] for p in FORMS[name].PARAMETERS}


def at(name: str, m: float = 40.0) -> list[NDArray[np.float64]]:
    return [HUGE, np.full_like(HUGE, m)] if name in JOINT else [HUGE]


@every_form
@pytest.mark.parametrize("scale", [1e-3, 30.0, 1e12])
@pytest.mark.parametrize("exponent", EXPONENTS)
def test_values_gradients_and_bases_are_numbers(name: str, exponent: float, scale: float) -> None:
    form, named = FORMS[name], params(name, exponent, scale)
    values = form.value(*at(name), **named)
    assert np.all(np.isfinite(values))
    assert np.all(np.diff(values) <= 0)
    assert np.all(np.isfinite(form.gradient(*at(name), **named)))
    nonlinear = [np.array([named[e]]) for e in form.EXPONENTS]
    columns = form.basis(*at(name), *nonlinear)
    assert np.all((columns >= 0) & (columns <= 1 + 1e-12))


@every_form
@pytest.mark.parametrize("exponent", [0.1, 0.5, 3.0])
def test_limit_is_the_value_at_a_huge_size(name: str, exponent: float) -> None:
    form, named = FORMS[name], params(name, exponent)
    far = form.value(*(v[-1:] for v in at(name)), **named)
    limit = form.limit(*(v[-1:] for v in at(name)[1:]), named)  # type: ignore[attr-defined]
    left = 1e300 ** -min(exponent, exponent * exponent, 0.5 * exponent)  # the slowest of all: a broken or effective one
    np.testing.assert_allclose(np.broadcast_to(limit, far.shape), far, rtol=1e-12, atol=100 * left)
    assert np.all(limit <= far)


@pytest.mark.parametrize("name", JOINT)
def test_joint_limits_fall_with_m(name: str) -> None:
    m = np.array([1.0, 10.0, 1e5, 1e300])
    limits = np.broadcast_to(JOINT[name].limit(m, params(name, 0.5)), m.shape)
    assert np.all(np.diff(limits) <= 0)
    assert limits[-1] == pytest.approx(0.25)


def test_effective_limit_without_worth_is_that_of_experiments_alone() -> None:
    named = params("effective", 0.5) | {"k": 0.0}
    assert effective.limit(40.0, named) == pytest.approx(5.0 * 40**-0.5 + 0.25)
    assert effective.value(1e300, 40.0, **named) == pytest.approx(float(effective.limit(40.0, named)))


def test_limits_take_draws() -> None:
    draws = {"D": np.ones(3), "beta": np.full(3, 0.5), "gamma": np.ones(3), "k": np.array([0.0, 1e-3, 1.0])}
    got = effective.limit(100.0, draws | {"E": np.array([0.1, 0.2, 0.3])})
    np.testing.assert_allclose(got, [0.2, 0.2, 0.3])


def test_effective_slope_at_no_worth_may_be_beyond_floats() -> None:
    slopes = effective.gradient(1e300, 40.0, 5.0, 0.5, 3.0, 0.0, 0.25)
    assert slopes[5] == -np.inf
    assert np.all(np.isfinite(np.delete(slopes, 5)))


@pytest.mark.parametrize("name", ["bounded", "exponential", "shifted", "effective", "flat"])
def test_forms_that_know_an_error_without_simulation(name: str) -> None:
    form, named = FORMS[name], params(name, 0.5)
    none, one = (form.value(*[n, 40.0][: 1 + (name in JOINT)], **named) for n in (0.0, 1.0))
    assert np.isfinite(none)
    assert none >= one
