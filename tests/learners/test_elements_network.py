"""Networks over elements: a slow twin, invariances, lanes that are what they are alone and see their own rows."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import msgspec
import numpy as np
import pytest

from simworth.learners.elements_network import Atoms, PretrainedElements, pretrain, represent
from simworth.learners.settings import ElementsSpec

SPEC = ElementsSpec(width=12, layers=2, inner=16, hidden=8, least_steps=300, most_steps=300)
LANES, N, M, ELEMENTS, MOST = 3, 240, 60, 10, 5
rng = np.random.default_rng(0)
VECTORS = rng.normal(size=(ELEMENTS, 4))
SINGLE, PAIR = VECTORS @ rng.normal(size=4), rng.normal(size=(ELEMENTS, ELEMENTS))


def made_up(count: int) -> Atoms:
    """Compositions of one to five elements, most of two or three."""
    which, fraction = np.zeros((count, MOST), np.int32), np.zeros((count, MOST), np.float32)
    for i, k in enumerate(rng.choice([1, 2, 3, 4, 5], count, p=[0.1, 0.4, 0.35, 0.1, 0.05])):
        which[i, :k] = rng.choice(ELEMENTS, k, replace=False)
        fraction[i, :k] = rng.dirichlet(np.ones(k))
    return Atoms(which, fraction)


def truth(atoms: Atoms) -> np.ndarray:
    """Σ f_i a_i + Σ f_i f_j b_ij."""
    share = np.zeros((len(atoms.which), ELEMENTS))
    np.add.at(share, (np.arange(len(share))[:, None], atoms.which), atoms.fraction)
    return share @ SINGLE + np.einsum("ni,ij,nj->n", share, PAIR, share)


SOURCE, TARGET = made_up(N), made_up(M)
Y = truth(SOURCE)
ROWS = np.stack([np.random.default_rng(r).permutation(N) for r in range(LANES)]).astype(np.int32)
ASK = np.tile(np.arange(M, dtype=np.int32), (LANES, 1))
SEEDS = list(range(LANES))


def trained(n: int = N, labels: np.ndarray = Y[ROWS]) -> PretrainedElements:
    return pretrain(SPEC, SOURCE, VECTORS, labels, ROWS, n, SEEDS)


def same(a: PretrainedElements, b: PretrainedElements) -> None:
    for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        np.testing.assert_array_equal(x, y)


def misses(made: PretrainedElements) -> float:
    return float(np.abs(represent(made, TARGET, ASK)[1] - truth(TARGET)).mean())


def test_what_elements_do_alone_and_in_pairs_is_learned() -> None:
    assert misses(trained()) < 0.25 * truth(TARGET).std()
    assert misses(trained()) < misses(trained(30))


def slow(lane: PretrainedElements, which: np.ndarray, fraction: np.ndarray) -> tuple[np.ndarray, float]:
    """The module's equations for one material and one lane, an element at a time."""
    w = lane.weights
    silu = lambda x: x / (1 + np.exp(-x))  # noqa: E731
    t = []
    for i, f in zip(which, fraction, strict=True):
        bells = [np.exp(-(((f - centre) / 0.12) ** 2)) for centre in np.linspace(0, 1, 8)]
        phi = np.array([f, np.sqrt(f), 0.3 * np.log(max(f, 1e-3)), *bells])
        t.append(w.elements[:, i] + w.fraction @ phi + w.bias)
    for layer in w.layers:
        u = [layer.norm * x / np.sqrt(np.mean(x**2) + 1e-5) for x in t]
        mean = sum(f * x for f, x in zip(fraction, u, strict=True))
        inner = [silu(layer.own @ x + layer.mean @ mean + layer.bias) for x in u]
        t = [x + layer.out @ h + layer.out_bias for x, h in zip(t, inner, strict=True)]
    (first, first_bias), (last, last_bias) = w.head
    hidden = silu(sum(f * silu(x) for f, x in zip(fraction, t, strict=True)) @ first + first_bias)
    return hidden, float((hidden @ last + last_bias)[0] * lane.label_scale + lane.label_centre)


def test_the_equations_are_those_that_are_written() -> None:
    made = trained()
    hidden, predicted = represent(made, TARGET, ASK)
    assert hidden.shape == (LANES, M, SPEC.hidden)
    lane = jax.tree.map(lambda a: np.asarray(a[1], np.float64), made)
    for i in range(M):
        k = int((TARGET.fraction[i] > 0).sum())
        own, value = slow(lane, TARGET.which[i, :k], TARGET.fraction[i, :k].astype(np.float64))
        np.testing.assert_allclose(hidden[1, i], own, atol=2e-5)
        np.testing.assert_allclose(predicted[1, i], value, atol=2e-5)


