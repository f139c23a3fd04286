"""``--where`` for databases without a query language of their own: ``band_gap >= 1 AND is_stable = true``."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import msgspec

from simworth.errors import InputError
from simworth.ingest.sources.cells import NUMBER
from simworth.ingest.sources.protocol import Cell

ONE = re.compile(
    r"\s*([A-Za-z_][\w.+\- ]*?)\s*(<=|>=|!=|=|<|>|\bHAS\b)\s*(\"[^\"]*\"|'[^']*'|[^\s\"'<>=]+)\s*", re.ASCII
)
JOIN = re.compile(r"AND\b", re.ASCII | re.IGNORECASE)
EXAMPLE = 'write it as in: band_gap >= 1 AND is_stable = true AND elements HAS "O"'


class Condition(msgspec.Struct, frozen=True):
    """One comparison; ``value`` is a number where it reads as one and was not quoted."""

    field: str
    sign: str
    value: float | str


def conditions(text: str) -> tuple[Condition, ...]:
    """The comparisons of a ``--where``, joined by AND.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    found: list[Condition] = []
    place = 0
    while text[place:].strip():
        if found:
            joined = JOIN.match(text, place)
            if joined is None:
                raise InputError(f"--where: {text[place:][:40]!r} does not follow; {EXAMPLE}")
            place = joined.end()
        one = ONE.match(text, place)
        if one is None:
            raise InputError(f"--where: {text[place:][:40]!r} cannot be read; {EXAMPLE}")
        found.append(_condition(one[1], one[2], one[3]))
        place = one.end()
    return tuple(found)


def _condition(name: str, sign: str, value: str) -> Condition:
    quoted = value[0] in "\"'"
    plain = value[1:-1] if quoted else value
    number = not quoted and NUMBER.fullmatch(plain) is not None and math.isfinite(float(plain))
    if sign in ("<", ">", "<=", ">=") and not number:
        raise InputError(f"--where: {name!r} is compared with {plain!r}, which is no number; {EXAMPLE}")
    return Condition(name.strip(), sign, float(plain) if number else plain)


def holds(condition: Condition, cell: Cell) -> bool:
    """Whether a cell satisfies a condition; an empty one satisfies none."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return False
    wanted = condition.value
    if isinstance(wanted, float) and isinstance(cell, str):
        wanted = f"{wanted:g}"
    if isinstance(wanted, str) or isinstance(cell, str):
        # Servers differ in whether case counts, so here it does not.
        same = str(cell).lower() == str(wanted).lower()
        return {"=": same, "!=": not same, "HAS": str(wanted) in str(cell)}.get(condition.sign, False)
    signs = {
        "<": cell < wanted, "<=": cell <= wanted, ">": cell > wanted, ">=": cell >= wanted,
        "=": cell == wanted, "!=": cell != wanted,
    }  # fmt: skip
    return signs.get(condition.sign, False)


def fields_of(found: Sequence[Condition]) -> tuple[str, ...]:
    """The fields that conditions speak of, each once."""
    return tuple(dict.fromkeys(c.field for c in found))
