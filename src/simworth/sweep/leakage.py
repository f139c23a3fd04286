"""What a study does with source materials that are test materials, or near relatives of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.sweep.spec import StudySpec, SweepSpec
from simworth.tables import MEANING, NEARNESS, SAME, Nearby, Nearness, PropertyTable, nearby, overlapping


class Links(NamedTuple):
    """Pairs of a source's and a target's materials as the trials use them.

    ``pairs`` (K, 4) holds the source's row, the target's row, whether they are the same material, and whether the
    source's may not be learned from when the target's is tested. ``rows`` is the size of the source.
    """

    pairs: NDArray[np.int32]
    rows: int

    def same(self, test: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Which rows of the source (rows,) are one of these test materials."""
        return self._touched(test, 2)

    def barred(self, test: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Which rows of the source (rows,) may not be learned from when these materials are tested."""
        return self._touched(test, 3)

    def _touched(self, test: NDArray[np.int32], column: int) -> NDArray[np.bool_]:
        found = np.zeros(self.rows, dtype=bool)
        chosen = self.pairs[self.pairs[:, column] > 0]
        found[chosen[np.isin(chosen[:, 1], test), 0]] = True
        return found


def relate(spec: StudySpec, t: int, s: int, source: PropertyTable, target: PropertyTable) -> Nearby:
    """Materials that are the same in target ``t`` and source ``s``, and unless the study does not ask, near ones."""
    if spec.sweep.near == "allow":
        return overlapping(source, target)
    entries = spec.source[s].entry, spec.target[t].entry
    return nearby(source, target, entry=None if None in entries else (str(entries[0]), str(entries[1])))


def barred_kinds(sweep: SweepSpec) -> Sequence[Nearness]:
    """How near a source's material must be to a test material to be kept apart from it."""
    if sweep.overlap == "allow":
        return ()
    return NEARNESS if sweep.near == "exclude" else SAME


def barred(sweep: SweepSpec, found: Nearby) -> Nearby:
    """Pairs whose source's material may not be learned from when the target's is tested."""
    return found.only(barred_kinds(sweep))


def untested(sweep: SweepSpec, target: PropertyTable, found: Sequence[Nearby]) -> NDArray[np.bool_] | None:
    """Materials of a target (M,) that stand in one of its sources and are for that reason never tested."""
    if sweep.overlap != "exclude-test":
        return None
    held = np.zeros(len(target), dtype=bool)
    for pairs in found:
        held[barred(sweep, pairs).target_places] = True
    return held


def links(sweep: SweepSpec, found: Nearby) -> NDArray[np.int32]:
    """The pairs as `Links` has them."""
    same = np.isin(found.codes, [NEARNESS.index(k) for k in SAME])
    apart = np.isin(found.codes, [NEARNESS.index(k) for k in barred_kinds(sweep)])
    return np.stack([found.source_places, found.target_places, same, apart], axis=1).astype(np.int32)


def leakage_sentences(sweep: SweepSpec, found: Nearby) -> list[str]:
    """What stands in a source beside the very materials of a target, and what the study does about it."""
    if sweep.near == "allow":
        return [f'near relatives of {found.target.name} in {found.source.name} were not looked for (near = "allow")']
    near = found.only([k for k in NEARNESS if k not in SAME])
    return [f"{near_sentence(near)}; {_done(sweep)}" if len(near) else near_sentence(near)]


def near_sentence(near: Nearby) -> str:
    """Near relatives by kind, with the first ones named."""
    source, target = near.source.name, near.target.name
    if not len(near):
        return f"no material of {target} has another near relative in {source}"
    kinds = "; ".join(f"{n} {MEANING[kind]}" for kind, n in near.counts().items())
    touched = len(np.unique(near.target_places))
    have = "1 material" if touched == 1 else f"{touched} materials"
    return f"{have} of {target} with near relatives in {source}: {kinds}; such as {near.named()}"


def _done(sweep: SweepSpec) -> str:
    if sweep.overlap == "allow":
        return 'they stay in the source, since overlap = "allow"'
    if sweep.near == "report":
        return 'they stay in the source (near = "report")'
    if sweep.overlap == "exclude-test":
        return "such a material is never tested"
    return "they leave the source when their material is tested"
