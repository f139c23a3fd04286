"""Other forms of a material that a check must find, and look-alikes that it must leave alone; None where there is none.

Every function takes the canonical text of a material and a seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

from rdkit import Chem
from rdkit.Chem.MolStandardize import rdMolStandardize

from simworth.identity import Kind, canonical, elements, pair_parts, pair_text
from simworth.spellings import random_smiles, reordered_formula, shifted_unit
from simworth.tables import Nearness

Change = Callable[[str, int], str | None]
ACID = Chem.MolFromSmarts("[CX3](=O)[OX2H1]")
AMINE = Chem.MolFromSmarts("[NX3;H2,H1;!$(N~[!#6;!#1]);!$(NC=[O,S,N])]")


class Plant(NamedTuple):
    """One way of writing or measuring a material again."""

    name: str
    kind: Kind
    nearness: Nearness | None
    """What it should be found as; None for a look-alike."""
    change: Change


def spelt(text: str, seed: int) -> str | None:
    """The same SMILES from another atom on."""
    return random_smiles(text, seed)


def without_stereo(text: str, seed: int) -> str | None:
    """Stereochemistry forgotten."""
    molecule = Chem.MolFromSmiles(text)
    Chem.RemoveStereochemistry(molecule)
    return Chem.MolToSmiles(molecule) if any(c in text for c in "@/\\") else None


def labelled(text: str, seed: int) -> str | None:
    """One carbon as carbon-13."""
    molecule = Chem.MolFromSmiles(text)
    carbons = [a for a in molecule.GetAtoms() if a.GetAtomicNum() == 6 and a.GetIsotope() == 0]
    if not carbons:
        return None
    random.Random(seed).choice(carbons).SetIsotope(13)
    return Chem.MolToSmiles(molecule)


def charged(text: str, seed: int) -> str | None:
    """An acid without its proton, or an amine with one more."""
    molecule = Chem.MolFromSmiles(text)
    for pattern, place, charge in ((ACID, 2, -1), (AMINE, 0, 1)):
        found = molecule.GetSubstructMatches(pattern)
        if found and Chem.GetFormalCharge(molecule) == 0:
            atom = molecule.GetAtomWithIdx(found[0][place])
            hydrogens = atom.GetTotalNumHs() + charge
            atom.SetFormalCharge(charge)
            atom.SetNoImplicit(True)
            atom.SetNumExplicitHs(hydrogens)
            return Chem.MolToSmiles(molecule)
    return None


def salted(text: str, seed: int) -> str | None:
    """The sodium salt of an acid or the hydrochloride of an amine."""
    ion = charged(text, seed)
    if ion is None:
        return None
    return f"{ion}.[Na+]" if "-]" in ion else f"{ion}.[Cl-]"


def tautomer(text: str, seed: int) -> str | None:
    """Another tautomer, as RDKit enumerates them."""
    molecule = Chem.MolFromSmiles(text)
    if molecule.GetNumHeavyAtoms() > 40:
        return None
    forms = {Chem.MolToSmiles(m) for m in rdMolStandardize.TautomerEnumerator().Enumerate(molecule)} - {text}
    return random.Random(seed).choice(sorted(forms)) if forms else None


def homologue(text: str, seed: int) -> str | None:
    """A methyl group for a hydrogen of carbon: another molecule."""
    molecule = Chem.RWMol(Chem.MolFromSmiles(text))
    places = [a.GetIdx() for a in molecule.GetAtoms() if a.GetAtomicNum() == 6 and a.GetTotalNumHs() > 0]
    if not places:
        return None
    carbon = molecule.AddAtom(Chem.Atom(6))
    molecule.AddBond(random.Random(seed).choice(places), carbon, Chem.BondType.SINGLE)
    return canonical("molecule", Chem.MolToSmiles(molecule))


def other_halogen(text: str, seed: int) -> str | None:
    """Chlorine for fluorine or the other way round: another molecule."""
    molecule = Chem.MolFromSmiles(text)
    places = [a for a in molecule.GetAtoms() if a.GetAtomicNum() in (9, 17)]
    if not places:
        return None
    atom = random.Random(seed).choice(places)
    atom.SetAtomicNum(26 - atom.GetAtomicNum())
    return Chem.MolToSmiles(molecule)


def reordered(text: str, seed: int) -> str | None:
    """Elements in another order, multiplied, bracketed."""
    return reordered_formula(text, seed)


def fractions(text: str, seed: int, digits: int = 3) -> str | None:
    """Atomic fractions to three digits."""
    amounts = elements(text)
    total = sum(amounts.values())
    parts = {e: round(a / total, digits) for e, a in amounts.items()}
    if len(parts) < 2 or min(parts.values()) < 0.02:
        return None
    found = "".join(f"{e}{a:.{digits}f}" for e, a in parts.items())
    return found if canonical("composition", found) != text else None


def percents(text: str, seed: int) -> str | None:
    """Whole atomic percents, as alloys are written."""
    amounts = elements(text)
    total = sum(amounts.values())
    parts = {e: round(100 * a / total) for e, a in amounts.items()}
    if len(parts) < 2 or min(parts.values()) < 5:
        return None
    found = "".join(f"{e}{a}" for e, a in parts.items())
    return found if canonical("composition", found) != text else None


def deuterated(text: str, seed: int) -> str | None:
    """Deuterium for hydrogen."""
    amounts = elements(text)
    if "H" not in amounts or "D" in amounts:
        return None
    return "".join(f"{'D' if e == 'H' else e}{a:g}" for e, a in amounts.items())


def doped(text: str, seed: int) -> str | None:
    """Two percent of the formula moved from its commonest element to its rarest: another composition."""
    amounts = elements(text)
    total = sum(amounts.values())
    if len(amounts) < 2:
        return None
    low, high = min(amounts, key=amounts.__getitem__), max(amounts, key=amounts.__getitem__)
    if low == high or amounts[high] <= 0.02 * total:
        return None
    moved = amounts | {low: amounts[low] + 0.02 * total, high: amounts[high] - 0.02 * total}
    return "".join(f"{e}{a / total:.4f}" for e, a in moved.items())


def other_element(text: str, seed: int) -> str | None:
    """Another element in the place of one: another composition."""
    amounts = elements(text)
    known = ["Sc", "Y", "Ti", "Zr", "V", "Nb", "Cr", "Mo", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Al", "Ga"]
    free = [e for e in known if e not in amounts]
    gone = random.Random(seed).choice(sorted(amounts))
    return "".join(f"{free[seed % len(free)] if e == gone else e}{a:g}" for e, a in amounts.items())


def shifted(text: str, seed: int) -> str | None:
    """A repeat unit cut elsewhere, one or two units long."""
    found = shifted_unit(text, seed)
    return found if found != text else None


def longer_side(text: str, seed: int) -> str | None:
    """A methyl group more: another polymer."""
    molecule = Chem.RWMol(Chem.MolFromSmiles(text))
    places = [a.GetIdx() for a in molecule.GetAtoms() if a.GetAtomicNum() == 6 and a.GetTotalNumHs() > 0]
    if not places:
        return None
    carbon = molecule.AddAtom(Chem.Atom(6))
    molecule.AddBond(random.Random(seed).choice(places), carbon, Chem.BondType.SINGLE)
    return canonical("polymer", Chem.MolToSmiles(molecule))


def warmer(text: str, seed: int) -> str | None:
    """The same pair 15 K warmer."""
    polymer, molecule, kelvin = pair_parts(text)
    return None if kelvin is None else pair_text(polymer, molecule, kelvin + 15)


def pair_spelt(text: str, seed: int) -> str | None:
    """Both parts of a pair spelt otherwise."""
    polymer, molecule, kelvin = pair_parts(text)
    return pair_text(shifted_unit(polymer, seed), random_smiles(molecule, seed), kelvin)


def pair_flat(text: str, seed: int) -> str | None:
    """A pair whose polymer has lost its stereochemistry."""
    polymer, molecule, kelvin = pair_parts(text)
    flat = without_stereo(polymer, seed)
    return None if flat is None else pair_text(flat, molecule, kelvin)


def other_solvent(text: str, seed: int) -> str | None:
    """The polymer in the solvent's next homologue: another pair."""
    polymer, molecule, kelvin = pair_parts(text)
    other = homologue(molecule, seed)
    return None if other is None else pair_text(polymer, other, kelvin)


