from __future__ import annotations

import jax
import jax.numpy as jnp
import msgspec
import numpy as np
import pytest

from simworth.errors import InputError
from simworth.learners import chi
from simworth.learners.chi import COMPUTED, MEASURED, SOLUBLE, Pairs, fit, predict
from simworth.learners.chi_learner import ChiLearner
from simworth.learners.chi_settings import ChiSpec
from simworth.learners.protocol import Learner, Materials

SPEC = ChiSpec(hidden=(16,), width=4, members=1)
POLYMERS, SOLVENTS, LANES = 12, 20, 2
rng = np.random.default_rng(0)
polymer_of, solvent_of = (x.ravel() for x in np.meshgrid(np.arange(POLYMERS), np.arange(SOLVENTS), indexing="ij"))
ROWS = len(polymer_of)
P = rng.normal(size=(POLYMERS, 5)).astype(np.float32)[polymer_of]
S = rng.normal(size=(SOLVENTS, 4)).astype(np.float32)[solvent_of]
T = rng.choice([280.0, 320.0, 400.0], size=ROWS)
PAIRS = Pairs(P, S, T)
HIDDEN = (P[:, 0] - S[:, 0]) ** 2 * (0.2 + 100.0 / T) - 0.3 * P[:, 1]
TRUE = np.stack([HIDDEN < 0.5, HIDDEN, 0.8 * HIDDEN + 0.4], axis=-1).astype(np.float64)
TEST = np.arange(ROWS) % 4 == 0
ASK = np.tile(np.flatnonzero(TEST).astype(np.int32), (LANES, 1))
SEEDS = [1, 2]


def labels(measured: int, tasks: tuple[int, ...] = (SOLUBLE, COMPUTED), lanes: int = LANES) -> np.ndarray:
    """All training rows of ``tasks``, and ``measured`` rows of the measured χ."""
    made = np.full((lanes, ROWS, 3), np.nan)
    train = np.flatnonzero(~TEST)
    for lane in range(lanes):
        order = np.random.default_rng(lane).permutation(train)
        for task in tasks:
            made[lane, train, task] = TRUE[train, task]
        made[lane, order[:measured], MEASURED] = TRUE[order[:measured], MEASURED]
    return made


def error(found: np.ndarray, task: int = MEASURED) -> float:
    return float(np.abs(found[..., task] - TRUE[ASK][..., task]).mean())


def test_the_formula_against_a_slow_twin() -> None:
    layers = [(rng.normal(size=(3, 2)), rng.normal(size=2)), (rng.normal(size=(2, 4)), rng.normal(size=4))]
    other = [(rng.normal(size=(2, 4)), rng.normal(size=4))]
    head = (rng.normal(size=(2, 5)), rng.normal(size=5))
    p, s, t = rng.normal(size=3), rng.normal(size=2), 0.7
    found = chi._forward((layers, other, head), jnp.asarray(p[None]), jnp.asarray(s[None]), jnp.asarray([t]))[0]
    inner = 1 / (1 + np.exp(-(p @ layers[0][0] + layers[0][1])))
    a, b = inner @ layers[1][0] + layers[1][1], s @ other[0][0] + other[0][1]
    z = [(a[k] - b[k]) ** 2 - a[2 + k] ** 2 - b[2 + k] ** 2 for k in range(2)]
    out = [sum(z[k] * head[0][k, j] for k in range(2)) + head[1][j] for j in range(5)]
    np.testing.assert_allclose(found, [out[0], out[1] + out[2] * t, out[3] + out[4] * t], rtol=1e-4)


def test_the_loss_weighs_its_tasks() -> None:
    present = np.array([True, True, True])
    spec = ChiSpec(soluble_share=0.2, computed_share=0.25)
    np.testing.assert_allclose(chi._shares(spec, present), [0.2, 0.2, 0.6], rtol=1e-6)
    np.testing.assert_allclose(chi._shares(spec, ~present | [False, True, True]), [0, 0.25, 0.75], rtol=1e-6)
    np.testing.assert_allclose(chi._shares(spec, ~present | [True, True, False]), [0.2, 0.8, 0], rtol=1e-6)
    np.testing.assert_allclose(chi._shares(spec, ~present | [False, False, True]), [0, 0, 1])


def test_computed_values_and_solubility_help_where_measured_ones_are_few() -> None:
    alone = error(predict(fit(SPEC, PAIRS, labels(15, ()), SEEDS), PAIRS, ASK))
    together = predict(fit(SPEC, PAIRS, labels(15), SEEDS), PAIRS, ASK)
    assert error(together) < 0.85 * alone
    assert error(together, COMPUTED) < 0.5 * HIDDEN.std()
    said = together[..., SOLUBLE]
    assert ((said > 0) & (said < 1)).all()
    soluble = TRUE[ASK][..., SOLUBLE] > 0.5
    assert ((said > 0.5) == soluble).mean() > max(soluble.mean(), 1 - soluble.mean()) + 0.1


def test_rows_without_a_label_are_never_seen() -> None:
    known = labels(30)
    hidden = ~np.isfinite(known).any(axis=(0, 2))
    P2, S2, T2 = P.copy(), S.copy(), T.copy()
    P2[hidden], S2[hidden], T2[hidden] = 1e6, -1e6, 1.0
    one = predict(fit(SPEC, PAIRS, known, SEEDS), PAIRS, ASK)
    two = predict(fit(SPEC, Pairs(P2, S2, T2), known, SEEDS), PAIRS, ASK)
    np.testing.assert_array_equal(one, two)


