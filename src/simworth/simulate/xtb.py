"""GFN2-xTB on small molecules: RDKit geometry, xTB optimisation, checks, properties.

Method: ETKDGv3 conformers, the lowest by MMFF94 (UFF where MMFF94 lacks parameters), then BFGS on the
GFN2-xTB surface started from the force field's Hessian.

References: GFN2-xTB, Bannwarth, Ehlert, Grimme, J. Chem. Theory Comput. 15, 1652 (2019), doi
10.1021/acs.jctc.8b01176; D4 polarisability, Caldeweyher et al., J. Chem. Phys. 150, 154122 (2019), doi
10.1063/1.5090222; ETKDG, Riniker, Landrum, J. Chem. Inf. Model. 55, 2562 (2015), doi
10.1021/acs.jcim.5b00654.
"""

from __future__ import annotations

import importlib.metadata
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from simworth.errors import MissingExtraError
from simworth.simulate.engine import EngineProperty, Outcome

FloatArray = NDArray[np.float64]

DEBYE_PER_ATOMIC_UNIT = 2.541746473
KCAL_PER_MOL_IN_EV = 0.0433641153
HESSIAN_STEP = 1e-3
"""Å; central differences of analytic force-field gradients."""
HESSIAN_FLOOR = 0.1
"""eV/Å²; keeps soft torsions from taking very long first steps."""

PROPERTIES = (
    EngineProperty("total_energy", "eV", "total energy at the optimised geometry"),
    EngineProperty("dipole_moment", "debye", "norm of the molecular dipole, gas phase"),
    EngineProperty("homo_lumo_gap", "eV", "difference of the frontier orbital energies"),
    EngineProperty("polarizability", "angstrom^3", "sum of D4 atomic static polarisabilities"),
)


class FailureError(Exception):
    """A calculation that gave no usable number; the message becomes the outcome's reason."""


class XtbEngine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="xtb", tag_field="name"):
    """Gas-phase GFN2-xTB (or GFN1-xTB) properties of one neutral closed-shell conformer."""

    method: str = "GFN2-xTB"
    conformers: int = 4
    seed: int = 7
    fmax: float = 0.02
    """eV/Å; largest force on an atom at which a geometry counts as optimised."""
    max_steps: int = 150

    @property
    def properties(self) -> tuple[EngineProperty, ...]:
        """What it computes, with units."""
        return PROPERTIES

    def settings(self) -> dict[str, Any]:
        """Every choice that can change a number."""
        return dict(msgspec.to_builtins(self))

    def versions(self) -> dict[str, str]:
        """Versions of the libraries that computed the numbers.

        Raises
        ------
        MissingExtraError
            When one of them is not installed.
        """
        found = {}
        for package in ("tblite", "dftd4", "rdkit", "ase"):
            try:
                found[package] = importlib.metadata.version(package)
            except importlib.metadata.PackageNotFoundError:
                raise MissingExtraError(package, "produce", "The xtb engine") from None
        return found

    def run(self, material: str) -> Outcome:
        """Compute one SMILES; see `Engine.run`."""
        try:
            molecule, start, hessian = _start_geometry(material, self.conformers, self.seed)
            numbers = np.array([a.GetAtomicNum() for a in molecule.GetAtoms()])
            positions, effort = _optimise(numbers, start, hessian, self.method, self.fmax, self.max_steps)
            _check_bonds(molecule, positions)
            return Outcome(_properties(numbers, positions, self.method), effort=effort)
        except FailureError as failure:
            return Outcome({}, reason=str(failure))


def _start_geometry(smiles: str, conformers: int, seed: int) -> tuple[Any, FloatArray, FloatArray]:
    """Lowest force-field conformer: molecule with hydrogens, positions (atoms, 3) in Å, Hessian in eV/Å²."""
    from rdkit import Chem, RDLogger
    from rdkit.Chem import AllChem

    RDLogger.DisableLog("rdApp.*")  # type: ignore[attr-defined]
    parsed = Chem.MolFromSmiles(smiles)
    if parsed is None:
        raise FailureError("unreadable SMILES")
    molecule = Chem.AddHs(parsed)
    embedding = AllChem.ETKDGv3()  # type: ignore[attr-defined]
    embedding.randomSeed = seed
    ids = list(AllChem.EmbedMultipleConfs(molecule, conformers, embedding))  # type: ignore[attr-defined]
    if not ids:
        raise FailureError("no conformer could be embedded")
    if AllChem.MMFFHasAllMoleculeParams(molecule):  # type: ignore[attr-defined]
        parameters = AllChem.MMFFGetMoleculeProperties(molecule)  # type: ignore[attr-defined]
        results = AllChem.MMFFOptimizeMoleculeConfs(molecule, maxIters=500)  # type: ignore[attr-defined]
        best = ids[int(np.argmin([energy for _, energy in results]))]
        field = AllChem.MMFFGetMoleculeForceField(molecule, parameters, confId=best)  # type: ignore[attr-defined]
    elif AllChem.UFFHasAllMoleculeParams(molecule):  # type: ignore[attr-defined]
        results = AllChem.UFFOptimizeMoleculeConfs(molecule, maxIters=500)  # type: ignore[attr-defined]
        best = ids[int(np.argmin([energy for _, energy in results]))]
        field = AllChem.UFFGetMoleculeForceField(molecule, confId=best)  # type: ignore[attr-defined]
    else:
        raise FailureError("no force-field parameters for the starting geometry")
    positions = np.array(molecule.GetConformer(best).GetPositions(), dtype=float)
    return molecule, positions, _field_hessian(field, positions)


