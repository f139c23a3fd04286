from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from simworth.learners import baselines
from simworth.learners.baselines import fit_predict
from simworth.learners.settings import Baseline

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


@pytest.mark.parametrize("name", get_args(Baseline))
def test_constant_features_and_more_features_than_materials_are_no_trouble(name) -> None:
    wide = np.concatenate([np.ones((80, 3), np.float32), np.tile(X, (1, 20))], axis=1)
    assert np.isfinite(fit_predict(name, wide[:20], Y[:20], wide[20:], 0)).all()


@pytest.mark.parametrize("name", get_args(Baseline))
def test_a_baseline_beats_the_mean_and_is_the_same_for_the_same_seed(name) -> None:
    wave = np.sin(2 * X[:, 0]) + X[:, 1].astype(np.float64)
    predicted = fit_predict(name, X[:60], wave[:60], X[60:], 5)
    assert np.abs(predicted - wave[60:]).mean() < 0.8 * np.abs(wave[60:] - wave[:60].mean()).mean()
    np.testing.assert_array_equal(predicted, fit_predict(name, X[:60], wave[:60], X[60:], 5))


@pytest.mark.parametrize("name", get_args(Baseline))
def test_the_unit_of_the_labels_does_not_matter(name) -> None:
    one = fit_predict(name, X[:40], Y[:40], X[60:], 5)
    other = fit_predict(name, X[:40], 1000 * Y[:40] + 5, X[60:], 5)
    # The ridge's penalties and the trees' ties may round differently.
    np.testing.assert_allclose(other, 1000 * one + 5, atol=0.05 * 1000 * Y.std())


def test_the_process_finds_a_line_and_shrinks_pure_noise_to_the_mean() -> None:
    line = fit_predict("gaussian_process", X[:60], Y[:60], X[60:], 0)
    assert np.abs(line - Y[60:]).mean() < 0.2
    noise = np.random.default_rng(7).normal(size=60)
    assert fit_predict("gaussian_process", X[:60], noise, X[60:], 0).std() < 0.5 * noise.std()


def test_the_process_tuned_on_a_part_still_learns_from_all(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fit_predict("gaussian_process", X[:60], Y[:60], X[60:], 0)
    monkeypatch.setattr(baselines, "TUNED_ON", 30)
    part = fit_predict("gaussian_process", X[:60], Y[:60], X[60:], 0)
    few = fit_predict("gaussian_process", X[:30], Y[:30], X[60:], 0)
    assert np.abs(part - Y[60:]).mean() < np.abs(few - Y[60:]).mean()
    np.testing.assert_allclose(part, whole, atol=0.3 * Y.std())
