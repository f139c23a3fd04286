"""Fit small, predict large."""

from __future__ import annotations

import numpy as np

from simworth.inference.backtest import backtest
from simworth.testing import synthetic_curve

SIZES = [50, 100, 200, 400, 800, 1600, 3200]


def test_two_sizes_are_held_out_and_at_least_four_kept() -> None:
    for count, kept in ((7, 5), (6, 4), (5, 4)):
        tested = backtest(synthetic_curve(SIZES[:count], 3.0, 0.5, 0.5))
        assert tested is not None
        assert tested.fitted_sizes == tuple(SIZES[:kept])
        assert [h.n for h in tested.predicted] == SIZES[kept:count]
    assert backtest(synthetic_curve(SIZES[:4], 3.0, 0.5, 0.5)) is None


def test_the_held_out_errors_are_not_seen() -> None:
    made = synthetic_curve(SIZES, 3.0, 0.5, 0.5)
    spoiled = made.error.copy()
    spoiled[made.n > 1000] *= 5
    one, two = backtest(made), backtest(type(made)(made.n, made.m, made.replicate, spoiled))
    assert one is not None
    assert two is not None
    assert [h.low for h in one.predicted] == [h.low for h in two.predicted]
    assert all(h.inside for h in one.predicted)
    assert not any(h.inside for h in two.predicted)
    assert "do not trust this law" in two.sentence


def test_the_same_replicates_are_predicted() -> None:
    """Large replicate effects shift the observed means and their prediction alike."""
    made = synthetic_curve(SIZES, 3.0, 0.5, 0.5, replicates=5, replicate_sd=0.3, noise_sd=0.01)
    tested = backtest(made)
    assert tested is not None
    assert all(h.high - h.low < 0.2 for h in tested.predicted)
    assert all(np.isfinite(h.observed) for h in tested.predicted)
