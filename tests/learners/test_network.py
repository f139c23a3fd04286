from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from simworth.learners.network import pretrain, represent
from simworth.learners.settings import NetworkSpec
from simworth.learners.strategies import adapt_and_predict

SPEC = NetworkSpec(hidden=(16,), rate=1e-2, epochs=128, least_steps=300, most_steps=600, tuning_steps=50)
LANES, N, M, FEATURES = 4, 300, 60, 5
rng = np.random.default_rng(0)
X = rng.normal(size=(N, FEATURES)).astype(np.float32)
Y = (X @ np.array([1.0, -2.0, 0.5, 0.0, 0.0])).astype(np.float64)
ROWS = np.stack([np.random.default_rng(r).permutation(N) for r in range(LANES)]).astype(np.int32)
TARGET_X = rng.normal(size=(M, FEATURES)).astype(np.float32)
TARGET_Y = 3.0 * (TARGET_X @ np.array([1.0, -2.0, 0.5, 0.0, 0.0])).astype(np.float64) + 7.0
TRAIN = np.stack([np.random.default_rng(r).permutation(M)[:10] for r in range(LANES)]).astype(np.int32)
ASK = np.tile(np.arange(M, dtype=np.int32), (LANES, 1))


def errors(n: int, spec: NetworkSpec = SPEC, lanes: int = LANES) -> np.ndarray:
    made = pretrain(spec, X, Y[ROWS[:lanes]], ROWS[:lanes], n, list(range(lanes)))
    predicted = adapt_and_predict(spec, made, TARGET_X, TARGET_Y, TRAIN[:lanes], ASK[:lanes])
    return np.abs(predicted - TARGET_Y[ASK[:lanes]]).mean(axis=1)


def test_a_source_that_differs_by_a_line_is_transferred_from_ten_experiments() -> None:
    direct = pretrain(SPEC, TARGET_X, TARGET_Y[TRAIN], TRAIN, 10, list(range(LANES)))
    alone = np.abs(adapt_and_predict(SPEC, direct, TARGET_X, TARGET_Y, TRAIN, ASK) - TARGET_Y[ASK]).mean()
    assert errors(N).mean() < 0.5 * alone
    assert errors(N).mean() < 0.2 * TARGET_Y.std()


def test_more_source_gives_less_error() -> None:
    assert errors(N).mean() < errors(20).mean()


def test_only_the_first_n_rows_are_seen() -> None:
    poisoned = Y[ROWS].copy()
    poisoned[:, 100:] = 1e6
    a = pretrain(SPEC, X, Y[ROWS], ROWS, 100, list(range(LANES)))
    b = pretrain(SPEC, X, poisoned, ROWS, 100, list(range(LANES)))
    for x, y in zip(a.layers, b.layers, strict=True):
        np.testing.assert_array_equal(np.asarray(x[0]), np.asarray(y[0]))
    np.testing.assert_array_equal(a.centre, b.centre)


def test_test_materials_labels_do_not_matter() -> None:
    made = pretrain(SPEC, X, Y[ROWS], ROWS, N, list(range(LANES)))
    hidden = TARGET_Y.copy()
    seen = np.unique(TRAIN[0])
    hidden[np.setdiff1d(np.arange(M), seen)] = np.nan
    one = adapt_and_predict(SPEC, _lane(made, 0), TARGET_X, hidden, TRAIN[:1], ASK[:1])
    two = adapt_and_predict(SPEC, _lane(made, 0), TARGET_X, TARGET_Y, TRAIN[:1], ASK[:1])
    np.testing.assert_array_equal(one, two)


def test_the_same_call_gives_the_same_bits() -> None:
    np.testing.assert_array_equal(errors(50), errors(50))


