"""Paired gains: what pairing buys, and what resplitting one set cannot give."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_rel

from simworth.inference.gains import paired_gain, shared_variance


def errors(values: np.ndarray) -> dict[int, float]:
    return dict(enumerate(values.tolist()))


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
    gain = paired_gain("ridge", 100, {0: 1.0, 1: 2.0, 5: 9.0}, {0: 0.5, 1: 1.0, 2: 0.1}, 0.9)
    assert gain is not None
    assert gain.replicates == 2
    assert gain.difference == pytest.approx(0.75)
    assert paired_gain("ridge", 100, {0: 1.0}, {1: 1.0}, 0.9) is None


def test_one_replicate_has_no_interval() -> None:
    gain = paired_gain("ridge", 100, {0: 1.0}, {0: 0.5}, 0.9)
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


def test_untold_splits_add_nothing() -> None:
    assert shared_variance(0, 10) == 0
    assert shared_variance(10, 0) == 0