def test_the_same_call_gives_the_same_bits_and_another_seed_others() -> None:
    one, two = (predict(fit(SPEC, PAIRS, labels(30), SEEDS), PAIRS, ASK) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, predict(fit(SPEC, PAIRS, labels(30), [3, 4]), PAIRS, ASK))


def test_a_lane_does_not_depend_on_the_batch_it_shares() -> None:
    # The order of floating-point sums may differ with the number of lanes; nothing else may.
    both = predict(fit(SPEC, PAIRS, labels(30), SEEDS), PAIRS, ASK)
    alone = predict(fit(SPEC, PAIRS, labels(30)[:1], SEEDS[:1]), PAIRS, ASK[:1])
    np.testing.assert_allclose(alone, both[:1], atol=0.02 * HIDDEN.std())


def test_lanes_may_have_different_tasks() -> None:
    mixed = labels(30)
    mixed[1, :, :MEASURED] = np.nan
    both = predict(fit(SPEC, PAIRS, mixed, SEEDS), PAIRS, ASK)
    alone = predict(fit(SPEC, PAIRS, mixed[[1, 1]], SEEDS[::-1]), PAIRS, ASK)
    np.testing.assert_allclose(alone[:1, :, MEASURED], both[1:, :, MEASURED], atol=0.02 * HIDDEN.std())


def test_members_are_averaged() -> None:
    known, single = labels(15)[:1], []
    both = fit(msgspec.structs.replace(SPEC, members=2), PAIRS, known, SEEDS[:1])
    for k in (0, 1):
        network = jax.tree.map(lambda x, k=k: x[k : k + 1], both.network)
        single.append(predict(both._replace(network=network, members=1), PAIRS, ASK[:1]))
    assert not np.array_equal(*single)
    np.testing.assert_allclose(predict(both, PAIRS, ASK[:1]), np.mean(single, axis=0), rtol=1e-4, atol=1e-4)


def test_units_of_labels_do_not_matter() -> None:
    other = labels(30)
    other[..., COMPUTED] = 1000 * other[..., COMPUTED] + 5
    one = predict(fit(SPEC, PAIRS, labels(30), SEEDS), PAIRS, ASK)
    two = predict(fit(SPEC, PAIRS, other, SEEDS), PAIRS, ASK)
    np.testing.assert_allclose(one[..., MEASURED], two[..., MEASURED], atol=0.05 * HIDDEN.std())


def test_solubility_needs_no_temperature_and_one_temperature_is_enough() -> None:
    cold = np.full(ROWS, 300.0)
    made = labels(15)
    only = np.flatnonzero(~TEST)[:30]
    made[:, only, COMPUTED:] = np.nan
    cold[only] = np.nan
    pairs = Pairs(P, S, cold)
    assert np.isfinite(predict(fit(SPEC, pairs, made, SEEDS), pairs, ASK)).all()


def test_what_cannot_be_learned_from_is_refused() -> None:
    made = labels(15)
    with pytest.raises(InputError, match="labels have shape"):
        fit(SPEC, PAIRS, made[:, :5], SEEDS)
    bare = made.copy()
    bare[0, :, COMPUTED:] = np.nan
    with pytest.raises(InputError, match="no χ to learn from"):
        fit(SPEC, PAIRS, bare, SEEDS)
    with pytest.raises(InputError, match="needs a temperature above 0 K"):
        fit(SPEC, Pairs(P, S, np.full(ROWS, np.nan)), made, SEEDS)


def materials(rows: np.ndarray) -> Materials:
    features = np.concatenate([P, np.zeros_like(P[:, :1]), S, S[:, :2], (1000 / T)[:, None]], axis=1).astype(np.float32)
    return Materials(features[rows], tuple(f"p{i}|s{i}|{T[i]:.2f} K" for i in rows), "pair")


def test_in_a_sweep_it_learns_from_its_rows_alone() -> None:
    learner: Learner = ChiLearner(SPEC)
    source, target = np.arange(0, ROWS, 2), np.arange(1, ROWS, 2)
    rows = np.stack([np.random.default_rng(r).permutation(len(source)) for r in range(LANES)]).astype(np.int32)
    train, ask = rows[:, :20], rows[:, 20:60]
    labels = HIDDEN[source][rows]
    measured = TRUE[target, MEASURED]
    found = []
    for spoil in (False, True):
        given, seen = labels.copy(), measured.copy()
        if spoil:
            given[:, 80:] = 1e6
            seen[np.setdiff1d(np.arange(len(target)), train)] = np.nan
        state = learner.pretrain(materials(source), given, rows, 80, SEEDS)
        found.append(learner.adapt_and_predict(state, materials(target), seen, train, ask, SEEDS))
    np.testing.assert_array_equal(*found)
    alone = learner.adapt_and_predict(None, materials(target), measured, train, ask, SEEDS)
    assert np.abs(found[0] - measured[ask]).mean() < np.abs(alone - measured[ask]).mean()


def test_it_refuses_what_is_no_pair() -> None:
    with pytest.raises(InputError, match="for tables of kind 'pair', not 'molecule'"):
        ChiLearner(SPEC).pretrain(
            Materials(P, ("CCO",), "molecule"), np.ones((1, 1)), np.zeros((1, 1), np.int32), 1, [1]
        )
