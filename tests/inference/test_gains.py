"""Paired gains: what pairing buys, and what resplitting one set cannot give."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_rel

from simworth.inference.gains import paired_gain, shared_variance


def errors(values: np.ndarray) -> dict[tuple[int, int], float]:
    """Of (replicates,), or of (replicates, tunings); NaN is a failed trial."""
    table = values[:, None] if values.ndim == 1 else values
    return {(r, j): float(e) for (r, j), e in np.ndenumerate(table) if not np.isnan(e)}


def test_without_a_shared_set_it_is_the_paired_t_interval() -> None:
    rng = np.random.default_rng(0)
    split = rng.normal(1.0, 0.3, 12)
    direct, transfer = split + rng.normal(0.2, 0.05, 12), split
    gain = paired_gain("ridge", 100, errors(direct), errors(transfer), 0.9)
    assert gain is not None
    slow = ttest_rel(direct, transfer).confidence_interval(0.9)
    assert (gain.low, gain.high) == pytest.approx((slow.low, slow.high))
    assert gain.difference == pytest.approx(np.mean(direct - transfer))
    assert gain.relative == pytest.approx(np.mean(direct - transfer) / direct.mean())
    assert gain.relative_low is not None
    assert gain.relative_high is not None
    assert gain.relative_low < gain.relative < gain.relative_high


def test_only_shared_replicates_count() -> None:
    gain = paired_gain(
        "ridge", 100, {(0, 0): 1.0, (1, 0): 2.0, (5, 0): 9.0}, {(0, 0): 0.5, (1, 0): 1.0, (2, 0): 0.1}, 0.9
    )
    assert gain is not None
    assert gain.replicates == 2
    assert gain.difference == pytest.approx(0.75)
    assert paired_gain("ridge", 100, {(0, 0): 1.0}, {(1, 0): 1.0}, 0.9) is None


def test_one_replicate_has_no_interval() -> None:
    gain = paired_gain("ridge", 100, {(0, 0): 1.0}, {(0, 0): 0.5}, 0.9)
    assert gain is not None
    assert (gain.low, gain.high) == (None, None)


def test_more_splits_of_one_set_do_not_give_certainty() -> None:
    rng = np.random.default_rng(0)
    spare = shared_variance(50, 50)
    assert spare == pytest.approx(1 / 3)
    d = rng.normal(0.2, 0.1, 10_000)
    gain = paired_gain("ridge", 100, errors(1 + d), errors(np.ones_like(d)), 0.9, spare)
    assert gain is not None
    assert gain.high is not None
    assert gain.high - gain.difference > 1.6 * 0.1 * spare**0.5


def test_equal_tunings_are_one_and_the_means_count() -> None:
    rng = np.random.default_rng(0)
    direct, transfer = rng.normal(1.0, 0.1, 8), rng.normal(0.8, 0.1, 8)
    once = paired_gain("ridge", 100, errors(direct), errors(transfer), 0.9, 0.2)
    often = [np.repeat(v[:, None], 4, axis=1) for v in (direct, transfer)]
    again = paired_gain("ridge", 100, errors(often[0]), errors(often[1]), 0.9, 0.2)
    assert once is not None
    assert again is not None
    assert (again.low, again.high, again.replicates) == pytest.approx((once.low, once.high, 8))
    often[0] += rng.normal(0, 0.2, (8, 4))
    often[1][3, 1:] = np.nan
    spread = paired_gain("ridge", 100, errors(often[0]), errors(often[1]), 0.9)
    assert spread is not None
    d = often[0] - often[1]
    assert spread.difference == pytest.approx(np.mean([*d[:3].mean(1), d[3, 0], *d[4:].mean(1)]))


@pytest.mark.parametrize("tunings", [1, 3, 8])
def test_intervals_cover_whatever_the_tunings(tunings: int) -> None:
    """Trials of unit variance, of which replicates share what `shared_variance` says and tunings a further third.

    Of 500 intervals of 90 % at least 430 hold but once in 500. The variance of the means alone would hold some 75 %.
    """
    rng = np.random.default_rng(tunings)
    spare = shared_variance(50, 50)
    share = spare / (1 + spare)
    inside = 0
    for _ in range(500):
        between = rng.normal(0, (0.6 - share) ** 0.5, (10, 1)) + rng.normal(0, share**0.5)
        d = between + rng.normal(0, 0.4**0.5, (10, tunings))
        gain = paired_gain("ridge", 100, errors(9 + d), errors(np.full_like(d, 9.0)), 0.9, spare)
        assert gain is not None
        assert gain.low is not None
        assert gain.high is not None
        inside += gain.low <= 0 <= gain.high
    assert 430 <= inside <= 485


def test_untold_splits_add_nothing() -> None:
    assert shared_variance(0, 10) == 0
    assert shared_variance(10, 0) == 0
