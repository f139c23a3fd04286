"""Materials that are nearly the same in two tables, or in one: found by their structure, reported with rows.

`simworth.identity` says when two rows are the same material. Here are the ways in which two different identities can
still mean one material, or one so close that knowing the one is knowing the other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.tables.nearkeys import entry_keys, level_keys, number_keys
from simworth.tables.rounding import rounded_pairs
from simworth.tables.table import PropertyTable

IntArray = NDArray[np.int64]
Nearness = Literal[
    "same", "condition", "name", "stereo", "isotope", "salt", "tautomer", "rounding", "description", "entry"
]
NEARNESS: tuple[Nearness, ...] = get_args(Nearness)
"""From the closest on; of several that hold, a pair of materials has the first."""

MEANING: Mapping[Nearness, str] = {
    "same": "the same material, however it is spelt",
    "condition": "the same pair at another temperature",
    "name": "the same name but for case, blanks and brackets",
    "stereo": "the same but for stereochemistry",
    "isotope": "the same but for isotopes",
    "salt": "salt, charge or solvate of the same parent",
    "tautomer": "tautomer of the same parent",
    "rounding": "the same formula, rounded",
    "description": "the same numbers as features",
    "entry": "the same entry of a database",
}
SAME: tuple[Nearness, ...] = ("same", "condition")
"""What `simworth.tables.overlap` finds, too."""
NAMED = 3
MOST = 50_000_000
"""Pairs of relatives above which tables are too much alike to be compared one by one."""


@dataclass(frozen=True, eq=False)
class Nearby:
    """Pairs of materials that are the same or nearly so: K of them, one from each of two tables.

    Attributes
    ----------
    source, target : PropertyTable
        The same one where a table was compared with itself; then a pair is named once and the source's place is the
        lower.
    source_places, target_places : IntArray, shape (K,)
        0-based places, in the target's order.
    codes : IntArray, shape (K,)
        Place of each pair's kind of nearness in `NEARNESS`.
    """

    source: PropertyTable
    target: PropertyTable
    source_places: IntArray
    target_places: IntArray
    codes: IntArray

    def __len__(self) -> int:
        return len(self.codes)

    def only(self, kinds: Sequence[Nearness]) -> Nearby:
        """The pairs of these kinds of nearness."""
        chosen = np.isin(self.codes, [NEARNESS.index(k) for k in kinds])
        return Nearby(
            self.source, self.target, self.source_places[chosen], self.target_places[chosen], self.codes[chosen]
        )

    def counts(self) -> dict[Nearness, int]:
        """Kind of nearness → materials of the target that have such a relative; kinds without one are left out.

        A material counts under each kind it has a relative of.
        """
        pairs = np.unique(np.stack([self.codes, self.target_places]), axis=1)
        found = Counter(pairs[0].tolist())
        return {kind: found[i] for i, kind in enumerate(NEARNESS) if found[i]}

    def in_source(self, target_places: Sequence[int] | NDArray[np.integer[Any]]) -> IntArray:
        """Places (sorted) in the source of all relatives of these target materials."""
        return np.unique(self.source_places[np.isin(self.target_places, np.asarray(target_places))])

    def rows(self) -> Iterator[dict[str, Any]]:
        """One plain dictionary a pair: kind of nearness, and of both sides row number, spelling and identity."""
        numbers = [np.asarray(t.data.column("row").to_numpy(), dtype=np.int64) for t in (self.source, self.target)]
        for s, t, code in zip(self.source_places.tolist(), self.target_places.tolist(), self.codes, strict=True):
            yield {
                "nearness": NEARNESS[code],
                "source_row": int(numbers[0][s]),
                "source_material": self.source.materials[s],
                "source_identity": self.source.identities[s],
                "target_row": int(numbers[1][t]),
                "target_material": self.target.materials[t],
                "target_identity": self.target.identities[t],
            }

    def sentence(self) -> str:
        """How many materials have relatives, by kind, and the first pairs that are not simply the same."""
        one = self.source is self.target
        where = f"another one of {self.target.name}" if one else f"a material of {self.source.name}"
        if not len(self):
            return f"no material of {self.target.name} is the same as or near to {where}"
        said = "; ".join(f"{n} {MEANING[kind]}" for kind, n in self.counts().items())
        named = self.only([k for k in NEARNESS if k not in SAME]).named()
        of = f"{len(np.unique(self.target_places))} of {len(self.target)} materials of {self.target.name}"
        return f"{of} are the same as or near to {where}: {said}{f'; such as {named}' if named else ''}"

    def named(self, most: int = NAMED) -> str:
        """The first pairs, with their rows."""
        first = zip(self.source_places[:most].tolist(), self.target_places[:most].tolist(), strict=True)
        return ", ".join(self._named(s, t) for s, t in first)

    def _named(self, s: int, t: int) -> str:
        rows = self.source.data.column("row")[s].as_py(), self.target.data.column("row")[t].as_py()
        return (
            f"{self.target.materials[t]!r} (row {rows[1]} of {self.target.name}) and {self.source.materials[s]!r} "
            f"(row {rows[0]} of {self.source.name})"
        )


def nearby(source: PropertyTable, target: PropertyTable, *, entry: tuple[str, str] | None = None) -> Nearby:
    """Materials of two tables that are the same or nearly so.

    Parameters
    ----------
    source, target : PropertyTable
    entry : (str, str) or None
        Kept columns of the two that hold the identifier of an entry in one and the same database.

    Raises
    ------
    InputError
        When the tables hold materials of different kinds, a column is missing, or there are too many pairs.
    """
    if source.kind != target.kind:
        raise InputError(
            f"{source.name} holds materials of kind {source.kind!r} but {target.name} of kind {target.kind!r}; give "
            "both the same kind"
        )
    return _related(source, target, entry)


def nearby_within(table: PropertyTable, *, entry: str | None = None) -> Nearby:
    """Different materials of one table that are nearly the same; see `nearby`."""
    found = _related(table, table, None if entry is None else (entry, entry))
    once = found.source_places < found.target_places
    return Nearby(table, table, found.source_places[once], found.target_places[once], found.codes[once])


def overlapping(source: PropertyTable, target: PropertyTable) -> Nearby:
    """The same materials alone, pairs at whatever temperature; quick, since no structure is looked at."""
    found = _Pairs(len(source), len(target))
    found.add("same", source.identities, target.identities)
    found.add("condition", source.subjects, target.subjects)
    return found.made(source, target)


def _related(source: PropertyTable, target: PropertyTable, entry: tuple[str, str] | None) -> Nearby:
    found = _Pairs(len(source), len(target))
    found.add("same", source.identities, target.identities)
    found.add("condition", source.subjects, target.subjects)
    for kind, a, b in level_keys(source, target):
        found.add(kind, a, b)
    if source.kind == "composition":
        found.put("rounding", *rounded_pairs(source.identities, source.materials, target.identities, target.materials))
    if source.kind == "features" and source.about.features and source.about.features == target.about.features:
        found.add("description", number_keys(source), number_keys(target))
    if entry is not None:
        found.add("entry", entry_keys(source, entry[0]), entry_keys(target, entry[1]))
    return found.made(source, target)


class _Pairs:
    """Pairs by the first kind of nearness under which they were found."""

    def __init__(self, sources: int, targets: int) -> None:
        self.sources, self.targets = sources, targets
        self.numbers: list[IntArray] = []
        self.codes: list[IntArray] = []

    def add(self, kind: Nearness, source: Sequence[Hashable], target: Sequence[Hashable]) -> None:
        """Pairs of equal keys; None is equal to nothing."""
        places: dict[Hashable, list[int]] = defaultdict(list)
        wanted = set(target) - {None}
        for s, key in enumerate(source):
            if key in wanted:
                places[key].append(s)
        sizes = [len(places.get(key, ())) for key in target]
        if sum(sizes) > MOST:
            raise InputError(
                f"{sum(sizes):,} pairs of materials are near to each other ({MEANING[kind]}), more than {MOST:,}; "
                'give the tables materials that can be told apart, or do not look for near ones (near = "allow")'
            )
        sources = [s for key in target for s in places.get(key, ())]
        self.put(kind, np.array(sources, dtype=np.int64), np.repeat(np.arange(len(sizes)), sizes))

    def put(self, kind: Nearness, sources: IntArray, targets: IntArray) -> None:
        """Pairs at these places."""
        self.numbers.append(targets * self.sources + sources)
        self.codes.append(np.full(len(sources), NEARNESS.index(kind), dtype=np.int64))

    def made(self, source: PropertyTable, target: PropertyTable) -> Nearby:
        """All pairs, sorted, each once."""
        numbers, codes = np.concatenate(self.numbers), np.concatenate(self.codes)
        order = np.lexsort((codes, numbers))
        numbers, codes = numbers[order], codes[order]
        first = np.ones(len(numbers), dtype=bool)
        first[1:] = numbers[1:] != numbers[:-1]
        targets, sources = np.divmod(numbers[first], max(self.sources, 1))
        return Nearby(source, target, sources, targets, codes[first])


def near_families(table: PropertyTable, entry: str | None = None) -> list[int]:
    """A number for each material (M,), the same for all that are near to each other, directly or through others."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    found = nearby_within(table, entry=entry)
    links = (np.ones(len(found)), (found.source_places, found.target_places))
    _, labels = connected_components(coo_array(links, shape=(len(table), len(table))), directed=False)
    return [int(label) for label in labels]
