"""The blend as a whole: what it makes of a source, of none, and of a useless one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from simworth.learners.blend.learner import BlendLearner
from simworth.learners.protocol import Blending, Learner, Materials
from simworth.learners.settings import BlendSpec
from simworth.seeds import stream

QUICK = BlendSpec(trees=20, members=1, hidden=(16,), least_steps=200, most_steps=200)
N, M = 400, 60


def materials(count: int, name: str) -> tuple[Materials, np.ndarray]:
    """Materials with features and counts, and their true property."""
    rng = stream("blend-learner", name)
    counts = rng.integers(0, 6, (count, 4)).astype(np.float32)
    features = rng.normal(size=(count, 6)).astype(np.float32)
    y = counts @ np.array([10.0, -20.0, 5.0, 2.0]) + 40 * np.abs(features[:, 0]) - 30 * np.abs(features[:, 1])
    size = np.maximum(counts.sum(axis=1), 1)
    found = Materials(features, tuple(map(str, range(count))), "molecule", counts, csr_array(counts), size)
    return found, y.astype(np.float64)


@pytest.fixture(scope="module")
def learner() -> BlendLearner:
    return BlendLearner(QUICK)


def test_it_is_a_learner_of_parts(learner: BlendLearner) -> None:
    assert isinstance(learner, Learner)
    assert isinstance(learner, Blending)


@pytest.fixture(scope="module")
def trial(learner: BlendLearner) -> dict[str, float]:
    """Mean absolute errors of direct learning, with a true source, with a useless one, and of the source alone."""
    (source, computed), (target, measured) = materials(N, "source"), materials(M + 100, "target")
    order = np.arange(N, dtype=np.int32)[None]
    train, ask = np.arange(M, dtype=np.int32), np.arange(M, M + 100, dtype=np.int32)
    direct = learner.direct(target, measured, train, ask, 3)

    def error(said: np.ndarray) -> float:
        return float(np.abs(said - measured[ask]).mean())

    found = {"direct": error(learner.blended(None, 0, direct, target, measured, train, ask, 3).predictions)}
    for name, labels in (("true", computed), ("useless", stream("useless").permutation(computed))):
        state = learner.pretrain(source, 0.9 * labels[order] + 5, order, N, [7])
        told = learner.blended(learner.foresee(state, target), 0, direct, target, measured, train, ask, 3)
        found[name] = error(told.predictions)
        assert told.database is not None
        found[f"{name} alone"] = error(told.database)
        assert sum(x.weight for x in told.members) == pytest.approx(1)
    return found


def test_a_true_source_helps(trial: dict[str, float]) -> None:
    assert trial["true"] < 0.8 * trial["direct"]


def test_a_useless_source_does_no_harm(trial: dict[str, float]) -> None:
    assert trial["useless"] < 1.05 * trial["direct"]


def test_the_database_alone_tells_them_apart(trial: dict[str, float]) -> None:
    assert trial["true alone"] < 0.5 * trial["useless alone"]


def test_a_lane_is_the_same_bits_alone_and_in_company(learner: BlendLearner) -> None:
    (source, computed), (target, measured) = materials(N, "source"), materials(M + 10, "target")
    orders = np.stack([stream("order", k).permutation(N) for k in range(3)]).astype(np.int32)
    train = np.stack([stream("train", k).permutation(M) for k in range(3)]).astype(np.int32)
    ask = np.tile(np.arange(M, M + 10, dtype=np.int32), (3, 1))

    def said(lanes: list[int]) -> np.ndarray:
        state = learner.pretrain(source, computed[orders[lanes]], orders[lanes], 200, [11 + k for k in lanes])
        return learner.adapt_and_predict(state, target, measured, train[lanes], ask[lanes], [21 + k for k in lanes])

    assert np.array_equal(said([1])[0], said([0, 1, 2])[1])
    assert np.array_equal(said([0, 1, 2]), said([0, 1, 2]))


def test_only_the_first_n_materials_and_the_training_rows_are_learned_from(learner: BlendLearner) -> None:
    (source, computed), (target, measured) = materials(N, "source"), materials(M + 10, "target")
    order, train = np.arange(N, dtype=np.int32)[None], np.arange(M, dtype=np.int32)[None]
    ask = np.arange(M, M + 10, dtype=np.int32)[None]

    def said(labels: np.ndarray, values: np.ndarray) -> np.ndarray:
        state = learner.pretrain(source, labels[order], order, 150, [5])
        return learner.adapt_and_predict(state, target, values, train, ask, [6])

    spoiled, hidden = computed.copy(), measured.copy()
    spoiled[150:], hidden[M:] = 1e6, -1e6
    assert np.array_equal(said(computed, measured), said(spoiled, hidden))


def test_further_properties_and_gaps_are_learned_around(learner: BlendLearner) -> None:
    (source, computed), (target, measured) = materials(N, "source"), materials(M, "target")
    order = np.arange(N, dtype=np.int32)[None]
    labels = np.stack([computed, computed + 1], axis=1)
    labels[::3, 0] = np.nan
    state = learner.pretrain(source, labels[order], order, N, [1])
    foreseen = learner.foresee(state, target)
    assert np.isfinite(foreseen).all()
    assert np.corrcoef(foreseen[0].mean(axis=1), measured)[0, 1] > 0.7


def test_compositions_have_networks_over_elements() -> None:
    from simworth.features.composition import composition_features
    from simworth.features.counts import counted, vocabulary_of
    from simworth.sweep.counts import with_elements

    names = tuple(f"Fe{a}O{b}" for a in range(1, 9) for b in range(1, 9) if np.gcd(a, b) == 1)
    counts = counted("composition", names, vocabulary_of("composition", names))
    made = with_elements(Materials(composition_features(names), names, "composition", *counts))
    spec = BlendSpec(sources=("elements",), members=2, least_steps=100, most_steps=100)
    labels = made.features[:, -1:].T.astype(np.float64) + counts.small[:, :1].T
    order = np.arange(len(names), dtype=np.int32)[None]
    learner = BlendLearner(spec)
    state = learner.pretrain(made, labels, order, len(names), [1])
    assert learner.foresee(state, made).shape == (1, len(names), 2)
