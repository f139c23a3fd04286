"""Variance components and the mean curve, against simulation and against the balanced formulas."""

from __future__ import annotations

import numpy as np

from simworth.curves import Curve, curve
from simworth.inference.noise import summarise
from simworth.testing import synthetic_curve

SIZES = [10, 20, 40, 80, 160]


def test_balanced_means_and_their_covariance() -> None:
    made = synthetic_curve(SIZES, 1.0, 0.5, 0.5, replicates=40, replicate_sd=0.1, noise_sd=0.02)
    summary = summarise(made, shrink=6)
    table = made.error.reshape(40, 5)
    np.testing.assert_allclose(summary.mean, table.mean(0), rtol=1e-9)
    empirical = np.cov(table.T) / 40
    np.testing.assert_allclose(summary.between + summary.within, empirical, atol=0.3 * empirical.max())
    assert summary.within_dof == 39 * 4
    assert summary.between_dof == 39


def test_the_components_are_unbiased() -> None:
    between, within = [], []
    for seed in range(60):
        made = synthetic_curve(
            SIZES, 1.0, 0.5, 0.5, replicates=8, replicate_sd=0.1, noise_sd=0.05, missing=0.1, seed=seed
        )
        summary = summarise(made, shrink=6)
        between.append(summary.between.mean() * 8)
        within.append(np.diag(summary.within).mean() * 8 * 0.9)
    assert abs(np.mean(between) / 0.1**2 - 1) < 0.2
    assert abs(np.mean(within) / 0.05**2 - 1) < 0.2


def test_a_missing_trial_is_seen_through_its_replicate() -> None:
    """Without the hardest replicate at one size, its plain mean is too low; the paired estimate is not."""
    effect = np.array([-1.0, 0.0, 0.0, 5.0])
    truth = np.array([4.0, 3.0, 2.5, 2.0, 1.5])
    error = truth[None, :] + effect[:, None] + 0.01 * np.random.default_rng(0).standard_normal((4, 5))
    error[3, 2] = np.nan
    made = Curve(np.tile(SIZES, 4).astype(float), np.zeros(20), np.repeat(np.arange(4), 5), error.ravel())
    summary = summarise(made, shrink=6)
    assert abs(summary.mean[2] - (2.5 + effect.mean())) < 0.1
    assert abs(np.nanmean(error[:, 2]) - (2.5 + effect.mean())) > 1
    assert summary.failed.tolist() == [0, 0, 1, 0, 0]
    assert summary.counted.tolist() == [4, 4, 3, 4, 4]


def test_single_errors_have_no_measured_noise() -> None:
    summary = summarise(curve(SIZES, [5, 4, 3, 2, 1]), shrink=6)
    assert not summary.replicated
    assert not (summary.between + summary.within).any()


def test_unpaired_repeats_measure_the_noise() -> None:
    summary = summarise(curve(SIZES * 2, [5, 4, 3, 2, 1, 5.2, 4.1, 3.3, 2.2, 1.1]), shrink=6)
    assert summary.replicated
    assert summary.within_dof == 5
    np.testing.assert_allclose(summary.mean, [5.1, 4.05, 3.15, 2.1, 1.05])


def test_a_size_where_all_failed_is_left_out() -> None:
    made = curve([10, 20, 40, 10, 20, 40], [3, np.nan, 1, 4, np.nan, 2], replicate=[0, 0, 0, 1, 1, 1])
    assert summarise(made, shrink=6).n.tolist() == [10, 40]


def test_equal_replicates_do_not_give_certainty() -> None:
    made = curve(SIZES * 3, [5, 4, 3, 2, 1] * 3, replicate=np.repeat([0, 1, 2], 5))
    assert (np.diag(summarise(made, shrink=6).within) > 0).all()