def _field_hessian(field: Any, positions: FloatArray) -> FloatArray:
    """Hessian (3 atoms, 3 atoms) of an RDKit force field, made positive by taking |eigenvalues|.

    The energy is asked before each gradient because RDKit keeps the interatomic distances of the last
    energy call and would use stale ones.
    """

    def gradient(x: FloatArray) -> FloatArray:
        field.CalcEnergy(x.tolist())
        return np.array(field.CalcGrad(x.tolist()))

    x = positions.ravel().copy()
    rows = np.empty((x.size, x.size))
    for i in range(x.size):
        middle = x[i]
        x[i] = middle + HESSIAN_STEP
        up = gradient(x)
        x[i] = middle - HESSIAN_STEP
        rows[i] = (up - gradient(x)) / (2 * HESSIAN_STEP)
        x[i] = middle
    if not np.isfinite(rows).all():
        raise FailureError("force field diverged at the starting geometry")
    values, vectors = np.linalg.eigh(0.5 * (rows + rows.T) * KCAL_PER_MOL_IN_EV)
    clipped = np.clip(np.abs(values), HESSIAN_FLOOR, None)
    return np.asarray((vectors * clipped) @ vectors.T)


def _optimise(
    numbers: NDArray[np.int_], start: FloatArray, hessian: FloatArray, method: str, fmax: float, steps: int
) -> tuple[FloatArray, int]:
    """Geometry (atoms, 3) in Å with every force below ``fmax``, and the evaluations it took."""
    from ase import Atoms
    from ase.calculators.calculator import CalculationFailed, InputError
    from ase.optimize import BFGS
    from tblite.ase import TBLite

    atoms = Atoms(numbers=numbers, positions=start)
    atoms.calc = TBLite(method=method, verbosity=0)
    optimiser = BFGS(atoms, logfile=None)
    optimiser.H0 = hessian
    try:
        converged = optimiser.run(fmax=fmax, steps=steps)
    except (CalculationFailed, InputError, RuntimeError, np.linalg.LinAlgError) as error:
        raise FailureError(f"self-consistent field failed: {_first_line(error)}") from None
    if not converged:
        raise FailureError(f"geometry not optimised in {steps} steps")
    return atoms.get_positions(), optimiser.nsteps + 1


def _check_bonds(molecule: Any, positions: FloatArray) -> None:
    """The optimised geometry must still be the molecule of the SMILES: same pairs of bonded atoms."""
    from rdkit import Chem
    from rdkit.Chem import rdDetermineBonds

    bare = Chem.RWMol()
    for atom in molecule.GetAtoms():
        bare.AddAtom(Chem.Atom(atom.GetAtomicNum()))
    conformer = Chem.Conformer(molecule.GetNumAtoms())
    conformer.SetPositions(np.ascontiguousarray(positions))
    bare.AddConformer(conformer)
    rdDetermineBonds.DetermineConnectivity(bare, useVdw=False)

    def pairs(m: Any) -> set[tuple[int, int]]:
        return {tuple(sorted((b.GetBeginAtomIdx(), b.GetEndAtomIdx()))) for b in m.GetBonds()}

    lost, made = pairs(molecule) - pairs(bare), pairs(bare) - pairs(molecule)
    if lost or made:
        raise FailureError(f"connectivity changed on optimisation ({len(lost)} bonds lost, {len(made)} made)")


def _properties(numbers: NDArray[np.int_], positions: FloatArray, method: str) -> dict[str, float]:
    """The engine's properties at a fixed geometry."""
    from ase.units import Bohr, Hartree
    from dftd4.interface import DispersionModel
    from tblite.interface import Calculator

    calculator = Calculator(method, numbers, positions / Bohr)
    calculator.set("verbosity", 0)
    try:
        result = calculator.singlepoint()
        polarizabilities = DispersionModel(numbers, positions / Bohr).get_properties()["polarizabilities"]
    except RuntimeError as error:
        raise FailureError(f"final single point failed: {_first_line(error)}") from None
    levels = result.get("orbital-energies")
    occupied = result.get("orbital-occupations") > 1.0
    values = {
        "total_energy": float(result.get("energy")) * Hartree,
        "dipole_moment": float(np.linalg.norm(result.get("dipole"))) * DEBYE_PER_ATOMIC_UNIT,
        "homo_lumo_gap": float(levels[~occupied].min() - levels[occupied].max()) * Hartree,
        "polarizability": float(polarizabilities.sum()) * Bohr**3,
    }
    if not all(np.isfinite(v) for v in values.values()):
        raise FailureError("a property is not finite")
    return values


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
