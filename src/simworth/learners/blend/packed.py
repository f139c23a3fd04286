"""Forests as few small arrays: a tree is the sequence of its nodes, each before its left and then its right side.

Such a sequence is a tree, and one that a walk leaves, whatever numbers stand in a file: where a right side begins
follows from which nodes are leaves. Features are single precision, so a threshold may be rounded down to it: every
feature lies on the same side as before. Leaves of fully grown trees have few different values, which are listed once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simworth.learners.blend.forest import Forest

Tensors = dict[str, NDArray[Any]]
NAMES: Mapping[str, tuple[str, ...]] = {
    "trees": ("int32",),
    "feature": ("int16", "int32"),
    "threshold": ("float32",),
    "leaf": ("uint16", "uint32"),
    "listed": ("int32",),
    "value": ("float64",),
}
"""Arrays of some forests, and their types."""


def pack(forests: Sequence[Forest]) -> Tensors:
    """Some forests, one after another.

    Returns
    -------
    ``trees`` (forests,): how many each has. ``feature`` (nodes,): the column that a node looks at, −1 in a leaf.
    ``threshold`` (inner nodes,). ``leaf`` (leaves,): place of its value among those of the forest. ``listed``
    (forests,): how many different values each has. ``value``: these.
    """
    features, thresholds, leaves, values = [], [], [], []
    for forest in forests:
        inner = forest.feature >= 0
        value, place = np.unique(forest.value[~inner], return_inverse=True)
        features.append(forest.feature)
        thresholds.append(_rounded_down(forest.threshold[inner]))
        leaves.append(place)
        values.append(value)
    feature, leaf = _joined(features, np.int32), _joined(leaves, np.uint32)
    return {
        "trees": np.array([len(forest.start) - 1 for forest in forests], np.int32),
        "feature": feature.astype(np.int16) if feature.max(initial=0) < 2**15 else feature,
        "threshold": _joined(thresholds, np.float32),
        "leaf": leaf.astype(np.uint16) if leaf.max(initial=0) < 2**16 else leaf,
        "listed": np.array([len(value) for value in values], np.int32),
        "value": _joined(values, np.float64),
    }


def unpack(tensors: Mapping[str, NDArray[Any]], forests: int, width: int) -> list[Forest]:
    """So many forests on ``width`` columns, from what `pack` gave.

    Raises
    ------
    ValueError
        When the arrays are no such forests.
    """
    feature, threshold, leaf, value = (tensors[k] for k in ("feature", "threshold", "leaf", "value"))
    trees, listed = (tensors[k].astype(np.int64) for k in ("trees", "listed"))
    inner = feature >= 0
    check(len(trees) == len(listed) == forests and trees.min(initial=1) >= 1 and listed.min(initial=1) >= 1)
    check(feature.min(initial=0) >= -1 and feature.max(initial=-1) < width)
    check(len(threshold) == inner.sum() and len(leaf) == len(feature) - len(threshold))
    check(bool(np.isfinite(threshold).all() and np.isfinite(value).all()))
    start, right = _shape(inner)
    check(trees.sum() == len(start) - 1 and listed.sum() == len(value))
    ends = np.concatenate([[0], np.cumsum(trees)])
    node = start[ends]
    leaves = np.diff(np.concatenate([[0], np.cumsum(~inner)])[node])
    check(bool((leaf < np.repeat(listed, leaves)).all()))
    values, thresholds = np.zeros(len(feature)), np.zeros(len(feature), np.float32)
    values[~inner] = value[leaf + np.repeat(np.cumsum(listed) - listed, leaves)]
    thresholds[inner] = threshold
    columns = feature.astype(np.int32)
    found = []
    for i in range(forests):
        here = slice(node[i], node[i + 1])
        begin = start[ends[i] : ends[i + 1] + 1] - node[i]
        found.append(Forest(begin, columns[here], thresholds[here], right[here], values[here]))
    return found


def check(fits: bool) -> None:
    """Refuse numbers that no blend has."""
    if not fits:
        raise ValueError("numbers that no blend has")


def _shape(inner: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Where trees begin and the last one ends (trees + 1,), and the right child of each node counted from its tree.

    Sides that are still to come: an inner node adds one, a leaf takes one. A tree ends where there are fewer than ever
    before, the left side of a node where there are fewer than at the node.
    """
    count = len(inner)
    if not count:
        return np.zeros(1, np.int64), np.zeros(0, np.int32)
    due = np.cumsum(np.where(inner, 1, -1))
    fewest = np.minimum(np.minimum.accumulate(due), 0)
    ends = np.flatnonzero(np.diff(fewest, prepend=0) < 0)
    check(len(ends) > 0 and ends[-1] == count - 1)
    start = np.concatenate([[0], ends + 1])
    shifted = (due - due.min()) * count
    ordered = np.sort(shifted + np.arange(count))
    above = np.flatnonzero(inner)
    end = ordered[np.searchsorted(ordered, shifted[above] - count + above)] % count
    right = np.zeros(count, np.int32)
    right[above] = end + 1 - np.repeat(start[:-1], np.diff(start))[above]
    return start, right


def _rounded_down(threshold: NDArray[np.floating]) -> NDArray[np.float32]:
    """The largest numbers in single precision that are not above."""
    with np.errstate(over="ignore"):
        found = threshold.astype(np.float32)
    return np.where(found > threshold, np.nextafter(found, np.float32(-np.inf)), found)


def _joined(parts: Sequence[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, kind), *(part.astype(kind) for part in parts)])
