"""Groups of materials that a split keeps together: a kept column, or a family read from the materials themselves.

==========  ===============  ==========================================================================================
group       kinds            one group is
==========  ===============  ==========================================================================================
scaffold    molecule         one Bemis-Murcko scaffold: rings and what links them; a molecule without rings by itself
system      composition      one chemical system: the same elements, in whatever proportions
backbone    polymer, pair    one main chain, side groups cut off: all vinyl polymers, all polyamides of one kind, ...
polymer     pair             one polymer with all its solvents
solvent     pair             one solvent with all its polymers
near        all              materials near to each other (see `simworth.tables.nearness`), directly or through others
==========  ===============  ==========================================================================================
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from simworth.errors import InputError
from simworth.identity import KINDS, Kind, pair_parts
from simworth.tables.table import PropertyTable

FAMILIES: Mapping[str, tuple[Kind, ...]] = {
    "scaffold": ("molecule",),
    "system": ("composition",),
    "backbone": ("polymer", "pair"),
    "polymer": ("pair",),
    "solvent": ("pair",),
    "near": KINDS,
}
"""Groups that the materials name, and the kinds of material that have them."""


def group_labels(table: PropertyTable, group: str | None) -> list[object]:
    """The group of each material (M,).

    Parameters
    ----------
    table : PropertyTable
    group : str or None
        One of `FAMILIES`, or a kept column; None leaves every material by itself, and pairs together at all
        temperatures.

    Raises
    ------
    InputError
        When there is no such group for these materials, a column has empty cells, or a name means both.
    """
    if group is None:
        return list(table.subjects)
    if table.kind in FAMILIES.get(group, ()):
        if group in table.about.keep and table.kind != "pair":
            raise InputError(
                f"{table.name}: {group!r} is a kept column and a group that the materials have; rename the column, or "
                "leave it out of 'keep'"
            )
        return _family(table, group)
    labels, seen = _kept(table, group), dict[str, object]()
    for name, label in zip(table.subjects, labels, strict=True) if table.kind == "pair" else ():
        if seen.setdefault(name, label) != label:
            raise InputError(f"{table.name}: the pair {name!r} has two values of {group!r}; give each pair one group")
    return labels


def groups_sentence(table: PropertyTable, group: str) -> str:
    """How many groups there are and how large the largest is."""
    sizes = Counter(group_labels(table, group))
    if len(sizes) == len(table):
        return f"{table.name}: every material is a group of {group!r} by itself"
    return (
        f"{table.name}: {len(sizes)} groups by {group!r}, the largest of {max(sizes.values())} materials; none is split"
    )


def _family(table: PropertyTable, group: str) -> list[object]:
    from simworth.tables import families, nearness

    if group == "near":
        return list(nearness.near_families(table))
    if table.kind == "pair":
        parts = [pair_parts(identity) for identity in table.identities]
        if group != "backbone":
            return [p[("polymer", "solvent").index(group)] for p in parts]
        texts = [p.polymer for p in parts]
    else:
        texts = list(table.identities)
    of = {"scaffold": families.scaffold, "system": families.system, "backbone": families.backbone}[group]
    known = {text: of(text) for text in dict.fromkeys(texts)}
    return [known[text] for text in texts]


def _kept(table: PropertyTable, column: str) -> list[object]:
    """A kept column without empty cells."""
    if column not in table.about.keep:
        own = [f for f, kinds in FAMILIES.items() if table.kind in kinds]
        raise InputError(
            f"{table.name}: has no kept column {column!r} to group by; name it under 'keep', or group by "
            f"{', '.join(map(repr, own))}"
        )
    labels: list[Any] = table.data.column(column).to_pylist()
    if None in labels:
        i = labels.index(None)
        raise InputError(
            f"{table.name}: the group column {column!r} has no single value for {table.materials[i]!r}; fill it"
        )
    return labels
