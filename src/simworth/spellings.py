"""Other spellings of the same material: for planting leaks in tests and for trying a leakage check.

Each function is random but repeatable: equal seeds give equal spellings.
"""

from __future__ import annotations

import random
from typing import Any

from simworth.errors import InputError
from simworth.identity import WHAT, Kind, elements


def respell(kind: Kind, text: str, seed: int) -> str:
    """Another spelling of one material; may by chance be the same one.

    Raises
    ------
    InputError
        When the text cannot be read, or for kind ``features``, whose text is its identity.
    """
    if kind == "molecule":
        return random_smiles(text, seed)
    if kind == "composition":
        return reordered_formula(text, seed)
    if kind == "polymer":
        return shifted_unit(text, seed)
    if kind == "pair":
        polymer, molecule, *rest = text.split("|")
        return "|".join([shifted_unit(polymer, seed), random_smiles(molecule, seed), *rest])
    raise InputError(f"materials of kind {kind!r} have one spelling only; choose another kind")


def random_smiles(smiles: str, seed: int) -> str:
    """A molecule's SMILES written from another atom in another order.

    Raises
    ------
    InputError
        When RDKit cannot read it.
    """
    from rdkit import Chem

    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise InputError(f"{smiles!r} cannot be read; give {WHAT['molecule']}")
    return str(Chem.MolToRandomSmilesVect(molecule, 1, randomSeed=seed % 2**31)[0])


def reordered_formula(formula: str, seed: int) -> str:
    """A formula with its elements in another order, multiplied by 1, 2 or 3, sometimes in brackets.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    chance = random.Random(seed)
    amounts = list(elements(formula).items())
    chance.shuffle(amounts)
    times, brackets = chance.randint(1, 3), chance.random() < 0.5
    inside = "".join(f"{e}{_amount(a if brackets else a * times)}" for e, a in amounts)
    return f"({inside}){times}" if brackets else inside


def shifted_unit(unit: str, seed: int) -> str:
    """A polymer's repeat unit cut at another backbone bond, one or two units long, in another atom order.

    Three units are joined, and the piece between a random bond and its image one or two units on is taken.

    Raises
    ------
    InputError
        When it is not a repeat unit.
    """
    from rdkit import Chem

    from simworth import chains

    read = chains.read_unit(unit)
    if read is None:
        raise InputError(f"{unit!r} cannot be read; give {WHAT['polymer']}")
    chance = random.Random(seed)
    chain = Chem.MolFromSmiles(chains.join_segments([Chem.MolToSmiles(read)] * 3))
    path, period = chains.backbone(chain), len(chains.backbone(read)) - 2
    cuttable = set(chains.cuttable_bonds(chain))
    starts = [j for j in range(1, period + 1) if _bond(chain, path, j) in cuttable]
    start, units = chance.choice(starts), chance.randint(1, 2)
    bonds = [_bond(chain, path, start), _bond(chain, path, start + units * period)]
    labels = [_labels(chain, path, b) for b in bonds]
    pieces = Chem.FragmentOnBonds(chain, bonds, addDummies=True, dummyLabels=labels)
    fragments = Chem.GetMolFrags(pieces, asMols=False)
    middle = next(i for i, atoms in enumerate(fragments) if path[start + 1] in atoms)
    piece = Chem.GetMolFrags(pieces, asMols=True)[middle]
    # the ends stay labelled until the text is written, or RDKit would forget centres between equal ends
    text = str(Chem.MolToRandomSmilesVect(piece, 1, randomSeed=chance.randrange(2**31))[0])
    return text.replace("[1*]", "*").replace("[2*]", "*")


def _bond(chain: Any, path: list[int], place: int) -> int:
    """The backbone bond after the atom at ``place``."""
    return int(chain.GetBondBetweenAtoms(path[place], path[place + 1]).GetIdx())


def _labels(chain: Any, path: list[int], index: int) -> tuple[int, int]:
    """Labels of the open ends a cut leaves: 1 on the piece to the right, 2 on the piece to the left."""
    bond = chain.GetBondWithIdx(index)
    ahead = path.index(bond.GetBeginAtomIdx()) < path.index(bond.GetEndAtomIdx())
    return (1, 2) if ahead else (2, 1)


def _amount(amount: float) -> str:
    """As a formula writes it."""
    text = f"{amount:.6f}".rstrip("0").rstrip(".")
    return "" if text == "1" else text
