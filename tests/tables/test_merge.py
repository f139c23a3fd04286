"""Merging repeats: known values, and independence of the order of rows to the last bit."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simworth.tables.about import Merge
from simworth.tables.merge import merge_groups

VALUES = np.array([1.0, 5.0, np.nan, 3.0, 7.0, np.nan, 4.0])
GROUP = np.array([0, 0, 0, 0, 1, 2, 0])


@pytest.mark.parametrize(("how", "expected"), [("mean", 3.25), ("median", 3.5), ("min", 1), ("max", 5), ("first", 1)])
def test_known(how: Merge, expected: float) -> None:
    merged = merge_groups(VALUES, GROUP, 3, how)
    np.testing.assert_array_equal(merged.value, [expected, 7.0, np.nan])
    np.testing.assert_array_equal(merged.count, [4, 1, 0])
    assert merged.spread[0] == pytest.approx(statistics.stdev([1, 5, 3, 4]))
    assert np.isnan(merged.spread[1:]).all()


def test_nothing_to_merge() -> None:
    merged = merge_groups(np.full(2, np.nan), np.array([0, 1]), 2, "mean")
    assert np.isnan(merged.value).all()
    assert merged.count.tolist() == [0, 0]


def test_equal_values_have_no_spread() -> None:
    merged = merge_groups(np.array([0.1] * 3 + [0.7] * 7), np.array([0] * 3 + [1] * 7), 2, "mean")
    assert merged.value.tolist() == [0.1, 0.7]
    assert merged.spread.tolist() == [0.0, 0.0]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(-1e6, 1e6)), min_size=1, max_size=30),
    st.randoms(use_true_random=False),
    st.sampled_from(["mean", "median", "min", "max"]),
)
def test_order_of_rows(rows: list[tuple[int, float]], chance: object, how: Merge) -> None:
    def merged(order: list[tuple[int, float]]) -> tuple[list[float], list[float]]:
        group, values = np.array([g for g, _ in order]), np.array([v for _, v in order])
        found = merge_groups(values, group, 4, how)
        assert np.all(found.value[found.count > 0] >= values.min())
        assert np.all(found.value[found.count > 0] <= values.max())
        return np.nan_to_num(found.value, nan=-1.5).tolist(), np.nan_to_num(found.spread, nan=-1.5).tolist()

    shuffled = list(rows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merged(shuffled) == merged(rows)