PLANTS = (
    Plant("SMILES from another atom", "molecule", "same", spelt),
    Plant("stereochemistry left out", "molecule", "stereo", without_stereo),
    Plant("isotope label", "molecule", "isotope", labelled),
    Plant("proton lost or gained", "molecule", "salt", charged),
    Plant("salt", "molecule", "salt", salted),
    Plant("tautomer", "molecule", "tautomer", tautomer),
    Plant("formula reordered, multiplied", "composition", "same", reordered),
    Plant("atomic fractions, 3 digits", "composition", "rounding", fractions),
    Plant("whole atomic percents", "composition", "rounding", percents),
    Plant("deuterated", "composition", "isotope", deuterated),
    Plant("repeat unit shifted or doubled", "polymer", "same", shifted),
    Plant("repeat unit, stereo left out", "polymer", "stereo", without_stereo),
    Plant("repeat unit, isotope label", "polymer", "isotope", labelled),
    Plant("pair spelt otherwise", "pair", "same", pair_spelt),
    Plant("pair at another temperature", "pair", "condition", warmer),
    Plant("pair, stereo left out", "pair", "stereo", pair_flat),
    Plant("one methyl group more", "molecule", None, homologue),
    Plant("another halogen", "molecule", None, other_halogen),
    Plant("2 % of the atoms replaced", "composition", None, doped),
    Plant("another element", "composition", None, other_element),
    Plant("one methyl group more", "polymer", None, longer_side),
    Plant("next solvent homologue", "pair", None, other_solvent),
)
