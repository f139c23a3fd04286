from __future__ import annotations

import numpy as np
import pytest

from simworth.learners.baselines import fit_predict

rng = np.random.default_rng(1)
X = rng.normal(size=(80, 6)).astype(np.float32)
Y = X[:, 0] - 2.0 * X[:, 1] + 0.01 * rng.normal(size=80)


def test_ridge_recovers_a_line() -> None:
    predicted = fit_predict("ridge", X[:60], Y[:60], X[60:], 0)
    assert np.abs(predicted - Y[60:]).mean() < 0.05


def test_ridge_shrinks_pure_noise_to_the_mean() -> None:
    noise = rng.normal(size=60)
    predicted = fit_predict("ridge", X[:60], noise, X[60:], 0)
    assert predicted.std() < 0.3 * noise.std()


def test_forest_learns_a_step_and_is_the_same_for_the_same_seed() -> None:
    step = np.where(X[:, 2] > 0, 1.0, -1.0)
    predicted = fit_predict("forest", X[:60], step[:60], X[60:], 3)
    assert np.mean(np.sign(predicted) == step[60:]) > 0.8
    np.testing.assert_array_equal(predicted, fit_predict("forest", X[:60], step[:60], X[60:], 3))


@pytest.mark.parametrize("name", ["ridge", "forest"])
def test_constant_features_and_more_features_than_materials_are_no_trouble(name) -> None:
    wide = np.concatenate([np.ones((80, 3), np.float32), np.tile(X, (1, 20))], axis=1)
    assert np.isfinite(fit_predict(name, wide[:20], Y[:20], wide[20:], 0)).all()
