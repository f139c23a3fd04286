"""When are two rows the same material? Canonical identities for the kinds of material simworth knows.

Parsing is RDKit's (molecules, polymers), molmass's (formulas with whole amounts) and periodictable's
(formulas with decimals); nothing is parsed here.

===========  ============================================================================================
kind         two texts are the same material when they have
===========  ============================================================================================
molecule     the same canonical isomeric SMILES
composition  the same elements in the same exact proportions (``Fe0.5Ni0.5`` is ``NiFe``)
polymer      the same infinite chain, wherever it is cut, in whichever direction, however many units are drawn
pair         the same polymer and the same molecule, at the same temperature where one is given
features     the same text
===========  ============================================================================================
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple, get_args

from simworth.errors import InputError, MissingExtraError

Kind = Literal["composition", "molecule", "polymer", "pair", "features"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Descriptor = Literal["usual", "forcefield", "both"]
"""How a material is described by numbers: as its kind usually is, by its force field, or by both in this order."""

WHAT: dict[Kind, str] = {
    "composition": "a chemical formula such as 'Fe2O3' (write hydrates as 'CuSO4·5H2O')",
    "molecule": "a SMILES of a whole molecule such as 'CCO'",
    "polymer": "the SMILES of one repeat unit with exactly two '*', such as '*CCO*'",
    "pair": "a repeat unit, a SMILES and, where it is known, a temperature, such as '*CC*|CCO|298.15 K'",
    "features": "a text that names the material",
}
"""What a readable material is, by kind; ends the messages about unreadable ones."""


class Pair(NamedTuple):
    """The parts of a pair's identity."""

    polymer: str
    molecule: str
    kelvin: float | None


def canonical(kind: Kind, text: str) -> str | None:
    """The canonical identity of a material, or None where the text cannot be read as one.

    Parameters
    ----------
    kind : Kind
        What the text is.
    text : str
        One material; blanks around it are ignored.

    Raises
    ------
    InputError
        When ``kind`` is not one of `KINDS`.
    MissingExtraError
        When the library that reads this kind is not installed.
    """
    text = text.strip()
    if kind == "molecule":
        return _molecule(text)
    if kind == "composition":
        from simworth.formulas import reduced_formula

        return reduced_formula(text)
    if kind == "polymer":
        from simworth.chains import canonical_unit

        return canonical_unit(text)
    if kind == "pair":
        return _pair(text)
    if kind == "features":
        return text or None
    raise InputError(f"kind {kind!r} is not known; use one of {', '.join(KINDS)}")


def elements(composition: str) -> dict[str, float]:
    """Amount of each element in a formula as written, sorted by symbol (``{"Fe": 2.0, "O": 3.0}``).

    Raises
    ------
    InputError
        When the formula cannot be read.
    """
    from simworth.formulas import amounts

    found = amounts(composition.strip())
    if found is None:
        raise InputError(f"{composition!r} cannot be read; give {WHAT['composition']}")
    return found


def subject(kind: Kind, identity: str) -> str:
    """What an identity is about, its condition left out: a pair without its temperature, else the identity itself.

    Rows of one subject are the same material under several conditions: knowing one tells of the others.
    """
    return "|".join(pair_parts(identity)[:2]) if kind == "pair" else identity


def pair_text(polymer: str, molecule: str, kelvin: float | None = None) -> str:
    """One text of a pair; temperatures are told apart to 0.01 K."""
    return f"{polymer}|{molecule}" if kelvin is None else f"{polymer}|{molecule}|{kelvin:.2f} K"


def pair_parts(identity: str) -> Pair:
    """The parts of a canonical pair."""
    polymer, molecule, *rest = identity.split("|")
    return Pair(polymer, molecule, float(rest[0].removesuffix(" K")) if rest else None)


def canonical_smiles(smiles: str) -> str | None:
    """RDKit's canonical isomeric SMILES, or None where RDKit cannot read it.

    Raises
    ------
    MissingExtraError
        When RDKit is not installed.
    """
    try:
        from rdkit import Chem, RDLogger
    except ImportError:
        raise MissingExtraError("rdkit", "chem", "Reading SMILES") from None
    RDLogger.DisableLog("rdApp.*")  # type: ignore[attr-defined]
    molecule = Chem.MolFromSmiles(smiles)
    return None if molecule is None else Chem.MolToSmiles(molecule)


def _molecule(text: str) -> str | None:
    """Canonical SMILES of a whole molecule; an open end (``*``) makes it a fragment, which is no molecule."""
    found = canonical_smiles(text)
    return found if found and "*" not in found else None


def _pair(text: str) -> str | None:
    """Canonical polymer, canonical molecule and the temperature, joined by bars, which no SMILES holds."""
    parts = [p.strip() for p in text.split("|")]
    if len(parts) not in (2, 3):
        return None
    polymer, molecule = canonical("polymer", parts[0]), canonical("molecule", parts[1])
    if polymer is None or molecule is None:
        return None
    if len(parts) == 2:
        return pair_text(polymer, molecule)
    try:
        kelvin = float(parts[2].removesuffix("K"))
    except ValueError:
        return None
    return pair_text(polymer, molecule, kelvin) if 0 < kelvin < math.inf else None
