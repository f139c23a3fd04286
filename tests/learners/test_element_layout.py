"""Batches of compositions of different size: sums by material, and every row counted the same on average."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from simworth.learners.element_layout import drawn, layout_of, places_used, sorted_rows, spread, sums

LAYOUT = ((3, 2), (2, 4))


def test_places_up_to_the_last_element() -> None:
    fraction = np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.2, 0.0, 0.8]], np.float32)
    np.testing.assert_array_equal(places_used(fraction), [1, 2, 3])


@pytest.mark.parametrize(
    ("used", "batch", "layout"),
    [
        ([2] * 5 + [3] * 4 + [9], 64, ((32, 2), (24, 3), (8, 9))),
        ([3] * 10, 64, ((64, 3),)),
        ([2] * 9 + [7], 64, ((56, 2), (8, 7))),
        ([2] * 5 + [3] * 4 + [9], 2, ((1, 2), (1, 9))),
        ([2] * 5 + [3] * 4 + [9], 1, ((1, 9),)),
    ],
)
def test_parts_are_no_wider_than_needed(used: list[int], batch: int, layout: tuple[tuple[int, int], ...]) -> None:
    assert layout_of(np.array(used), batch) == layout


def test_sums_and_spread_go_by_material() -> None:
    x = np.random.default_rng(0).normal(size=(2, 14)).astype(np.float32)
    owner = np.array([0, 1, 2, 0, 1, 2, 3, 4, 3, 4, 3, 4, 3, 4])
    expected = np.stack([x[:, owner == i].sum(1) for i in range(5)], axis=1)
    np.testing.assert_allclose(sums(jnp.asarray(x), LAYOUT), expected, rtol=1e-5)
    each = np.arange(10.0, dtype=np.float32).reshape(2, 5)
    np.testing.assert_array_equal(spread(jnp.asarray(each), LAYOUT), each[:, owner])


def test_rows_are_sorted_by_the_part_they_belong_to() -> None:
    used = np.array([2, 4, 1, 3, 2])
    order, start = sorted_rows(used, LAYOUT, np.array([[3, 0, 1, 2, 4], [0, 2, 4, 1, 3]], np.int32), 3)
    np.testing.assert_array_equal(order, [[1, 0, 2], [0, 1, 2]])
    np.testing.assert_array_equal(start, [[0, 1, 3], [0, 3, 3]])


@pytest.mark.parametrize("start", [[0, 7, 10], [0, 10, 10], [0, 0, 10]])
def test_every_row_counts_the_same_on_average(start: list[int]) -> None:
    """Over many batches the weight that falls on each of ten rows; where a part has none, the other has them all."""
    draws = 4000

    def one(key: jax.Array) -> jax.Array:
        rows, weights = drawn(key, jnp.array(start), jnp.int32(10), LAYOUT)
        return jnp.zeros(10).at[jnp.concatenate(rows)].add(weights[:, 0])

    total = jax.vmap(one)(jax.random.split(jax.random.key(0), draws)).mean(0)
    np.testing.assert_allclose(total, 0.5, rtol=0.1)
    np.testing.assert_allclose(total.sum(), 5.0, rtol=1e-5)
