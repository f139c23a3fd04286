"""Splits: nested, paired, decided by content."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.tables import PropertyTable, read_table, split, splits

NAMES = [f"m{i:02d}" for i in range(30)]


def made(names: list[str], groups: list[str | None] | None = None) -> PropertyTable:
    data = pa.table(
        {
            "m": names,
            "x": [float(i) for i in range(len(names))],
            "p": [1.0 + i for i in range(len(names))],
            "g": groups or names,
        }
    )
    settings = {"kind": "features", "material": "m", "properties": {"p": ("p", "1")}, "name": "measured"}
    return read_table(data, features=["x"], keep=["g"], **settings)  # type: ignore[arg-type]


def names_of(table: PropertyTable, places: np.ndarray) -> list[str]:
    return [table.materials[i] for i in places]


@given(st.integers(0, 2**40), st.integers(0, 50), st.integers(1, 29), st.randoms(use_true_random=False))
def test_independent_of_row_order(seed: int, replicate: int, size: int, chance: random.Random) -> None:
    shuffled = list(NAMES)
    chance.shuffle(shuffled)
    a, b = made(NAMES), made(shuffled)
    one, two = split(a, replicate, seed, test_count=size), split(b, replicate, seed, test_count=size)
    assert set(names_of(a, one.test)) == set(names_of(b, two.test))
    assert names_of(a, one.order) == names_of(b, two.order)
    assert sorted([*one.test, *one.order]) == list(range(30))
    assert len(one.test) == size


def test_replicates_and_seeds_differ() -> None:
    table = made(NAMES)
    found = splits(table, 20, 1, test_fraction=0.2)
    assert [s.replicate for s in found] == list(range(20))
    assert all(len(s.test) == 6 for s in found)
    assert len({tuple(s.test) for s in found}) > 15
    assert found[3].order.tolist() == split(table, 3, 1, test_fraction=0.2).order.tolist()
    assert found[0].order.tolist() != split(table, 0, 2, test_fraction=0.2).order.tolist()


def test_training_sets_are_nested() -> None:
    one = split(made(NAMES), 0, 0, test_count=10)
    assert one.train(5).tolist() == one.train(20).tolist()[:5]
    assert one.train(0).tolist() == []
    with pytest.raises(InputError, match="m = 21 experimental training materials were asked for but 20 remain"):
        one.train(21)


def test_every_material_is_tested_about_equally_often() -> None:
    table = made(NAMES)
    count = np.zeros(30)
    for s in splits(table, 400, 0, test_fraction=0.5):
        count[s.test] += 1
    assert np.all(np.abs(count - 200) < 5 * 10)  # binomial, standard deviation 10


@given(st.integers(0, 10**6), st.integers(1, 20))
def test_groups_stay_together(seed: int, size: int) -> None:
    groups: list[str | None] = [f"g{i // 3}" for i in range(30)]
    one = split(made(NAMES, groups), 0, seed, test_count=size, group="g")
    assert not {groups[i] for i in one.test} & {groups[i] for i in one.order}
    assert size <= len(one.test) < size + 3
    assert len(one.test) + len(one.order) == 30


def test_refusals() -> None:
    table = made(NAMES)
    with pytest.raises(InputError, match="exactly one of test_fraction and test_count"):
        split(table, 0, 0)
    with pytest.raises(InputError, match=r"test_fraction is 1\.5; it must lie between 0 and 1"):
        split(table, 0, 0, test_fraction=1.5)
    for size in (0, 30):
        with pytest.raises(InputError, match=f"measured: a test set of {size} cannot be taken from 30 materials"):
            split(table, 0, 0, test_count=size)
    with pytest.raises(InputError, match="measured: has no kept column 'family' to group by"):
        split(table, 0, 0, test_count=3, group="family")
    with pytest.raises(InputError, match="with groups by 'g' a test set of 29 leaves nothing to train on"):
        split(made(NAMES, ["a"] * 15 + ["b"] * 15), 0, 0, test_count=29, group="g")
    with pytest.raises(InputError, match="the group column 'g' has no single value for 'm01'; fill it"):
        split(made(NAMES, ["a", None] * 15), 0, 0, test_count=3, group="g")
    assert len(split(made(NAMES[:2]), 0, 0, test_fraction=0.01).test) == 1
