"""What a table must offer before a study is worth starting."""

from __future__ import annotations

import numpy as np

from simworth.errors import InputError
from simworth.tables.table import PropertyTable


def check_property(table: PropertyTable, name: str, at_least: int) -> None:
    """Raise InputError when a property has fewer than ``at_least`` values or only one value throughout.

    Raises
    ------
    InputError
        Also when the table has no such property.
    """
    values = table.values(name)
    values = values[np.isfinite(values)]
    if len(values) < at_least:
        raise InputError(
            f"{table.name}: has {len(values)} materials with {name!r} but the study needs {at_least}; "
            "ask for fewer or add data"
        )
    if len(values) and values.min() == values.max():
        raise InputError(
            f"{table.name}: {name!r} is {values[0]:g} {table.unit(name)} for all {len(values)} materials, "
            "so nothing "
            "can be learnt; choose another column"
        )
