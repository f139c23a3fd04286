"""Forests and blends as arrays: what goes in comes out, and what no forest is does not."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.learners.blend.boosting import fit_boosting
from simworth.learners.blend.forest import Forest, fit_forest
from simworth.learners.blend.lane import fit_members
from simworth.learners.blend.packed import pack, unpack
from simworth.learners.blend.rows import Rows, rowwise
from simworth.learners.blend.stored import planned
from simworth.learners.settings import Member

rng = np.random.default_rng(0)
X = rng.normal(size=(80, 30)).astype(np.float32)
X[:, 0] = np.round(X[:, 0])
Y = np.round(X[:, 0] + rng.normal(size=80), 1)


@pytest.fixture(scope="module")
def forests() -> list[Forest]:
    grown = [fit_forest(X, Y, 3)[0], fit_boosting(X, Y, 12, 4)]
    return [*grown, fit_forest(X[:5], Y[:5], 1)[0], fit_forest(X, 0 * Y, 1)[0]]  # the last has leaves alone


def walked(forest: Forest, row: Any) -> list[float]:
    """Each tree's word by the book, a node at a time."""
    found = []
    for first in forest.start[:-1].tolist():
        at = 0
        while forest.feature[first + at] >= 0:
            left = float(row[forest.feature[first + at]]) <= float(forest.threshold[first + at])
            at = at + 1 if left else int(forest.right[first + at])
        found.append(float(forest.value[first + at]))
    return found


def test_forests_come_out_as_they_went_in(forests: list[Forest]) -> None:
    again = unpack(pack(forests), len(forests), 30)
    probes = np.concatenate([X, rng.normal(size=(500, 30)).astype(np.float32)])
    for before, after in zip(forests, again, strict=True):
        np.testing.assert_array_equal(after.each(probes), before.each(probes))
        edges = before.threshold[before.feature >= 0].astype(np.float32)
        on_the_edge = np.repeat(edges[:200, None], 30, axis=1)
        np.testing.assert_array_equal(after.each(on_the_edge), before.each(on_the_edge))
        np.testing.assert_array_equal(before.each(probes[:3]).T, [walked(before, row) for row in probes[:3]])


def test_a_material_is_told_alike_alone_and_in_company(forests: list[Forest]) -> None:
    for how in ("mean", "median"):
        every = forests[0].predict(X, how)
        for i in (0, 7, 79):
            np.testing.assert_array_equal(forests[0].predict(X[i : i + 1], how), every[i : i + 1])


@pytest.mark.parametrize("width", [1, 3, 200])
def test_a_product_is_the_same_alone_and_in_company(width: int) -> None:
    a, b = rng.normal(size=(150, 40)), rng.normal(size=(40, width))
    every = rowwise(a, b)
    np.testing.assert_allclose(every, a @ b, rtol=1e-12, atol=1e-12)
    for chosen in ([0], [149], [70, 3, 5], list(range(64)), list(range(30, 110))):
        np.testing.assert_array_equal(rowwise(a[chosen], b), every[chosen])
        np.testing.assert_array_equal(rowwise(a[chosen], b[:, 0]), rowwise(a, b[:, 0])[chosen])


@given(data=st.data())
@settings(deadline=None, max_examples=200)
def test_numbers_that_are_no_forest_are_refused_or_walked_to_an_end(data: st.DataObject) -> None:
    """Whatever stands in the arrays: a sentence, or trees that every walk leaves."""
    whole = pack([SMALL])
    name = data.draw(st.sampled_from(sorted(whole)))
    tensor = whole[name].copy()
    way = data.draw(st.sampled_from(["one", "cut", "more", "roll", "zero"]))
    if way == "one":
        tensor[data.draw(st.integers(0, len(tensor) - 1))] = data.draw(st.integers(0, 60))
    elif way == "roll":
        tensor = np.roll(tensor, data.draw(st.integers(1, 5)))
    else:
        tensor = {"cut": tensor[:-1], "more": np.append(tensor, tensor[-1:]), "zero": np.zeros_like(tensor)}[way]
    whole[name] = tensor
    try:
        [forest] = unpack(whole, 1, 30)
    except ValueError:
        return
    assert np.isfinite(forest.each(X[:5])).all()
    inner = forest.feature >= 0
    place = np.arange(len(inner)) - np.repeat(forest.start[:-1], np.diff(forest.start))
    assert (forest.right[inner] > place[inner]).all()
    assert (forest.right[inner] < np.repeat(np.diff(forest.start), np.diff(forest.start))[inner]).all()


SMALL = fit_boosting(X, Y, 3, 4)


@pytest.mark.parametrize("chosen", [get_args(Member), ("line", "gaussian"), ("rest",), ("trees", "ridge")])
@pytest.mark.parametrize("models", [0, 3])
def test_planned_members_are_those_that_are_fitted(chosen: tuple[Member, ...], models: int) -> None:
    rows = Rows(X.astype(float), np.zeros((80, 0)), np.ones(80), rng.normal(size=(80, models)))
    if models == 0 and chosen == ("line", "gaussian"):
        chosen = ("gaussian",)
    fitted, _ = fit_members(rows, Y, 1, chosen)
    plan = planned(chosen, models > 0)
    assert [x.name for x in plan] == [x.name for x in fitted.members]
    for told, made in zip(plan, fitted.members, strict=True):
        assert (told.line, bool(told.forest)) == (made.line is not None, made.forest is not None)
        assert (told.blocks, told.reading) == (made.blocks, made.reading)
