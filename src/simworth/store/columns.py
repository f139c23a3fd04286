"""From Arrow batches of any make to rows of one schema: numbers checked, materials recognised, losses counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simworth.digest import identity_keys
from simworth.errors import InputError
from simworth.identity import WHAT, canonical
from simworth.store.card import Column, Recipe
from simworth.store.rules import COUNT, SPREAD, UNCERTAINTY, Rule, read_rule
from simworth.tables.about import RESERVED
from simworth.tables.arrowtable import ArrowTable
from simworth.tables.rows import need_columns
from simworth.tables.table import float_column

EXACT = float(1 << 53)
"""Whole numbers beyond this are not exact as decimals."""
NAMED = 5


class Reader:
    """Turns the batches of one recipe into rows with keys, and counts what it leaves out."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.where = recipe.source or recipe.name
        self.columns = recipe.columns
        self.rule: Rule
        self.schema: Any = None
        self.read = 0
        self.left_out: Counter[str] = Counter()
        self.unread: list[str] = []
        """The first rows whose material could not be read."""
        check_columns(recipe.columns, self.where)
        self.rule = read_rule(recipe.merge, tuple(c.name for c in recipe.columns))

    def rows(self, batch: Any) -> Any:
        """The usable rows of a batch (pyarrow.RecordBatch) as a table of `schema`.

        Raises
        ------
        InputError
            When a column is missing or holds the wrong type, or a number or a material cannot be used.
        """
        raw = self._raw(batch)
        if self.schema is None:
            self._begin(raw)
        materials, identities = self._materials(raw)
        numbers = {c.name: raw.floats(c.name) for c in self.columns if c.role != "keep"}
        usable = self._usable(numbers, raw, materials, identities)
        found: dict[str, Any] = {
            "key": pa.array(identity_keys([i for i in identities if i is not None])),
            "material": pa.array(materials, pa.string()),
            "identity": pa.array(identities, pa.string()),
            "row": pa.array(raw.numbers, pa.int64()),
        }
        for name in self.schema.names[4:]:
            found[name] = float_column(numbers[name]) if name in numbers else self._other(raw, name)
        if not usable.all():
            places = pa.array(np.flatnonzero(usable))
            left = {name: column.take(places) for name, column in found.items() if name != "key"}
            found = {"key": pa.array(identity_keys(left["identity"].to_pylist())), **left}
        return pa.table(found, schema=self.schema)

    def _raw(self, batch: Any) -> ArrowTable:
        """The batch with its row numbers."""
        table = pa.Table.from_batches([batch])
        if "row" in table.column_names:
            numbers = np.asarray(table.column("row").to_numpy(), dtype=np.int64)
        else:
            numbers = np.arange(self.read + 1, self.read + 1 + table.num_rows, dtype=np.int64)
        self.read += table.num_rows
        return ArrowTable(self.where, "", table, numbers)

    def _begin(self, raw: ArrowTable) -> None:
        """Fix the schema by the first batch."""
        self._need(raw)
        fields = [("key", pa.uint64()), ("material", pa.string()), ("identity", pa.string()), ("row", pa.int64())]
        typed = []
        for c in self.columns:
            number = c.role != "keep" or _is_number(raw.data.schema.field(c.name).type, c)
            typed.append(msgspec.structs.replace(c, type="number" if number else "text"))
            fields.append((c.name, pa.float64() if number else pa.string()))
            if c.role == "property" and c.name + UNCERTAINTY in raw.names:
                fields.append((c.name + UNCERTAINTY, pa.float64()))
        self.columns = tuple(typed)
        self.schema = pa.schema(fields)

    def _need(self, raw: ArrowTable) -> None:
        identity = [self.recipe.identity] if self.recipe.identity else []
        need_columns(raw, [self.recipe.material, *identity, *(c.name for c in self.columns)])

    def _materials(self, raw: ArrowTable) -> tuple[list[str | None], list[str | None]]:
        """Spelling and identity of each row."""
        materials = raw.texts(self.recipe.material)
        if self.recipe.identity:
            return materials, raw.texts(self.recipe.identity)
        if self.recipe.kind == "features":
            return materials, materials
        known = {text: canonical(self.recipe.kind, text) for text in dict.fromkeys(materials) if text is not None}
        return materials, [known[text] if text is not None else None for text in materials]

    def _usable(
        self,
        numbers: dict[str, NDArray[np.float64]],
        raw: ArrowTable,
        materials: list[str | None],
        identities: list[str | None],
    ) -> NDArray[np.bool_]:
        """Rows with a value, all features and a readable material; the others are counted."""
        usable = np.zeros(len(materials), dtype=bool)
        for c in self.columns:
            if c.role == "property":
                usable |= np.isfinite(numbers[c.name])
        self._count("no value", int((~usable).sum()))
        for c in self.columns:
            if c.role == "feature":
                missing = usable & ~np.isfinite(numbers[c.name])
                self._count(f"no value of the feature {c.name!r}", int(missing.sum()))
                usable &= ~missing
        if None not in identities and None not in materials:
            return usable
        readable = np.array([i is not None and m is not None for i, m in zip(identities, materials, strict=True)])
        bad = np.flatnonzero(usable & ~readable)
        if bad.size:
            self._refuse(raw, materials, bad)
        usable &= readable
        return usable

    def _refuse(self, raw: ArrowTable, materials: list[str | None], bad: NDArray[np.int64]) -> None:
        """Stop at a material that cannot be read, or count it."""
        first = int(bad[0])
        seen = "no material" if materials[first] is None else f"{materials[first]!r} cannot be read"
        if self.recipe.unreadable == "error":
            raise InputError(
                f"{self.where}, row {raw.numbers[first]}: {seen}; give {WHAT[self.recipe.kind]}, or leave such rows "
                "out with unreadable = 'drop' (--drop-unreadable)"
            )
        self._count("unreadable material", len(bad))
        for i in bad[: max(0, NAMED - len(self.unread))].tolist():
            self.unread.append(f"row {raw.numbers[i]} {materials[i] or '(empty)'!r}")

    def _count(self, reason: str, rows: int) -> None:
        if rows:
            self.left_out[reason] += rows

    def _other(self, raw: ArrowTable, name: str) -> Any:
        """A kept column or an uncertainty."""
        wanted = self.schema.field(name).type
        given = raw.data.schema.field(name).type if name in raw.names else pa.null()
        if pa.types.is_floating(wanted):
            values = raw.floats(name)
            self._check(raw, name, values, pa.types.is_integer(given))
            return float_column(values)
        if pa.types.is_null(given):
            return pa.nulls(len(raw.numbers), pa.string())
        if _is_text(given):
            return pa.array(raw.texts(name), pa.string())
        texts = raw.either(name)
        return pa.array([None if t is None else str(t) for t in texts], pa.string())

    def _check(self, raw: ArrowTable, name: str, values: NDArray[np.float64], whole: bool) -> None:
        """Whole numbers must stay exact; an uncertainty is not negative."""
        if whole and (np.abs(values) >= EXACT).any():
            raise InputError(
                f"{self.where}, column {name!r}: holds whole numbers of more than 15 digits; give them as text"
            )
        negative = np.flatnonzero(values < 0)
        if name.endswith(UNCERTAINTY) and name not in {c.name for c in self.columns} and negative.size:
            raise InputError(
                f"{self.where}, row {raw.numbers[negative[0]]}: the uncertainty of "
                f"{name.removesuffix(UNCERTAINTY)!r} is negative; correct it"
            )


