from __future__ import annotations

import functools

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.learners.network import Pretrained, pretrain
from simworth.learners.settings import NetworkSpec
from simworth.learners.strategies import adapt_and_predict, direct_and_predict, weights

SPEC = NetworkSpec(hidden=(32, 16), rate=5e-3, epochs=256, least_steps=600, most_steps=1500)
NAMES = ("tune", "unfreeze", "head", "affine", "residual", "kernel", "auto")
LANES, N, M, FEATURES, TRAINED = 3, 600, 120, 6, 40


def curved(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2], np.float64)


rng = np.random.default_rng(0)
X = rng.normal(size=(N, FEATURES)).astype(np.float32)
TARGET_X = rng.normal(size=(M, FEATURES)).astype(np.float32)
ROWS = np.stack([np.random.default_rng(r).permutation(N) for r in range(LANES)]).astype(np.int32)
PARTS = [np.random.default_rng(r).permutation(M).astype(np.int32) for r in range(LANES)]
TRAIN, ASK = (np.stack([p[part] for p in PARTS]) for part in (slice(TRAINED), slice(TRAINED, None)))


@functools.cache
def pretrained(source: str) -> Pretrained:
    """Networks that learned the curved property, or noise; made once, since strategies do not change them."""
    labels = curved(X) if source == "curved" else np.random.default_rng(5).normal(size=N)
    return pretrain(SPEC, X, labels[ROWS], ROWS, N, list(range(LANES)))


def misses(source: str, target: np.ndarray, name: str) -> float:
    spec, made = msgspec.structs.replace(SPEC, adaptation=name), pretrained(source)
    predicted = adapt_and_predict(spec, made, TARGET_X, target, TRAIN, ASK)
    return float(np.abs(predicted - target[ASK]).mean())


def alone(target: np.ndarray) -> float:
    return float(np.abs(direct_and_predict(TARGET_X, target, TRAIN, ASK) - target[ASK]).mean())


@pytest.mark.parametrize("name", NAMES)
def test_a_source_that_differs_by_a_line_beats_direct_learning(name: str) -> None:
    target = 3.0 * curved(TARGET_X) - 2.0
    assert misses("curved", target, name) < 0.7 * alone(target)


def test_a_difference_that_the_features_tell_is_learned_from_the_residual() -> None:
    target = curved(TARGET_X) + 2.0 * TARGET_X[:, 4].astype(np.float64)
    assert misses("curved", target, "residual") < 0.7 * misses("curved", target, "affine")


def test_without_a_useful_source_the_blend_is_about_as_good_as_direct_learning() -> None:
    target = np.asarray(TARGET_X @ np.arange(FEATURES), np.float64)
    assert misses("noise", target, "auto") < 1.15 * alone(target)
    assert misses("noise", target, "affine") > 1.5 * alone(target)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_asked_for_is_not_looked_at(name: str) -> None:
    spec = msgspec.structs.replace(SPEC, adaptation=name, tuning_steps=5)
    target = curved(TARGET_X)
    hidden = np.full(M, np.nan)
    hidden[TRAIN[0]] = target[TRAIN[0]]
    rows = np.repeat(TRAIN[:1], LANES, axis=0), ASK
    one, two = (adapt_and_predict(spec, pretrained("curved"), TARGET_X, y, *rows) for y in (hidden, target))
    np.testing.assert_array_equal(one, two)


@given(st.integers(0, 30), st.integers(0, 3))
@settings(deadline=None, max_examples=15)
def test_weights_pick_the_strategy_that_is_right(seed: int, right: int) -> None:
    made = np.random.default_rng(seed)
    labels = made.normal(size=50)
    unseen = labels[:, None] + made.normal(size=(50, 4))
    unseen[:, right] = labels
    found = weights(unseen, labels)
    assert found.sum() == pytest.approx(1)
    assert found[right] == pytest.approx(1, abs=1e-6)


def test_errors_of_opposite_sign_are_blended() -> None:
    labels = np.linspace(0, 1, 20)
    wave = np.where(np.arange(20) % 2 == 0, 1.0, -1.0)
    found = weights(np.stack([labels + wave, labels - wave], 1), labels)
    np.testing.assert_allclose(found, [0.5, 0.5], atol=1e-6)
