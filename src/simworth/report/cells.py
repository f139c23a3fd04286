"""Tables as the page shows them: every number has its words, some a shade or a bar beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from simworth.report.language import Both


@dataclass(frozen=True)
class Bar:
    """An interval on a line from 0 to 100 % of the cell's width; ``zero`` is where no difference lies."""

    low: float
    middle: float
    high: float
    zero: float | None = None
    tone: str = "transfer"


@dataclass(frozen=True)
class Cell:
    """``text`` with a smaller ``note``; ``shade`` (0 to 100) darkens its ground in the colour of ``tone``.

    A plain string is the same in every language: a name or a number.
    """

    text: Both | str
    note: Both | str = ""
    shade: int | None = None
    tone: str = "transfer"
    bar: Bar | None = None
    strong: bool = False


@dataclass(frozen=True)
class Table:
    """A caption, column heads and rows of cells; the first cell of a row is its head."""

    caption: Both
    head: Sequence[Both | str]
    rows: Sequence[Sequence[Cell]]
    groups: Sequence[tuple[Both | str, int]] = field(default=())
    """(words, columns) above the heads."""


def cells(*texts: Both | str) -> list[Cell]:
    """Plain cells."""
    return [Cell(t) for t in texts]


def bars(intervals: Sequence[tuple[float, float, float]], tones: Sequence[str]) -> list[Bar]:
    """(low, middle, high) of each row on a common scale that holds zero."""
    edges = [e for low, _, high in intervals for e in (low, high)] + [0.0]
    first, last = min(edges), max(edges)
    span = (last - first) or 1.0

    def place(value: float) -> float:
        return round(100 * (value - first) / span, 2)

    return [
        Bar(place(low), place(middle), place(high), place(0.0), tone)
        for (low, middle, high), tone in zip(intervals, tones, strict=True)
    ]
