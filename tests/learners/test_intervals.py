from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.learners.coverage import judge, leave_one_replicate_out
from simworth.learners.intervals import Calibrated, by_material, calibrate, needed
from simworth.learners.spread import FEWEST, Ensemble, Spread, ensemble, fit_spread

NETWORKS = 12


def made_up(
    seed: int, materials: int, *, shared: float = 1.0, weight: float = 3.0, networks: int = NETWORKS
) -> tuple[np.ndarray, np.ndarray]:
    """All networks' predictions (networks, materials) and the measured values (materials,), as the model of the
    spread has them: own variances differ from material to material.
    """
    rng = np.random.default_rng(seed)
    truth = 10 * rng.normal(size=materials)
    own = np.sqrt(weight / rng.chisquare(weight, size=materials))
    together = np.sqrt(shared) * own * rng.normal(size=materials)
    return truth + together + own * rng.normal(size=(networks, materials)), truth


def held_out(seed: int, predictions: np.ndarray, share: float = 0.2) -> np.ndarray:
    """Predictions where each network's split held the material out, NaN elsewhere."""
    rng = np.random.default_rng(seed)
    size = round(share * predictions.shape[1])
    rows = [rng.permutation(predictions.shape[1])[:size].astype(np.int32) for _ in predictions]
    return by_material(rows, [p[r] for p, r in zip(predictions, rows, strict=True)], predictions.shape[1])


def test_by_material_puts_predictions_where_they_belong() -> None:
    found = by_material([np.array([2, 0], np.int32), np.array([1], np.int32)], [np.array([5.0, 6.0]), np.ones(1)], 4)
    np.testing.assert_array_equal(found, [[6, np.nan, 5, np.nan], [np.nan, 1, np.nan, np.nan]])


def test_the_tunings_of_a_replicate_are_one_network() -> None:
    rows = [np.array([2, 0], np.int32), np.array([1], np.int32), np.array([2, 0], np.int32)]
    said = [np.array([5.0, 6.0]), np.ones(1), np.array([np.nan, 8.0])]
    found = by_material(rows, said, 4, [7, 9, 7])
    np.testing.assert_array_equal(found, [[7, np.nan, 5, np.nan], [np.nan, 1, np.nan, np.nan]])


def test_an_ensemble_is_summed_up_over_who_is_there() -> None:
    e = ensemble(np.array([[1.0, 2.0, np.nan], [3.0, np.nan, np.nan]]))
    np.testing.assert_array_equal(e.networks, [2, 1, 0])
    np.testing.assert_array_equal(e.mean, [2, 2, np.nan])
    np.testing.assert_array_equal(e.squares, [2, 0, 0])


def test_the_scale_of_known_spreads() -> None:
    e = ensemble(np.array([[0.0, 0.0], [2.0, np.nan]]))
    # t = (3 × 4 + 2) / (3 + 1) and (3 × 4 + 0) / (3 + 0)
    np.testing.assert_allclose(Spread(0.5, 3.0, 4.0).scale(e) ** 2, [(0.5 + 0.5) * 3.5, (0.5 + 1.0) * 4.0])


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(-4, 4), min_size=3, max_size=25),
    st.sampled_from([0.5, 0.6, 0.75, 0.8, 0.9, 0.95]),
    st.integers(0, 2**32 - 1),
)
def test_exchangeable_errors_are_covered_at_least_as_often_as_promised(
    errors: list[int], level: float, seed: int
) -> None:
    """An exact finite-sample fact, ties or not: of n + 1 scores each is asked in turn, the others calibrate."""
    e = np.array(errors, dtype=np.float64)
    scale = np.random.default_rng(seed).uniform(0.5, 2.0, size=len(e))
    if len(e) - 1 < needed(level):
        return
    inside = 0
    for i in range(len(e)):
        low, high = Calibrated(np.delete(e, i), np.delete(scale, i), None).interval(np.zeros((1, 1)), level)
        inside += int(low[0] * scale[i] <= e[i] <= high[0] * scale[i])
    assert inside >= level * len(e) - 1e-9
    if len(np.unique(np.abs(e) / scale)) == len(e):
        assert inside <= level * len(e) + 1  # and not needlessly more


