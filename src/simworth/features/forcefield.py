"""Polymers and molecules as 190 numbers: how their force-field parameters are distributed.

Ten numbers for the masses of the atoms and 20 for each of nine parameters: charge, ε and σ of the atoms, k, r0 and
polarity |q_i - q_j| of the bonds, k and θ0 of the angles, the largest k of the dihedrals. Each parameter is scaled to
its range over the force field, and number j is the mean of the Gaussian exp(-(x - c_j)² / (2 s²)) over all atoms
(bonds, angles, dihedrals): the kernel mean embedding of the distribution. The force field is GAFF2, the charges are
Gasteiger's, and a polymer is the ring of ten of its units: the numbers are those of RadonPy's descriptor.

References: Hayashi et al., npj Comput. Mater. 8, 222 (2022), doi 10.1038/s41524-022-00906-4 (RadonPy, its
``FF_descriptor`` with bond polarity); Gasteiger, Marsili, Tetrahedron 36, 3219 (1980), doi
10.1016/0040-4020(80)80168-2 (charges).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError, MissingExtraError
from simworth.features.forcefield_order import ten_units
from simworth.features.forcefield_parameters import ForceField, gaff2
from simworth.features.forcefield_rings import one_unit, whole
from simworth.features.forcefield_terms import ForceTerms, force_terms
from simworth.features.forcefield_types import alternates, atom_types

Float64Array = NDArray[np.float64]

ELEMENTS = ("H", "C", "N", "O", "F", "P", "S", "Cl", "Br", "I")
MASSES = (1.008, 12.011, 14.007, 15.999, 18.998, 30.974, 32.067, 35.453, 79.904, 126.904)
"""Atomic masses of `ELEMENTS` in g/mol, the centres of the ten Gaussians over the masses."""
PARAMETERS = ("charge", "epsilon", "sigma", "k_bond", "r0", "polarity", "k_angle", "theta0", "k_dihedral")
CENTRES = 20
"""Gaussians per parameter."""
MASS_WIDTH = 0.05
WIDTH = 1 / (2 * CENTRES)
CHARGE_RANGE = (-1.0, 1.0)
POLARITY_RANGE = (0.0, 2.0)
FORCEFIELD_NAMES: tuple[str, ...] = (
    *(f"mass_{e}" for e in ELEMENTS),
    *(f"{p}_{i}" for p in PARAMETERS for i in range(CENTRES)),
)


def forcefield_features(units: Sequence[str]) -> Float64Array:
    """The 190 numbers (rows, len(FORCEFIELD_NAMES)) of repeat units, each with two ``*``, and of whole molecules.

    Types of some conjugated atoms depend on where the chain is cut, as they do in RadonPy: give canonical units
    (`simworth.identity.canonical`) where one polymer must have one row.

    Raises
    ------
    InputError
        When a row cannot be read or GAFF2 has no parameters for it; names the first such row and says how many.
    MissingExtraError
        When RDKit or the package with the parameters, radonpy-pypi, is not installed.
    """
    rows, reasons = forcefield_rows(units)
    if reasons:
        first = min(reasons)
        others = f" (and {len(reasons) - 1} more like it)" if len(reasons) > 1 else ""
        raise InputError(f"row {first + 1} ({units[first]!r}): {reasons[first]}{others}; leave such rows out")
    return rows


def forcefield_rows(units: Sequence[str]) -> tuple[Float64Array, dict[int, str]]:
    """`forcefield_features` with NaN in the rows that have none, and the reasons by index of the row.

    Raises
    ------
    MissingExtraError
        When RDKit or the package with the parameters, radonpy-pypi, is not installed.
    """
    try:
        from rdkit import RDLogger
    except ImportError:
        raise MissingExtraError("rdkit", "forcefield", "The force-field descriptor") from None
    RDLogger.DisableLog("rdApp.*")  # type: ignore[attr-defined]
    field = gaff2()
    found = {text: _described(text, field) for text in dict.fromkeys(units)}
    rows = np.full((len(units), len(FORCEFIELD_NAMES)), np.nan)
    reasons = {}
    for i, text in enumerate(units):
        row = found[text]
        if isinstance(row, str):
            reasons[i] = row
        else:
            rows[i] = row
    return rows, reasons


def _described(text: str, field: ForceField) -> Float64Array | str:
    """One row, or why there is none."""
    from rdkit import Chem

    try:
        molecule = one_unit(text) if "*" in text else whole(text)
        types = atom_types(molecule.graph)
        terms = force_terms(molecule, types, field)
        if "*" in text and (alternates(types) or terms.directed):
            molecule = ten_units(text, molecule)
            terms = force_terms(molecule, atom_types(molecule.graph), field)
        return _embedded(terms, field)
    except InputError as error:
        return str(error).removeprefix(f"repeat unit {text!r}: ")
    except Chem.MolSanitizeException as error:
        return f"no ring can be made of these units ({error})"


def _embedded(terms: ForceTerms, field: ForceField) -> Float64Array:
    """The kernel means of all parameters, in the order of `FORCEFIELD_NAMES`."""
    masses = (MASSES[0], MASSES[-1])
    centres = np.linspace(0.0, 1.0, 2 * CENTRES + 1)[1:-1:2]
    epsilon, sigma, k_bond, r0, k_angle, theta0, k_dihedral = field.ranges
    columns = [
        (terms.atoms[:, 1], terms.atom_weights, CHARGE_RANGE),
        (terms.atoms[:, 2], terms.atom_weights, epsilon),
        (terms.atoms[:, 3], terms.atom_weights, sigma),
        (terms.bonds[:, 0], terms.bond_weights, k_bond),
        (terms.bonds[:, 1], terms.bond_weights, r0),
        (terms.bonds[:, 2], terms.bond_weights, POLARITY_RANGE),
        (terms.angles[:, 0], terms.angle_weights, k_angle),
        (terms.angles[:, 1], terms.angle_weights, theta0),
        (terms.dihedrals[:, 0], terms.dihedral_weights, k_dihedral),
    ]
    mass = _kernel_mean(
        _scaled(terms.atoms[:, 0], masses), terms.atom_weights, _scaled(np.array(MASSES), masses), MASS_WIDTH
    )
    return np.concatenate([mass, *(_kernel_mean(_scaled(x, span), w, centres, WIDTH) for x, w, span in columns)])


def _scaled(values: Float64Array, span: tuple[float, float]) -> Float64Array:
    """Values with the range ``span`` brought to 0 to 1."""
    return (values - span[0]) / (span[1] - span[0])


def _kernel_mean(values: Float64Array, weights: Float64Array, centres: Float64Array, width: float) -> Float64Array:
    """Weighted mean (centres,) of a Gaussian around each centre; zeros where there are no values."""
    if not len(values):
        return np.zeros(len(centres))
    heights = np.exp(-((values - centres[:, None]) ** 2) / (2 * width**2))
    return np.asarray(heights @ weights / weights.sum())
