"""Counts of what materials are made of: known ones, what adds up, and the same bits in any company."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simworth.errors import InputError, MissingExtraError
from simworth.features import cache, counts_molecules
from simworth.features.counts import Counts, Vocabulary, counted, no_counts, table_counts, vocabulary_of
from simworth.features.counts_compositions import composition_rows
from simworth.features.counts_keys import ENVIRONMENT, SOLVENT, Rows, name_of
from simworth.features.counts_molecules import molecule_rows, polymer_rows
from simworth.identity import Kind, canonical
from simworth.spellings import random_smiles
from simworth.tables import PropertyColumn, PropertyTable, read_table

MOLECULES = [
    "C",
    "CC",
    "CCO",
    "c1ccccc1",
    "C[N+](=O)[O-]",
    "CC(=O)[O-].[Na+]",
    "C[Si](C)(C)C",
    "[H]/N=C(/C)O",
    "CC(N)=O",
]
CHAINS = ["C" * k + end for k in range(1, 12) for end in ("", "O", "N", "F")]


def named(rows: Rows, environments: bool = False) -> list[dict[str, float]]:
    """Each row's counts by name."""
    names = np.array([name_of(k) for k in rows.keys.tolist()], dtype=object)
    kept = np.array([environments or "environment" not in n for n in names], dtype=bool)
    cells = [slice(a, b) for a, b in zip(rows.start, rows.start[1:], strict=False)]
    return [dict(zip(names[c][kept[c]], rows.counts[c][kept[c]].tolist(), strict=True)) for c in cells]


def molecule(smiles: str) -> dict[str, float]:
    return named(molecule_rows([smiles]))[0]


def unit(smiles: str) -> dict[str, float]:
    return named(polymer_rows([smiles]), environments=True)[0]


def same(one: Counts, other: Counts) -> bool:
    return all(
        a.tobytes() == b.tobytes()
        for a, b in (
            (one.small, other.small), (one.size, other.size), (one.wide.data, other.wide.data),
            (one.wide.indices, other.wide.indices), (one.wide.indptr, other.wide.indptr),
        )
    )  # fmt: skip


def test_counts_of_known_molecules() -> None:
    assert molecule("C") == {"H": 4, "C": 1, "C, 4 H, degree 0": 1, "H–C single": 4, "heavy atoms": 1}
    assert molecule("c1ccccc1") == {
        "H": 6, "C": 6, "aromatic C, 1 H, degree 2": 6, "H–C single": 6, "C–C aromatic": 6, "aromatic ring of 6": 1,
        "heavy atoms": 6, "conjugated bonds": 6,
    }  # fmt: skip
    assert molecule("CCO") == {
        "H": 6, "C": 2, "O": 1, "C, 3 H, degree 1": 1, "C, 2 H, degree 2": 1, "O, 1 H, degree 1": 1, "H–C single": 5,
        "H–O single": 1, "C–C single": 1, "C–O single": 1, "heavy atoms": 3,
    }  # fmt: skip


def test_charges_orders_parts_and_rings_are_told() -> None:
    salt = molecule("CC(=O)[O-].[Na+]")
    assert salt["further parts"] == salt["C–O double"] == salt["O, 0 H, degree 1, charge -1"] == 1
    assert salt["Na, 0 H, degree 0, charge +1"] == 1
    assert molecule("C#N")["C–N triple"] == 1
    assert molecule("CCCC")["rotatable bonds"] == 1
    rings = molecule("C1CC1CC2CCCCCCCCCCC2")
    assert rings["ring of 3"] == rings["ring of 9 or more"] == 1
    biphenylene = molecule("c1ccc2c(c1)c1ccccc21")
    assert (biphenylene["aromatic ring of 6"], biphenylene["ring of 4"]) == (2, 1)


def test_hydrogens_count_alike_whether_or_not_they_are_written() -> None:
    """An imine keeps its hydrogen as an atom, to tell its geometry."""
    written, plain = (named(molecule_rows([s]), environments=True)[0] for s in ("[H]/N=C(/C)O", "N=C(C)O"))
    assert written == plain
    assert molecule("[H][H]") == {"H": 2, "H, 0 H, degree 1": 2, "H–H single": 1}
    assert counted("molecule", ["[H][H]"], vocabulary_of("molecule", [])).size.tolist() == [1]


