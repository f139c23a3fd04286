from __future__ import annotations

import numpy as np
import pytest

from simworth.errors import InputError
from simworth.features.molecules import NAMES, molecule_features, polymer_features, without_isotopes
from simworth.features.polymers import cyclic_oligomer
from simworth.identity import canonical_smiles
from simworth.spellings import random_smiles


def test_every_spelling_of_a_molecule_gets_the_same_features() -> None:
    for smiles in ("CC(=O)Oc1ccccc1C(=O)O", "C[N+](=O)[O-]", "OCC1OC(O)C(O)C1O"):
        spellings = [canonical_smiles(random_smiles(smiles, seed)) for seed in range(5)]
        rows = molecule_features([s for s in spellings if s])
        np.testing.assert_array_equal(rows, np.tile(rows[0], (5, 1)))


def test_counts_of_a_known_molecule() -> None:
    row = dict(zip(NAMES, molecule_features(["CCO"])[0], strict=True))
    assert row["mqn_0"] == pytest.approx(np.log1p(2))  # carbon atoms are the first molecular quantum number
    assert row["charge_max"] > 0 > row["charge_min"]


@pytest.mark.parametrize("smiles", ["C", "[SiH4]", "CB(C)C", "CP(C)C", "C[Si](C)(C)C", "FC(F)(F)I", "[H][H]"])
def test_features_are_finite_for_odd_elements(smiles: str) -> None:
    assert np.isfinite(molecule_features([smiles])).all()


def test_an_unreadable_molecule_is_named_with_its_place() -> None:
    with pytest.raises(InputError, match="molecule 2"):
        molecule_features(["C", "C1CC"])


@pytest.mark.parametrize(("unit", "ring"), [("*CC*", "C1" + "C" * 18 + "C1"), ("*CO*", "O1" + "CO" * 9 + "C1")])
def test_ring_of_ten_units(unit: str, ring: str) -> None:
    assert cyclic_oligomer(unit) == canonical_smiles(ring)


def test_where_a_chain_is_cut_does_not_matter() -> None:
    assert cyclic_oligomer("*CCO*") == cyclic_oligomer("*COC*") == cyclic_oligomer("*OCC*")


def test_polyacetylene_is_not_benzene() -> None:
    assert "c" not in cyclic_oligomer("*C=C*")


def test_one_open_end_is_refused() -> None:
    with pytest.raises(InputError, match="two open ends"):
        cyclic_oligomer("*CC")


@pytest.mark.parametrize(
    ("labelled", "plain"),
    [
        ("[2H]C([2H])([2H])O", "CO"),
        ("C[C@H]([2H])O", "CCO"),
        ("C[C@H]([13CH3])O", "CC(C)O"),
        ("[CH3:1][OH:2]", "CO"),
        ("[2H]/N=C(/C)O", "[H]/N=C(/C)O"),
        ("[2H]O[2H]", "O"),
    ],
)
def test_an_isotope_has_the_features_of_its_element(labelled: str, plain: str) -> None:
    texts = [canonical_smiles(labelled), canonical_smiles(plain)]
    assert texts[0] != texts[1]
    assert without_isotopes(str(texts[0])) == texts[1]
    one, other = molecule_features([str(t) for t in texts])
    assert one.tobytes() == other.tobytes()


def test_a_unit_with_isotopes_has_the_features_of_the_plain_one() -> None:
    one, other = polymer_features(["*[13CH2]COCCO*", "*CCO*"])
    assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("smiles", ["CC", "*CC*", "[Na+].[Cl-]", "C1CC", "[2H", "[13C]1"])
def test_a_text_without_isotopes_or_sense_stays(smiles: str) -> None:
    assert without_isotopes(smiles) == smiles
