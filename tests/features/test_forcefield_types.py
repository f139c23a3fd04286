from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from simworth.errors import InputError
from simworth.features.forcefield_order import ten_units
from simworth.features.forcefield_rings import Counted, one_unit, whole
from simworth.features.forcefield_types import alternates, atom_types
from simworth.features.polymers import UNITS, cyclic_oligomer


def counted_types(molecule: Counted) -> Counter[str]:
    types = atom_types(molecule.graph)
    return Counter(t for t, counts in zip(types, molecule.counts, strict=True) if counts)


@pytest.mark.parametrize(
    ("smiles", "types"),
    [
        ("CCO", "c3 c3 oh hc hc hc h1 h1 ho"),
        ("O", "ow hw hw"),
        ("CC(=O)N", "c3 c o nt hc hc hc hn hn"),
        ("CC(=O)NC", "c3 c o ns c3 hc hc hc hn h1 h1 h1"),
        ("CN(C)C=S", "c3 n c3 cs s h1 h1 h1 h1 h1 h1 h4"),
        ("C[N+](=O)[O-]", "c3 no o o h1 h1 h1"),
        ("CC#N", "c3 c1 n1 hc hc hc"),
        ("C1CC1", "cx cx cx hc hc hc hc hc hc"),
        ("C1=CCC1", "cv cv cy cy ha ha hc hc hc hc"),
        ("CS(=O)(=O)C", "c3 s6 o o c3 hc hc hc hc hc hc"),
        ("CSC", "c3 ss c3 hc hc hc hc hc hc"),
        ("CS", "c3 sh hc hc hc hs"),
        ("C=CC=C", "c2 ce ce c2 ha ha ha ha ha ha"),
        ("c1ccsc1", "cc cd cd ss cc ha ha ha ha"),
        ("Nc1ccccc1", "nv ca ca ca ca ca ca hn hn ha ha ha ha ha"),
        ("c1ccncc1", "ca ca ca nb ca ca ha ha h4 h4 ha"),
        ("C[N+](C)(C)C", "c3 n4 c3 c3 c3 hx hx hx hx hx hx hx hx hx hx hx hx"),
        ("ClC(Cl)Cl", "cl c3 cl cl h3"),
        ("CP(C)C", "c3 p3 c3 c3 hc hc hc hc hc hc hc hc hc"),
        ("COP(=O)(OC)OC", "c3 os p5 o os c3 os c3 h1 h1 h1 h1 h1 h1 h1 h1 h1"),
    ],
)
def test_types_of_known_molecules(smiles: str, types: str) -> None:
    assert Counter(atom_types(whole(smiles).graph)) == Counter(types.split())


def test_two_rings_on_a_bond() -> None:
    types = Counter(atom_types(whole("c1ccc(-c2ccccc2)cc1").graph))
    assert types["cp"] == 2
    assert types["ca"] == 10


@pytest.mark.parametrize(("smiles", "reason"), [("C[Si](C)(C)C", "Si with 4 bonds"), ("F", "H with 1 bond ")])
def test_an_atom_without_a_type_is_named(smiles: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        atom_types(whole(smiles).graph)


@pytest.mark.parametrize(
    "unit", ["*CC*", "*C(F)(F)*", "*CC(*)c1ccccc1", "*Oc1ccc(*)cc1", "*c1cccc(*)c1", "*N=P(*)(OC)OC", "*CC[N+](C)(C)*"]
)
def test_a_unit_has_the_types_and_charges_of_the_ring_of_ten(unit: str) -> None:
    unit_, ring = one_unit(unit), whole(cyclic_oligomer(unit))
    assert counted_types(ring) == {t: n * UNITS for t, n in counted_types(unit_).items()}
    charges = sorted(q for q, counts in zip(unit_.charges, unit_.counts, strict=True) if counts)
    np.testing.assert_allclose(sorted(ring.charges), np.repeat(charges, UNITS), atol=1e-9)


@pytest.mark.parametrize("unit", ["*c1ccc(*)s1", "*C=C*", "*C=Cc1ccc(*)cc1", "*c1ccc2ccccc2c1*", "*C(*)=C", "*OC=CC*"])
def test_ten_units_are_the_ring_of_ten(unit: str) -> None:
    ten, ring = ten_units(unit, one_unit(unit)), whole(cyclic_oligomer(unit))
    assert len(ten.masses) == len(ring.masses)
    assert len(ten.bonds) == len(ring.bonds)
    assert Counter(ten.graph.element) == Counter(ring.graph.element)
    assert all(ten.counts)
    np.testing.assert_allclose(sorted(ten.charges), sorted(ring.charges), atol=1e-9)
    degrees = Counter((e, ten.graph.degree(i), ten.graph.hydrogens(i)) for i, e in enumerate(ten.graph.element))
    assert degrees == Counter(
        (e, ring.graph.degree(i), ring.graph.hydrogens(i)) for i, e in enumerate(ring.graph.element)
    )


def test_alternating_types_are_recognised() -> None:
    assert alternates(atom_types(one_unit("*c1ccc(*)s1").graph))
    assert not alternates(atom_types(one_unit("*CC(*)c1ccccc1").graph))


def test_a_long_backbone_of_rings_needs_no_ring_search() -> None:
    unit = "*" + "Oc1ccc(cc1)" * 8 + "*"
    types = counted_types(one_unit(unit))
    assert types["ca"] == 48
    assert types["os"] == 8
