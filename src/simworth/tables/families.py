"""The family a material belongs to: its scaffold, its chemical system, its backbone.

Reference: Bemis, Murcko, J. Med. Chem. 39, 2887 (1996), doi 10.1021/jm9602928, for scaffolds, as RDKit has them.
"""

from __future__ import annotations

from typing import Any


def scaffold(smiles: str) -> str:
    """The rings of a molecule and what links them, without stereochemistry; a molecule without rings itself."""
    from rdkit import Chem
    from rdkit.Chem.Scaffolds import MurckoScaffold

    molecule = Chem.MolFromSmiles(smiles)
    Chem.RemoveStereochemistry(molecule)
    core: Any = MurckoScaffold.GetScaffoldForMol(molecule)  # type: ignore[no-untyped-call]
    return Chem.MolToSmiles(core if core.GetNumAtoms() else molecule)


def system(formula: str) -> str:
    """The elements of a composition: ``Fe-Ni-O``; deuterium is hydrogen."""
    from simworth.identity import elements

    return "-".join(sorted({"H" if e == "D" else e for e in elements(formula)}))


def backbone(unit: str) -> str:
    """The main chain of a repeat unit as a repeat unit: side groups are cut off, rings in the chain stay.

    Of a side group only an atom on a double bond stays (``=O`` of an amide or ester), which makes the class of polymer.
    """
    from rdkit import Chem

    from simworth import chains

    read = chains.read_unit(unit)
    if read is None:
        return unit
    Chem.RemoveStereochemistry(read)
    kept = _main_chain(read, set(chains.backbone(read)))
    edit = Chem.RWMol(read)
    for atom in reversed(range(read.GetNumAtoms())):
        if atom not in kept:
            _drop(edit, atom)
    core = edit.GetMol()
    for atom in core.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetIsotope(0)
    try:
        Chem.SanitizeMol(core)
    except (Chem.MolSanitizeException, ValueError):
        return unit
    return chains.canonical_unit(Chem.MolToSmiles(core)) or unit


def _main_chain(unit: Any, path: set[int]) -> set[int]:
    """Atoms on the way through the chain, of its rings and those fused to them, and atoms on a double bond to these."""
    from rdkit import Chem

    kept, rings = set(path), [set(r) for r in unit.GetRingInfo().AtomRings()]
    growing = True
    while growing:
        joined = [r for r in rings if len(r & kept) > 1 and not r <= kept]
        for ring in joined:
            kept |= ring
        growing = bool(joined)
    for atom in list(kept):
        for bond in unit.GetAtomWithIdx(atom).GetBonds():
            if bond.GetBondType() in (Chem.BondType.DOUBLE, Chem.BondType.TRIPLE):
                kept.add(bond.GetOtherAtomIdx(atom))
    return kept


def _drop(edit: Any, atom: int) -> None:
    """Remove an atom; what it was bonded to gets a hydrogen where RDKit does not add it by itself."""
    from rdkit import Chem

    for bond in edit.GetAtomWithIdx(atom).GetBonds():
        other = bond.GetOtherAtom(edit.GetAtomWithIdx(atom))
        if other.GetNoImplicit() or (other.GetIsAromatic() and other.GetAtomicNum() != 6):
            order = 1 if bond.GetBondType() == Chem.BondType.AROMATIC else int(bond.GetBondTypeAsDouble())
            other.SetNumExplicitHs(other.GetNumExplicitHs() + order)
    edit.RemoveAtom(atom)