@given(st.integers(1, 25))
def test_each_further_methylene_adds_the_same(carbons: int) -> None:
    small, large = molecule("C" * (carbons + 2)), molecule("C" * (carbons + 3))
    added = {name: n - small.get(name, 0) for name, n in large.items() if n != small.get(name, 0)}
    assert added == {
        "H": 2, "C": 1, "C, 2 H, degree 2": 1, "H–C single": 2, "C–C single": 1, "heavy atoms": 1, "rotatable bonds": 1,
    }  # fmt: skip


@given(st.sampled_from(MOLECULES), st.integers(0, 50))
def test_atoms_are_those_of_their_types_whatever_the_spelling(smiles: str, seed: int) -> None:
    found = molecule(smiles)
    heavy = {n: v for n, v in found.items() if ", " in n}
    assert sum(heavy.values()) == found["heavy atoms"]
    assert sum(v * int(n.split(", ")[1].split()[0]) for n, v in heavy.items()) == found.get("H", 0)
    spelling = random_smiles(smiles, seed)
    assert named(molecule_rows([str(canonical("molecule", str(spelling)))]), True) == named(
        molecule_rows([smiles]), True
    )


@pytest.mark.parametrize(
    ("labelled", "plain"),
    [("[2H]C([2H])([2H])O", "CO"), ("[13CH3][CH2:4]O", "CCO"), ("C[C@H]([2H])O", "CCO"), ("[2H]O[2H]", "O")],
)
def test_an_isotope_is_its_element(labelled: str, plain: str) -> None:
    one, other = molecule_rows([str(canonical("molecule", labelled))]), molecule_rows([plain])
    assert named(one, environments=True) == named(other, environments=True)
    assert named(composition_rows(["D2O"])) == named(composition_rows(["H2O"]))


def test_a_repeat_unit_is_counted_a_unit() -> None:
    assert {n: v for n, v in unit("*CCO*").items() if "environment" not in n} == {
        "H": 4, "C": 2, "O": 1, "C, 2 H, degree 2": 2, "O, 0 H, degree 2": 1, "H–C single": 4, "C–C single": 1,
        "C–O single": 2, "heavy atoms": 3, "backbone atoms": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("*CCO*", "*COC*"),
        ("*CC(C)*", "*C(C)C*"),
        ("*CCO*", "*CCOCCO*"),
        ("*Oc1ccc(-c2ccc(*)cc2)cc1", "*c1ccc(Oc2ccc(*)cc2)cc1"),
        ("*CCO*", "*[13CH2]CO*"),
        ("*CCO*", "*[13CH2]COCCO*"),
    ],
)
def test_where_a_chain_is_cut_and_how_many_units_are_drawn_do_not_matter(one: str, other: str) -> None:
    assert unit(str(canonical("polymer", one))) == unit(str(canonical("polymer", other)))


def test_the_ring_of_units_is_no_ring_of_the_polymer() -> None:
    """RDKit finds thousands of equally short ways round a ring of biphenyls."""
    found = unit("*Oc1ccc(-c2ccc(*)cc2)cc1")
    assert {n: v for n, v in found.items() if "ring of" in n} == {"aromatic ring of 6": 2}
    assert found["backbone atoms"] == 9
    many = unit(f"*O{'c1ccc(cc1)' * 9}*")
    assert many["aromatic ring of 6"] == 9
    assert (many["C"], many["O"], many["heavy atoms"]) == (54, 1, 55)


def test_a_smaller_ring_has_the_counts_of_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = unit("*CCOC(=O)CCCCC(=O)O*")
    for units in (1, 4):
        monkeypatch.setattr("simworth.features.polymers.ring_units", lambda ways, units=units: units)
        assert unit("*CCOC(=O)CCCCC(=O)O*") == pytest.approx(usual, rel=1e-6)


def test_compositions_are_fractions_and_roots_of_their_products() -> None:
    oxide, metal = named(composition_rows(["Fe2O3", "Cu"]))
    assert oxide == pytest.approx({"Fe": 0.4, "O": 0.6, "O with Fe": np.sqrt(0.24)})
    assert metal == {"Cu": 1}


