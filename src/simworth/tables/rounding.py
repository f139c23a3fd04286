"""Formulas that are one another, rounded: ``Fe0.333Ni0.667`` and ``FeNi2``.

A formula with decimals, or with many atoms, was written to some last digit. Another formula of the same elements can
be what was meant when, at some scale, every amount differs from the written one by less than one unit of that digit;
one unit and not a half, since amounts are also cut off, or changed so that they add up (``Fe33Co33Ni34``). Two
formulas that are both written to the same digit and differ are two compositions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.formulas import amounts, flat_pairs

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

COARSEST = 0.0105
"""A last digit of more than this share of the formula is no rounding: ``Al0.3Ga0.7`` is taken as exact. A little more
than one percent, since percents may add up to 99."""
WITHIN = 0.9
"""Units of the last digit by which an amount may differ."""
DECIMALS = re.compile(r"\.([0-9]+)")


class Rounded(NamedTuple):
    """A formula as an interval of amounts, in the order of its elements."""

    low: FloatArray
    high: FloatArray


def system(identity: str) -> tuple[str, ...]:
    """The elements of a reduced formula."""
    return tuple(symbol for symbol, _ in flat_pairs(identity) or ())


def rounded(text: str) -> Rounded | None:
    """What a formula as written may stand for; None where it is exact, or cannot be read."""
    digits = [len(d) for d in DECIMALS.findall(text)]
    unit = 10.0 ** -max(digits, default=0)
    if not digits and not re.search(r"[0-9]{2}", text):
        return None
    found = _amounts(text)
    if not found:
        return None
    values = np.array([found[symbol] for symbol in sorted(found)])
    if unit > COARSEST * values.sum() * (1 + 1e-9):
        return None
    return Rounded(values - WITHIN * unit, values + WITHIN * unit)


def _amounts(text: str) -> dict[str, float]:
    """Amounts as written; a mere row of symbols and numbers needs no parser."""
    total: dict[str, float] = {}
    for symbol, amount in flat_pairs(text) or (amounts(text) or {}).items():
        total[symbol] = total.get(symbol, 0.0) + amount
    return total


def rounded_pairs(
    first: Sequence[str], first_texts: Sequence[str], second: Sequence[str], second_texts: Sequence[str]
) -> tuple[IntArray, IntArray]:
    """Places in two lists of compositions of which one is the other, rounded.

    Parameters
    ----------
    first, second : sequences of str
        Identities: reduced formulas.
    first_texts, second_texts : sequences of str
        The same as they were written.

    Returns
    -------
    Two arrays (K,): places of different identities in the first and in the second list, in this order.
    """
    from_first = _directed(first, first_texts, second)
    from_second = {(i, j) for j, i in _directed(second, second_texts, first)}
    pairs = np.array(sorted(from_first | from_second), dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _directed(written: Sequence[str], texts: Sequence[str], exact: Sequence[str]) -> set[tuple[int, int]]:
    """(place among the written, place among the exact) where the first is the second, rounded."""
    meant = [(i, r) for i, text in enumerate(texts) if (r := rounded(text)) is not None]
    wanted = {system(written[i]) for i, _ in meant}
    by_system: dict[tuple[str, ...], list[tuple[int, tuple[float, ...]]]] = defaultdict(list)
    for j, identity in enumerate(exact) if wanted else ():
        pairs = flat_pairs(identity) or []
        elements = tuple(e for e, _ in pairs)
        if elements in wanted:
            by_system[elements].append((j, tuple(n for _, n in pairs)))
    found = set()
    for i, interval in meant:
        others = by_system.get(system(written[i]), [])
        if others and len(interval.low) > 1:
            at = np.array([n for _, n in others])
            low, high = (interval.low / at).max(axis=1), (interval.high / at).min(axis=1)
            for k in np.flatnonzero(low < high).tolist():
                if exact[others[k][0]] != written[i]:
                    found.add((i, others[k][0]))
    return found