def check_columns(columns: tuple[Column, ...], where: str) -> None:
    """Every column has a name of its own, and every property a unit that is known.

    Raises
    ------
    InputError
        Otherwise.
    """
    from simworth.units import parse_unit

    names = Counter((*RESERVED, "key"))
    for c in columns:
        names[c.name] += 1
        if c.role == "property":
            parse_unit(c.unit, f"{where}, property {c.name!r}")
            names.update([c.name + s for s in (SPREAD, COUNT, UNCERTAINTY)])
    twice = [name for name, n in names.items() if n > 1]
    if twice:
        raise InputError(
            f"{where}: two columns of the table would be called {twice[0]!r} (a property P also makes P_spread, "
            "P_count and P_uncertainty, and every table has material, identity, row and key); rename one of them"
        )
    if not any(c.role == "property" for c in columns):
        raise InputError(f"{where}: a table needs at least one property; name its column and unit")


def check_features(rows: Any, group: NDArray[np.int64], columns: tuple[Column, ...], where: str) -> None:
    """Ordered rows of one material must agree in their features: otherwise they are not one material.

    Raises
    ------
    InputError
        When they do not.
    """
    first = np.flatnonzero(np.diff(group, prepend=-1))
    for name in (c.name for c in columns if c.role == "feature"):
        values = np.asarray(rows.column(name).to_numpy())
        differ = np.flatnonzero(values != values[first][group])
        if differ.size:
            numbers = rows.column("row")
            i, j = int(first[group[differ[0]]]), int(differ[0])
            raise InputError(
                f"{where}: rows {numbers[i].as_py()} and {numbers[j].as_py()} are both "
                f"{rows.column('material')[j].as_py()!r} but differ in the feature {name!r}; give them different names"
            )


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_number(kind: Any, column: Column) -> bool:
    if pa.types.is_null(kind):
        return column.unit != ""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def batches_of(rows: Any, size: int) -> Iterator[Any]:
    """A pyarrow.Table in batches of at most ``size`` rows."""
    yield from rows.to_batches(max_chunksize=size)
