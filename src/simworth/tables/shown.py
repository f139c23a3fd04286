"""A property table as a notebook shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simworth.notebook import ROWS, bars, block, listed, paragraph, table

if TYPE_CHECKING:
    from simworth.tables.table import PropertyTable

BINS = 24


def table_html(shown: PropertyTable) -> str:
    """What the table holds: each property with its range and a histogram, and its first materials."""
    rows: list[tuple[str, ...]] = []
    pictures = []
    for name in shown.properties:
        if len(rows) < ROWS:
            values = shown.values(name)
            there = values[np.isfinite(values)]
            rows.append((name, shown.unit(name), f"{len(there):,}", *_range(there)))
            counts = np.histogram(there, BINS)[0].tolist() if len(there) else [0]
            pictures.append(bars(counts, f"Values of {name}"))
        else:
            rows.append((name, shown.unit(name), "", "", "", ""))
    head = ("property", "unit", "values", "least", "median", "largest")
    first = [str(m) for m in shown.data.column("material").slice(0, 3).to_pylist()]
    title = f"{shown.name}: {len(shown):,} materials of kind {shown.kind}"
    more = ", …" if len(shown) > len(first) else ""
    left = [f"left out: {count:,} ({why})" for why, count in shown.about.left_out.items()]
    return block(title, table(head, rows, pictures), paragraph(", ".join(first) + more), listed(left))


def _range(values: np.ndarray) -> tuple[str, str, str]:
    if not len(values):
        return "", "", ""
    return f"{values.min():.4g}", f"{np.median(values):.4g}", f"{values.max():.4g}"