def test_a_lane_does_not_depend_on_the_batch_it_shares() -> None:
    """Trained alone and with 63 others, tuned and predicted: the same bits (on a CPU)."""
    many = np.tile(ROWS, (16, 1))
    seeds = [i // LANES for i in range(len(many))]
    train, ask = np.tile(TRAIN, (16, 1)), np.tile(ASK, (16, 1))
    together = pretrain(SPEC, X, Y[many], many, 50, seeds)
    predicted = adapt_and_predict(SPEC, together, TARGET_X, TARGET_Y, train, ask)
    for i in (0, 33, 62):
        one = slice(i, i + 1)
        alone = pretrain(SPEC, X, Y[many[one]], many[one], 50, seeds[one])
        mine = adapt_and_predict(SPEC, alone, TARGET_X, TARGET_Y, train[one], ask[one])
        np.testing.assert_array_equal(mine, predicted[one])


def test_validation_keeps_the_best_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Noisy labels and far more weights than rows: the network that did best on rows left out is nearer the truth."""
    monkeypatch.setattr("simworth.learners.training.WATCH", 10)
    noisy = Y + 2 * Y.std() * np.random.default_rng(5).normal(size=N)
    truth = (TARGET_Y[ASK] - 7.0) / 3.0

    def misses(validation: float) -> float:
        spec = msgspec.structs.replace(SPEC, hidden=(128, 64), rate=3e-3, least_steps=600, validation=validation)
        made = pretrain(spec, X, noisy[ROWS], ROWS, 60, list(range(LANES)))
        return float(np.abs(represent(made, TARGET_X, ASK)[2] - truth).mean())

    assert misses(0.3) < 0.7 * misses(0.0)


def test_lanes_that_end_at_different_steps_are_what_they_are_alone() -> None:
    """One lane's labels are noise and it leaves early, its slot is taken by the next."""
    watched = msgspec.structs.replace(SPEC, validation=0.2, patience=1, least_steps=900, most_steps=900)
    labels = Y[ROWS].copy()
    labels[1] = np.random.default_rng(6).normal(size=N)
    together = pretrain(watched, X, labels, ROWS, N, list(range(LANES)))
    for i in range(LANES):
        alone = pretrain(watched, X, labels[i : i + 1], ROWS[i : i + 1], N, [i])
        for one, all_ in zip(alone.layers, together.layers, strict=True):
            np.testing.assert_array_equal(one[0][0], all_[0][i])


def test_a_table_beyond_the_budget_gives_the_same_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pretrain(SPEC, X, Y[ROWS], ROWS, 50, list(range(LANES)))
    monkeypatch.setattr("simworth.learners.network.BUDGET", 1000)
    part = pretrain(SPEC, X, Y[ROWS], ROWS, 50, list(range(LANES)))
    for a, b in zip(whole.layers, part.layers, strict=True):
        np.testing.assert_array_equal(a[0], b[0])


def test_a_constant_feature_is_silent_and_a_wild_one_is_cut() -> None:
    wild = X.copy()
    wild[:, 4] = 1.0
    asked = TARGET_X.copy()
    asked[:, 4] = 1e9
    made = pretrain(SPEC, wild, Y[ROWS], ROWS, N, list(range(LANES)))
    predicted = adapt_and_predict(SPEC, made, asked, TARGET_Y, TRAIN, ASK)
    assert np.abs(predicted - TARGET_Y[ASK]).mean() < 0.2 * TARGET_Y.std()


def test_units_of_source_and_target_do_not_matter() -> None:
    a = pretrain(SPEC, X, Y[ROWS], ROWS, N, list(range(LANES)))
    b = pretrain(SPEC, X, 1000 * Y[ROWS] + 5, ROWS, N, list(range(LANES)))
    one = adapt_and_predict(SPEC, a, TARGET_X, TARGET_Y, TRAIN, ASK)
    two = adapt_and_predict(SPEC, b, TARGET_X, 1000 * TARGET_Y, TRAIN, ASK) / 1000
    np.testing.assert_allclose(one, two, atol=0.2 * TARGET_Y.std())


@pytest.mark.parametrize(("n", "steps"), [(10, 300), (250, 500), (4_000_000, 600)])
def test_steps_grow_with_n_between_bounds(n: int, steps: int) -> None:
    assert SPEC.pretraining_steps(n) == steps


def _lane(made, i: int):
    layers = [(w[i : i + 1], b[i : i + 1]) for w, b in made.layers]
    return made._replace(
        layers=layers,
        centre=made.centre[i : i + 1],
        scale=made.scale[i : i + 1],
        label_centre=made.label_centre[i : i + 1],
        label_scale=made.label_scale[i : i + 1],
    )


def test_a_property_known_for_few_is_learned_with_one_known_for_all() -> None:
    """The first property is measured for 30 materials, a multiple of it for all: together they predict better."""
    source, truth = (np.asarray(np.sin(x[:, 0] + x[:, 1]), np.float64) for x in (X, TARGET_X))
    both = np.stack([source[ROWS], -2.0 * source[ROWS] + 1.0], axis=-1)
    both[:, 30:, 0] = np.nan
    wider = msgspec.structs.replace(SPEC, hidden=(64, 32))
    alone = pretrain(wider, X, source[ROWS], ROWS, 30, list(range(LANES)))
    together = pretrain(wider, X, both, ROWS, N, list(range(LANES)))
    assert together.layers[-1][0].shape[-1] == 1

    def misses(made) -> float:
        return np.abs(represent(made, TARGET_X, ASK)[2] - truth[ASK]).mean()

    assert misses(together) < 0.85 * misses(alone)


def test_labels_that_are_not_known_do_not_matter() -> None:
    known = Y[ROWS].copy()
    known[:, ::3] = np.nan
    one = np.stack([known, known], axis=-1)
    two = one.copy()
    two[:, ::3, 1] = np.nan
    a, b = (pretrain(SPEC, X, labels, ROWS, N, list(range(LANES))) for labels in (one, two))
    for x, y in zip(a.layers, b.layers, strict=True):
        np.testing.assert_array_equal(np.asarray(x[0]), np.asarray(y[0]))
        assert np.isfinite(np.asarray(x[0])).all()


def test_members_are_the_mean_of_networks_that_stand_alone() -> None:
    several = msgspec.structs.replace(SPEC, members=3)
    made = pretrain(several, X, Y[ROWS[:1]], ROWS[:1], N, [0])
    assert len(made.layers[0][0]) == 3
    together = adapt_and_predict(several, made, TARGET_X, TARGET_Y, TRAIN[:1], ASK[:1])
    alone = [adapt_and_predict(SPEC, _lane(made, i), TARGET_X, TARGET_Y, TRAIN[:1], ASK[:1]) for i in range(3)]
    np.testing.assert_allclose(together, np.mean(alone, axis=0), rtol=1e-3, atol=1e-3 * TARGET_Y.std())


DEVICES = """
import sys
import jax
import numpy as np
sys.path.insert(0, sys.argv[1])
from test_network import ASK, LANES, N, ROWS, SPEC, TARGET_X, TARGET_Y, TRAIN, X, Y, adapt_and_predict, pretrain
assert len(jax.devices()) == 2
from simworth.learners.slots import spread_lanes
assert len(spread_lanes([X[:4]])[0].sharding.device_set) == 2
made = pretrain(SPEC, X, Y[ROWS], ROWS, N, list(range(LANES)))
np.save(sys.argv[2], adapt_and_predict(SPEC, made, TARGET_X, TARGET_Y, TRAIN, ASK))
"""


def test_lanes_are_shared_out_among_devices(tmp_path: Path) -> None:
    """Two devices that XLA makes of one processor: the same predictions up to the rounding of sums."""
    given = os.environ | {"XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", DEVICES, str(Path(__file__).parent), str(tmp_path / "two.npy")]
    subprocess.run(command, check=True, env=given)
    made = pretrain(SPEC, X, Y[ROWS], ROWS, N, list(range(LANES)))
    one = adapt_and_predict(SPEC, made, TARGET_X, TARGET_Y, TRAIN, ASK)
    np.testing.assert_allclose(np.load(tmp_path / "two.npy"), one, atol=0.05 * TARGET_Y.std())


def test_settings_are_frozen() -> None:
    with pytest.raises(AttributeError):
        SPEC.rate = 1.0  # type: ignore[misc]
    assert msgspec.structs.replace(SPEC, rate=1.0).rate == 1.0
