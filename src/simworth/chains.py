"""Repeat units of polymers: one spelling per infinite chain.

A drawn repeat unit is an arbitrary cut of the chain: ``*CCO*``, ``*COC*`` and ``*OCCOCC*`` draw the same
polymer. The chain is taken apart at every single bond of the backbone that is in no ring, which gives a
cyclic word of segments. The word is reduced to its shortest period, turned to its smallest rotation in both
reading directions, and put together again. Stereochemistry inside and between segments is kept, since each
open end is labelled as the left or the right one while RDKit looks at it.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import Any

from simworth.errors import MissingExtraError

LEFT, RIGHT = 1, 2
"""Isotope labels of a segment's open ends, in reading direction."""


def canonical_unit(smiles: str) -> str | None:
    """One spelling of the infinite chain a repeat unit stands for; None where it cannot be read.

    A repeat unit has exactly two open ends (``*``), each with one bond of the same order, in a single
    fragment.

    Raises
    ------
    MissingExtraError
        When RDKit is not installed.
    """
    unit = read_unit(smiles)
    if unit is None:
        return None
    segments = cut_segments(unit)
    forward = _smallest_rotation(_shortest_period([_spelling(s) for s in segments]))
    turned = [_turned(s) for s in reversed(segments)]
    backward = _smallest_rotation(_shortest_period([_spelling(s) for s in turned]))
    return _assemble(min(forward, backward))


def read_unit(smiles: str) -> Any | None:
    """The unit with its ends labelled and single-bonded, or None."""
    try:
        from rdkit import Chem, RDLogger
    except ImportError:
        raise MissingExtraError("rdkit", "chem", "Reading repeat units") from None
    RDLogger.DisableLog("rdApp.*")  # type: ignore[attr-defined]
    if smiles.count("*") != 2 or "." in smiles:
        return None
    # Ends are labelled before stereochemistry is perceived: with equal ends RDKit would take
    # *[C@H](C)* for a centre with two equal neighbours and forget it.
    unit = Chem.MolFromSmiles(smiles, sanitize=False)
    if unit is None:
        return None
    ends = [a for a in unit.GetAtoms() if a.GetAtomicNum() == 0]
    if len(ends) != 2 or any(a.GetDegree() != 1 for a in ends):
        return None
    bonds = [a.GetBonds()[0].GetBondType() for a in ends]
    if bonds[0] != bonds[1] or ends[0].GetNeighbors()[0].GetAtomicNum() == 0:
        return None
    for end, label in zip(ends, (LEFT, RIGHT), strict=True):
        end.SetIsotope(label)
        end.SetAtomMapNum(0)
    try:
        Chem.SanitizeMol(unit)
    except (Chem.MolSanitizeException, ValueError):
        return None
    unit = Chem.RemoveHs(unit)
    Chem.AssignStereochemistry(unit, cleanIt=True, force=True)
    if bonds[0] == Chem.BondType.SINGLE:
        return unit
    return _cut_elsewhere(unit)


