from __future__ import annotations

import numpy as np
import pytest

from simworth.errors import InputError
from simworth.model.ask import LONGEST, Model
from simworth.model.domain import look_around, usual_distances, widest_spread
from simworth.model.elements import elements_of

FRESH = 600


def law(x: np.ndarray) -> np.ndarray:
    """What experiments of the synthetic tables are, without their noise of 0.1."""
    return np.asarray(0.8 * (2 * np.tanh(x[:, 0]) + 1.5 * np.abs(x[:, 1]) - x[:, 2]) + 0.5)


@pytest.fixture(scope="module")
def fresh() -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Materials that nobody ever saw, their measured values, their names."""
    rng = np.random.default_rng(11)
    x = rng.normal(size=(FRESH, 6))
    return x, law(x) + 0.1 * rng.normal(size=FRESH), [f"new {i}" for i in range(FRESH)]


def test_intervals_hold_what_they_promise_on_fresh_materials(
    model: Model, fresh: tuple[np.ndarray, np.ndarray, list[str]]
) -> None:
    x, measured, names = fresh
    asked = model.ask(names, x)
    shares = []
    for level in (0.5, 0.9):
        low, high = asked.interval(level)
        shares.append(((low <= measured) & (measured <= high)).mean())
    # About 110 held-out experiments calibrate: three standard deviations of what that gives.
    assert 0.36 < shares[0] < 0.64
    assert 0.81 < shares[1] < 0.99
    # What was pretrained on 560 simulations knows the law better than 60 experiments could tell.
    assert np.abs(asked.mean - measured).mean() < 0.5 * np.abs(measured - measured.mean()).mean()
    np.testing.assert_allclose(asked.mean, asked.networks.mean(axis=0))
    np.testing.assert_allclose(asked.spread, asked.networks.std(axis=0, ddof=1))


def test_what_lies_far_outside_is_flagged_and_worse(
    model: Model, fresh: tuple[np.ndarray, np.ndarray, list[str]]
) -> None:
    x, measured, names = fresh
    near, far = model.ask(names, x), model.ask(names, 5 * x)
    assert near.inside.mean() > 0.95
    assert far.inside.mean() < 0.3
    assert all(bool(reason) != inside for reason, inside in zip(far.reason, far.inside, strict=True))
    assert any("farther from the experiments it learned from" in reason for reason in far.reason)
    wrong = np.abs(far.mean - law(5 * x))
    assert wrong[~far.inside].mean() > 3 * np.abs(near.mean - measured)[near.inside].mean()


def test_a_material_is_answered_alike_alone_and_in_company(
    model: Model, fresh: tuple[np.ndarray, np.ndarray, list[str]]
) -> None:
    x, _, names = fresh
    every = model.ask(names, x)
    for chosen in ([3], [599, 5, 300], list(range(256)), list(range(257, 520))):
        some = model.ask([names[i] for i in chosen], x[chosen])
        np.testing.assert_array_equal(some.networks, every.networks[:, chosen])
        np.testing.assert_array_equal(some.learned, every.learned[chosen])
        assert some.reason == tuple(every.reason[i] for i in chosen)


def test_known_materials_are_recognised(model: Model) -> None:
    places = [0, 7, 100]
    asked = model.ask([model.known.identity[i] for i in places], model.features[places])
    assert asked.known.tolist() == places
    assert asked.nearest[:, 0].tolist() == places
    np.testing.assert_allclose(asked.similarity[:, 0], 1, atol=1e-3)
    assert (np.diff(asked.similarity, axis=1) <= 0).all()
    stranger = model.ask(["somebody else"], model.features[[0]])
    assert stranger.known.tolist() == [-1]
    assert stranger.nearest[0, 0] == 0


def test_learned_vectors_are_as_far_apart_as_similarity_says(
    model: Model, fresh: tuple[np.ndarray, np.ndarray, list[str]]
) -> None:
    x, _, names = fresh
    asked, known = model.ask(names[:20], x[:20]), model.known_learned()
    away = np.linalg.norm(asked.learned[:, None].astype(float) - known[asked.nearest].astype(float), axis=-1)
    np.testing.assert_allclose(np.exp2(-away), asked.similarity, atol=1e-4)


def test_nobody_is_asked(model: Model) -> None:
    asked = model.ask([], np.zeros((0, 6)))
    assert asked.mean.shape == (0,)
    assert asked.networks.shape == (6, 0)
    assert asked.nearest.shape == (0, 3)
    assert asked.reason == ()


@pytest.mark.parametrize(
    ("features", "match"),
    [(None, "6 numbers"), (np.zeros((1, 5)), "6 numbers"), (np.full((1, 6), np.nan), "not a finite number")],
)
def test_features_that_do_not_fit_are_refused(model: Model, features: np.ndarray | None, match: str) -> None:
    with pytest.raises(InputError, match=match):
        model.ask(["a"], features)


def test_reading_says_what_cannot_be_read(model: Model) -> None:
    read = model.read(["fine", "", " ", "x" * (LONGEST + 1)])
    assert read.identities == ["fine", None, None, None]
    assert read.reasons[0] == ""
    assert "names the material" in read.reasons[1]
    assert "characters" in read.reasons[3]


@pytest.mark.parametrize(
    ("kind", "identity", "expected"),
    [
        ("molecule", "C[Si](C)(C)Cl", {"C", "Si", "Cl"}),
        ("molecule", "[2H]OCc1cc[nH]c1", {"C", "N", "O"}),
        ("molecule", "c1cc[se]c1", {"C", "Se"}),
        ("molecule", "C[C@@H](N)C(=O)[O-].[Na+]", {"C", "N", "O", "Na"}),
        ("molecule", "[CH3][Hg][CH3]", {"C", "Hg"}),
        ("molecule", "BrC%10CCC%10I", {"Br", "C", "I"}),
        ("molecule", "[13CH4]", {"C"}),
        ("polymer", "*CC(*)c1ccccc1S", {"C", "S"}),
        ("pair", "*CC*|ClCCl|298.15 K", {"C", "Cl"}),
        ("composition", "Fe2O3", {"Fe", "O"}),
        ("features", "Hg is a name", set()),
    ],
)
def test_elements_of_a_material(kind: str, identity: str, expected: set[str]) -> None:
    assert elements_of(kind, identity) == expected  # type: ignore[arg-type]


def test_usual_distance_is_the_median_of_held_out_ones() -> None:
    hidden = np.zeros((1, 5, 1), np.float32)
    hidden[0, :, 0] = [0.0, 10.0, 1.0, 12.0, 13.0]
    train, tests = np.array([[0, 1]], np.int32), [np.array([2, 3, 4], np.int32)]
    usual, away = usual_distances(hidden, train, tests)
    assert usual.tolist() == [2.0]  # of 1, 2 and 3
    np.testing.assert_allclose(away, [np.nan, np.nan, 0.5, 1.0, 1.5])
    near = look_around(np.array([[[14.0]]], np.float32), hidden, train, usual)
    assert near.distance.tolist() == [2.0]
    assert near.places.tolist() == [[4, 3, 1]]
    np.testing.assert_allclose(near.similarity, [[0.5**0.5, 0.5, 0.25]])


def test_too_few_experiments_say_nothing_of_disagreement() -> None:
    assert widest_spread(np.zeros((3, 10)), None) == (None, 3)