@given(st.dictionaries(st.sampled_from(["Fe", "O", "Na", "Cl", "U"]), st.integers(1, 9), min_size=1))
def test_a_row_of_a_composition_has_every_two_elements(amounts: dict[str, int]) -> None:
    text = "".join(f"{e}{n}" for e, n in amounts.items())
    [row] = named(composition_rows([text]))
    [turned, _] = named(composition_rows([str(canonical("composition", text)), "Fe2O3"]))
    assert row == pytest.approx(turned, rel=1e-6)
    assert len(row) == len(amounts) * (len(amounts) + 1) // 2
    assert sum(v for n, v in row.items() if "with" not in n) == pytest.approx(1)
    assert sum(v**2 for n, v in row.items() if "with" not in n) + 2 * sum(
        v**2 for n, v in row.items() if "with" in n
    ) == pytest.approx(1, rel=1e-5)


def test_an_element_outside_the_table_is_named() -> None:
    with pytest.raises(InputError, match="composition 2"):
        composition_rows(["Fe", "Og"])


def test_a_vocabulary_holds_what_three_materials_have() -> None:
    found = vocabulary_of("molecule", ["CO", "CCO", "CCCO", "CN", "CCN", "CN", "CN"])
    names = [name_of(k) for k in found.small.tolist()]
    assert {"C", "H", "O", "C–O single", "heavy atoms"} <= set(names)
    assert not {"N", "C–N single"} & set(names)  # a material counts once, however often it is given
    assert np.all(np.diff(found.small.astype(object)) > 0)
    assert np.all(np.diff(found.wide.astype(object)) > 0)
    assert set(found.small.tolist()) == {k for k in found.wide.tolist() if k < ENVIRONMENT}
    assert len(found.wide) > len(found.small)
    assert found.wide.dtype == np.uint64
    roots = vocabulary_of("composition", ["FeO", "Fe2O3", "Fe3O4", "NaCl"])
    assert [name_of(k) for k in roots.small.tolist()] == ["O", "Fe"]
    assert [name_of(k) for k in roots.wide.tolist()] == ["O", "Fe", "O with Fe"]


def test_what_is_outside_the_vocabulary_is_left_out() -> None:
    vocabulary = vocabulary_of("molecule", ["C", "CC", "CCC"])
    found = counted("molecule", ["CCO", "O"], vocabulary)
    by_name = dict(zip([name_of(k) for k in vocabulary.small.tolist()], found.small.T.tolist(), strict=True))
    assert by_name["C"] == [2, 0]
    assert by_name["H"] == [6, 2]
    assert "O" not in by_name
    assert found.size.tolist() == [3, 1]
    assert found.small.dtype == found.wide.dtype == found.size.dtype == np.float32


@pytest.mark.parametrize(
    ("kind", "identities"),
    [
        ("molecule", MOLECULES),
        ("polymer", ["*CC*", "*CCO*", "*CC(*)c1ccccc1", "*CC(C)*"]),
        ("composition", ["Fe2O3", "FeO", "NaCl", "ClFeO", "U"]),
        ("pair", ["*CC*|O|300.00 K", "*CC*|CCO|300.00 K", "*CCO*|O|300.00 K", "*CCO*|O", "*CO*|CCO"]),
    ],
)
def test_a_row_depends_on_its_identity_alone(kind: Kind, identities: list[str]) -> None:
    vocabulary = vocabulary_of(kind, identities * 2)
    together = counted(kind, identities, vocabulary)
    assert together.wide.shape == (len(identities), len(vocabulary.wide))
    shared = np.searchsorted(vocabulary.wide, vocabulary.small)
    np.testing.assert_array_equal(together.wide.toarray()[:, shared], together.small)
    turned = counted(kind, [*identities[::-1], identities[0]], vocabulary)
    for i, identity in enumerate(identities):
        alone = counted(kind, [identity], vocabulary)
        assert same(alone, together.take(np.array([i])))
        assert same(alone, turned.take(np.array([len(identities) - 1 - i])))
    assert same(turned.take(np.array([0])), counted(kind, identities[-1:], vocabulary))


