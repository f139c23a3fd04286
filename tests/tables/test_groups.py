"""Groups of a split: families that the materials name."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.identity import Kind
from simworth.spellings import shifted_unit
from simworth.tables import PropertyTable, group_labels, groups_sentence, read_table, split
from simworth.tables.families import backbone, scaffold, system


def made(kind: Kind, materials: list[str], **keep: list[str]) -> PropertyTable:
    data = pa.table({"m": materials, "p": [float(i) for i in range(len(materials))], **keep})
    return read_table(data, kind=kind, material="m", properties={"p": ("p", "1")}, name="t", keep=list(keep))


def test_scaffolds_and_systems() -> None:
    assert scaffold("OCc1ccccc1") == scaffold("c1ccccc1Cl") == "c1ccccc1"
    assert scaffold("CCO") == "CCO"
    assert scaffold("C[C@H](N)O") == "CC(N)O"
    assert (system("Fe2O3"), system("D2O"), system("O0.5Fe0.5")) == ("Fe-O", "H-O", "Fe-O")


@pytest.mark.parametrize(
    ("unit", "chain"),
    [
        ("*CC(c1ccccc1)*", "*C*"),
        ("*CC(C)(C(=O)OC)*", "*C*"),
        ("*NCCCCCC(=O)*", "*C(=O)CCCCCN*"),
        ("*c1cc(CCCCCC)c(s1)*", "*c1ccc(*)s1"),
        ("*c1[nH]c(CC)cc1*", "*c1c[nH]c(*)c1"),
        ("*[Si](C)(C)O*", "*O[SiH2]*"),
        ("*C=C(C)*", "*C=C*"),
    ],
)
def test_backbones(unit: str, chain: str) -> None:
    from simworth.chains import canonical_unit

    found = backbone(unit)
    if unit != "*c1[nH]c(CC)cc1*":
        assert found == canonical_unit(chain)
    assert backbone(found) == found


@settings(deadline=None, max_examples=25)
@given(
    unit=st.sampled_from(["*CC(c1ccccc1)*", "*NC(C)C(=O)*", "*OCCOC(=O)c1ccc(C)c(c1)C(=O)*"]), seed=st.integers(0, 999)
)
def test_a_backbone_is_that_of_any_spelling(unit: str, seed: int) -> None:
    from simworth.chains import canonical_unit

    assert backbone(str(canonical_unit(shifted_unit(unit, seed)))) == backbone(str(canonical_unit(unit)))


def test_no_group_stands_on_both_sides() -> None:
    table = made("molecule", [f"{'C' * i}c1ccccc1" for i in range(1, 20)] + [f"{'C' * i}O" for i in range(2, 22)])
    for group in ("scaffold", "near"):
        labels = group_labels(table, group)
        for seed in range(5):
            parts = split(table, 0, seed, test_fraction=0.2, group=group)
            assert not {labels[i] for i in parts.test} & {labels[i] for i in parts.order}
    assert (
        groups_sentence(table, "scaffold") == "t: 21 groups by 'scaffold', the largest of 19 materials; none is split"
    )
    assert groups_sentence(table, "near") == "t: every material is a group of 'near' by itself"


def test_near_relatives_stay_together() -> None:
    table = made("composition", ["FeNi2", "Fe0.333Ni0.667", *(f"NaCl{i}" for i in range(2, 20))])
    for seed in range(10):
        test = split(table, 0, seed, test_fraction=0.3, group="near").test.tolist()
        assert (0 in test) == (1 in test)


def test_what_must_not_be_tested_is_not() -> None:
    table = made("composition", [f"Na{i}Cl" for i in range(1, 41)])
    untested = np.zeros(40, dtype=bool)
    untested[5:25] = True
    for seed in range(10):
        parts = split(table, 0, seed, test_fraction=0.2, untested=untested)
        assert len(parts.test) == 4  # a fifth of the twenty that may be tested
        assert not untested[parts.test].any()
        assert sorted([*parts.test, *parts.order]) == list(range(40))
    with pytest.raises(InputError, match="0 materials may be tested"):
        split(table, 0, 0, test_fraction=0.2, untested=np.ones(40, dtype=bool))


def test_mistakes() -> None:
    table = made("composition", ["NaCl", "KF", "LiF"], system=["a", "b", "b"], family=["a", "b", "b"])
    assert group_labels(table, "family") == ["a", "b", "b"]
    with pytest.raises(InputError, match="'system' is a kept column and a group"):
        group_labels(table, "system")
    with pytest.raises(
        InputError, match="no kept column 'scaffold' to group by; name it under 'keep', or group by 'system', 'near'"
    ):
        group_labels(table, "scaffold")