def _cut_elsewhere(unit: Any) -> Any | None:
    """A unit drawn with its ends on a multiple bond (``*=CC=*``), cut at a single bond; None if it has none.

    Two copies are joined at the multiple bond; the piece from a cut in the first copy to the same cut in the
    second is the unit again.
    """
    from rdkit import Chem

    if not cuttable_bonds(unit):
        return None
    path, size = backbone(unit), unit.GetNumAtoms()
    order = unit.GetAtomWithIdx(path[0]).GetBonds()[0].GetBondType()
    edit = Chem.RWMol(Chem.CombineMols(unit, unit))
    edit.AddBond(path[-2], size + path[1], order)
    for index in sorted((path[-1], size + path[0]), reverse=True):
        edit.RemoveAtom(index)
    pair = edit.GetMol()
    Chem.SanitizeMol(pair)
    segments = cut_segments(pair)
    middle: list[Any] = segments[1 : 1 + (len(segments) - 1) // 2]
    return Chem.MolFromSmiles(join_segments([_spelling(s) for s in middle]))


def backbone(unit: Any) -> list[int]:
    """Atoms on the shortest path from the left end to the right end."""
    from rdkit import Chem

    ends = {a.GetIsotope(): a.GetIdx() for a in unit.GetAtoms() if a.GetAtomicNum() == 0}
    return list(Chem.GetShortestPath(unit, ends[LEFT], ends[RIGHT]))


def cuttable_bonds(unit: Any) -> list[int]:
    """Bonds between two atoms of the backbone at which the chain can be cut, from left to right."""
    from rdkit import Chem

    path = backbone(unit)[1:-1]
    bonds = (unit.GetBondBetweenAtoms(a, b) for a, b in pairwise(path))
    return [b.GetIdx() for b in bonds if b.GetBondType() == Chem.BondType.SINGLE and not b.IsInRing()]


def cut_segments(unit: Any) -> list[Any]:
    """The pieces between cuts, from left to right, each with a left and a right end."""
    from rdkit import Chem

    cuts = cuttable_bonds(unit)
    if not cuts:
        return [unit]
    path = {atom: place for place, atom in enumerate(backbone(unit))}
    labels = []
    for index in cuts:
        bond = unit.GetBondWithIdx(index)
        ahead = path[bond.GetBeginAtomIdx()] < path[bond.GetEndAtomIdx()]
        # the first label marks the end that stays with the bond's last atom
        labels.append((LEFT, RIGHT) if ahead else (RIGHT, LEFT))
    pieces = Chem.FragmentOnBonds(unit, cuts, addDummies=True, dummyLabels=labels)
    atoms: list[tuple[int, ...]] = []
    found = Chem.GetMolFrags(pieces, asMols=True, sanitizeFrags=False, fragsMolAtomMapping=atoms)
    place = [min(path.get(a, len(path)) for a in group) for group in atoms]
    return [found[i] for i in sorted(range(len(found)), key=place.__getitem__)]


def _spelling(segment: Any) -> str:
    from rdkit import Chem

    return Chem.MolToSmiles(segment)


def _turned(segment: Any) -> Any:
    """The same segment read in the other direction."""
    from rdkit import Chem

    turned = Chem.Mol(segment)
    for atom in turned.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetIsotope(RIGHT if atom.GetIsotope() == LEFT else LEFT)
    return turned


def _shortest_period(word: list[str]) -> list[str]:
    """The shortest word whose repetition is the given one."""
    size = len(word)
    for period in range(1, size + 1):
        if size % period == 0 and word == word[:period] * (size // period):
            return word[:period]
    return word


def _smallest_rotation(word: list[str]) -> list[str]:
    """The rotation that comes first in the alphabet."""
    return min(word[i:] + word[:i] for i in range(len(word)))


def _assemble(word: list[str]) -> str:
    """One SMILES with two ``*`` from segments in order."""
    return join_segments(word).replace(f"[{LEFT}*]", "*").replace(f"[{RIGHT}*]", "*")


def join_segments(word: list[str]) -> str:
    """Canonical SMILES, ends labelled, of segments joined in order.

    RDKit's own ``molzip`` is not used: between conjugated double bonds it loses a configuration in some runs
    and keeps it in others.
    """
    from rdkit import Chem

    if len(word) == 1:
        return word[0]
    edit = Chem.RWMol()
    opened: list[tuple[int, int]] = []
    for spelling in word:
        start = edit.GetNumAtoms()
        edit.InsertMol(Chem.MolFromSmiles(spelling))
        found = {a.GetIsotope(): a for a in edit.GetAtoms() if a.GetIdx() >= start and a.GetAtomicNum() == 0}
        opened += [(found[side].GetIdx(), found[side].GetNeighbors()[0].GetIdx()) for side in (LEFT, RIGHT)]
    configurations = _configurations(edit)
    instead: dict[int, int] = {}
    for (right_end, last), (left_end, first) in zip(opened[1:-1:2], opened[2:-1:2], strict=True):
        for end, atom in ((right_end, last), (left_end, first)):
            _keep_handedness(edit.GetAtomWithIdx(atom), end)
            edit.RemoveBond(end, atom)
        edit.AddBond(last, first, Chem.BondType.SINGLE)
        instead |= {right_end: first, left_end: last}
    gone = sorted(instead)
    for end in reversed(gone):
        edit.RemoveAtom(end)
    for begin, finish, neighbours, stereo in configurations:
        bond = edit.GetBondBetweenAtoms(_moved(begin, gone), _moved(finish, gone))
        bond.SetStereoAtoms(*(_moved(instead.get(n, n), gone) for n in neighbours))
        bond.SetStereo(stereo)
    joined = edit.GetMol()
    Chem.SanitizeMol(joined)
    Chem.SetDoubleBondNeighborDirections(joined)  # without them the writer forgets cis and trans
    Chem.AssignStereochemistry(joined, cleanIt=True, force=True)
    return Chem.MolToSmiles(joined)


def _moved(atom: int, gone: list[int]) -> int:
    """The number of an atom once those in ``gone`` (sorted) are removed."""
    return atom - bisect_left(gone, atom)


def _configurations(edit: Any) -> list[tuple[int, int, tuple[int, ...], Any]]:
    """Double bonds with a configuration: their atoms, the neighbours it refers to, cis or trans.

    Bond directions, which say the same again, are removed.
    """
    from rdkit.Chem import BondDir, BondStereo

    meaning = {
        BondStereo.STEREOZ: BondStereo.STEREOCIS,
        BondStereo.STEREOCIS: BondStereo.STEREOCIS,
        BondStereo.STEREOE: BondStereo.STEREOTRANS,
        BondStereo.STEREOTRANS: BondStereo.STEREOTRANS,
    }
    found = []
    for bond in edit.GetBonds():
        bond.SetBondDir(BondDir.NONE)
        if bond.GetStereo() in meaning:
            stereo = meaning[bond.GetStereo()]
            atoms = (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
            found.append((*atoms, tuple(bond.GetStereoAtoms()), stereo))
    return found


def _keep_handedness(atom: Any, end: int) -> None:
    """Prepare an atom for its bond to ``end`` being replaced by a new one, which RDKit puts last.

    RDKit tells the handedness of an atom by the order of its bonds; moving one past an odd number of others
    inverts it.
    """
    order = [b.GetOtherAtomIdx(atom.GetIdx()) for b in atom.GetBonds()]
    if (len(order) - 1 - order.index(end)) % 2:
        atom.InvertChirality()
