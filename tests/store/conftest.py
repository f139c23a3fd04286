from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from simworth.store import Column, Recipe, Stored, build_stored

Build = Callable[..., Stored]


def batches(rows: dict[str, list[Any]], size: int) -> Iterator[pa.RecordBatch]:
    """Columns in batches of ``size`` rows, numbers and texts typed even where all cells of a batch are empty."""
    types = {
        name: pa.string() if any(isinstance(c, str) for c in cells) else pa.float64() for name, cells in rows.items()
    }
    count = len(next(iter(rows.values())))
    for start in range(0, count, size):
        some = {n: pa.array(cells[start : start + size], types[n]) for n, cells in rows.items()}
        yield pa.RecordBatch.from_pydict(some)


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Store made-up columns; whatever is not called so is a property in eV."""

    def made(
        rows: dict[str, list[Any]],
        *,
        name: str = "made-up",
        merge: str = "mean",
        keep: Sequence[str] = (),
        features: Sequence[str] = (),
        size: int = 1000,
        store: Path = tmp_path / "store",
        units: dict[str, str] | None = None,
        kind: Any = "features",
        unreadable: Any = "error",
        licence: str = "",
        private: bool = False,
    ) -> Stored:
        columns = []
        for column in rows:
            if column == "material" or column.endswith("_uncertainty"):
                continue
            role: Any = "keep" if column in keep else "feature" if column in features else "property"
            unit = (units or {}).get(column, "eV" if role == "property" else "")
            columns.append(Column(column, unit, role=role))
        recipe = Recipe(
            name=name, kind=kind, columns=tuple(columns), merge=merge, source="made up", unreadable=unreadable,
            licence=licence, private=private,
        )  # fmt: skip
        return build_stored(store, recipe, batches(rows, size))

    return made
