"""Magpie's table of the elements.

The values are those of the files that matminer carries; ``magpie.md`` beside this file says where they come from
and under which licence.

Reference: Ward, Agrawal, Choudhary, Wolverton, npj Comput. Mater. 2, 16028 (2016), doi
10.1038/npjcompumats.2016.28.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

TABLE = "magpie.csv"
"""One row an element by atomic number, one column a property; an empty cell is a value that nobody has."""


class ElementTable(NamedTuple):
    """Element properties: ``values`` (elements, properties), ordered by atomic number."""

    symbols: tuple[str, ...]
    properties: tuple[str, ...]
    values: NDArray[np.float64]


def known_values() -> ElementTable:
    """Magpie's 22 properties of the elements from H to Cn; NaN where the value is missing."""
    text = files("simworth.features").joinpath(TABLE).read_text(encoding="utf-8")
    header, *rows = list(csv.reader(text.splitlines()))
    values = np.array([[float(cell or "nan") for cell in row[1:]] for row in rows])
    return ElementTable(tuple(row[0] for row in rows), tuple(header[1:]), values)


@cache
def magpie_table() -> ElementTable:
    """The values of `known_values`, where a missing one is the property's mean over the elements that have it.

    That is matminer's rule (``impute_nan=True``, its default). Elements without a single value (Nh to Og) are not
    in the table, where matminer gives them the mean of every property.
    """
    table = known_values()
    values = np.where(np.isnan(table.values), np.nanmean(table.values, axis=0), table.values)
    values.setflags(write=False)  # one array for all callers
    return table._replace(values=values)
