"""fit_law on curves whose law is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.inference.fit import fit_curve, fit_law
from simworth.inference.law import Status
from simworth.laws import power, product
from simworth.testing import synthetic_curve, synthetic_grid

SIZES = [50, 100, 200, 400, 800, 1600, 3200]


def quantiles(values: np.ndarray) -> list[float]:
    return [float(q) for q in np.nanquantile(values, [0.05, 0.5, 0.95])]


def test_a_known_law_is_found() -> None:
    law = fit_curve(synthetic_curve(SIZES, 3.0, 0.5, 0.5, replicates=20))
    assert law.status is Status.fitted
    assert sum(law.p_forms.values()) == pytest.approx(1)
    for name, truth in (("D", 3.0), ("alpha", 0.5), ("C", 0.5)):
        low, _, high = quantiles(law.draws[name])
        assert low < truth < high
    assert law.p_gap_zero < 0.05
    low, high = law.predict([12800]).interval()
    assert low[0] < power.value(12800, 3.0, 0.5, 0.5) < high[0]


@pytest.mark.parametrize(
    ("D", "C", "form"), [(3.0, 0.0, "no_gap"), (0.0, 0.5, "flat"), (-1.0, 0.5, "rising"), (3.0, 0.5, "gap")]
)
def test_each_form_is_recognised(D: float, C: float, form: str) -> None:
    made = synthetic_curve(SIZES, D, 0.5, C, replicates=20, replicate_sd=0.01, noise_sd=0.01)
    assert fit_curve(made).p_forms[form] > 0.8


def test_the_same_trials_give_the_same_bits_in_any_order() -> None:
    made = synthetic_curve(SIZES, 3.0, 0.5, 0.5)
    order = np.random.default_rng(0).permutation(len(made.n))
    one = fit_law(made.n, made.error, replicate=made.replicate)
    two = fit_law(made.n[order], made.error[order], replicate=made.replicate[order])
    for name, values in one.draws.items():
        np.testing.assert_allclose(values, two.draws[name], rtol=1e-6)
    again = fit_law(made.n, made.error, replicate=made.replicate)
    assert all(np.array_equal(v, again.draws[k], equal_nan=True) for k, v in one.draws.items())


@settings(max_examples=10, deadline=None)
@given(st.floats(1e-3, 1e3))
def test_the_unit_of_the_error_does_not_matter(unit: float) -> None:
    made = synthetic_curve(SIZES, 3.0, 0.5, 0.5)
    one = fit_law(made.n, made.error, replicate=made.replicate)
    two = fit_law(made.n, unit * made.error, replicate=made.replicate)
    np.testing.assert_allclose(quantiles(two.draws["C"]), unit * np.array(quantiles(one.draws["C"])), rtol=0.05)
    for form, p in one.p_forms.items():
        assert two.p_forms[form] == pytest.approx(p, abs=1e-3)


def test_pairing_is_used() -> None:
    """Large replicate effects blur the level and leave the decay: α must not get wider with them."""
    calm = fit_curve(synthetic_curve(SIZES, 3.0, 0.5, 0.5, replicate_sd=0.01))
    wild = fit_curve(synthetic_curve(SIZES, 3.0, 0.5, 0.5, replicate_sd=0.3))
    width = [np.diff(quantiles(law.draws["alpha"][law.draws["D"] > 0])[::2])[0] for law in (calm, wild)]
    assert width[1] < 2.5 * width[0]
    fall = [law.curve([50, 3200]) for law in (calm, wild)]
    spread = [np.std(f[:, 0] - f[:, 1]) for f in fall]
    level = [np.std(f[:, 1]) for f in fall]
    assert level[1] > 5 * level[0]
    assert spread[1] < 2 * spread[0]


def test_fewer_replicates_give_wider_intervals() -> None:
    def width(replicates: int) -> float:
        made = [synthetic_curve(SIZES, 3.0, 0.5, 0.5, replicates=replicates, seed=s) for s in range(5)]
        bounds = [fit_curve(m).predict([12800]).interval() for m in made]
        return float(np.mean([high - low for low, high in bounds]))

    assert width(3) > 1.5 * width(30)


def test_too_few_sizes_is_an_answer_not_an_error() -> None:
    law = fit_law([10, 20, 40, 80], [4, 3, 2, np.nan])
    assert law.status is Status.too_few_sizes
    assert law.n.tolist() == [10, 20, 40]
    with pytest.raises(InputError, match="at least 4 different sizes"):
        law.predict([100])
    assert fit_law([10, 20], [np.nan, np.nan]).status is Status.too_few_sizes


def test_failed_trials_and_direct_learning_are_no_points() -> None:
    law = fit_law([0, 10, 20, 40, 80, 160], [9, 4, np.nan, 2.2, 1.7, 1.4])
    assert law.n.tolist() == [10, 40, 80, 160]


@pytest.mark.parametrize(("error", "said"), [([0.0] * 6, "every error is 0"), ([1e300] * 6, "1e\\+300")])
def test_errors_no_law_can_be_fitted_to_are_refused(error: list[float], said: str) -> None:
    with pytest.raises(InputError, match=said):
        fit_law([10, 20, 40, 80, 160, 320], error)


def test_replicates_without_noise_of_their_own_are_fitted() -> None:
    n = [100, 200, 400, 800] * 3
    replicate = [r for r in range(3) for _ in range(4)]
    law = fit_law(n, [1.0 + r for r in replicate], replicate=replicate)
    assert law.predict([1600]).median[0] == pytest.approx(2.0, rel=0.2)


@pytest.mark.parametrize("error", [[1.0] * 6, [2, 1, 0.5, 0.25, 0.125, 0.0625]])
def test_noiseless_curves_are_fitted(error: list[float]) -> None:
    law = fit_law([10, 20, 40, 80, 160, 320], error)
    assert law.status is Status.fitted
    median = law.predict([640]).median[0]
    assert np.isfinite(median)
    if error[0] == 1.0:
        assert median == pytest.approx(1.0, rel=0.05)
    assert np.isfinite(law.predict([640]).log_density([error[-1]])).all()


def test_density_integrates_to_one_and_agrees_with_the_interval() -> None:
    prediction = fit_curve(synthetic_curve(SIZES, 3.0, 0.5, 0.5)).predict([6400])
    grid = np.linspace(0, 2, 20_001)
    density = np.exp([prediction.log_density([e])[0] for e in grid[::10]])
    assert float(density.sum() * (grid[10] - grid[0])) == pytest.approx(1, abs=0.01)
    low, high = prediction.interval(0.8)
    inside = (grid[::10] > low[0]) & (grid[::10] < high[0])
    assert float(density[inside].sum() * (grid[10] - grid[0])) == pytest.approx(0.8, abs=0.03)


def test_measured_means_are_noisier_than_expected_errors_but_share_the_split() -> None:
    made = synthetic_curve(SIZES, 3.0, 0.5, 0.5, replicates=5, replicate_sd=0.3, noise_sd=0.02)
    law = fit_curve(made)
    expected, measured = law.predict([6400]), law.predict_measured([6400])
    width = [float(np.subtract(*p.interval()[::-1])[0]) for p in (expected, measured)]
    assert width[1] < 0.5 * width[0]


def test_the_joint_law_is_found_and_is_per_m_for_one_m() -> None:
    made = synthetic_grid([50, 100, 200, 400, 800], [20, 40, 80], 8.0, 0.5, 1.0, 0.4, 0.1, noise_sd=0.01)
    law = fit_law(made.n, made.error, made.m, made.replicate)
    assert law.joint
    low, high = law.predict([1600, 400], [80, 40]).interval(0.98)
    truth = product.value([1600, 400], [80, 40], 8.0, 0.5, 1.0, 0.4, 0.1)
    assert ((low < truth) & (truth < high)).all()
    one = made.where(made.m == 40)
    assert not fit_law(one.n, one.error, one.m, one.replicate).joint
    with pytest.raises(InputError, match="give m as well"):
        law.predict([100])


def test_impossible_questions_are_refused() -> None:
    law = fit_curve(synthetic_curve(SIZES, 3.0, 0.5, 0.5))
    with pytest.raises(InputError, match="positive finite"):
        law.predict([0])
    with pytest.raises(InputError, match="for one m only"):
        law.predict([10], [5])
    with pytest.raises(InputError, match="between 0 and 1"):
        fit_law(SIZES, range(7), level=90)
