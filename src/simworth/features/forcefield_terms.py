"""The force-field parameters of a molecule's atoms, bonds, angles and dihedrals, and how much each of them counts."""

from __future__ import annotations

import math
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.features.forcefield_parameters import ForceField
from simworth.features.forcefield_rings import Counted

Float64Array = NDArray[np.float64]


class ForceTerms(NamedTuple):
    """Parameters and their weights.

    Attributes
    ----------
    atoms : array (atoms, 4)
        Mass in g/mol, charge in e, ε in kcal/mol, σ in Å.
    bonds : array (bonds, 3)
        k in kcal/mol/Å², r0 in Å, polarity |q_i - q_j| in e.
    angles : array (angles, 2)
        k in kcal/mol/rad², θ0 in degrees.
    dihedrals : array (dihedrals, 1)
        The largest k in kcal/mol.
    atom_weights, bond_weights, angle_weights, dihedral_weights : arrays, one number each
        1 within the unit that counts, 0 outside. A bond out of the unit is half this unit's and half the next one's,
        and so are the dihedrals around it.
    directed : bool
        Whether some parameters depend on the end from which a bond, an angle or a dihedral is read.
    """

    atoms: Float64Array
    bonds: Float64Array
    angles: Float64Array
    dihedrals: Float64Array
    atom_weights: Float64Array
    bond_weights: Float64Array
    angle_weights: Float64Array
    dihedral_weights: Float64Array
    directed: bool


def force_terms(molecule: Counted, types: list[str], field: ForceField) -> ForceTerms:
    """The terms of a molecule whose atoms have these types; those that do not count are left out.

    Raises
    ------
    InputError
        When the force field has no parameters for a bond, angle or dihedral, or Gasteiger's method no charges.
    """
    if not all(math.isfinite(q) for q in molecule.charges):
        raise InputError("Gasteiger's method has no charges for its atoms")
    here = [i for i, counts in enumerate(molecule.counts) if counts]
    atoms = [(molecule.masses[i], molecule.charges[i], *field.atoms[types[i]]) for i in here]
    angles = [_angle(molecule, types, field, a, i, c) for i in here for a, c in _pairs(molecule, i)]
    bonds, dihedrals = [], []
    bond_weights: list[float] = []
    dihedral_weights: list[float] = []
    for a, b, _ in molecule.bonds:
        weight = (molecule.counts[a] + molecule.counts[b]) / 2
        if weight:
            around = _dihedrals(molecule, types, field, a, b)
            bonds.append(_bond(molecule, types, field, a, b))
            dihedrals += around
            bond_weights.append(weight)
            dihedral_weights += [weight] * len(around)
    found = (*angles, *bonds, *dihedrals)
    return ForceTerms(
        np.array(atoms).reshape(-1, 4),
        np.array([b[0] for b in bonds]).reshape(-1, 3),
        np.array([a[0] for a in angles]).reshape(-1, 2),
        np.array([d[0] for d in dihedrals]).reshape(-1, 1),
        np.ones(len(atoms)),
        np.array(bond_weights),
        np.ones(len(angles)),
        np.array(dihedral_weights),
        not all(same for _, same in found),
    )


def _pairs(molecule: Counted, middle: int) -> combinations[tuple[int, int]]:
    """Pairs of neighbours of an atom."""
    return combinations([j for j, _ in molecule.graph.neighbours[middle]], 2)


def _bond(molecule: Counted, types: list[str], field: ForceField, a: int, b: int) -> tuple[tuple[float, ...], bool]:
    found, same = field.bond(types[a], types[b])
    if found is None:
        raise InputError(f"GAFF2 has no parameters for the bond {types[a]}-{types[b]}")
    return (*found, abs(molecule.charges[a] - molecule.charges[b])), same


def _angle(
    molecule: Counted, types: list[str], field: ForceField, a: int, b: int, c: int
) -> tuple[tuple[float, float], bool]:
    element = molecule.graph.element
    found, same = field.angle((types[a], types[b], types[c]), (element[a], element[b], element[c]))
    if found is None:
        raise InputError(f"GAFF2 has no parameters for the angle {types[a]}-{types[b]}-{types[c]}")
    return found, same


def _dihedrals(molecule: Counted, types: list[str], field: ForceField, b: int, c: int) -> list[tuple[float, bool]]:
    """The parameters of the dihedrals around one bond."""
    found = []
    for a, _ in molecule.graph.neighbours[b]:
        for d, _ in molecule.graph.neighbours[c]:
            if a in (c, d) or d == b:
                continue
            k, same = field.dihedral(types[a], types[b], types[c], types[d])
            if k is None:
                raise InputError(f"GAFF2 has no parameters for the dihedral {'-'.join(types[i] for i in (a, b, c, d))}")
            found.append((k, same))
    return found
