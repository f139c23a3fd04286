from __future__ import annotations

import math
from collections.abc import Mapping
from types import SimpleNamespace

import numpy as np
import pytest

from simworth.errors import InputError, MissingExtraError
from simworth.features import forcefield, forcefield_parameters
from simworth.features.forcefield import CENTRES, FORCEFIELD_NAMES, MASSES, PARAMETERS, forcefield_features
from simworth.features.forcefield_parameters import RELATIVES, ForceField, gaff2
from simworth.features.polymers import cyclic_oligomer
from simworth.spellings import random_smiles

UNITS = ("*CC*", "*CC(*)c1ccccc1", "*CCOC(=O)c1ccc(C(=O)O*)cc1", "*C(F)(F)*", "*CC(*)(C)C(=O)OC", "*OC(C)C(*)=O")
"""Units of which no atom's type depends on the order of the atoms."""


class Everything(Mapping[str, object]):
    """A table with an entry for every key, the same in both reading directions."""

    def __init__(self, pairs: bool) -> None:
        self.pairs = pairs

    def __getitem__(self, key: str) -> object:
        letters = min(key, ",".join(reversed(key.split(","))))
        number = sum(ord(c) * (i + 1) for i, c in enumerate(letters)) % 97 / 97
        return (number, 1 - number) if self.pairs else number

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(())

    def __len__(self) -> int:
        return 1


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A force field that knows every type, so that nothing but the package itself is needed."""
    table = Everything(pairs=True)
    field = ForceField(table, table, table, Everything(pairs=False), ((0.0, 1.0),) * 7)  # type: ignore[arg-type]
    monkeypatch.setattr(forcefield, "gaff2", lambda: field)


@pytest.fixture
def real() -> ForceField:
    try:
        return gaff2()
    except MissingExtraError as error:
        pytest.skip(str(error))


def test_there_are_190_names() -> None:
    assert len(FORCEFIELD_NAMES) == len(set(FORCEFIELD_NAMES)) == 190
    assert FORCEFIELD_NAMES[9] == "mass_I"
    assert FORCEFIELD_NAMES[10] == "charge_0"
    assert FORCEFIELD_NAMES[-1] == "k_dihedral_19"


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize("unit", UNITS)
def test_one_unit_stands_for_the_whole_ring_of_ten(unit: str) -> None:
    as_unit, as_molecule = forcefield_features([unit, cyclic_oligomer(unit)])
    np.testing.assert_allclose(as_unit, as_molecule, atol=1e-12)


@pytest.mark.usefixtures("made_up")
def test_a_ring_of_ten_may_be_aromatic_and_then_its_bonds_are_too() -> None:
    units = ["*c1cccc(*)c1", "*c1cccc(*)n1", "*c1cccc(C=C*)c1", "*C=C1C=CC(=C*)C=C1"]
    rows = forcefield_features([*units, *map(cyclic_oligomer, units)])
    np.testing.assert_allclose(rows[: len(units)], rows[len(units) :], atol=1e-12)


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize(
    "cuts",
    [("*CCO*", "*COC*", "*OCC*", "*CCOCCO*"), ("*CC(*)Cl", "*C(Cl)C*", "*CC(Cl)CC(*)Cl"), ("*NCC(=O)*", "*CC(=O)N*")],
)
def test_where_the_chain_is_cut_does_not_matter(cuts: tuple[str, ...]) -> None:
    rows = forcefield_features(cuts)
    np.testing.assert_allclose(rows, np.tile(rows[0], (len(cuts), 1)), atol=1e-12)


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize("smiles", ["*CC(*)c1ccc(C(=O)OCC)cc1", "CC(=O)Oc1ccccc1C(=O)O"])
def test_the_spelling_does_not_matter(smiles: str) -> None:
    spellings = [s for seed in range(4) if (s := random_smiles(smiles, seed))]
    rows = forcefield_features([smiles, *spellings])
    np.testing.assert_allclose(rows, np.tile(rows[0], (len(rows), 1)), atol=1e-12)


@pytest.mark.usefixtures("made_up")
def test_masses_of_polyethylene() -> None:
    gap = (MASSES[1] - MASSES[0]) / (MASSES[-1] - MASSES[0])
    near = math.exp(-(gap**2) / (2 * 0.05**2))
    row = dict(zip(FORCEFIELD_NAMES, forcefield_features(["*CC*"])[0], strict=True))
    assert row["mass_H"] == pytest.approx(2 / 3 + near / 3, abs=1e-4)  # RDKit's masses have other decimals
    assert row["mass_C"] == pytest.approx(1 / 3 + 2 * near / 3, abs=1e-4)


@pytest.mark.usefixtures("made_up")
def test_a_mean_of_gaussians_sums_to_their_area_over_their_distance() -> None:
    # Poisson's sum: 2π/4 of the width over the distance, up to 2 exp(-2 π² (1/2)²) of it
    area = math.sqrt(2 * math.pi) / 2
    sums = forcefield_features(UNITS)[:, 10:].reshape(len(UNITS), len(PARAMETERS), CENTRES).sum(axis=2)
    assert sums[:, 0] == pytest.approx(area, rel=0.015)  # charges are far from both ends of their range
    assert (sums <= area * 1.015).all()


@pytest.mark.usefixtures("made_up")
def test_what_a_molecule_has_none_of_is_zero() -> None:
    row = forcefield_features(["O"])[0]
    assert (row[-CENTRES:] == 0).all()
    assert np.isfinite(row).all()


@pytest.mark.usefixtures("made_up")
def test_no_rows() -> None:
    assert forcefield_features([]).shape == (0, 190)


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("*[Si](C)(C)O*", "no atom type for Si with 4 bonds"),
        ("[Na+].[Cl-]", "no atom type for Na with 0 bonds"),
        ("*CC", "two open ends"),
        ("**", "two open ends"),
        ("*C.C*", "not connected"),
        ("*=CC*", "different orders"),
        ("C1CC", "RDKit cannot read"),
        ("", "RDKit cannot read"),
    ],
)
def test_a_row_without_features_is_named(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as error:
        forcefield_features(["*CC*", text, text, "CCO"])
    assert f"row 2 ({text!r})" in str(error.value)
    assert "1 more" in str(error.value)
    rows, reasons = forcefield.forcefield_rows(["*CC*", text])
    assert list(reasons) == [1]
    assert np.isfinite(rows[0]).all()
    assert np.isnan(rows[1]).all()


def test_without_the_parameters_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = SimpleNamespace(find_spec=lambda name: None)
    monkeypatch.setattr(forcefield_parameters, "importlib", SimpleNamespace(util=nothing))
    with pytest.raises(MissingExtraError, match=r"radonpy-pypi.*simworth\[forcefield\]"):
        forcefield_features(["*CC*"])


def test_missing_bond_parameters_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    field = ForceField(Everything(pairs=True), {}, {}, {}, ((0.0, 1.0),) * 7)  # type: ignore[arg-type]
    monkeypatch.setattr(forcefield, "gaff2", lambda: field)
    with pytest.raises(InputError, match="no parameters for the angle"):
        forcefield_features(["CCC"])


# Made with radonpy-pypi 0.2.11 and rdkit 2026.9.1: row = ffkm_mp_wrapper([unit, *[None] * 7, 10 (0 for a molecule),
# False, FF_descriptor(GAFF2(), polar=True), utils.picklable_const()]); the values are row.sum(),
# row @ np.cos(np.arange(190)) and row @ row
RADONPY = {
    "*CC(*)c1ccccc1": (13.2635483355, -0.5799944591, 5.4906943204),
    "*c1ccc(*)s1": (13.9041892361, -1.2818225608, 5.1328943034),
    "*c1cccc(*)c1": (13.6617909141, -0.9871907729, 6.9695657071),
    "*CCOC(=O)c1ccc(C(=O)O*)cc1": (13.9092591648, -1.2977686476, 4.6487869625),
    "*C(F)(F)*": (14.4048716424, 0.1523288548, 7.3430258146),
    "*c1ccc2ccccc2c1*": (13.676123531, -0.955331057, 6.6131442939),
    "CC(=O)OCC": (13.1768650472, -0.1991008009, 5.0159785553),
    "O": (10.2013593945, -0.0151035567, 5.8791929764),
}


@pytest.mark.usefixtures("real")
@pytest.mark.parametrize("text", RADONPY)
def test_numbers_of_radonpy(text: str) -> None:
    row = forcefield_features([text])[0]
    assert (row.sum(), row @ np.cos(np.arange(190)), row @ row) == pytest.approx(RADONPY[text], abs=1e-8)


def test_relatives_of_the_tables(real: ForceField) -> None:
    assert RELATIVES.keys() <= real.atoms.keys()
    assert set(RELATIVES.values()) <= real.atoms.keys()
    assert real.bond("c3", "hc") == real.bond("hc", "c3")
    assert real.bond("hc", "zz") == (None, True)
    assert all(low < high for low, high in real.ranges)
