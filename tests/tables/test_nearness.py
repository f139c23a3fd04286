"""Near relatives: known truths of every kind of material, and what must hold for any."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.identity import Kind
from simworth.spellings import respell
from simworth.tables import NEARNESS, SAME, Nearness, PropertyTable, nearby, nearby_within, overlapping, read_table
from simworth.tables.nearkeys import bare_name
from simworth.tables.nearness import near_families
from simworth.tables.relatives import strip, tautomers
from simworth.tables.rounding import rounded_pairs

POOL: dict[Kind, list[str]] = {
    "molecule": ["CC(=O)Oc1ccccc1C(=O)O", "CCO", "C[C@H](N)C(=O)O", "F/C=C/F", "[Na+].CC(=O)[O-]", "Oc1ccccn1", "CCl"],
    "composition": ["Fe2O3", "NaCl", "Li1.2Ni0.8O2", "FeNi2", "CuSO4·5H2O", "D2O", "Zr0.412Ti0.138Cu0.45"],
    "polymer": ["*CC(c1ccccc1)*", "*CCO*", "*C/C=C/C*", "*C[C@H](C)*", "*NCCCCCC(=O)*", "*CC(C(=O)O)*"],
}


def made(name: str, kind: Kind, materials: Sequence[str], **more: Sequence[object]) -> PropertyTable:
    columns: dict[str, object] = {"m": list(materials), "p": [float(i) for i in range(len(materials))], **more}
    if kind == "pair":
        parts = [m.split("|") for m in materials]
        columns |= {"m": [p[0] for p in parts], "s": [p[1] for p in parts], "T": [float(p[2]) for p in parts]}
        how = {"partner": "s", "temperature": "T"}
    else:
        how = {}
    features = [c for c in more if c.startswith("x")]
    keep = [c for c in more if not c.startswith("x")]
    return read_table(
        pa.table(columns), kind=kind, material="m", properties={"p": ("p", "1")}, name=name, features=features,
        keep=keep, **how,  # type: ignore[arg-type]
    )  # fmt: skip


def kinds_of(kind: Kind, one: str, other: str) -> list[Nearness]:
    """How two materials are near, found in either direction."""
    found = nearby(made("a", kind, [one]), made("b", kind, [other]))
    back = nearby(made("b", kind, [other]), made("a", kind, [one]))
    assert found.codes.tolist() == back.codes.tolist()
    return [NEARNESS[c] for c in found.codes]


@pytest.mark.parametrize(
    ("kind", "one", "other", "nearness"),
    [
        ("molecule", "OCC", "CCO", "same"),
        ("molecule", "C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "stereo"),
        ("molecule", "CC=CC", "C/C=C\\C", "stereo"),
        ("molecule", "[2H]C([2H])([2H])O", "CO", "isotope"),
        ("molecule", "[Na+].CC(=O)[O-]", "CC(=O)O", "salt"),
        ("molecule", "CC[NH3+]", "CCN", "salt"),
        ("molecule", "Cl.C[C@H](N)C(=O)O", "CC(N)C(=O)O", "salt"),
        ("molecule", "O.CCO", "CCO", "salt"),
        ("molecule", "CC(=O)CC(C)=O", "CC(O)=CC(C)=O", "tautomer"),
        ("molecule", "Oc1ccccn1", "O=c1cccc[nH]1", "tautomer"),
        ("composition", "Fe0.333Ni0.667", "FeNi2", "rounding"),
        ("composition", "Fe33Co33Ni34", "FeCoNi", "rounding"),
        ("composition", "Li0.33La0.56TiO3", "Li3La5Ti9O27", "rounding"),
        ("composition", "Al0.14Ga0.86", "AlGa6", "rounding"),
        ("composition", "D2O", "H2O", "isotope"),
        ("polymer", "*CCOCCO*", "*COC*", "same"),
        ("polymer", "*C/C=C/C*", "*C/C=C\\C*", "stereo"),
        ("polymer", "*C[C@H](C)C[C@@H](C)*", "*CC(C)*", "stereo"),
        ("polymer", "*C([2H])C*", "*CC*", "isotope"),
        ("polymer", "*CC(C(=O)[O-])*", "*CC(C(=O)O)*", "salt"),
        ("polymer", "*CC(O)=CC*", "*CC(=O)CC*", "tautomer"),
        ("pair", "*CCO*|CCO|300", "*COC*|OCC|300", "same"),
        ("pair", "*CCO*|CCO|300", "*CCO*|CCO|350", "condition"),
        ("pair", "*C/C=C/C*|CCO|300", "*CC=CC*|CCO|350", "stereo"),
        ("pair", "*CC(O)=CC*|O=c1cccc[nH]1|300", "*CC(=O)CC*|Oc1ccccn1|300", "tautomer"),
    ],
)
def test_relatives_are_found(kind: Kind, one: str, other: str, nearness: Nearness) -> None:
    assert kinds_of(kind, one, other) == [nearness]


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("molecule", "CCO", "CCCO"),
        ("molecule", "c1ccccc1C", "c1ccccc1Cl"),
        ("molecule", "CCC(C)=O", "CCCC=O"),  # isomers of one formula
        ("molecule", "CCCC[n+]1ccn(C)c1.F[P-](F)(F)(F)(F)F", "CCCC[n+]1ccn(C)c1.F[B-](F)(F)F"),  # two ionic liquids
        ("molecule", "[Na+].[Cl-]", "[K+].[Cl-]"),
        ("composition", "Al0.3Ga0.7As", "Al0.32Ga0.68As"),
        ("composition", "Al0.30Ga0.70As", "Al0.31Ga0.69As"),
        ("composition", "Al12Mg17", "Al2Mg3"),
        ("composition", "Fe3O4", "Fe2O3"),
        ("composition", "FeNi2", "FeCo2"),
        ("polymer", "*CC(C)*", "*CCC*"),
        ("polymer", "*CC(C)*", "*CC(CC)*"),
        ("pair", "*CCO*|CCO|300", "*CCO*|CCCO|300"),
    ],
)
def test_look_alikes_are_left_alone(kind: Kind, one: str, other: str) -> None:
    assert kinds_of(kind, one, other) == []


def test_names_numbers_and_entries() -> None:
    names = ["Sample A 1", "sample_a-1", "x -1", "x 1", "Poly (ethylene)", "poly-ethylene"]
    assert [bare_name(n) for n in names] == ["samplea1", "samplea1", "x-1", "x1", "polyethylene", "polyethylene"]
    one = made("a", "features", ["Alloy 1", "b", "c"], x1=[0.1, 2.0, 3.0], x2=[1.0, 5.0, 6.0], id=["m-1", "m-2", None])
    two = made(
        "b", "features", ["alloy_1", "new", "third"], x1=[9.0, 2.0, 8.0], x2=[9.0, 5.0, 8.0], id=["z", "q", "M-1"]
    )
    found = nearby(one, two, entry=("id", "id"))
    assert [(r["nearness"], r["source_material"], r["target_material"]) for r in found.rows()] == [
        ("name", "Alloy 1", "alloy_1"),
        ("description", "b", "new"),
        ("entry", "Alloy 1", "third"),
    ]
    assert found.counts() == {"name": 1, "description": 1, "entry": 1}
    with pytest.raises(InputError, match="has no column 'nr' of entries"):
        nearby(one, two, entry=("nr", "id"))


def test_numbers_that_many_share_name_nobody() -> None:
    many = made("a", "features", [f"m{i}" for i in range(8)], x1=[1.0] * 8)
    assert len(nearby(many, made("b", "features", ["other"], x1=[1.0]))) == 0


def test_report_names_rows_and_the_closest_kind_alone() -> None:
    source = made("computed", "molecule", ["OCC", "C[C@H](N)C(=O)O", "CC(N)C(=O)O", "C"])
    target = made("measured", "molecule", ["CCO", "C[C@@H](N)C(=O)O", "CCN"])
    found = nearby(source, target)
    assert found.counts() == {"same": 1, "stereo": 1}
    assert len(found) == 3
    assert found.in_source([1]).tolist() == [1, 2]
    assert found.in_source([2]).tolist() == []
    assert found.sentence() == (
        "2 of 3 materials of measured are the same as or near to a material of computed: 1 the same material, however "
        "it is spelt; 1 the same but for stereochemistry; such as 'C[C@@H](N)C(=O)O' (row 2 of measured) and "
        "'C[C@H](N)C(=O)O' (row 2 of computed), 'C[C@@H](N)C(=O)O' (row 2 of measured) and 'CC(N)C(=O)O' (row 3 of "
        "computed)"
    )
    assert nearby(source, made("t", "molecule", ["CCS"])).sentence() == (
        "no material of t is the same as or near to a material of computed"
    )


def test_within_one_table() -> None:
    table = made("t", "composition", ["FeNi2", "Fe0.333Ni0.667", "NaCl", "Fe0.33Ni0.67"])
    found = nearby_within(table)
    assert sorted(zip(found.source_places.tolist(), found.target_places.tolist(), strict=True)) == [
        (0, 1), (0, 3), (1, 3)
    ]  # fmt: skip
    assert near_families(table)[0] == near_families(table)[1] == near_families(table)[3]
    assert len(set(near_families(table))) == 2


def test_kinds_must_agree() -> None:
    with pytest.raises(InputError, match="give both the same kind"):
        nearby(made("a", "composition", ["CO"]), made("b", "molecule", ["CO"]))


@pytest.mark.parametrize("kind", list(POOL))
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_a_spelling_is_the_same_and_near_contains_overlap(kind: Kind, data: st.DataObject) -> None:
    texts = data.draw(st.lists(st.sampled_from(POOL[kind]), min_size=1, max_size=5, unique=True))
    others = data.draw(st.lists(st.sampled_from(POOL[kind]), min_size=1, max_size=5, unique=True))
    seed = data.draw(st.integers(0, 10**6))
    source, target = made("a", kind, [respell(kind, t, seed) for t in texts]), made("b", kind, others)
    found, exact = nearby(source, target), overlapping(source, target)
    same = found.only(SAME)
    assert np.array_equal(same.source_places, exact.source_places)
    assert np.array_equal(same.target_places, exact.target_places)
    assert {source.identities[i] for i in same.source_places} == set(source.identities) & set(target.identities)
    again = nearby(made("a", kind, texts), target)
    assert set(again.target_places.tolist()) >= set(same.target_places.tolist())


@pytest.mark.parametrize("kind", ["molecule", "polymer"])
def test_stripping_twice_changes_nothing(kind: Kind) -> None:
    for identity in made("t", kind, POOL[kind]).identities:
        bare = strip(identity)
        assert strip(bare.salt) == (bare.salt,) * 3


@settings(deadline=None, max_examples=60)
@given(
    amounts=st.lists(st.integers(1, 40), min_size=2, max_size=4),
    digits=st.integers(3, 5),
)
def test_any_formula_is_found_by_its_rounded_fractions(amounts: list[int], digits: int) -> None:
    symbols = ["Al", "Cu", "Fe", "Ni"][: len(amounts)]
    whole = "".join(f"{e}{a}" for e, a in zip(symbols, amounts, strict=True))
    total = sum(amounts)
    written = "".join(f"{e}{a / total:.{digits}f}" for e, a in zip(symbols, amounts, strict=True))
    one, two = made("a", "composition", [written]), made("b", "composition", [whole])
    assert len(nearby(one, two)) == len(nearby(two, one)) == 1


@settings(deadline=None, max_examples=60)
@given(x=st.integers(5, 95), step=st.integers(1, 4))
def test_a_series_written_to_one_digit_is_told_apart(x: int, step: int) -> None:
    one, two = f"Al0.{x:02}Ga0.{100 - x:02}As", f"Al0.{min(x + step, 99):02}Ga0.{max(100 - x - step, 1):02}As"
    from simworth.formulas import reduced_formula

    first, second = rounded_pairs([str(reduced_formula(one))], [one], [str(reduced_formula(two))], [two])
    assert len(first) == len(second) == 0


def test_tautomers_are_compared_where_asked_alone() -> None:
    texts = ["CC(=O)CC(C)=O", "CC(O)=CC(C)=O", "Oc1ccccn1"]
    assert set(tautomers(texts)) == set(texts[:2])
    assert tautomers(texts, lambda places: False) == {}
