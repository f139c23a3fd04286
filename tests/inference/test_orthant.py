"""Truncated Gaussians against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from simworth.inference import orthant


def cells(d: int, count: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(d)
    factor = rng.standard_normal((count, d, d))
    precision = factor @ factor.transpose(0, 2, 1) + 0.3 * np.eye(d)
    return rng.standard_normal((count, d)), precision


@pytest.mark.parametrize("d", [1, 2, 3])
def test_probability_is_the_integral(d: int) -> None:
    mean, precision = cells(d)
    got = orthant.probability(mean, precision)
    for p, m, q in zip(got, mean, precision, strict=True):
        slow = multivariate_normal(-m, np.linalg.inv(q)).cdf(np.zeros(d))
        assert p == pytest.approx(slow, abs=2e-4)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_draws_have_the_moments_of_rejection(d: int) -> None:
    mean, precision = cells(d, 6)
    rng = np.random.default_rng(1)
    for m, q in zip(mean, precision, strict=True):
        free = rng.multivariate_normal(m, np.linalg.inv(q), 200_000)
        kept = free[(free > 0).all(1)]
        if len(kept) < 2000:  # rejection itself is too coarse to compare with here
            continue
        got = orthant.draw(np.tile(m, (20_000, 1)), np.tile(q, (20_000, 1, 1)), rng)
        assert (got >= 0).all()
        se = 5 * kept.std(0) * np.sqrt(1 / 20_000 + 1 / len(kept))
        assert (np.abs(got.mean(0) - kept.mean(0)) < se).all()
        assert (np.abs(got.std(0) / kept.std(0) - 1) < 0.08).all()


@pytest.mark.parametrize("d", [2, 3])
def test_far_outside_draws_stay_at_the_boundary(d: int) -> None:
    mean = np.full((50, d), 1.0)
    mean[:, 0] = -30.0
    got = orthant.draw(mean, np.tile(np.eye(d), (50, 1, 1)), np.random.default_rng(0))
    assert np.isfinite(got).all()
    assert (got >= 0).all()
    assert got[:, 0].max() < 1


def test_no_probability_is_above_its_bound() -> None:
    mean, precision = cells(3)
    assert (orthant.probability(mean, precision) <= orthant.upper_bound(mean, precision) + 1e-9).all()
