"""Compositions of different size in one batch, without a place for each of the most elements that any has.

Most compositions have two to four elements and a few have nine. A batch has parts: its first half for compositions of
few elements, and so on. All places of a batch stand in one row, part by part, the first place of all materials of a
part before their second. Rows are drawn for each part from those that belong to it and weighted by how many these are,
so that every row counts the same on average (stratified sampling).
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Layout = tuple[tuple[int, int], ...]
"""(materials, places of each) of the parts of a batch."""

QUANTILES = (0.5, 0.875, 1.0)
"""Where a part of a batch ends; it has room for as many elements as this share of the table has."""


def places_used(fraction: Float32) -> Int64:
    """Places of each material up to its last element, (materials,), of fractions (materials, k)."""
    return np.asarray(fraction.shape[1] - np.argmax(fraction[:, ::-1] > 0, axis=1))


def layout_of(used: Int64, batch: int) -> Layout:
    """Parts of a batch of materials from a table that uses ``used`` (materials,) places; none is wider than needed.

    They depend on the table alone, not on a lane.
    """
    ordered = np.sort(used)
    widths = [int(ordered[math.ceil(q * len(used)) - 1]) for q in QUANTILES]
    ends = [int(q * batch) for q in QUANTILES]
    materials: dict[int, int] = {}
    for places, begin, end in zip(widths, [0, *ends[:-1]], ends, strict=True):
        materials[places] = materials.get(places, 0) + end - begin
    return tuple((m, places) for places, m in materials.items() if m)


def sorted_rows(used: Int64, layout: Layout, rows: Int32, n: int) -> tuple[NDArray[np.intp], Int32]:
    """How the first ``n`` of ``rows`` (lanes, width) are sorted by the part of a batch that they belong to.

    Returns
    -------
    The order (lanes, n), and where the rows for each part begin and the last ones end, (lanes, parts + 1).
    """
    part = np.searchsorted([places for _, places in layout], used[rows[:, :n]])
    counts = [np.bincount(lane, minlength=len(layout)) for lane in part]
    start = np.cumsum(np.pad(counts, ((0, 0), (1, 0))), axis=1)
    return np.argsort(part, axis=1, kind="stable"), start.astype(np.int32)


def drawn(key: jax.Array, start: jax.Array, n: jax.Array, layout: Layout) -> tuple[list[jax.Array], jax.Array]:
    """Rows for each part of a batch, (materials,) each, and the weights (batch, 1) of all."""
    batch = sum(materials for materials, _ in layout)
    luck = jnp.split(jax.random.uniform(key, (batch,)), np.cumsum([m for m, _ in layout])[:-1])
    rows, weights = [], []
    for part, (u, (materials, _)) in enumerate(zip(luck, layout, strict=True)):
        many = start[part + 1] - start[part]
        # A part that no row belongs to draws any one, of weight 0.
        rows.append(jnp.clip(start[part] + jnp.minimum((u * many).astype(jnp.int32), many - 1), 0, n - 1))
        weights.append(jnp.broadcast_to(many / n * (batch / materials), (materials, 1)))
    return rows, jnp.concatenate(weights)


def sums(x: jax.Array, layout: Layout) -> jax.Array:
    """Sums (width, materials) over the elements of each material of x (width, places)."""
    parts, first = [], 0
    for materials, places in layout:
        part = x[:, first : first + materials * places]
        parts.append(part.reshape(len(x), places, materials).sum(1))
        first += materials * places
    return jnp.concatenate(parts, axis=1)


def spread(x: jax.Array, layout: Layout) -> jax.Array:
    """What is said of materials, x (width, materials), at each of their places: (width, places)."""
    parts, first = [], 0
    for materials, places in layout:
        part = x[:, None, first : first + materials]
        parts.append(jnp.broadcast_to(part, (len(x), places, materials)).reshape(len(x), -1))
        first += materials
    return jnp.concatenate(parts, axis=1)
