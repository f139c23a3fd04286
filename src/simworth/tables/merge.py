"""Several rows of one material become one value with a spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simworth.tables.about import Merge

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Merged:
    """One value a group: value (G,), spread (G,) and count (G,); NaN where a group has no value."""

    value: FloatArray
    spread: FloatArray
    count: IntArray


def merge_groups(values: FloatArray, group: IntArray, groups: int, how: Merge) -> Merged:
    """Merge ``values`` (R,), NaN = no value, into one a group.

    Except for ``first``, the order of the rows does not matter, to the last bit: values are sorted before
    they are summed. The spread is the standard deviation with n - 1; NaN for fewer than two values.
    """
    have = np.flatnonzero(np.isfinite(values))
    order = have[np.lexsort((values[have], group[have]))]
    ordered, owner = values[order], group[order]
    count = np.bincount(owner, minlength=groups).astype(np.int64)
    value, spread = np.full(groups, np.nan), np.full(groups, np.nan)
    start = np.concatenate([[0], np.cumsum(count)])[:-1]
    filled = np.flatnonzero(count)
    if not filled.size:
        return Merged(value, spread, count)
    first, n = start[filled], count[filled]
    low, high = ordered[first], ordered[first + n - 1]
    mean = np.add.reduceat(ordered, first) / n
    # rounding must not make a mean of equal numbers differ from them
    mean = np.clip(mean, low, high)
    if how == "first":
        earliest = np.full(groups, len(values), dtype=np.int64)
        np.minimum.at(earliest, group[have], have)
        value[filled] = values[earliest[filled]]
    elif how == "median":
        value[filled] = 0.5 * (ordered[first + (n - 1) // 2] + ordered[first + n // 2])
    else:
        value[filled] = {"min": low, "max": high}.get(how, mean)
    squares = np.add.reduceat((ordered - np.repeat(mean, n)) ** 2, first)
    several = n > 1
    spread[filled[several]] = np.sqrt(squares[several] / (n[several] - 1))
    return Merged(value, spread, count)