@pytest.mark.parametrize(("level", "least"), [(0.5, 1), (0.8, 4), (0.9, 9), (0.95, 19), (0.99, 99)])
def test_as_many_materials_are_needed_as_the_level_says(level: float, least: int) -> None:
    assert needed(level) == least
    errors = np.arange(1.0, least + 1)
    low, high = Calibrated(errors, np.ones(least), None).interval(np.zeros((2, 1)), level)
    assert (low[0], high[0]) == (-least, least)  # the largest error, and no infinity
    with pytest.raises(InputError, match=rf"{level} intervals need .* at least {least} materials .* {least - 1};"):
        Calibrated(errors[1:], np.ones(least - 1), None).interval(np.zeros((2, 1)), level)


@pytest.mark.parametrize("level", [0.0, 1.0, 90.0, -1.0, float("nan")])
def test_a_level_that_is_none_is_refused(level: float) -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        Calibrated(np.ones(50), np.ones(50), None).interval(np.zeros((2, 1)), level)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.floats(0.1, 0.97), st.floats(0.1, 0.97))
def test_a_higher_level_is_never_narrower(seed: int, one: float, other: float) -> None:
    predictions, truth = made_up(seed, 80)
    found = calibrate(held_out(seed, predictions), truth)
    ends = [found.interval(predictions[:, :5], level) for level in sorted((one, other))]
    assert (ends[1][0] <= ends[0][0]).all()
    assert (ends[0][1] <= ends[1][1]).all()


@pytest.mark.parametrize(("factor", "shift"), [(1e-6, 0.0), (-3.0, 7.0), (1e4, -2.0)])
def test_intervals_follow_the_unit(factor: float, shift: float) -> None:
    predictions, truth = made_up(1, 120)
    held = held_out(1, predictions)
    ends = np.stack(calibrate(held, truth).interval(predictions[:, :9]))
    again = calibrate(factor * held + shift, factor * truth + shift).interval(factor * predictions[:, :9] + shift)
    np.testing.assert_allclose(again, np.sort(factor * ends + shift, axis=0), rtol=1e-4, atol=abs(factor) * 1e-3)


def test_the_order_of_networks_and_materials_does_not_matter() -> None:
    predictions, truth = made_up(2, 100)
    held, rng = held_out(2, predictions), np.random.default_rng(3)
    rows, columns = rng.permutation(NETWORKS), rng.permutation(100)
    ends = calibrate(held, truth).interval(predictions[:, :9])
    again = calibrate(held[rows][:, columns], truth[columns]).interval(predictions[rows, :9])
    np.testing.assert_allclose(again, ends, rtol=1e-4)


def test_errors_are_as_large_as_their_scales_say_for_any_number_of_networks() -> None:
    predictions, truth = made_up(4, 10_000, shared=0.5, weight=6.0)
    held = ensemble(held_out(4, predictions)[:, :5000])
    some = held.networks > 0
    spread = fit_spread(Ensemble(*(v[some] for v in held)), (truth[:5000] - held.mean)[some])
    assert spread is not None
    new = [ensemble(predictions[:k, 5000:]) for k in (1, 2, 4, NETWORKS)]
    shares = [np.mean(np.abs(truth[5000:] - e.mean) <= 1.6 * spread.scale(e)) for e in new]
    assert np.ptp(shares) < 0.06


