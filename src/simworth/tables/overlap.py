"""Which materials stand in both tables, and what is done about it: leakage is decided here alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError, LeakageError
from simworth.tables.table import PropertyTable

Policy = Literal["exclude", "exclude-test", "error", "allow"]
"""Leave test materials out of the source, leave what stands in the source out of the test, stop when there are any, or
use them and say so."""
NearPolicy = Literal["exclude", "report", "allow"]
"""Treat near relatives of a material like the material itself, look for them and say so, or do not look."""

IntArray = NDArray[np.int64]
NAMED = 5


@dataclass(frozen=True, eq=False)
class Overlap:
    """Materials in both tables.

    Attributes
    ----------
    source, target : str
        Names of the tables.
    identities : tuple[str, ...], length K
        Without a condition: a pair stands in both tables at whatever temperatures.
    source_places, target_places : IntArray, shape (K,)
        0-based places of the same material in the two tables, in the target's order; a pair at several temperatures
        gives every combination.
    source_rows, target_rows : IntArray, shape (K,)
        Row numbers in what was read, for messages.
    """

    source: str
    target: str
    identities: tuple[str, ...]
    source_places: IntArray
    target_places: IntArray
    source_rows: IntArray
    target_rows: IntArray

    def __len__(self) -> int:
        return len(set(self.identities))

    @property
    def sentence(self) -> str:
        """What overlaps, with the first rows named."""
        if not len(self):
            return f"no material of {self.target} stands in {self.source}"
        named = ", ".join(
            f"{identity!r} (row {t} of {self.target}, row {s} of {self.source})"
            for identity, s, t in zip(
                self.identities[:NAMED], self.source_rows[:NAMED], self.target_rows[:NAMED], strict=True
            )
        )
        stands = "1 material stands" if len(self) == 1 else f"{len(self)} materials stand"
        return f"{stands} in both {self.target} and {self.source}: {named}{', ...' if len(self) > NAMED else ''}"

    def in_source(self, target_places: Sequence[int] | NDArray[np.integer[Any]]) -> IntArray:
        """Places (sorted) in the source of those target materials that stand there."""
        mask = np.isin(self.target_places, np.asarray(target_places))
        return np.unique(self.source_places[mask])


def overlap(source: PropertyTable, target: PropertyTable) -> Overlap:
    """Materials that stand in both tables, recognised by identity, never by spelling.

    Raises
    ------
    InputError
        When the tables hold materials of different kinds, which cannot be compared.
    """
    if source.kind != target.kind:
        raise InputError(
            f"{source.name} holds materials of kind {source.kind!r} but {target.name} of kind "
            f"{target.kind!r}; give "
            "both the same kind"
        )
    places: dict[str, list[int]] = {}
    for i, name in enumerate(source.subjects):
        places.setdefault(name, []).append(i)
    both = [(t, s) for t, name in enumerate(target.subjects) for s in places.get(name, ())]
    target_places = np.array([t for t, _ in both], dtype=np.int64)
    source_places = np.array([s for _, s in both], dtype=np.int64)
    return Overlap(
        source.name,
        target.name,
        tuple(target.subjects[t] for t in target_places),
        source_places,
        target_places,
        np.asarray(source.data.column("row").to_numpy(), dtype=np.int64)[source_places],
        np.asarray(target.data.column("row").to_numpy(), dtype=np.int64)[target_places],
    )


def check_overlap(found: Overlap, policy: Policy) -> None:
    """Stop under the policy ``"error"`` when a material stands in both tables.

    Raises
    ------
    LeakageError
        Naming the rows on both sides.
    """
    if policy == "error" and len(found):
        raise LeakageError(
            f"{found.sentence}; remove them, or set overlap = 'exclude' to leave test materials out of the source"
        )


def usable_source(
    found: Overlap, policy: Policy, test: Sequence[int] | NDArray[np.integer[Any]], size: int
) -> NDArray[np.bool_]:
    """Which of the source's ``size`` materials a trial with these test materials may use, (size,).

    Under ``"exclude"`` those that are test materials of the trial may not be used; training materials may. Under
    ``"allow"`` all may. Under ``"error"`` there is nothing to exclude once `check_overlap` has passed, nor under
    ``"exclude-test"`` where the split tests nothing that stands in the source (see `simworth.tables.split`).
    """
    usable = np.ones(size, dtype=bool)
    if policy != "allow":
        usable[found.in_source(test)] = False
    return usable
