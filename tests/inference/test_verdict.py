"""Each verdict from trials that deserve it."""

from __future__ import annotations

import numpy as np
import pytest

from simworth.inference.fit import fit_curve, fit_law
from simworth.inference.gains import Gain
from simworth.inference.law import Law
from simworth.inference.verdict import judge
from simworth.testing import synthetic_curve

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
        (-2.0, 1.0, (0.2, 0.4), "no_trend", "error rises"),
    ],
)
def test_codes(D: float, C: float, bounds: tuple[float, float] | None, code: str, says: str) -> None:
    verdict = judge(law(D, C), gain(*bounds) if bounds else None, "debye", 6)
    assert verdict.code == code
    assert says in verdict.sentence
    assert "{" not in verdict.sentence


def test_noise_is_no_trend() -> None:
    noisy = fit_law([10, 20, 40, 80], [1.0, 1.3, 0.7, 0.9])
    assert judge(noisy, None).code == "no_trend"


def test_too_few_sizes() -> None:
    verdict = judge(fit_law([10, 20], [2, 1]), gain(0.1, 0.2), "", 2)
    assert verdict.code == "too_few_sizes"
    assert "2 different sizes" in verdict.sentence


def test_a_gain_without_interval_does_not_decide() -> None:
    lone = Gain("ridge", 1600, 1, -5.0, None, None, -5.0, None, None, 1.0)
    assert judge(law(3.0, 0.5), lone).code == "law"


def test_a_decay_rate_at_its_bound_says_so() -> None:
    n = 50 * 2.0 ** np.arange(6)
    steep = fit_law(n, 1e6 * n**-2.9 + 1e-6)
    assert "at the bound" in judge(steep, None).sentence
    assert "at the bound" not in judge(fit_law(n, 3 * n**-0.5 + 0.1), None).sentence


def test_another_form_is_named_where_the_power_law_is_not_it() -> None:
    n = 50 * 2.0 ** np.arange(11)
    bounded = fit_law(n, 2 / (1 + (n / 1500) ** 1.5) + 0.1)
    assert bounded.p_forms["gap"] + bounded.p_forms["no_gap"] < 0.1
    assert "(C + I g) / (1 + g)" in judge(bounded, None).sentence
