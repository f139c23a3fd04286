"""Which column of one table holds the property that a column of the other holds."""

from __future__ import annotations

import re

from simworth.errors import InputError
from simworth.starting.headers import split_unit, words
from simworth.starting.looking import Column, Look
from simworth.units import check_convertible

NUMBERING = re.compile(r"^(|id|idx|index|no|nr|number|row|entry|unnamed.*|#|.*[_ ]id|id[_ ].*)$", re.IGNORECASE)
SPREAD = re.compile(
    r"(^|[_ \W])(std|stdev|sd|sem|se|err|error|unc|uncertainty|sigma|stderr|ci|±)($|[_ \W])", re.IGNORECASE
)
ORIGIN = frozenset((
    "exp", "expt", "experiment", "experimental", "measured", "meas", "obs", "observed", "ref", "reference",
    "lit", "literature", "calc", "calculated", "computed", "comp", "sim", "simulated", "dft", "md", "pbe",
    "pbesol", "b3lyp", "hse", "scan", "gfn", "xtb", "ml", "pred", "predicted", "true", "value", "val", "mean",
    "avg", "average", "monomer", "the", "of", "in", "at", "per",
))  # fmt: skip
"""Words of a name that say where a value is from, and not what it is."""


def candidates(looked: Look) -> tuple[Column, ...]:
    """Columns that may hold a property: of numbers that differ, and neither numbering nor uncertainties."""
    return tuple(c for c in looked.named if c.numeric and c.distinct > 1 and not _is_other(c, looked.rows))


def _is_other(column: Column, rows: int) -> bool:
    name = column.name.strip()
    numbering = bool(NUMBERING.match(name)) and (column.whole or not name)
    counted = column.whole and column.distinct == rows and column.low in (0, 1) and column.high in (rows - 1, rows)
    return numbering or (counted and rows > 3) or is_spread(name)


def is_spread(name: str) -> bool:
    """Whether a name is that of an uncertainty."""
    return bool(SPREAD.search(name))


def spread_of(looked: Look, column: str) -> str | None:
    """The column that looks like the uncertainty of another, where just one does."""
    mine = set(words(column)) - ORIGIN
    found = [
        c.name for c in looked.named
        if c.numeric and c.name != column and is_spread(c.name) and mine <= set(words(c.name)) and (c.low or 0) >= 0
    ]  # fmt: skip
    return found[0] if len(found) == 1 else None


def pairs(measured: tuple[Column, ...], computed: tuple[Column, ...]) -> list[tuple[Column, Column]]:
    """The most alike pairs of columns; several where the names do not decide."""
    scored = [(likeness(a, b), a, b) for a in measured for b in computed]
    best = max((s for s, _, _ in scored), default=(0, 0.0))
    return [(a, b) for s, a, b in scored if s == best]


def likeness(a: Column, b: Column) -> tuple[int, float]:
    """How alike two names are: the same (3), the same but for the unit (2), sharing words (1 and the share), or not."""
    if not convertible(a.unit, b.unit):
        return 0, 0.0
    if a.name.lower() == b.name.lower():
        return 3, 0.0
    mine, other = set(words(a.name)) - ORIGIN, set(words(b.name)) - ORIGIN
    if mine and mine == other:
        return 2, 0.0
    share = len(mine & other) / len(mine | other) if mine | other else 0.0
    return (1, share) if share else (0, 0.0)


def convertible(unit: str | None, to: str | None) -> bool:
    """Whether numbers of one unit can be expressed in another; unknown units may be."""
    if unit is None or to is None:
        return True
    try:
        check_convertible(unit, to, "")
    except InputError:
        return False
    return True


def result_name(column: str) -> str:
    """What a property is called in results: the column's name without its unit, in small letters."""
    base = re.sub(r"\W+", "_", split_unit(column)[0].lower()).strip("_")
    return base or "property"
