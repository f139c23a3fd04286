"""Need, limit, growth and stop, from draws whose answer is known by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simworth.errors import InputError
from simworth.inference.fit import fit_curve, fit_law
from simworth.inference.law import Law
from simworth.laws import power
from simworth.planning.growth import growth
from simworth.planning.limit import limit
from simworth.planning.need import need, sizes_needed
from simworth.planning.stop import stop
from simworth.testing import synthetic_curve

Certain = Callable[..., Law]


def test_need_inverts_the_law(known: Law) -> None:
    answer = need(known, 0.53, unit="debye")
    assert answer.values["n"].median == pytest.approx(10_000)
    assert answer.probabilities == {"unreachable": 0.0, "reached_now": 0.0}
    assert "about 10,000 simulated materials" in answer.sentence
    assert "0.53 debye" in answer.sentence


def test_need_limit_and_growth_of_a_curve_without_noise() -> None:
    law = fit_curve(synthetic_curve([100, 200, 400, 800, 1600, 3200], 5.0, 0.6, 0.2, replicate_sd=0.0, noise_sd=1e-5))
    assert need(law, power.value(12_800, 5.0, 0.6, 0.2).item()).values["n"].median == pytest.approx(12_800, rel=0.05)
    assert limit(law).values["C"].median == pytest.approx(0.2, rel=0.05)
    expected = power.value(32_000, 5.0, 0.6, 0.2).item()
    assert growth(law).values["error_at_10x"].median == pytest.approx(expected, rel=0.02)


def test_need_says_when_it_is_reached_or_out_of_reach(known: Law, certain: Certain) -> None:
    assert "present 1,000 materials reach" in need(known, 0.6).sentence
    assert "out of reach" in need(known, 0.4).sentence
    half = certain({"D": [3.0, 3.0], "alpha": [0.5, 0.5], "C": [0.5, 0.6]})
    answer = need(half, 0.53)
    assert answer.probabilities["unreachable"] == 0.5
    assert np.isinf(answer.values["n"].high)


def test_need_of_flat_and_rising_draws(certain: Certain) -> None:
    law = certain({"D": [0.0, 0.0, -1.0, 1e-3], "alpha": [np.nan, np.nan, 0.5, 0.02], "C": [0.5, 0.7, 1.0, 0.5]})
    got = sizes_needed(law, 0.6, 1000.0)
    assert got[0] == 1
    assert np.isinf(got[1])
    assert np.isinf(got[2])
    assert np.isfinite(got[3])


def test_need_chooses_a_target_and_refuses_a_bad_one(known: Law) -> None:
    answer = need(known)
    assert answer.given["target_error"] == pytest.approx(0.9 * power.value(1000, 3.0, 0.5, 0.5))
    for target in (0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match="positive number"):
            need(known, target)


def test_limit(certain: Certain) -> None:
    law = certain({"D": [3.0, 1.0], "alpha": [0.5, 0.5], "C": [0.5, 0.5]}, 0.2)
    answer = limit(law, unit="K")
    assert answer.values["C"].median == 0.5
    assert answer.probabilities == {"within_10_percent": 0.5, "zero": 0.2}
    assert "0.5 K" in answer.sentence


def test_near_the_limit_is_what_one_says_it_is(known: Law) -> None:
    share = power.value(1000, 3.0, 0.5, 0.5).item() / 0.5 - 1
    assert limit(known, near=0.99 * share).probabilities["within_18.8_percent"] == 0.0
    answer = limit(known, near=1.01 * share)
    assert next(iter(answer.probabilities.values())) == 1.0
    assert "within 19 %" in answer.sentence
    with pytest.raises(InputError, match="near the limit"):
        limit(known, near=0.0)


def test_limit_of_a_rising_curve_and_of_none(certain: Certain) -> None:
    assert "rises with n" in limit(certain({"D": [-1.0], "alpha": [0.5], "C": [0.5]})).sentence
    assert "No limit shows" in limit(certain({"D": [1.0], "alpha": [0.5], "C": [0.0]}, 1.0)).sentence


def test_growth(known: Law) -> None:
    answer = growth(known)
    for factor in (2, 10):
        error = power.value(factor * 1000, 3.0, 0.5, 0.5)
        assert answer.values[f"error_at_{factor}x"].median == pytest.approx(float(error))
        cut = 1 - error / power.value(1000, 3.0, 0.5, 0.5)
        assert answer.values[f"cut_at_{factor}x"].median == pytest.approx(float(cut))


def test_stop(known: Law, certain: Certain) -> None:
    cut = float(1 - power.value(2000, 3.0, 0.5, 0.5) / power.value(1000, 3.0, 0.5, 0.5))
    assert "go on" in stop(known, 0.9 * cut).sentence
    assert "stop, and spend" in stop(known, 1.1 * cut).sentence
    mixed = certain({"D": [3.0, 0.0], "alpha": [0.5, np.nan], "C": [0.5, 0.5]})
    assert "undecided" in stop(mixed).sentence
    with pytest.raises(InputError, match="between 0 and 1"):
        stop(known, 2)


def test_stop_in_money(known: Law, certain: Certain) -> None:
    gain = float(power.value(1000, 3.0, 0.5, 0.5) - power.value(2000, 3.0, 0.5, 0.5))
    # A thousand more simulations at 2 each are worth 2000: break-even at 2000 / gain a unit of error.
    poor, rich = (stop(known, cost_per_simulation=2.0, value=f * 2000 / gain) for f in (0.99, 1.01))
    assert poor.probabilities["worth_less_than_cost"] == 1.0
    assert "stop, and spend" in poor.sentence
    assert rich.probabilities["worth_less_than_cost"] == 0.0
    assert "go on" in rich.sentence
    assert rich.values["worth"].median == pytest.approx(2020)
    assert rich.given["cost"] == 2000
    mixed = certain({"D": [3.0, 0.0], "alpha": [0.5, np.nan], "C": [0.5, 0.5]})
    assert "undecided" in stop(mixed, cost_per_simulation=1e-3, value=1e6).sentence
    for money in ({"value": 1.0}, {"cost_per_simulation": 1.0}):
        with pytest.raises(InputError, match="give both"):
            stop(known, **money)
    with pytest.raises(InputError, match="cost of a simulation is -1"):
        stop(known, cost_per_simulation=-1.0, value=1.0)


def test_growth_of_a_rising_curve_is_a_rise() -> None:
    n = 50 * 2.0 ** np.arange(6)
    sentence = growth(fit_law(n, 2 - 3 * n**-0.5)).sentence
    assert "a rise of" in sentence
    assert "a cut of" not in sentence
