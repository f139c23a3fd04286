from __future__ import annotations

import numpy as np
import pytest

from simworth.errors import InputError
from simworth.features.molecules import NAMES, molecule_features
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
