"""Keys of materials with less and less detail: equal keys at a level make two materials near at that level."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import numpy as np

from simworth.errors import InputError
from simworth.identity import Kind, pair_parts
from simworth.tables.relatives import STEPS, strip_all, tautomers
from simworth.tables.table import PropertyTable

Level = Literal["name", "stereo", "isotope", "salt", "tautomer"]
Keys = Sequence[str | None]
DEUTERIUM = re.compile(r"D(?![a-z])")
BLANKS = re.compile(r"[\s_()\[\]{}'\"]+")
HYPHENS = re.compile(r"(?<=[^\W\d])-|-(?![0-9])")
"""Not those that may be a sign."""
GAPS = re.compile(r"(?<![0-9]) | (?![0-9])")
DIGITS = 9
"""Digits to which features are compared."""
COMMON = 5
"""Equal features of more materials of a table than this do not tell which one is meant."""


def level_keys(source: PropertyTable, target: PropertyTable) -> Iterator[tuple[Level, Keys, Keys]]:
    """(level, keys of the source's materials, keys of the target's), from the finest level on.

    Materials are the same at a level when they are at an earlier one. None is no key.
    """
    kind: Kind = source.kind
    if kind == "features":
        yield "name", [bare_name(i) for i in source.identities], [bare_name(i) for i in target.identities]
    elif kind == "composition":
        yield "isotope", [_protium(i) for i in source.identities], [_protium(i) for i in target.identities]
    elif kind == "pair":
        yield from _pair_levels(source.subjects, target.subjects)
    else:
        yield from _structure_levels(source.identities, target.identities)


def _structure_levels(source: Sequence[str], target: Sequence[str]) -> Iterator[tuple[Level, Keys, Keys]]:
    """Levels of molecules or polymers."""
    known = strip_all(source, target)
    for step, level in enumerate(STEPS):
        yield level, [known[i][step] for i in source], [known[i][step] for i in target]
    bare, wanted = {known[i].salt for i in source}, {known[i].salt for i in target}
    forms = _forms(bare, wanted)
    last = [[forms.get(known[i].salt, known[i].salt) for i in side] for side in (source, target)]
    yield "tautomer", last[0], last[1]


def _pair_levels(source: Sequence[str], target: Sequence[str]) -> Iterator[tuple[Level, Keys, Keys]]:
    """Levels of pairs: both parts at the same level."""
    sides = [[pair_parts(text)[:2] for text in side] for side in (source, target)]
    parts = [[{str(pair[k]) for pair in side} for side in sides] for k in (0, 1)]
    known = {text: found for both in parts for text, found in strip_all(both[0], both[1]).items()}

    def keys(side: int, of: Callable[[str], str]) -> Keys:
        return [f"{of(str(a))}|{of(str(b))}" for a, b in sides[side]]

    for step, level in enumerate(STEPS):
        at = {text: found[step] for text, found in known.items()}
        yield level, keys(0, at.__getitem__), keys(1, at.__getitem__)
    forms: dict[str, str] = {}
    for both in parts:
        bare = [{known[text].salt for text in side} for side in both]
        forms |= _forms(bare[0], bare[1])
    last = {text: forms.get(found.salt, found.salt) for text, found in known.items()}
    yield "tautomer", keys(0, last.__getitem__), keys(1, last.__getitem__)


def _forms(source: set[str], target: set[str]) -> dict[str, str]:
    """Canonical tautomers of the structures that share theirs; a source's alone are not compared."""
    texts = sorted(source | target)
    asked, there = [t in target for t in texts], [t in source for t in texts]

    def together(places: Sequence[int]) -> bool:
        return len(places) > 1 and any(asked[i] for i in places) and any(there[i] for i in places)

    return tautomers(texts, together)


def _protium(identity: str) -> str:
    """A composition with hydrogen for deuterium."""
    if not DEUTERIUM.search(identity):
        return identity
    from simworth.formulas import reduced_formula

    return reduced_formula(DEUTERIUM.sub("H", identity)) or identity


def bare_name(text: str) -> str | None:
    """A name in one case without blanks, brackets and hyphens, but for those that tell numbers apart."""
    plain = BLANKS.sub(" ", unicodedata.normalize("NFKC", text).casefold())
    return GAPS.sub("", HYPHENS.sub("", plain)).strip() or None


def number_keys(table: PropertyTable) -> Keys:
    """The features of each material as a text, to `DIGITS` digits; None where many of the table have the same."""
    matrix = table.feature_matrix()
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(matrix == 0, 0.0, np.floor(np.log10(np.abs(matrix))))
    scale = 10.0 ** np.clip(DIGITS - 1 - size, -300, 300)
    kept = np.round(matrix * scale) / scale + 0.0
    texts = [row.tobytes().hex() for row in np.ascontiguousarray(kept)]
    times = Counter(texts)
    return [text if times[text] <= COMMON else None for text in texts]


def entry_keys(table: PropertyTable, column: str) -> Keys:
    """Identifiers of entries as texts; None where there is none.

    Raises
    ------
    InputError
        When the table has no such column.
    """
    if column not in table.data.column_names:
        raise InputError(f"{table.name}: has no column {column!r} of entries; name it under 'keep' when reading it")
    found: list[Any] = table.data.column(column).to_pylist()
    return [None if v is None else _entry(v) for v in found]


def _entry(value: Any) -> str | None:
    """``12.0`` in one table is ``"12"`` in another, and case does not tell entries apart."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip().casefold() or None
