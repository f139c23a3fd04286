"""Fit small, predict large."""

from __future__ import annotations

import numpy as np
import pytest

from simworth.errors import InputError
from simworth.inference.backtest import backtest, backtest_curve
from simworth.testing import synthetic_curve

SIZES = [50, 100, 200, 400, 800, 1600, 3200]


def test_two_sizes_are_held_out_and_at_least_four_kept() -> None:
    for count, kept in ((7, 5), (6, 4), (5, 4)):
        tested = backtest_curve(synthetic_curve(SIZES[:count], 3.0, 0.5, 0.5))
        assert tested is not None
        assert tested.fitted_sizes == tuple(SIZES[:kept])
        assert [h.n for h in tested.predicted] == SIZES[kept:count]
    assert backtest_curve(synthetic_curve(SIZES[:4], 3.0, 0.5, 0.5)) is None


def test_the_held_out_errors_are_not_seen() -> None:
    made = synthetic_curve(SIZES, 3.0, 0.5, 0.5)
    spoiled = made.error.copy()
    spoiled[made.n > 1000] *= 5
    one, two = backtest_curve(made), backtest_curve(type(made)(made.n, made.m, made.replicate, spoiled))
    assert one is not None
    assert two is not None
    assert [h.low for h in one.predicted] == [h.low for h in two.predicted]
    assert all(h.inside for h in one.predicted)
    assert not any(h.inside for h in two.predicted)
    assert "do not trust this law" in two.sentence
    assert (one.passed, two.passed) == (True, False)


def test_the_same_replicates_are_predicted() -> None:
    """Large replicate effects shift the observed means and their prediction alike."""
    made = synthetic_curve(SIZES, 3.0, 0.5, 0.5, replicates=5, replicate_sd=0.3, noise_sd=0.01)
    tested = backtest_curve(made)
    assert tested is not None
    assert all(h.high - h.low < 0.2 for h in tested.predicted)
    assert all(np.isfinite(h.observed) for h in tested.predicted)


def test_plain_arrays_are_tested_alike() -> None:
    made = synthetic_curve(SIZES, 3.0, 0.5, 0.5)
    tested = backtest(made.n, made.error, replicate=made.replicate, unit="eV")
    same = backtest_curve(made, unit="eV")
    assert same is not None
    assert tested == same
    assert str(tested) == tested.sentence
    assert " eV was measured" in tested.sentence


def test_trials_that_allow_none_are_refused_in_words() -> None:
    with pytest.raises(InputError, match="has 4 different sizes with a finished trial and a backtest needs 5"):
        backtest([0, 10, 20, 40, 80, 160], [9, 4, 3, 2, 1.5, np.nan])
    with pytest.raises(InputError, match="at several m"):
        backtest(SIZES * 2, [1.0] * 14, m=[10] * 7 + [20] * 7)
    with pytest.raises(InputError, match="between 0 and 1"):
        backtest(SIZES, [3 * n**-0.5 for n in SIZES], level=90)
