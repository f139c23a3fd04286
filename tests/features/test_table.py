from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from simworth.features.table import table_features
from simworth.identity import Kind
from simworth.tables import PropertyColumn, PropertyTable, read_table


def table(kind: Kind, materials: list[str], features: tuple[str, ...] = ()) -> PropertyTable:
    columns = {"material": materials, "y": np.arange(len(materials), dtype=float)}
    columns |= {f: np.arange(len(materials)) + 0.25 for f in features}
    properties = {"y": PropertyColumn("y", "eV")}
    return read_table(
        pa.table(columns), kind=kind, material="material", properties=properties, features=features, name="t"
    )


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("molecule", ["CCO", "CC", "c1ccccc1"], ["C1=CC=CC=C1", "OCC"]),
        ("composition", ["Fe2O3", "MgO", "NaCl"], ["ClNa", "O3Fe2"]),
        ("polymer", ["*CCO*", "*CC*", "*CC(C)*"], ["*C(C)C*", "*OCC*"]),
    ],
)
def test_the_same_material_has_the_same_features_in_every_table(kind: Kind, one: list[str], other: list[str]) -> None:
    first, second = table_features([table(kind, one), table(kind, other)])
    assert len(first) == 3
    assert len(second) == 2
    np.testing.assert_array_equal(second, first[[2, 0]])


def test_given_features_are_those_of_each_table() -> None:
    first, second = table_features([table("features", ["a", "b"], ("x",)), table("features", ["c"], ("x",))])
    np.testing.assert_array_equal(first, [[0.25], [1.25]])
    np.testing.assert_array_equal(second, [[0.25]])
