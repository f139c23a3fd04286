"""Several rows of one material become one: the rule is stated, and it is applied to sorted rows at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.tables import Merge
from simworth.tables.merge import merge_groups
from simworth.tables.table import float_column

IntArray = NDArray[np.int64]
Pick = Literal["lowest", "highest", "latest"]
PICKS: tuple[Pick, ...] = get_args(Pick)
SPREAD, COUNT, UNCERTAINTY = "_spread", "_count", "_uncertainty"


@dataclass(frozen=True)
class Rule:
    """What becomes of several rows of one material.

    Attributes
    ----------
    how : str
        ``mean``, ``median``, ``min``, ``max``: of each property by itself. ``first``: the earliest row with a value,
        for each property by itself. ``error``: refuse repeats. ``lowest``, ``highest``, ``latest``: the whole row in
        which ``column`` is lowest, highest, latest wins; of equal ones the earliest.
    column : str
        For the last three.
    """

    how: Merge | Pick
    column: str = ""

    @property
    def text(self) -> str:
        """As a user writes it."""
        return f"{self.how}:{self.column}" if self.column else self.how


def read_rule(text: str, columns: tuple[str, ...]) -> Rule:
    """The rule that a text names.

    Raises
    ------
    InputError
        When it names none, or a column that the table does not have.
    """
    how, _, column = text.partition(":")
    if how in PICKS:
        if column not in columns:
            raise InputError(
                f"the rule {text!r} needs a column of the table, as in '{how}:COLUMN'; "
                f"there are {', '.join(map(repr, columns))}"
            )
        return Rule(how, column)
    if column or how not in get_args(Merge):
        known = ", ".join([*get_args(Merge), *(f"{p}:COLUMN" for p in PICKS)])
        raise InputError(f"the rule {text!r} for repeated materials is not known; use one of {known}")
    return Rule(cast("Merge", how))


ISO_DATE = re.compile(r"\d{4}(-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?)?")
"""The texts that 'latest' can compare, which sort by time where all are written alike and in one zone."""


def merge_sorted(rows: Any, group: IntArray, rule: Rule, properties: tuple[str, ...], where: str) -> Any:
    """One row a group.

    Parameters
    ----------
    rows : pyarrow.Table, R rows
        Sorted so that rows of one material stand together, in the order in which they were read.
    group : IntArray, shape (R,)
        0, 0, 1, 2, 2, …: which rows are one material.
    rule : Rule
    properties : tuple[str, ...]
        Columns that get a spread and a count.
    where : str
        For messages.

    Raises
    ------
    InputError
        When the rule refuses repeats, or cannot compare the texts of its column.
    """
    groups = int(group[-1]) + 1 if len(group) else 0
    first = np.flatnonzero(np.diff(group, prepend=-1))
    if groups == len(group):
        return _with_statistics(rows, group, groups, rows, properties)
    if rule.how == "error":
        _refuse(rows, group, where)
    if rule.how in PICKS:
        chosen = _picked(rows, group, first, rule, where)
        return _with_statistics(rows, group, groups, rows.take(pa.array(chosen)), properties)
    merged = rows.take(pa.array(first))
    for name in rows.column_names:
        field = rows.schema.field(name)
        if name in ("key", "identity", "material", "row"):
            continue
        if name in properties or name.removesuffix(UNCERTAINTY) in properties:
            values = _merged(rows, name, group, groups, rule)
        elif rule.how == "first":
            continue
        else:
            values = _agreed(rows.column(name), group, first)
        merged = merged.set_column(merged.column_names.index(name), field, values)
    return _with_statistics(rows, group, groups, merged, properties)


def _merged(rows: Any, name: str, group: IntArray, groups: int, rule: Rule) -> Any:
    """A property by the rule; a stated uncertainty becomes the mean of the rows' that have a value."""
    values = floats(rows, name)
    how = cast("Merge", rule.how)
    owner = name.removesuffix(UNCERTAINTY)
    if owner != name and owner in rows.column_names:
        values = np.where(np.isfinite(floats(rows, owner)), values, np.nan)
        how = "first" if rule.how == "first" else "mean"
    return float_column(merge_groups(values, group, groups, how).value)


def _with_statistics(rows: Any, group: IntArray, groups: int, merged: Any, properties: tuple[str, ...]) -> Any:
    """Spread and count of every property beside it."""
    columns: dict[str, Any] = {}
    for name in merged.column_names:
        columns[name] = merged.column(name)
        if name in properties:
            if groups == len(group):
                have = pc.is_valid(merged.column(name))
                columns[name + SPREAD] = pa.nulls(groups, pa.float64())
                columns[name + COUNT] = have.cast(pa.int64())
            else:
                found = merge_groups(floats(rows, name), group, groups, "mean")
                columns[name + SPREAD] = float_column(found.spread)
                columns[name + COUNT] = pa.array(found.count, pa.int64())
    return pa.table(columns)


def _agreed(column: Any, group: IntArray, first: IntArray) -> Any:
    """One value a group where its rows agree, null otherwise."""
    codes = pc.fill_null(pc.cast(column.combine_chunks().dictionary_encode().indices, pa.int64()), -1)
    codes = np.asarray(codes.to_numpy(zero_copy_only=False))
    same = np.ones(len(first), dtype=bool)
    same[group[codes != codes[first][group]]] = False
    return pc.if_else(pa.array(same), column.take(pa.array(first)), pa.scalar(None, column.type))


def _picked(rows: Any, group: IntArray, first: IntArray, rule: Rule, where: str) -> IntArray:
    """Place of the winning row of each group."""
    column = rows.column(rule.column)
    if pa.types.is_floating(column.type):
        rank = floats(rows, rule.column)
    elif rule.how == "latest":
        texts = column.combine_chunks()
        _check_dates(texts, rule, where)
        codes = texts.dictionary_encode()
        rising = pc.array_sort_indices(pc.array_sort_indices(codes.dictionary))  # the rank of each text
        rank = np.array(rising.take(codes.indices).to_numpy(zero_copy_only=False), dtype=np.float64)
    else:
        raise InputError(f"{where}: the rule {rule.text!r} needs numbers, but {rule.column!r} holds texts")
    if rule.how != "lowest":
        rank = -rank
    rank = np.where(np.isnan(rank), np.inf, rank)
    order = np.lexsort((np.arange(len(group)), rank, group))
    return order[first]


def _check_dates(texts: Any, rule: Rule, where: str) -> None:
    for text in texts.unique().to_pylist():
        if text is not None and not ISO_DATE.fullmatch(text):
            raise InputError(
                f"{where}: the rule {rule.text!r} needs numbers or dates such as 2025-01-31, but {rule.column!r} "
                f"holds {text!r}"
            )


def _refuse(rows: Any, group: IntArray, where: str) -> None:
    sizes = np.bincount(group)
    repeated = int(np.flatnonzero(sizes > 1)[0])
    places = np.flatnonzero(group == repeated)
    numbers = " and ".join(str(rows.column("row")[int(i)].as_py()) for i in places[:5])
    raise InputError(
        f"{where}: rows {numbers} are the same material {rows.column('identity')[int(places[0])].as_py()!r}; remove "
        "the repeats, or choose what becomes of them, such as merge = 'mean'"
    )


def floats(rows: Any, name: str) -> NDArray[np.float64]:
    """A numeric column (R,), NaN for null."""
    return np.array(rows.column(name).to_numpy(), dtype=np.float64)