def test_order_and_empty_places_do_not_matter() -> None:
    made = trained()
    turned = Atoms(TARGET.which[:, ::-1], TARGET.fraction[:, ::-1])
    wider = Atoms(*(np.pad(a, ((0, 0), (0, 3))) for a in TARGET))
    expected = represent(made, TARGET, ASK)
    for atoms in (turned, wider):
        for a, b in zip(represent(made, atoms, ASK), expected, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-5)


def test_many_are_asked_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    made = trained()
    whole = represent(made, TARGET, ASK)
    monkeypatch.setattr("simworth.learners.elements_network.BLOCK", 16)
    for a, b in zip(represent(made, TARGET, ASK), whole, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_only_the_first_n_rows_are_seen() -> None:
    poisoned = Y[ROWS].copy()
    poisoned[:, 100:] = 1e6
    same(trained(100), trained(100, poisoned))


def test_a_lane_does_not_depend_on_the_batch_it_shares() -> None:
    """Trained alone and with 29 others: the same bits (on a CPU)."""
    many = np.tile(ROWS, (10, 1))
    seeds = [i // LANES for i in range(len(many))]
    together = pretrain(SPEC, SOURCE, VECTORS, Y[many], many, 50, seeds)
    hidden, predicted = represent(together, TARGET, np.tile(ASK, (10, 1)))
    for i in (0, 17, 29):
        one = slice(i, i + 1)
        alone = pretrain(SPEC, SOURCE, VECTORS, Y[many[one]], many[one], 50, seeds[one])
        same(alone, jax.tree.map(lambda a, one=one: a[one], together))
        for a, b in zip(represent(alone, TARGET, ASK[:1]), (hidden[one], predicted[one]), strict=True):
            np.testing.assert_array_equal(a, b)


def test_members_are_networks_of_their_own() -> None:
    two = msgspec.structs.replace(SPEC, members=2)
    made = pretrain(two, SOURCE, VECTORS, Y[ROWS], ROWS, N, SEEDS)
    assert made.weights.bias.shape[0] == 2 * LANES
    predicted = represent(made, TARGET, np.repeat(ASK, 2, axis=0))[1]
    assert np.abs(predicted[0] - predicted[1]).max() > 0


def test_a_property_known_for_few_is_learned_with_one_known_for_all() -> None:
    both = np.stack([Y[ROWS], -2.0 * Y[ROWS] + 1.0], axis=-1)
    both[:, 30:, 0] = np.nan
    together = trained(N, both)
    assert together.weights.head[-1][0].shape[-1] == 1
    assert misses(together) < 0.8 * misses(trained(30))


def test_a_lane_may_lack_the_longest_compositions() -> None:
    few = np.flatnonzero((SOURCE.fraction > 0).sum(1) <= 2).astype(np.int32)
    rows = np.tile(few, (1, 1))
    made = pretrain(SPEC, SOURCE, VECTORS, Y[rows], rows, len(few), [0])
    assert np.isfinite(represent(made, TARGET, ASK[:1])[1]).all()
    assert np.abs(represent(made, SOURCE, rows)[1] - Y[rows]).mean() < 0.1 * Y.std()


def test_vectors_may_lack_values_and_have_any_unit() -> None:
    lacking = np.column_stack([VECTORS, np.full(ELEMENTS, 3.0)])
    lacking[2, 1] = np.nan
    made = pretrain(SPEC, SOURCE, lacking, Y[ROWS], ROWS, N, SEEDS)
    assert np.isfinite(misses(made))
    scaled = pretrain(SPEC, SOURCE, 1024.0 * VECTORS, Y[ROWS], ROWS, N, SEEDS)
    np.testing.assert_allclose(misses(scaled), misses(trained()), rtol=0.05)


def test_gradients_are_finite_where_places_are_empty() -> None:
    """√f and ln f have none at 0, and an empty place must not spoil a weight."""
    made = trained(20)
    assert all(np.isfinite(jnp.asarray(a)).all() for a in jax.tree.leaves(made))


@pytest.mark.parametrize(("n", "steps"), [(10, 100), (250, 125), (4_000_000, 4000)])
def test_steps_grow_with_n_between_bounds(n: int, steps: int) -> None:
    assert ElementsSpec().pretraining_steps(n) == steps
