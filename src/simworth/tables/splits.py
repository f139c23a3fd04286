"""Experimental splits: which materials a replicate is tested on, and its training order of the others.

A split is decided by the materials' identities and the seed, never by the order of rows in a file. Replicate
r has the same test set at every n and m; training on m materials takes the first m of its order, so smaller
sets are nested in larger ones.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.seeds import stream
from simworth.tables.groups import group_labels
from simworth.tables.table import PropertyTable

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Split:
    """One replicate's division of a target table.

    Attributes
    ----------
    replicate : int
    test : IntArray, shape (n_test,)
        Places of the test materials.
    order : IntArray, shape (M - n_test,)
        Places of the others in the order in which they are trained on.
    """

    replicate: int
    test: IntArray
    order: IntArray

    def train(self, m: int) -> IntArray:
        """The first ``m`` training materials.

        Raises
        ------
        InputError
            When there are fewer.
        """
        if not 0 <= m <= len(self.order):
            raise InputError(
                f"m = {m} experimental training materials were asked for but {len(self.order)} remain "
                "beside the test "
                "set; lower m or the test set"
            )
        return self.order[:m]


def splits(
    table: PropertyTable,
    replicates: int,
    seed: int,
    *,
    test_fraction: float | None = None,
    test_count: int | None = None,
    group: str | None = None,
    untested: NDArray[np.bool_] | None = None,
) -> list[Split]:
    """Splits 0 … ``replicates`` - 1; see `split`."""
    labels = _labels(table, group, untested)
    return [_split(table, r, seed, test_fraction, test_count, group, labels, untested) for r in range(replicates)]


def split(
    table: PropertyTable,
    replicate: int,
    seed: int,
    *,
    test_fraction: float | None = None,
    test_count: int | None = None,
    group: str | None = None,
    untested: NDArray[np.bool_] | None = None,
) -> Split:
    """Divide a table's M materials for one replicate.

    Parameters
    ----------
    table : PropertyTable
        The experiments.
    replicate, seed : int
        Name the random stream.
    test_fraction, test_count : float or int
        Size of the test set; exactly one of them. With ``group`` it is the least size.
    group : str or None
        Kept column, or a family that the materials name (`simworth.tables.groups.FAMILIES`); all materials of one
        group stand on the same side. Pairs at several temperatures always stand together; ``"polymer"``,
        ``"solvent"`` and ``"backbone"`` are stricter: nothing of a test polymer is trained on.
    untested : NDArray[np.bool_] or None, shape (M,)
        Materials that are never tested, nor is anything of their group; ``test_fraction`` is a share of the others.

    Raises
    ------
    InputError
        When the sizes are impossible, the group column is missing or has empty cells, or nothing may be tested.
    """
    labels = _labels(table, group, untested)
    return _split(table, replicate, seed, test_fraction, test_count, group, labels, untested)


def _split(
    table: PropertyTable,
    replicate: int,
    seed: int,
    fraction: float | None,
    count: int | None,
    group: str | None,
    labels: list[object] | None,
    untested: NDArray[np.bool_] | None,
) -> Split:
    """`split` with the group of each material at hand; None where each is by itself."""
    barred = _barred(labels, untested) if labels is not None else set()
    size = len(table) if labels is None else sum(label not in barred for label in labels)
    wanted = _test_size(size, table.name, fraction, count)
    by_identity = np.array(sorted(range(len(table)), key=table.identities.__getitem__), dtype=np.int64)
    shuffled = by_identity[stream("split", seed, replicate).permutation(len(table))]
    if labels is None:
        return Split(replicate, np.sort(shuffled[:wanted]), shuffled[wanted:])
    sizes = Counter(labels)
    chosen: set[object] = set()
    covered = 0
    for i in shuffled.tolist():
        if covered >= wanted:
            break
        if labels[i] not in chosen and labels[i] not in barred:
            chosen.add(labels[i])
            covered += sizes[labels[i]]
    tested = np.array([labels[i] in chosen for i in shuffled.tolist()])
    if tested.all():
        raise InputError(
            f"{table.name}: with groups by {group!r} a test set of {wanted} leaves nothing to train on; lower it"
        )
    return Split(replicate, np.sort(shuffled[tested]), shuffled[~tested])


def _labels(table: PropertyTable, group: str | None, untested: NDArray[np.bool_] | None) -> list[object] | None:
    """The group of each material; None where every material is one by itself and may be tested."""
    by_itself = group is None and table.kind != "pair" and untested is None
    return None if by_itself else group_labels(table, group)


def _barred(labels: list[object], untested: NDArray[np.bool_] | None) -> set[object]:
    """Groups of which nothing is tested."""
    return set() if untested is None else {labels[i] for i in np.flatnonzero(untested).tolist()}


def _test_size(size: int, name: str, fraction: float | None, count: int | None) -> int:
    if (fraction is None) == (count is None):
        raise InputError("give exactly one of test_fraction and test_count")
    if size < 2:
        raise InputError(f"{name}: {size} materials may be tested, which makes no test set; allow more of them")
    if fraction is not None:
        if not 0 < fraction < 1:
            raise InputError(f"test_fraction is {fraction}; it must lie between 0 and 1")
        return min(max(1, round(fraction * size)), size - 1)
    if count is None or not 0 < count < size:
        raise InputError(f"{name}: a test set of {count} cannot be taken from {size} materials; choose fewer")
    return count
