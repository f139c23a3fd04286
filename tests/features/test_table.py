from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from simworth.errors import InputError, MissingExtraError, StudyError
from simworth.features import forcefield
from simworth.features.forcefield_parameters import gaff2
from simworth.features.molecules import NAMES
from simworth.features.table import check_descriptor, table_features, undescribed
from simworth.identity import Descriptor, Kind
from simworth.tables import PropertyColumn, PropertyTable, read_table


@pytest.fixture
def field(monkeypatch: pytest.MonkeyPatch) -> None:
    """A force field that knows everything but silicon, and for which nothing need be installed."""

    def rows(texts: list[str]) -> tuple[np.ndarray, dict[int, str]]:
        found = np.array([[len(t) + 0.5 * t.count("C")] * 190 for t in texts])
        return found, {i: "silicon is unknown" for i, t in enumerate(texts) if "Si" in t}

    monkeypatch.setattr(forcefield, "forcefield_rows", rows)


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


@pytest.mark.parametrize("kind", ["polymer", "molecule"])
@pytest.mark.usefixtures("field")
def test_both_descriptors_are_the_usual_numbers_and_then_those_of_the_force_field(kind: Kind) -> None:
    texts = {"polymer": ["*CCO*", "*CC*"], "molecule": ["CCO", "C"]}[kind]
    usual, forces, both = (table_features([table(kind, texts)], d)[0] for d in ("usual", "forcefield", "both"))
    assert forces.shape == (2, 190)
    assert forces[0, 0] != forces[1, 0]
    np.testing.assert_array_equal(both, np.hstack([usual, forces]))
    assert both.dtype == np.float32


@pytest.mark.parametrize(("descriptor", "each"), [("forcefield", 190), ("both", len(NAMES) + 190)])
@pytest.mark.usefixtures("field")
def test_polymer_and_solvent_of_a_pair_are_described_alike(descriptor: Descriptor, each: int) -> None:
    columns = {"p": ["*CC*", "*CCO*"], "s": ["O", "CCO"], "T": [300.0, 400.0], "y": [1.0, 2.0]}
    properties = {"y": PropertyColumn("y", "1")}
    pairs = read_table(
        pa.table(columns), kind="pair", material="p", partner="s", temperature="T", properties=properties, name="t"
    )
    (found,) = table_features([pairs], descriptor)
    assert found.shape == (2, 2 * each + 1)
    for kind, texts, part in (
        ("polymer", columns["p"], found[:, :each]),
        ("molecule", columns["s"], found[:, each:-1]),
    ):
        np.testing.assert_array_equal(part, table_features([table(kind, texts)], descriptor)[0])  # type: ignore[arg-type]


@pytest.mark.usefixtures("field")
def test_a_unit_without_features_is_named_by_its_row_in_its_table() -> None:
    good, bad = table("polymer", ["*CC*"]), table("polymer", ["*CC*", "*[SiH2]C*", "*[SiH2]CC*"])
    with pytest.raises(InputError, match=r"^t, row 2 \('\*\[SiH2\]C\*'\): silicon is unknown \(and 1 more like it\); "):
        table_features([good, bad], "forcefield")
    assert undescribed(bad, "both") == {1: "silicon is unknown", 2: "silicon is unknown"}
    assert undescribed(bad) == undescribed(good, "forcefield") == {}
    many = table("polymer", ["*CC*", f"*O{'c1ccc(cc1)' * 9}*"])
    assert list(undescribed(many)) == list(undescribed(many, "both")) == [1]
    assert undescribed(many, "forcefield") == undescribed(table("features", ["a"], ("x",))) == {}
    with pytest.raises(InputError, match=r"row 2 .* too many rings"):
        table_features([many])


@pytest.mark.parametrize("kind", ["composition", "features"])
def test_materials_without_structure_have_no_force_field(kind: Kind) -> None:
    check_descriptor("usual", kind)
    with pytest.raises(StudyError, match=f"leave it out for materials of kind '{kind}'"):
        check_descriptor("both", kind)


def test_the_numbers_are_those_of_gaff2() -> None:
    try:
        gaff2()
    except MissingExtraError as error:
        pytest.skip(str(error))
    units = ["*CC*", "*CC(*)c1ccccc1"]
    expected = forcefield.forcefield_features(units).astype(np.float32)
    np.testing.assert_array_equal(table_features([table("polymer", units)], "forcefield")[0], expected)
    siloxane = table("polymer", ["*[Si](C)(C)O*"])
    assert "no atom type for Si" in undescribed(siloxane, "forcefield")[0]
