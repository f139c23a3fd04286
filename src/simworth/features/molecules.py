"""Molecules as numbers: folded Morgan counts and fast two-dimensional RDKit descriptors.

Only descriptors that cost well under a millisecond and stay finite are taken. Polymers are described as the
cyclic oligomer of their repeat unit; where that has fewer units than others, what grows with size is scaled up to them.

References: Morgan (circular) fingerprints, Rogers and Hahn, J. Chem. Inf. Model. 50, 742 (2010), doi
10.1021/ci100050t; molecular quantum numbers, Nguyen et al., ChemMedChem 4, 1803 (2009), doi
10.1002/cmdc.200900317; Moreau-Broto and other autocorrelations as in Todeschini and Consonni, Molecular
Descriptors for Chemoinformatics (2009).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError, MissingExtraError
from simworth.identity import Kind, canonical

Float32Array = NDArray[np.float32]

MORGAN_BITS = 512
MORGAN_RADIUS = 2
AUTOCORRELATIONS = 192
SUMS = 48
"""Of the autocorrelations, the first ones, which are log(1 + a sum over pairs of atoms); the others are means."""
QUANTUM_NUMBERS = 42
LABELLED = re.compile(r"\[[0-9]|:[0-9]+\]")
"""An isotope or the number of an atom in a SMILES."""
CHARGE_LAGS = 8
"""Largest topological distance (bonds) of the charge autocorrelation, exclusive."""
NAMES: tuple[str, ...] = (
    *(f"morgan_{i}" for i in range(MORGAN_BITS)),
    *(f"autocorr2d_{i}" for i in range(AUTOCORRELATIONS)),
    *(f"mqn_{i}" for i in range(QUANTUM_NUMBERS)),
    *(f"charge_autocorr_{i}" for i in range(CHARGE_LAGS)),
    "charge_max", "charge_min", "charge_abs_sum", "bond_polarity_sum", "bond_polarity_max", "charge_span",
)  # fmt: skip


def polymer_features(units: list[str]) -> Float32Array:
    """`molecule_features` of the cyclic oligomers of repeat units, all as of `simworth.features.polymers.UNITS` units.

    Raises
    ------
    InputError, MissingExtraError
        As `molecule_features` and `simworth.features.polymers.fitting_oligomer`.
    """
    from simworth.features.polymers import UNITS, fitting_oligomer

    rings = [fitting_oligomer(without_isotopes(unit)) for unit in units]
    return molecule_features([text for text, _ in rings], [UNITS / k for _, k in rings])


def molecule_features(smiles: list[str], times: Sequence[float] | None = None) -> Float32Array:
    """Features (rows, len(NAMES)) of SMILES; counts are compressed by log(1 + count). Isotopes are their element.

    ``times`` (rows,): by how much counts and sums over atoms are multiplied, 1 where it is not given.

    Raises
    ------
    InputError
        For a SMILES that RDKit cannot read, with its place in the list.
    MissingExtraError
        When RDKit is not installed.
    """
    try:
        from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors
    except ImportError:
        raise MissingExtraError("rdkit", "chem", "Features of molecules") from None
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=MORGAN_RADIUS, fpSize=MORGAN_BITS)
    rows = np.empty((len(smiles), len(NAMES)), dtype=np.float32)
    for i, text in enumerate(smiles):
        molecule = read_molecule(without_isotopes(text), i + 1)
        more = 1.0 if times is None else times[i]
        autocorrelation = np.nan_to_num(rdMolDescriptors.CalcAUTOCORR2D(molecule), posinf=0.0, neginf=0.0)
        if more != 1.0:  # the rest of them are means
            autocorrelation[:SUMS] = np.log1p(more * np.expm1(autocorrelation[:SUMS]))
        rows[i] = np.concatenate(
            [
                np.log1p(more * generator.GetCountFingerprintAsNumPy(molecule).astype(np.float64)),
                autocorrelation,
                np.log1p(more * np.array(rdMolDescriptors.MQNs_(molecule), dtype=np.float64)),
                _charge_features(molecule, more),
            ]
        )
    return rows


def read_molecule(smiles: str, place: int) -> Any:
    """RDKit's molecule of a SMILES at a place (from 1) of a list.

    Raises
    ------
    InputError
        Where RDKit cannot read it.
    MissingExtraError
        When RDKit is not installed.
    """
    molecule = _chemistry().MolFromSmiles(smiles)
    if molecule is None:
        raise InputError(f"molecule {place} ({smiles!r}): RDKit cannot read this SMILES")
    return molecule


def without_isotopes(smiles: str) -> str:
    """A SMILES with every isotope as its element and without numbers of atoms: ``[2H]C([2H])([2H])O`` is ``CO``.

    Of a repeat unit it is the canonical one. A text that has neither isotopes nor numbers, and one that cannot be
    read, is given back as it is.

    Raises
    ------
    MissingExtraError
        When RDKit is not installed.
    """
    if not LABELLED.search(smiles):
        return smiles
    chem = _chemistry()
    molecule = chem.MolFromSmiles(smiles)
    if molecule is None:
        return smiles
    for atom in molecule.GetAtoms():
        atom.SetIsotope(0)
        atom.SetAtomMapNum(0)
    how = chem.RemoveHsParameters()
    how.showWarnings = False
    plain: str = chem.MolToSmiles(chem.RemoveHs(molecule, how))
    kind: Kind = "polymer" if "*" in plain else "molecule"
    return canonical(kind, plain) or plain  # read again: a centre may be chiral no more, a chain may repeat sooner


def _chemistry() -> Any:
    """RDKit's module of molecules, made silent."""
    try:
        from rdkit import Chem, RDLogger
    except ImportError:
        raise MissingExtraError("rdkit", "chem", "Features of molecules") from None
    RDLogger.DisableLog("rdApp.*")  # type: ignore[attr-defined]
    return Chem


def _charge_features(molecule: Any, more: float) -> NDArray[np.float64]:
    """Gasteiger charges: autocorrelation along bonds, extremes; zeros where an element has no parameters."""
    from rdkit.Chem import rdmolops, rdPartialCharges

    rdPartialCharges.ComputeGasteigerCharges(molecule, throwOnParamFailure=False)
    charges = np.array([a.GetDoubleProp("_GasteigerCharge") for a in molecule.GetAtoms()])
    charges = np.nan_to_num(charges, nan=0.0, posinf=0.0, neginf=0.0)
    distance = rdmolops.GetDistanceMatrix(molecule)
    products = np.outer(charges, charges)
    lags = [more * float(products[distance == k].sum()) for k in range(CHARGE_LAGS)]
    polarity = [abs(float(charges[b.GetBeginAtomIdx()] - charges[b.GetEndAtomIdx()])) for b in molecule.GetBonds()] or [
        0.0
    ]
    sums = more * np.abs(charges).sum(), more * sum(polarity)
    extremes = [charges.max(), charges.min(), *sums, max(polarity)]
    span = distance[int(charges.argmax()), int(charges.argmin())] * (charges.max() - charges.min())
    return np.array([*lags, *extremes, span])
