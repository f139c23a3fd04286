"""What stays the same when a structure is written with less detail: the keys by which relatives are recognised.

A structure is stripped step by step: of its stereochemistry, then of its isotopes, then of counter-ions, solvent and
charge, and at last of its tautomeric form. Two structures are relatives from the first step on at which they agree.
The chemistry is RDKit's (``rdMolStandardize``); nothing is parsed here, and nothing that has no such detail is given
to RDKit at all.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple, TypeVar, get_args

STEREO = re.compile(r"[@/\\]")
ISOTOPE = re.compile(r"\[[0-9]")
CHARGE = re.compile(r"\.|\[[^\]]*[+-]")
NITRO = re.compile(r"\[N\+\]\(=O\)\[O-\]|O=\[N\+\]\(\[O-\]\)|\[N\+\]\(\[O-\]\)=O|O=\[N\+\]\[O-\]")
"""Charges that are a way of writing."""
HEAVY = re.compile(r"\[[0-9]*([A-Z][a-z]?|[a-z]{1,2})[^\]]*\]|(Br|Cl|[BCNOPSFIbcnops])")
"""An atom of a canonical SMILES, in brackets or without; hydrogen and ``*`` are left out when they are counted."""

BRACKETS = re.compile(r"\[[^\]]*\]")
RING = re.compile(r"%[0-9][0-9]|[0-9]")
IMMOBILE = {"C", "F", "Cl", "Br", "I", "ring"}
"""Structures of nothing else have no tautomers."""
Atoms = tuple[tuple[str, int], ...]

Key = TypeVar("Key")
Step = Literal["stereo", "isotope", "salt"]
STEPS: tuple[Step, ...] = get_args(Step)


class Stripped(NamedTuple):
    """A structure with ever less detail; each field is the canonical text of what is left."""

    stereo: str
    isotope: str
    salt: str


def strip(identity: str) -> Stripped:
    """A molecule's or repeat unit's identity without stereochemistry, also without isotopes, also as neutral parent.

    A parent is what remains without inorganic and smaller fragments once charges are removed as far as protons
    can. A salt whose ion cannot be neutralised, such as an ionic liquid, is a material of its own and stays whole; so
    is one without carbon.

    Parameters
    ----------
    identity : str
        A canonical SMILES of a molecule, or of a repeat unit (with two ``*``).
    """
    flat = (STEREO.search(identity) and _without_stereo(identity)) or identity
    plain = (ISOTOPE.search(flat) and _without_isotopes(flat)) or flat
    return Stripped(flat, plain, (CHARGE.search(NITRO.sub("", plain)) and _parent(plain)) or plain)


def strip_all(source: Iterable[str], target: Iterable[str]) -> dict[str, Stripped]:
    """`strip` of all structures; a molecule that has no counterpart with the same atoms on the other side stays whole.

    Nothing that is stripped off changes the heavy atoms and rings of a fragment, and they are quickly counted.
    """
    sides = [set(source), set(target)]
    parts = [{_atoms(part) for text in side for part in text.split(".")} for side in sides]
    found: dict[str, Stripped] = {}
    for side, others in zip(sides, reversed(parts), strict=True):
        for text in side:
            if "*" in text or any(_atoms(part) in others for part in text.split(".")):
                found[text] = strip(text)
            else:
                found.setdefault(text, Stripped(text, text, text))
    return found


def tautomers(
    structures: Sequence[str], together: Callable[[Sequence[int]], bool] = lambda places: len(places) > 1
) -> dict[str, str]:
    """Structure → the canonical tautomer that it shares with another of these; of those that share one.

    Only structures of equal composition and equal skeleton can be tautomers, so the others are never enumerated.

    Parameters
    ----------
    structures : sequence of str
        Different canonical texts without stereochemistry.
    together : callable
        Whether structures at these places are worth comparing; by default any two.
    """
    found: dict[str, str] = {}
    for atoms, places in _grouped(structures, range(len(structures)), _atoms).items():
        if {e for e, _ in atoms} <= IMMOBILE or not together(places):
            continue
        for alike in _grouped(structures, places, _skeleton).values():
            if together(alike):
                found |= {structures[i]: _canonical_tautomer(structures[i]) for i in alike}
    shared = Counter(found.values())
    return {text: key for text, key in found.items() if shared[key] > 1}


def _grouped(texts: Sequence[str], places: Sequence[int], key: Callable[[str], Key]) -> Mapping[Key, list[int]]:
    groups: dict[Key, list[int]] = defaultdict(list)
    for i in places:
        groups[key(texts[i])].append(i)
    return groups


@lru_cache(maxsize=1 << 20)
def _atoms(smiles: str) -> Atoms:
    """Heavy atoms by element and ends of ring bonds, counted in the text: quick, and the same for all tautomers."""
    found = Counter((a or b).capitalize() for a, b in HEAVY.findall(smiles))
    found.pop("H", None)
    found["ring"] = len(RING.findall(BRACKETS.sub("", smiles)))
    return tuple(sorted(found.items()))


def _skeleton(smiles: str) -> tuple[str, str]:
    """Formula and graph of the heavy atoms without bond orders, which no tautomerism changes.

    A repeat unit may be cut elsewhere in its other form, so that of it only the formula counts.
    """
    from rdkit.Chem import rdMolDescriptors, rdMolHash

    molecule = _read(smiles)
    formula = rdMolDescriptors.CalcMolFormula(molecule)
    if "*" in smiles:
        return formula, ""
    return formula, rdMolHash.MolHash(molecule, rdMolHash.HashFunction.ElementGraph)


def _read(smiles: str) -> Any:
    from rdkit import Chem

    return Chem.MolFromSmiles(smiles)


def _written(molecule: Any) -> str | None:
    """Canonical text of a molecule, or of the chain that a repeat unit stands for; None where it makes no sense."""
    from rdkit import Chem

    from simworth.chains import canonical_unit
    from simworth.identity import canonical_smiles

    text = Chem.MolToSmiles(molecule)
    return canonical_unit(text) if "*" in text else canonical_smiles(text)


def _without_stereo(smiles: str) -> str | None:
    from rdkit import Chem

    molecule = _read(smiles)
    Chem.RemoveStereochemistry(molecule)
    return _written(molecule)


def _without_isotopes(smiles: str) -> str | None:
    from rdkit import Chem

    molecule = _read(smiles)
    for atom in molecule.GetAtoms():
        atom.SetIsotope(0)
    return _written(Chem.RemoveHs(molecule))


@cache
def _standardize() -> tuple[Any, Any, Any]:
    """RDKit's tools, which are slow to make: chooser of a fragment, remover of charges, enumerator of tautomers."""
    from rdkit import RDLogger
    from rdkit.Chem.MolStandardize import rdMolStandardize

    RDLogger.DisableLog("rdApp.*")  # type: ignore[attr-defined]
    return (
        rdMolStandardize.LargestFragmentChooser(preferOrganic=True),
        rdMolStandardize.Uncharger(),
        rdMolStandardize.TautomerEnumerator(),
    )


def _parent(smiles: str) -> str | None:
    from rdkit import Chem

    choose, uncharge, _ = _standardize()
    parent = uncharge.uncharge(choose.choose(_read(smiles)))
    organic = any(atom.GetAtomicNum() == 6 for atom in parent.GetAtoms())
    return _written(parent) if organic and Chem.GetFormalCharge(parent) == 0 else None


def _canonical_tautomer(smiles: str) -> str:
    """One text for all tautomers (within RDKit's limits on how many it enumerates)."""
    from rdkit import Chem

    molecule, enumerator = _read(smiles), _standardize()[2]
    if "*" in smiles:
        # Which bond of the chain is cut depends on the form: every form is written as its chain before one is chosen.
        return min(_written(_flat(form)) or smiles for form in enumerator.Enumerate(molecule))
    return Chem.MolToSmiles(_flat(enumerator.Canonicalize(molecule)))


def _flat(molecule: Any) -> Any:
    from rdkit import Chem

    flat = Chem.Mol(molecule)
    Chem.RemoveStereochemistry(flat)
    return flat
