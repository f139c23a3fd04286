from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.learners.intervals import Calibrated
from simworth.model.window import FEWEST, best_first, check_window, in_window, outside_by, position

SCORES = np.arange(-9.5, 10.0)
"""Twenty errors of unit scale, a half and its like on either side of zero."""
CALIBRATED = Calibrated(SCORES, np.ones(20), None)
ONE = np.ones(1)


def probability(low: float | None, high: float | None, mean: float = 0.0, scale: float = 1.0) -> float:
    return float(in_window(CALIBRATED, np.array([mean]), np.array([scale]), low, high)[0])


def test_a_window_has_the_share_of_scores_within_it() -> None:
    assert probability(-1, 1) == pytest.approx(2 / 21)
    assert probability(-1, 1, mean=5) == pytest.approx(2 / 21)
    assert probability(-1, 1, scale=0.1) == pytest.approx(20 / 21)
    assert probability(20, 30) == 0


def test_an_open_window_counts_half_of_a_step_at_its_end() -> None:
    assert probability(0, None) == pytest.approx(0.5)
    assert probability(None, 0) == pytest.approx(0.5)
    assert probability(100, None) == pytest.approx(0.5 / 21)
    assert probability(None, 100) == pytest.approx(1 - 0.5 / 21)


def test_both_ends_belong_to_the_window() -> None:
    assert probability(0.5, 1.5) == pytest.approx(2 / 21)
    assert probability(0.5, 0.5) == pytest.approx(1 / 21)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.floats(-50, 50), min_size=2, max_size=2, unique=True).map(sorted),
    st.floats(-20, 20),
    st.floats(0.01, 10),
)
def test_probabilities_of_the_parts_of_the_line_add_up_to_one(ends: list[float], mean: float, scale: float) -> None:
    low, high = ends
    above = np.nextafter(high, np.inf)
    below = np.nextafter(low, -np.inf)
    parts = [probability(*w, mean, scale) for w in ((None, below), (low, high), (above, None))]
    assert sum(parts) == pytest.approx(1)
    assert all(0 <= p <= 1 for p in parts)


def test_a_wider_window_is_never_less_probable() -> None:
    found = [probability(-w, w, mean=1.3, scale=0.7) for w in np.linspace(0, 12, 60)]
    assert (np.diff(found) >= 0).all()


def test_moving_and_stretching_everything_changes_nothing() -> None:
    random = np.random.default_rng(0)
    mean, scale = random.normal(size=9), random.uniform(0.5, 2, size=9)
    errors, sizes = random.normal(size=50), random.uniform(0.5, 2, size=50)
    first = in_window(Calibrated(errors, sizes, None), mean, scale, 0.0, 1.0)
    # Powers of two keep every comparison exact.
    second = in_window(Calibrated(4 * errors, 4 * sizes, None), 4 * mean, 4 * scale, 0.0, 4.0)
    np.testing.assert_array_equal(first, second)


def test_probabilities_are_right_where_scores_are_exchangeable() -> None:
    """Of materials said to lie in the window with probability p, a share p does: to a few standard errors."""
    random = np.random.default_rng(1)
    held, asked = 2000, 4000
    scale = random.uniform(0.2, 2, size=held + asked)
    mean = random.normal(size=held + asked)
    truth = mean + scale * random.standard_t(4, size=held + asked)
    calibrated = Calibrated((truth - mean)[:held], scale[:held], None)
    found = in_window(calibrated, mean[held:], scale[held:], 0.0, 1.0)
    hit = (truth[held:] >= 0) & (truth[held:] <= 1)
    for part in np.array_split(np.argsort(found), 5):
        expected = found[part].mean()
        assert hit[part].mean() == pytest.approx(expected, abs=4 * np.sqrt(0.25 / len(part)))
    places = position(calibrated, mean[held:], scale[held:], truth[held:])
    counts = np.histogram(places, bins=10, range=(0, 1))[0]
    np.testing.assert_allclose(counts / asked, 0.1, atol=0.03)


def test_equally_probable_ones_are_ordered_by_how_deep_they_lie() -> None:
    mean, scale = np.array([0.0, 0.9, 5.0, 9.0]), np.array([0.01, 0.01, 0.1, 0.1])
    outside = outside_by(mean, scale, -1.0, 1.0)
    np.testing.assert_allclose(outside, [-100, -10, 40, 80])
    found = in_window(CALIBRATED, mean, scale, -1.0, 1.0)
    np.testing.assert_array_equal(best_first(found, outside), [0, 1, 2, 3])
    np.testing.assert_array_equal(best_first(np.array([0.1, np.nan, 0.5]), np.array([0, np.nan, 0.0])), [2, 0, 1])


def test_an_open_side_is_no_end() -> None:
    np.testing.assert_allclose(outside_by(np.array([3.0]), ONE, 1.0, None), [-2])
    np.testing.assert_allclose(outside_by(np.array([3.0]), ONE, None, 1.0), [2])


def test_a_material_without_a_prediction_has_no_probability() -> None:
    found = in_window(CALIBRATED, np.array([np.nan, 0.0]), np.ones(2), 0.0, None)
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(None, None, "no end"), (2.0, 1.0, "from 2 to 1"), (float("nan"), 1.0, "not a finite"), (0.0, np.inf, "not a")],
)
def test_no_window_is_refused(low: float | None, high: float | None, words: str) -> None:
    with pytest.raises(InputError, match=words):
        check_window(low, high)


def test_too_few_scores_are_refused() -> None:
    few = Calibrated(np.ones(FEWEST - 1), np.ones(FEWEST - 1), None)
    with pytest.raises(InputError, match=f"at least {FEWEST}"):
        in_window(few, ONE, ONE, 0.0, None)
