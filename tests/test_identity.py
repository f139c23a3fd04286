"""Identities: equal materials are equal however they are spelt, different ones differ."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.identity import KINDS, Kind, canonical, elements
from simworth.spellings import random_smiles, reordered_formula, respell, shifted_unit

SAME: list[tuple[Kind, list[str]]] = [
    ("composition", ["Fe2O3", "O3Fe2", "Fe4O6", "(FeO1.5)2", "Fe₂O₃", " Fe2O3 ", "Fe0.4O0.6"]),
    ("composition", ["Ag(AuS)2", "AgAu2S2", "S2Au2Ag1"]),
    ("composition", ["FeNi", "Fe0.5Ni0.5", "Ni2Fe2", "(Fe0.5Ni0.5)3"]),
    ("composition", ["K4[Fe(CN)6]", "K4Fe(CN)6", "C6N6FeK4"]),
    ("composition", ["CuSO4·5H2O", "CuSO4(H2O)5", "CuSO4•5H2O", "CuSO9H10"]),
    ("molecule", ["CCO", "OCC", "C(O)C", "[CH3][CH2][OH]"]),
    ("molecule", ["c1ccccc1", "C1=CC=CC=C1"]),
    ("molecule", ["C[C@H](N)C(=O)O", "N[C@@H](C)C(O)=O"]),
    ("molecule", ["[H]C(Cl)(Cl)Cl", "ClC(Cl)Cl"]),
    (
        "polymer",
        ["*CCO*", "*COC*", "*OCC*", "*CCOCCO*", "[*]CCO[*]", "C(*)CO*", "*COCCOCCOC*", "[*:1]CCO[*:2]"],
    ),
    ("polymer", ["*C*", "*CC*", "*CCCCC*"]),
    ("polymer", ["*CC(C)*", "*C(C)C*", "CC(*)C*"]),
    ("polymer", ["*NCCCCCC(=O)*", "*C(=O)NCCCCC*", "*CCCC(=O)NCC*"]),
    ("polymer", ["*c1ccc(*)cc1", "*c1ccc(-c2ccc(*)cc2)cc1"]),
    ("polymer", ["*C/C=C/C*", "*/C=C/CC*", "*CC/C=C/*", "*C/C=C/CC/C=C/C*"]),
    ("polymer", [r"*C/C=C(\Cl)C*", r"*CC/C=C(\Cl)*"]),
    ("polymer", ["*C=C*", "*=CC=*", "*C=CC=C*"]),
    ("polymer", ["*[C@H](C)C*", "*C[C@H](C)*", "*C[C@@H](C)*"]),
    ("polymer", ["*[C@H](C)*", "*[C@@H](C)*"]),
    (
        "polymer",  # poly(L-lactic acid): seen from the oxygen, H, CH3 and C=O stand clockwise
        [
            "*O[C@@H](C)C(=O)*",
            "*[C@@H](C)C(=O)O*",
            "*C(=O)O[C@@H](C)*",
            "*C(=O)[C@H](C)O*",
            "*O[C@H](C(=O)*)C",
        ],
    ),
    ("features", ["a b", " a b "]),
]

DIFFERENT: list[tuple[Kind, list[str]]] = [
    ("composition", ["Fe2O3", "Fe3O4", "FeO", "Fe0.333Ni0.667", "FeNi2", "H2O", "D2O", "Co", "CO"]),
    ("molecule", ["CCO", "COC", "C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "CC(N)C(=O)O", "C/C=C/C", r"C/C=C\C"]),
    (
        "polymer",
        [
            "*CCO*",
            "*CO*",
            "*CC(C)*",
            "*CC(C)C(C)C*",
            "*C(*)C",
            "*C[C@H](C)*",
            "*C[C@H](C)C[C@@H](C)*",
            "*C/C=C/C*",
            r"*C/C=C\C*",
            "*CC=CC*",
            "*c1cccc(*)c1",
            "*c1ccc(*)cc1",
            "*C=C*",
            "*CC(=O)NC*",
            "*O[C@@H](C)C(=O)*",
            "*O[C@H](C)C(=O)*",
            "*OC(C)C(=O)*",
        ],
    ),
    ("features", ["a", "A", "a b", "a  b"]),
]

UNREADABLE: list[tuple[Kind, str]] = [
    *(("composition", t) for t in ("", "Xx2", "fe2o3", "2", "6H2O", "Fe2O3@5", "SO4-2", "EtOH", "[13C]O2", "((Fe")),
    *(("composition", t) for t in ("CuSO4.5H2O", "Na+", "nan", "H0", "Fe,O", "10.5%wt Fe//Ni", "aa:G.", "Fe.", "1.5")),
    *(("molecule", t) for t in ("", "C1CC", "hello", "*CC*", "C(C)(C)(C)(C)C", "CC(")),
    *(("polymer", t) for t in ("", "CC", "*CC", "*CC*C*", "**", "*C.C*", "*C(*)(", "*1CC*1", "*=CC*", "*=C=*", "*H*")),
    ("features", "  "),
]


@pytest.mark.parametrize(("kind", "spellings"), SAME)
def test_the_same_material(kind: Kind, spellings: list[str]) -> None:
    found = {canonical(kind, s) for s in spellings}
    assert len(found) == 1
    assert None not in found


@pytest.mark.parametrize(("kind", "texts"), DIFFERENT)
def test_different_materials(kind: Kind, texts: list[str]) -> None:
    for a, b in itertools.combinations(texts, 2):
        assert canonical(kind, a) is not None
        assert canonical(kind, a) != canonical(kind, b), (a, b)


@pytest.mark.parametrize(("kind", "text"), UNREADABLE)
def test_unreadable(kind: Kind, text: str) -> None:
    assert canonical(kind, text) is None


@pytest.mark.parametrize(("kind", "spellings"), SAME)
def test_an_identity_is_its_own_identity(kind: Kind, spellings: list[str]) -> None:
    found = canonical(kind, spellings[0])
    assert found is not None
    assert canonical(kind, found) == found


def test_the_same_text_every_time() -> None:
    """RDKit's molzip would keep a configuration between conjugated double bonds in some runs only."""
    assert {canonical("polymer", r"*C/C=C\C=C/*") for _ in range(50)} == {r"*/C=C\C=C/C*"}


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InputError, match=r"kind 'crystal' is not known; use one of " + ", ".join(KINDS)):
        canonical("crystal", "NaCl")  # type: ignore[arg-type]


