"""What changed from one table to another: materials, values, units. Both are read once, in the order of their keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.store.card import Card
from simworth.store.memory import ByKey, by_key, read_range, windows
from simworth.store.rules import floats
from simworth.tables import PropertyTable
from simworth.units import convert

NAMED = 5
FloatArray = NDArray[np.float64]


class Change(msgspec.Struct, frozen=True):
    """How one column changed, over the materials of both tables."""

    column: str
    unit: str
    """Of the later table; the earlier one's numbers were converted."""
    changed: int
    """Materials with another value."""
    filled: int
    """Materials that had no value and have one."""
    emptied: int
    """Materials that had a value and have none."""
    mean: float | None
    """Mean of later − earlier over the changed ones; None for texts."""
    largest: float | None
    """Largest |later − earlier|; None for texts."""
    material: str
    """Where the change is largest, of texts the first."""


class Difference(msgspec.Struct, frozen=True):
    """What changed from ``earlier`` to ``later``."""

    earlier: str
    later: str
    rows: tuple[int, int]
    added: int
    removed: int
    same: int
    """Materials of both tables with equal values in every column of both."""
    added_first: tuple[str, ...]
    removed_first: tuple[str, ...]
    changes: tuple[Change, ...]
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    units: dict[str, tuple[str, str]]
    """Property → units, where they differ."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        left = self.added or self.removed or self.columns_added or self.columns_removed or self.units
        return not left and not self.changes


@dataclass
class _Column:
    """A column while it is compared."""

    name: str
    text: bool
    units: tuple[str, str]
    changed: int = 0
    filled: int = 0
    emptied: int = 0
    total: float = 0.0
    largest: float = -1.0
    material: str = ""

    def change(self) -> Change:
        count = self.changed
        mean = None if self.text or not count else self.total / count
        largest = None if self.text or not count else self.largest
        return Change(self.name, self.units[1], count, self.filled, self.emptied, mean, largest, self.material)


@dataclass
class _Tally:
    """Materials while they are compared."""

    added: int = 0
    removed: int = 0
    same: int = 0
    added_first: list[str] = field(default_factory=list)
    removed_first: list[str] = field(default_factory=list)


def difference(earlier: PropertyTable | ByKey, later: PropertyTable | ByKey) -> Difference:
    """Compare two tables of one kind, material by material, in bounded memory where they are stored.

    Raises
    ------
    InputError
        When the kinds differ, or a property's units do not convert.
    """
    a, b = by_key(earlier), by_key(later)
    if a.card.kind != b.card.kind:
        raise InputError(
            f"{_label(a.card)} holds materials of kind {a.card.kind!r} but {_label(b.card)} of kind {b.card.kind!r}; "
            "only tables of one kind can be compared"
        )
    before, after = ({c.name: c for c in t.card.columns} for t in (a, b))
    both = [n for n in before if n in after and before[n].type == after[n].type]
    columns = [_Column(n, before[n].type == "text", (before[n].unit, after[n].unit)) for n in both]
    tally = _Tally()
    for first, last in windows(len(a) + len(b)):
        old, new = (read_range(t, first, last, ["identity", "material", *both]) for t in (a, b))
        _compare(old, new, columns, tally)
    return Difference(
        _label(a.card), _label(b.card), (len(a), len(b)), tally.added, tally.removed, tally.same,
        tuple(tally.added_first), tuple(tally.removed_first),
        tuple(c.change() for c in columns if c.changed or c.filled or c.emptied),
        tuple(n for n in after if n not in both), tuple(n for n in before if n not in both),
        {c.name: c.units for c in columns if c.units[0] != c.units[1]},
    )  # fmt: skip


def _label(card: Card) -> str:
    return card.label if card.version else card.name


def _compare(old: Any | None, new: Any | None, columns: list[_Column], tally: _Tally) -> None:
    """Compare the rows of one range of keys."""
    if old is None or new is None:
        _count(tally, None if old is None else old.column("material"), None if new is None else new.column("material"))
        return
    place = pc.index_in(old.column("identity"), value_set=new.column("identity").combine_chunks())
    known = pc.is_in(new.column("identity"), value_set=old.column("identity").combine_chunks())
    _count(tally, old.column("material").filter(pc.is_null(place)), new.column("material").filter(pc.invert(known)))
    old = old.filter(pc.is_valid(place))
    new = new.take(place.drop_null())
    differs = np.zeros(old.num_rows, dtype=bool)
    for column in columns:
        differs |= _texts(old, new, column) if column.text else _numbers(old, new, column)
    tally.same += int((~differs).sum())


def _count(tally: _Tally, removed: Any | None, added: Any | None) -> None:
    for names, first, key in ((removed, tally.removed_first, "removed"), (added, tally.added_first, "added")):
        if names is not None:
            setattr(tally, key, getattr(tally, key) + len(names))
            first += names.slice(0, max(0, NAMED - len(first))).to_pylist()


def _numbers(old: Any, new: Any, column: _Column) -> NDArray[np.bool_]:
    """Where numbers differ; what a conversion of units rounds is no difference."""
    x, y = floats(old, column.name), floats(new, column.name)
    if column.units[0] != column.units[1] and all(column.units):
        x = convert(x, *column.units, f"column {column.name!r}")
        close = np.isclose(x, y, rtol=1e-12, atol=0)
        x[close] = y[close]
    filled, emptied = np.isnan(x) & ~np.isnan(y), ~np.isnan(x) & np.isnan(y)
    step = np.where(np.isnan(x) | np.isnan(y), 0.0, y - x)
    changed = step != 0
    column.changed += int(changed.sum())
    column.filled += int(filled.sum())
    column.emptied += int(emptied.sum())
    column.total += float(step.sum())
    if changed.any() and (most := float(np.abs(step).max())) > column.largest:
        column.largest = most
        column.material = new.column("material")[int(np.abs(step).argmax())].as_py()
    return np.asarray(changed | filled | emptied)


def _texts(old: Any, new: Any, column: _Column) -> NDArray[np.bool_]:
    x, y = old.column(column.name), new.column(column.name)
    gone, here = (np.asarray(pc.is_null(v).combine_chunks()) for v in (x, y))
    changed = np.asarray(pc.fill_null(pc.not_equal(x, y), False).combine_chunks())
    filled, emptied = gone & ~here, ~gone & here
    column.changed += int(changed.sum())
    column.filled += int(filled.sum())
    column.emptied += int(emptied.sum())
    if changed.any() and not column.material:
        column.material = new.column("material")[int(changed.argmax())].as_py()
    return np.asarray(changed | filled | emptied)
