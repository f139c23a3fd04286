"""Overlap: planted leaks are found however the material is spelt."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from simworth.errors import InputError, LeakageError
from simworth.identity import Kind
from simworth.spellings import respell
from simworth.tables import PropertyTable, check_overlap, overlap, read_table, usable_source

MATERIALS: dict[Kind, list[str]] = {
    "molecule": ["CC(=O)Oc1ccccc1C(=O)O", "CCO", "C[C@H](N)C(=O)O", "CCCCC#N", "OCC(O)CO"],
    "composition": ["Fe2O3", "NaCl", "Li1.2Ni0.8O2", "CaTiO3", "Mg2SiO4"],
    "polymer": ["*CC(c1ccccc1)*", "*CCO*", "*NCCCCCC(=O)*", "*C/C=C/C*", "*CC(C)(C(=O)OC)*"],
}
OTHERS: dict[Kind, list[str]] = {
    "molecule": ["CCN", "CCS", "CCCl"],
    "composition": ["KF", "MgO", "ZnS"],
    "polymer": ["*CC*", "*CC(F)*", "*CC(Cl)*"],
}


def made(name: str, kind: Kind, materials: list[str]) -> PropertyTable:
    data = pa.table({"m": materials, "p": [float(i) for i in range(len(materials))]})
    return read_table(data, kind=kind, material="m", properties={"p": ("p", "1")}, name=name)


@pytest.mark.parametrize("kind", ["molecule", "composition", "polymer"])
@pytest.mark.parametrize("seed", range(5))
def test_planted_leaks_are_found(kind: Kind, seed: int) -> None:
    leaked = [respell(kind, m, seed) for m in MATERIALS[kind]]
    source = made("computed", kind, [*OTHERS[kind], *reversed(leaked)])
    target = made("measured", kind, MATERIALS[kind])
    found = overlap(source, target)
    assert found.identities == target.identities
    assert found.target_places.tolist() == [0, 1, 2, 3, 4]
    assert found.source_places.tolist() == [7, 6, 5, 4, 3]
    usable = usable_source(found, "exclude", [0, 3], 8)
    assert np.flatnonzero(~usable).tolist() == [4, 7]
    assert usable_source(found, "allow", [0, 3], 8).all()


def test_policies() -> None:
    source = made("computed", "composition", ["O3Fe2", "KF"])
    target = made("measured", "composition", ["NaCl", "Fe4O6"])
    found = overlap(source, target)
    expected = r"1 material stands in both measured and computed: 'Fe2O3' "
    expected += r"\(row 2 of measured, row 1 of computed\); remove"
    with pytest.raises(LeakageError, match=expected):
        check_overlap(found, "error")
    check_overlap(found, "exclude")
    check_overlap(found, "allow")
    assert found.in_source([0]).tolist() == []
    assert found.in_source([0, 1]).tolist() == [0]


def test_no_overlap_and_long_overlap() -> None:
    source = made("computed", "composition", ["KF", "MgO", "ZnS", "NaCl", "Fe", "Co", "Ni"])
    none = overlap(source, made("measured", "composition", ["CaO"]))
    check_overlap(none, "error")
    assert len(none) == 0
    assert none.sentence == "no material of measured stands in computed"
    assert usable_source(none, "exclude", [0], 7).all()
    everything = overlap(source, source)
    assert everything.sentence.startswith("7 materials stand in both computed and computed: 'FK' (row 1")
    assert everything.sentence.endswith(", ...")


def test_kinds_must_agree() -> None:
    with pytest.raises(InputError, match="a holds materials of kind 'composition' but b of kind 'molecule'"):
        overlap(made("a", "composition", ["CO"]), made("b", "molecule", ["CO"]))
