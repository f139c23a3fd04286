"""Enthalpies of formation from total energies, through fitted references of the elements.

For reference molecules i with measured enthalpy H_i, total energy E_i and n_ie atoms of element e, the references c_e
minimise sum_i (E_i - sum_e n_ie c_e - H_i)^2. They absorb zero-point and thermal terms in proportion to the atoms, as
is usual for semi-empirical methods (e.g. Dewar and Thiel, J. Am. Chem. Soc. 99, 4899 (1977), doi 10.1021/ja00457a004).
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

KJ_PER_MOL_IN_EV = 1 / 96.48533212
Float64 = NDArray[np.float64]


class ElementReferences(NamedTuple):
    """Fitted energies (elements,) in eV, and how well the reference molecules are met."""

    symbols: tuple[str, ...]
    energies: Float64
    molecules: int
    residual: float
    """Root mean square over the reference molecules, kJ/mol."""


def fit_references(smiles: list[str], energies: Float64, enthalpies: Float64) -> ElementReferences:
    """Fit element references to molecules with total ``energies`` (eV) and measured ``enthalpies`` (kJ/mol)."""
    counts = [atoms(s) for s in smiles]
    symbols = tuple(sorted({e for c in counts for e in c}))
    matrix = np.array([[c[e] for e in symbols] for c in counts], dtype=float)
    wanted = energies - enthalpies * KJ_PER_MOL_IN_EV
    solution, _, rank, _ = np.linalg.lstsq(matrix, wanted, rcond=None)
    if rank < len(symbols):
        # An element that never appears independently of another has no reference of its own.
        return ElementReferences((), np.empty(0), len(smiles), float("nan"))
    residual = float(np.sqrt(np.mean((matrix @ solution - wanted) ** 2)) / KJ_PER_MOL_IN_EV)
    return ElementReferences(symbols, solution, len(smiles), residual)


def enthalpies_of_formation(smiles: list[str], energies: Float64, fit: ElementReferences) -> Float64:
    """Enthalpies (rows,) in kJ/mol; NaN for a molecule with an element that has no reference."""
    place = {e: i for i, e in enumerate(fit.symbols)}
    out = np.full(len(smiles), np.nan)
    for i, text in enumerate(smiles):
        count = atoms(text)
        if count.keys() <= place.keys():
            out[i] = energies[i] - sum(n * fit.energies[place[e]] for e, n in count.items())
    return out / KJ_PER_MOL_IN_EV


def atoms(smiles: str) -> Counter[str]:
    """Atoms of each element in a molecule, hydrogens included."""
    from rdkit import Chem

    molecule = Chem.AddHs(Chem.MolFromSmiles(smiles))
    return Counter(a.GetSymbol() for a in molecule.GetAtoms())
