"""Extremely randomised trees, read by their mean and by their median.

Geurts, Ernst and Wehenkel, Mach. Learn. 63, 3 (2006), doi 10.1007/s10994-006-6226-1. The median over fully grown trees
is that of the distribution which a forest gives a material (quantile regression forests: Meinshausen, J. Mach. Learn.
Res. 7, 983 (2006)). It is what a mean absolute error asks for; where values pile up at one, as band gaps do at 0, it is
a fifth better than the mean.

Predictions of unseen rows come from a second, smaller forest of bootstrap samples, by the trees that a row is not in.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.learners.blend.rows import Float32, Float64

TREES = 64
BAGGED = 32
SHARE, TRIED = 0.2, 100
"""Of the columns, how many are tried at a split, and at least."""


class Forest(NamedTuple):
    """Trees as arrays, one after another; a node's left child follows it."""

    start: NDArray[np.int64]
    """(trees + 1,) where each tree begins."""
    feature: NDArray[np.int32]
    """(nodes,) column to look at; -1 in a leaf."""
    threshold: NDArray[np.floating]
    """(nodes,) left up to this, right above."""
    right: NDArray[np.int32]
    """(nodes,) the other child, counted from the tree's first node."""
    value: Float64
    """(nodes,) mean label of the rows in it."""

    def each(self, columns: Float32) -> Float64:
        """What each tree says (trees, rows) of ``columns`` (rows, d)."""
        trees, rows = len(self.start) - 1, len(columns)
        first = np.repeat(self.start[:-1], rows)
        begin = np.tile(np.arange(rows) * columns.shape[1], trees)
        cells = np.ascontiguousarray(columns).ravel()
        at = first.copy()
        feature = self.feature[at]
        going = np.flatnonzero(feature >= 0)
        while len(going):  # all trees walk one step down
            here = at[going]
            left = cells[begin[going] + self.feature[here]] <= self.threshold[here]
            at[going] = np.where(left, here + 1, first[going] + self.right[here])
            going = going[self.feature[at[going]] >= 0]
        return self.value[at].reshape(trees, rows)

    def predict(self, columns: Float32, how: str) -> Float64:
        """Predictions (rows,), ``how`` being ``"mean"`` or ``"median"``."""
        return middle(self.each(columns), how)


def middle(each: Float64, how: str) -> Float64:
    """Mean or median (rows,) over trees (trees, rows); NaN where no tree says anything."""
    told = np.isfinite(each)
    if how == "mean":
        with np.errstate(invalid="ignore"):
            return np.asarray(added(np.where(told, each, 0.0)) / told.sum(axis=0))
    if told.all():
        return np.asarray(np.median(each, axis=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmedian(each, axis=0))


def added(each: Float64) -> Float64:
    """Sum (rows,) over trees (trees, rows), one after another however many rows there are."""
    total = np.zeros(each.shape[1])
    for one in each:
        total += one
    return total


def fit_forest(columns: Float32, labels: Float64, seed: int) -> tuple[Forest, Float64]:
    """Fit ``columns`` (m, d) to ``labels`` (m,): the forest, and what each bagged tree says of rows it has not seen.

    The latter is (trees, m), NaN where the tree has seen the row.
    """
    from sklearn.ensemble import ExtraTreesRegressor

    state = seed % 2**32
    varying = np.flatnonzero(np.ptp(columns, axis=0) > 0)
    kept = np.ascontiguousarray(columns[:, varying]) if len(varying) else columns[:, :1]
    tried = min(max(round(SHARE * kept.shape[1]), TRIED), kept.shape[1])
    grown = ExtraTreesRegressor(TREES, max_features=tried, random_state=state).fit(kept, labels)
    bagged = ExtraTreesRegressor(BAGGED, max_features=tried, bootstrap=True, random_state=state).fit(kept, labels)
    unseen = np.stack([tree.tree_.predict(kept)[:, 0] for tree in bagged.estimators_])
    for k, drawn in enumerate(bagged.estimators_samples_):
        unseen[k, np.unique(drawn)] = np.nan
    return _packed([tree.tree_ for tree in grown.estimators_], varying), unseen


def _packed(trees: list[Any], varying: NDArray[np.int64]) -> Forest:
    counts = [tree.node_count for tree in trees]
    return Forest(
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        np.concatenate([_columns(tree, varying) for tree in trees]).astype(np.int32),
        np.concatenate([tree.threshold for tree in trees]),
        np.concatenate([tree.children_right for tree in trees]).astype(np.int32),
        np.concatenate([tree.value[:, 0, 0] for tree in trees]),
    )


def _columns(tree: Any, varying: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which column each node looks at; -1 in a leaf."""
    inner = tree.children_left >= 0
    found = np.full(tree.node_count, -1)
    found[inner] = varying[tree.feature[inner]]
    return found