@pytest.mark.parametrize("shared", [0.1, 1.0, 5.0])
def test_an_ensemble_of_all_networks_is_covered_and_gets_credit_for_averaging(shared: float) -> None:
    calibration, known = made_up(5, 600, shared=shared)
    new, truth = made_up(6, 4000, shared=shared)
    found = calibrate(held_out(5, calibration), known)
    assert found.spread is not None
    all_networks = judge(*found.interval(new), truth, 0.9)
    one = judge(*found.interval(new[:1]), truth, 0.9)
    plain = judge(*Calibrated(found.errors, np.ones_like(found.errors), None).interval(new), truth, 0.9)
    assert 0.85 <= all_networks.covered <= 0.95
    assert 0.85 <= one.covered <= 0.95
    assert all_networks.width < one.width
    assert all_networks.score < plain.score


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("strict", [False, True])
def test_leaving_replicates_out_covers(single: bool, strict: bool) -> None:
    predictions, truth = made_up(7, 500)
    found = leave_one_replicate_out(held_out(7, predictions), truth, single=single, strict=strict)
    assert found.asked == NETWORKS * 100
    assert 0.86 <= found.covered <= 0.94
    assert 0 < found.width < found.score


def test_strict_calibration_never_sees_the_asked_materials() -> None:
    """Every network predicts every material; strictly, nothing is then left to calibrate on."""
    predictions, truth = made_up(8, 60)
    assert leave_one_replicate_out(predictions, truth, strict=False).covered > 0.8
    with pytest.raises(InputError, match="no network predicts"):
        leave_one_replicate_out(predictions, truth)


def test_the_score_of_known_intervals() -> None:
    found = judge(np.array([0.0, 0.0]), np.array([1.0, 3.0]), np.array([1.0, 3.5]), 0.9)
    assert (found.asked, found.covered, found.width) == (2, 0.5, 2.0)
    assert found.score == pytest.approx((1 + 3 + 20 * 0.5) / 2)


def test_one_network_a_material_gives_equally_wide_intervals() -> None:
    predictions, truth = made_up(9, 60)
    folds = np.where(np.arange(60) % NETWORKS == np.arange(NETWORKS)[:, None], predictions, np.nan)
    found = calibrate(folds, truth)
    assert found.spread is None
    low, high = found.interval(predictions)
    np.testing.assert_allclose(high - low, high[0] - low[0])


def test_few_materials_with_several_networks_give_equally_wide_intervals() -> None:
    predictions, truth = made_up(10, FEWEST)
    assert calibrate(predictions, truth).spread is not None
    assert calibrate(predictions[:, 1:], truth[1:]).spread is None


def test_perfect_and_agreeing_networks_are_no_trouble() -> None:
    truth = np.linspace(0.0, 1.0, 50)
    same = np.tile(truth, (3, 1))
    low, high = calibrate(same, truth).interval(same)
    np.testing.assert_allclose(low, high, atol=1e-12)
    low, high = calibrate(same, truth + np.tile([-1.0, 1.0], 25)).interval(same)  # agreed, and wrong by 1
    np.testing.assert_allclose(high - low, 2.0, rtol=1e-6)


def test_failed_networks_do_not_count() -> None:
    predictions, truth = made_up(11, 100)
    held = held_out(11, predictions)
    more = np.concatenate([held, np.full((2, 100), np.nan)])
    np.testing.assert_array_equal(
        calibrate(more, truth).interval(predictions), calibrate(held, truth).interval(predictions)
    )


def test_what_cannot_be_calibrated_is_refused() -> None:
    predictions, truth = made_up(12, 40)
    with pytest.raises(InputError, match="one measured value a material"):
        calibrate(predictions, truth[:-1])
    with pytest.raises(InputError, match=r"give \(networks, materials\)"):
        calibrate(truth, truth)
    with pytest.raises(InputError, match="no network predicts"):
        calibrate(np.full((3, 40), np.nan), truth)
    with pytest.raises(InputError, match="measured value of material 3 is not"):
        calibrate(predictions, np.where(np.arange(40) == 3, np.nan, truth))
    found = calibrate(predictions, truth)
    with pytest.raises(InputError, match="material 1 of those asked has no finite prediction"):
        found.interval(np.array([[1.0, np.nan], [1.0, np.inf]]))
    with pytest.raises(InputError, match="needs two replicates"):
        leave_one_replicate_out(predictions[:1], truth)


def test_warning_filters_are_left_as_they_were() -> None:
    before = list(warnings.filters)
    Calibrated(np.ones(50), np.ones(50), None).interval(np.zeros((2, 1)))
    assert warnings.filters == before
