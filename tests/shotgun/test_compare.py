from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simworth.shotgun.compare import choose_within, holm, paired_differences, probability_best, shared


def test_holm_of_a_worked_example() -> None:
    # Holm (1979): 0.005 x 4, 0.01 x 3, 0.03 x 2, and 0.04 x 1, which may not be below the one before it.
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_lies_between_no_correction_and_bonferroni_and_keeps_the_order(p: list[float]) -> None:
    raw, corrected = np.array(p), holm(np.array(p))
    assert (corrected >= raw - 1e-15).all()
    assert (corrected <= np.minimum(raw * len(raw), 1) + 1e-15).all()
    assert (np.diff(corrected[np.argsort(raw)]) >= 0).all()


def test_an_interval_leaves_out_zero_exactly_where_the_corrected_p_is_small() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        values = rng.normal(size=(8, 6)) + rng.normal(0, 2, size=6)
        for d in paired_differences(values, shared(10, 50), 0.9):
            assert (d.low > 0 or d.high < 0) == (d.corrected < 0.1)
            assert d.low <= d.mean <= d.high
            assert d.p <= d.corrected


def test_one_difference_without_sharing_is_the_paired_t_test() -> None:
    from scipy.stats import ttest_1samp

    values = np.random.default_rng(0).normal(0.4, 1, size=12)
    (d,) = paired_differences(values[:, None], 0.0, 0.9)
    expected = ttest_1samp(values, 0)
    assert d.p == pytest.approx(expected.pvalue)
    assert (d.low, d.high) == pytest.approx(tuple(expected.confidence_interval(0.9)))


def test_equal_and_constant_differences() -> None:
    same, other = paired_differences(np.column_stack([np.zeros(5), np.ones(5)]), 0.25, 0.9)
    assert (same.mean, same.low, same.high, same.p) == (0, 0, 0, 1)
    assert (other.mean, other.low, other.high, other.p) == (1, 1, 1, 0)


@pytest.mark.parametrize("models", [1, 6, 30])
def test_where_no_model_differs_one_is_called_sure_as_rarely_as_promised(models: int) -> None:
    # Each material has a difference of its own for each model, with mean zero over all materials: the splits of 50 of
    # them share materials as those of a real target do.
    rng, false, studies = np.random.default_rng(0), 0, 400
    for _ in range(studies):
        material = rng.standard_t(4, size=(50, models)) + rng.standard_t(4, size=(50, 1))
        values = np.stack([material[rng.permutation(50)[:10]].mean(0) for _ in range(8)])
        false += any(d.corrected < 0.1 for d in paired_differences(values, shared(10, 50), 0.9))
    assert false / studies < 0.1 + 2 * (0.1 * 0.9 / studies) ** 0.5


def test_the_probability_to_be_best() -> None:
    rng = np.random.default_rng(0)
    common = rng.normal(0, 5, size=(10, 1))  # easy and hard splits do not matter
    clear = common + np.array([1.0, 2.0, 3.0]) + 0.1 * rng.normal(size=(10, 3))
    best = probability_best(clear, shared(10, 50))
    assert best[0] > 0.99
    assert best.sum() == pytest.approx(1)
    alike = common + rng.normal(size=(10, 2))
    assert 0.05 < probability_best(alike - alike.mean(0), shared(10, 50))[0] < 0.95


def test_a_choice_looks_at_its_own_split_alone() -> None:
    np.testing.assert_array_equal(choose_within(np.array([[1.0, 2.0], [3.0, 2.0]])), [0, 1])
