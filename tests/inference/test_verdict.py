"""Each verdict from trials that deserve it."""

from __future__ import annotations

import numpy as np
import pytest

from simworth.errors import InputError
from simworth.inference.fit import fit_curve, fit_law
from simworth.inference.gains import Gain
from simworth.inference.law import Law
from simworth.inference.verdict import judge
from simworth.testing import synthetic_curve, synthetic_grid

SIZES = [50, 100, 200, 400, 800, 1600]


def law(D: float, C: float, noise: float = 0.01) -> Law:
    return fit_curve(synthetic_curve(SIZES, D, 0.5, C, replicate_sd=0.02, noise_sd=noise))


def gain(low: float, high: float) -> Gain:
    middle = 0.5 * (low + high)
    return Gain("ridge", 1600, 10, middle, low, high, middle, low, high, 1.0)


@pytest.mark.parametrize(
    ("D", "C", "bounds", "code", "says"),
    [
        (3.0, 0.5, (0.2, 0.4), "law", "falls as D n"),
        (3.0, 0.5, None, "law", "falls as D n"),
        (0.0, 0.5, (0.2, 0.4), "plateau", "levelled off at 0.5"),
        (3.0, 0.5, (-0.1, 0.2), "no_transfer", "No transfer is detectable"),
        (3.0, 0.5, (-0.3, -0.1), "harmful", "Transfer harms: at n = 1,600 the error is 0.2 debye"),
        (-2.0, 1.0, (0.2, 0.4), "rising", "error rises"),
        (-2.0, 1.0, None, "rising", "The error rises"),
    ],
)
def test_codes(D: float, C: float, bounds: tuple[float, float] | None, code: str, says: str) -> None:
    verdict = judge(law(D, C), gain(*bounds) if bounds else None, "debye")
    assert verdict.code == code
    assert says in verdict.sentence
    assert "{" not in verdict.sentence


def test_noise_is_no_trend() -> None:
    noisy = fit_law([10, 20, 40, 80], [1.0, 1.3, 0.7, 0.9])
    assert judge(noisy).code == "no_trend"


def test_too_few_sizes() -> None:
    verdict = judge(fit_law([0, 10, 20, 20], [9, 2, 1, 1.1]), gain(0.1, 0.2))
    assert verdict.code == "too_few_sizes"
    assert "2 different sizes" in verdict.sentence


def test_a_gain_without_interval_does_not_decide() -> None:
    lone = Gain("ridge", 1600, 1, -5.0, None, None, -5.0, None, None, 1.0)
    assert judge(law(3.0, 0.5), lone).code == "law"


def test_a_decay_rate_at_its_bound_says_so() -> None:
    n = 50 * 2.0 ** np.arange(6)
    steep = fit_law(n, 1e6 * n**-2.9 + 1e-6)
    assert "at the bound" in judge(steep).sentence
    assert steep.rate_at_bound
    usual = fit_law(n, 3 * n**-0.5 + 0.1)
    assert "at the bound" not in judge(usual).sentence
    assert not usual.rate_at_bound
    assert not fit_law(n, [0.5] * 6).rate_at_bound


def test_another_form_is_named_where_the_power_law_is_not_it() -> None:
    n = 50 * 2.0 ** np.arange(11)
    bounded = fit_law(n, 2 / (1 + (n / 1500) ** 1.5) + 0.1)
    assert bounded.p_forms["gap"] + bounded.p_forms["no_gap"] < 0.1
    assert "(C + I g) / (1 + g)" in judge(bounded).sentence


@pytest.mark.parametrize(("D", "C", "code"), [(3.0, 0.5, "law"), (0.0, 0.5, "plateau"), (-2.0, 1.0, "rising")])
def test_a_law_says_its_verdict(D: float, C: float, code: str) -> None:
    made = synthetic_curve(SIZES, D, 0.5, C, replicate_sd=0.02, noise_sd=0.01)
    one = fit_law(made.n, made.error, replicate=made.replicate)
    assert one.verdict == judge(one)
    assert one.verdict.code == code
    assert str(one) == str(one.verdict) == one.verdict.sentence
    assert repr(one) == f"<Law in n: 6 points, n = 50 to 1,600, {len(one.draw_form)} draws>"


@pytest.mark.parametrize("C", [0.0, 0.5])
def test_an_exact_power_law_is_a_law(C: float) -> None:
    n = 50 * 2.0 ** np.arange(8)
    assert fit_law(n, 3 * n**-0.5 + C).verdict.code == "law"


def test_a_law_without_draws_says_why_and_refuses_the_rest() -> None:
    none = fit_law([10, 20, 40], [3, 2, 1])
    assert none.verdict.code == "too_few_sizes"
    assert "3 different sizes" in str(none)
    assert repr(none) == "<Law in n: 3 points, n = 10 to 40, too_few_sizes>"
    assert "0 different sizes" in str(fit_law([10, 20], [np.nan, np.nan]))
    for ask in (
        lambda: none.curve([10]),
        lambda: none.limit(),
        lambda: none.needed(0.5),
        lambda: none.slopes(10),
        lambda: none.decay_rate(),
        lambda: none.rate_at_bound,
        lambda: none.falls,
    ):
        with pytest.raises(InputError, match="at least 4 different sizes"):
            ask()


def test_a_joint_law_says_whether_n_matters() -> None:
    for A, code in ((8.0, "law"), (0.0, "no_trend")):
        made = synthetic_grid([50, 100, 200, 400, 800], [20, 40, 80], A, 0.5, 1.0, 0.4, 0.1, noise_sd=0.01)
        both = fit_law(made.n, made.error, made.m, made.replicate)
        assert both.verdict.code == code
        assert "n up to 800, m up to 80" in str(both)
        rows = np.nan_to_num(both.draws["A"]) > 0
        assert len(both.decay_rate()) == rows.sum()