def test_a_pair_has_the_counts_of_both_sides() -> None:
    polymers, solvents = ["*CC*", "*CCO*", "*CCOCO*", "*CO*"], ["CO", "CCO", "CCCO"]
    pairs = [f"{p}|{s}|{t:.2f} K" for p in polymers for s in solvents for t in (300, 310)]
    vocabulary = vocabulary_of("pair", pairs)
    found = counted("pair", pairs, vocabulary)
    left = vocabulary.wide & np.uint64(SOLVENT) == 0
    assert {"C", "O", "solvent: C", "solvent: O"} <= {name_of(k) for k in vocabulary.small.tolist()}
    for side, kind, part in ((left, "polymer", 0), (~left, "molecule", 1)):
        own = Vocabulary(vocabulary.small[:0], vocabulary.wide[side] & ~np.uint64(SOLVENT))
        alone = counted(kind, [p.split("|")[part] for p in pairs], own)  # type: ignore[arg-type]
        np.testing.assert_array_equal(found.wide.toarray()[:, side], alone.wide.toarray())
    np.testing.assert_array_equal(found.wide.toarray()[::2], found.wide.toarray()[1::2])  # at another temperature
    assert found.size.tolist() == [1] * len(pairs)
    # What one polymer has, in whatever many pairs, is no column.
    lonely = vocabulary_of("pair", [f"*CC(Cl)*|{s}" for s in solvents])
    assert [name_of(k) for k in lonely.small.tolist() if not k & SOLVENT] == []


def table(kind: Kind, materials: list[str], features: tuple[str, ...] = ()) -> PropertyTable:
    columns: dict[str, Any] = {"material": materials, "y": np.arange(len(materials), dtype=float)}
    columns |= {f: np.arange(len(materials)) + 0.25 for f in features}
    properties = {"y": PropertyColumn("y", "eV")}
    return read_table(
        pa.table(columns), kind=kind, material="material", properties=properties, features=features, name="t"
    )


def test_tables_share_a_vocabulary() -> None:
    one, other = table("molecule", ["CCO", "CC", "CO"]), table("molecule", ["OCC", "CCCO"])
    vocabulary, (first, second) = table_counts([one, other])
    assert same(first.take(np.array([0])), second.take(np.array([0])))
    expected = vocabulary_of("molecule", ["CCO", "CC", "CO", "CCCO"])
    assert vocabulary.wide.tolist() == expected.wide.tolist()
    assert same(second, counted("molecule", list(other.identities), expected))


def test_given_features_have_no_counts() -> None:
    vocabulary, [found] = table_counts([table("features", ["a", "b"], ("x",))])
    assert len(vocabulary.small) == len(vocabulary.wide) == 0
    assert found.small.shape == found.wide.shape == (2, 0)
    assert found.size.tolist() == [1, 1]
    assert same(found, no_counts(2))
    assert same(counted("features", ["a", "b"], vocabulary_of("features", ["a", "b"])), found)


@pytest.mark.parametrize(("kind", "what"), [("molecule", "moleculecounts"), ("polymer", "polymercounts")])
def test_the_cache_gives_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind, what: str) -> None:
    texts = CHAINS if kind == "molecule" else [f"*C{chain}*" for chain in CHAINS if chain[-1] in "CO"]
    texts += [f"*C(C{'C' * k}F)*" for k in range(12)] if kind == "polymer" else []
    vocabulary = vocabulary_of(kind, texts[:20])
    monkeypatch.setenv("SIMWORTH_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "FEWEST", 1000)
    fresh = counted(kind, texts, vocabulary)
    monkeypatch.setattr(cache, "FEWEST", 8)
    monkeypatch.setattr(cache, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(counts_molecules, "BLOCK", 7)
    assert same(counted(kind, texts[::2], vocabulary), fresh.take(np.arange(0, len(texts), 2)))
    assert same(counted(kind, texts, vocabulary), fresh)
    assert [f.parent.name.partition("-")[0] for f in tmp_path.glob("features/*/*.arrow")] == [what, what]
    monkeypatch.setattr(counts_molecules, "_packed", None)  # nothing is made again
    assert same(counted(kind, texts, vocabulary), fresh)


def test_what_is_no_key_has_no_name() -> None:
    for key in (0, 1, 9 << 56, 5 << 56 | 99):
        with pytest.raises(InputError, match="no key"):
            name_of(key)
    assert name_of(1 << 56 | 119) == "element 119"
    assert name_of(6 << 56 | 2246728737) == "environment 2246728737"


def test_rdkit_is_asked_for_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "rdkit", None)
    with pytest.raises(MissingExtraError):
        molecule_rows(["C"])
    with pytest.raises(MissingExtraError):
        molecule_rows(["[2H]O"])