def test_elements() -> None:
    assert elements("Fe2O3") == {"Fe": 2.0, "O": 3.0}
    assert list(elements("O3(Fe0.5)4")) == ["Fe", "O"]
    assert elements("Li1.2Ni0.8O2") == {"Li": 1.2, "Ni": 0.8, "O": 2.0}
    with pytest.raises(InputError, match="'Xx' cannot be read; give a chemical formula"):
        elements("Xx")


ELEMENTS = [
    "H",
    "Li",
    "B",
    "C",
    "N",
    "O",
    "F",
    "Na",
    "Mg",
    "Si",
    "P",
    "S",
    "Cl",
    "Co",
    "Ni",
    "Cu",
    "Zn",
    "In",
    "U",
]
MOLECULES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
    "C[C@H](N)C(=O)O",
    "C/C=C/C#N",
    r"F/C=C\Cl",
    "O=[N+]([O-])c1ccc(Cl)cc1",
    "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O",
    "C1CC2CCC1C2",
    "FC(F)(F)S(=O)(=O)O",
]
ENDS = [
    "C",
    "O",
    "N",
    "S",
    "C(=O)",
    "c1ccc(cc1)",
    "C(C)",
    "C(C)(C)",
    "[Si](C)(C)",
    "C1CCC(CC1)",
    "C=C",
    "S(=O)(=O)",
]


@given(
    st.dictionaries(st.sampled_from(ELEMENTS), st.integers(1, 40), min_size=1, max_size=6),
    st.integers(0, 10**6),
)
def test_any_order_of_elements(amounts: dict[str, int], seed: int) -> None:
    formula = "".join(f"{e}{n}" for e, n in amounts.items())
    other = reordered_formula(formula, seed)
    assert canonical("composition", other) == canonical("composition", formula) is not None


@given(st.sampled_from(MOLECULES), st.integers(0, 10**6))
def test_any_spelling_of_a_molecule(smiles: str, seed: int) -> None:
    assert canonical("molecule", random_smiles(smiles, seed)) == canonical("molecule", smiles) is not None


@given(st.lists(st.sampled_from(ENDS), min_size=1, max_size=6), st.integers(0, 10**6))
def test_any_cut_of_a_chain(parts: list[str], seed: int) -> None:
    """Rotating, repeating, reversing and cutting inside a part leave the chain the same."""
    unit = f"*{''.join(parts)}*"
    expected = canonical("polymer", unit)
    assert expected is not None
    chance = random.Random(seed)
    shift = chance.randrange(len(parts))
    rotated = (parts[shift:] + parts[:shift]) * chance.randint(1, 3)
    assert canonical("polymer", f"*{''.join(rotated)}*") == expected
    assert canonical("polymer", shifted_unit(unit, seed)) == expected


STEREO_UNITS = [
    "*[C@H](C)[C@@H](F)C*",
    r"*C/C=C\C=C/*",
    "*C1CC[C@@H](*)C1",
    "*[C@H]1CC[C@@H](*)C1",
    "*C[C@H](C)C[C@@H](C)*",
    r"*/C=C\C=C/*",
    "*O[C@H]1[C@H](O)[C@@H](O)[C@H](*)O[C@@H]1CO",
]


@given(st.sampled_from(STEREO_UNITS), st.integers(0, 10**6))
def test_any_cut_keeps_stereochemistry(unit: str, seed: int) -> None:
    assert canonical("polymer", shifted_unit(unit, seed)) == canonical("polymer", unit) is not None


def test_respell_by_kind() -> None:
    assert respell("molecule", "CCO", 1) == random_smiles("CCO", 1)
    assert respell("composition", "Fe2O3", 1) == reordered_formula("Fe2O3", 1)
    assert respell("polymer", "*CCO*", 1) == shifted_unit("*CCO*", 1)
    with pytest.raises(InputError, match="one spelling only"):
        respell("features", "a", 1)


@pytest.mark.parametrize(("kind", "text"), [("molecule", "C1CC"), ("composition", "Xx"), ("polymer", "*CC")])
def test_respelling_the_unreadable(kind: Kind, text: str) -> None:
    with pytest.raises(InputError, match="cannot be read; give "):
        respell(kind, text, 0)
