from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.model.suggest import CLOSE, distances, suggest

NONE = np.zeros((0, 2))


def line(*places: float) -> np.ndarray:
    """Materials on a line in a plane."""
    return np.array([[p, 0.0] for p in places])


def clouds(sizes: list[int], seed: int = 0) -> np.ndarray:
    """Clouds of materials, each ten usual distances from the next."""
    random = np.random.default_rng(seed)
    parts = [random.normal(0, 0.3, (size, 2)) + np.array([10 * i, 0]) for i, size in enumerate(sizes)]
    return np.concatenate(parts)


def test_the_most_probable_come_first_where_all_are_far_apart() -> None:
    learned = line(0, 10, 20, 30)
    found = suggest(3, learned, NONE, np.ones(4), np.array([0.1, 0.9, 0.5, 0.7]), explore=0)
    assert found.places.tolist() == [1, 3, 2]
    assert set(found.aims) == {"target"}


def test_a_twin_of_what_was_taken_must_be_far_more_probable() -> None:
    learned = line(0, 0.1 * CLOSE, 10)
    probability = np.array([0.9, 0.8, 0.3])
    assert suggest(2, learned, NONE, np.ones(3), probability, explore=0).places.tolist() == [0, 2]
    probability = np.array([0.9, 0.8, 0.05])  # a tenth of 0.8 is more
    assert suggest(2, learned, NONE, np.ones(3), probability, explore=0).places.tolist() == [0, 1]


def test_a_known_material_is_the_last_to_be_taken() -> None:
    learned = line(0, 5)
    found = suggest(2, learned, learned[:1], np.ones(2), np.array([1.0, 0.01]), explore=0)
    assert found.places.tolist() == [1, 0]
    np.testing.assert_allclose(found.distance, [5, 0])


def test_to_learn_from_takes_one_of_every_cloud_near_its_middle() -> None:
    sizes = [30, 10, 20]
    learned = clouds(sizes)
    found = suggest(3, learned, NONE, np.ones(60))
    cloud = np.repeat(range(3), sizes)
    assert sorted(cloud[found.places]) == [0, 1, 2]
    assert cloud[found.places[0]] == 0, "the heaviest first"
    for place in found.places:
        middle = learned[cloud == cloud[place]].mean(axis=0)
        assert np.linalg.norm(learned[place] - middle) < 0.2


def test_clusters_are_where_networks_disagree() -> None:
    learned = clouds([20, 20])
    spread = np.repeat([1.0, 1e-3], 20)
    assert (suggest(4, learned, NONE, spread).places < 20).sum() >= 3


def test_what_is_known_has_no_weight() -> None:
    learned = clouds([20, 20])
    found = suggest(3, learned, learned[:20], np.ones(40))
    assert (found.places >= 20).all()


def test_a_share_is_near_the_target_and_the_rest_to_learn_from() -> None:
    random = np.random.default_rng(3)
    learned, probability = random.normal(size=(50, 4)), random.uniform(size=50)
    found = suggest(10, learned, NONE, np.ones(50), probability, explore=0.3)
    assert found.aims == ("target",) * 7 + ("learn",) * 3
    assert found.places[0] == probability.argmax()


@settings(deadline=None, max_examples=25)
@given(
    st.integers(1, 12),
    st.integers(1, 20),
    st.integers(0, 5),
    st.floats(0, 1),
    st.booleans(),
    st.sampled_from([0.0, 1.0]),
    st.integers(0, 99),
)
def test_a_batch_is_whole_and_without_repetition(
    k: int, asked: int, known: int, explore: float, window: bool, width: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    learned = width * random.integers(0, 3, size=(asked, 2)).astype(float)  # many look the same
    probability = random.integers(0, 3, size=asked) / 2 if window else None
    arguments = (k, learned, learned[:known], random.integers(0, 2, size=asked).astype(float), probability, explore)
    found = suggest(*arguments)
    assert len(found.places) == len(set(found.places.tolist())) == min(k, asked)
    assert len(found.aims) == len(found.distance) == len(found.places)
    np.testing.assert_array_equal(found.places, suggest(*arguments).places)


def test_distances_are_to_the_nearest() -> None:
    np.testing.assert_allclose(distances(line(0, 3), line(1, 10)), [1, 2])
    assert np.isinf(distances(line(0, 3), NONE)).all()


@pytest.mark.parametrize(
    ("k", "explore", "words"), [(0, 0.2, "batch of 0"), (1, 1.5, "between 0 and 1"), (1, float("nan"), "between")]
)
def test_no_batch_is_refused(k: int, explore: float, words: str) -> None:
    with pytest.raises(InputError, match=words):
        suggest(k, line(0), NONE, np.ones(1), explore=explore)


def test_a_candidate_without_prediction_is_refused() -> None:
    with pytest.raises(InputError, match="no finite prediction"):
        suggest(1, line(0), NONE, np.array([np.nan]))
