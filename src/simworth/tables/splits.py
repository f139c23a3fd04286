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
from simworth.identity import pair_parts
from simworth.seeds import stream
from simworth.tables.table import PropertyTable

IntArray = NDArray[np.int64]
PARTS = ("polymer", "solvent")
"""Groups that a pair's identity names."""


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
) -> list[Split]:
    """Splits 0 … ``replicates`` - 1; see `split`."""
    return [
        split(table, r, seed, test_fraction=test_fraction, test_count=test_count, group=group)
        for r in range(replicates)
    ]


def split(
    table: PropertyTable,
    replicate: int,
    seed: int,
    *,
    test_fraction: float | None = None,
    test_count: int | None = None,
    group: str | None = None,
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
        Kept column; all materials of one group stand on the same side. Pairs at several temperatures always
        stand together; their groups may also be ``"polymer"`` or ``"solvent"``, recognised by identity, which is
        stricter: nothing of a test polymer is trained on.

    Raises
    ------
    InputError
        When the sizes are impossible or the group column is missing or has empty cells.
    """
    wanted = _test_size(len(table), table.name, test_fraction, test_count)
    by_identity = np.array(sorted(range(len(table)), key=table.identities.__getitem__), dtype=np.int64)
    shuffled = by_identity[stream("split", seed, replicate).permutation(len(table))]
    if group is None and table.kind != "pair":
        return Split(replicate, np.sort(shuffled[:wanted]), shuffled[wanted:])
    labels = _groups(table, group)
    sizes = Counter(labels)
    chosen: set[object] = set()
    covered = 0
    for i in shuffled.tolist():
        if covered >= wanted:
            break
        if labels[i] not in chosen:
            chosen.add(labels[i])
            covered += sizes[labels[i]]
    tested = np.array([labels[i] in chosen for i in shuffled.tolist()])
    if tested.all():
        raise InputError(
            f"{table.name}: with groups by {group!r} a test set of {wanted} leaves nothing to train on; lower it"
        )
    return Split(replicate, np.sort(shuffled[tested]), shuffled[~tested])


def _test_size(size: int, name: str, fraction: float | None, count: int | None) -> int:
    if (fraction is None) == (count is None):
        raise InputError("give exactly one of test_fraction and test_count")
    if fraction is not None:
        if not 0 < fraction < 1:
            raise InputError(f"test_fraction is {fraction}; it must lie between 0 and 1")
        return min(max(1, round(fraction * size)), size - 1)
    if count is None or not 0 < count < size:
        raise InputError(f"{name}: a test set of {count} cannot be taken from {size} materials; choose fewer")
    return count


def _groups(table: PropertyTable, column: str | None) -> list[object]:
    """The group of each material (M,); a pair's own where no column is named."""
    if table.kind != "pair":
        return _kept(table, str(column))
    if column is None:
        return list(table.subjects)
    if column in PARTS:
        return [pair_parts(identity)[PARTS.index(column)] for identity in table.identities]
    labels, seen = _kept(table, column), dict[str, object]()
    for name, label in zip(table.subjects, labels, strict=True):
        if seen.setdefault(name, label) != label:
            raise InputError(f"{table.name}: the pair {name!r} has two values of {column!r}; give each pair one group")
    return labels


def _kept(table: PropertyTable, column: str) -> list[object]:
    """A kept column without empty cells."""
    if column not in table.about.keep:
        raise InputError(f"{table.name}: has no kept column {column!r} to group by; name it under 'keep'")
    labels: list[object] = table.data.column(column).to_pylist()
    if None in labels:
        i = labels.index(None)
        raise InputError(
            f"{table.name}: the group column {column!r} has no single value for {table.materials[i]!r}; fill it"
        )
    return labels
