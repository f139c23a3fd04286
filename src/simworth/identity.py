"""When are two rows the same material? Canonical identities for the kinds of material simworth knows.

Parsing is RDKit's (molecules, polymers), molmass's (formulas with whole amounts) and periodictable's
(formulas with decimals); nothing is parsed here.

===========  ============================================================================================
kind         two texts are the same material when they have
===========  ============================================================================================
molecule     the same canonical isomeric SMILES
composition  the same elements in the same exact proportions (``Fe0.5Ni0.5`` is ``NiFe``)
polymer      the same infinite chain, wherever it is cut, in whichever direction, however many units are drawn
features     the same text
===========  ============================================================================================
"""

from __future__ import annotations

from typing import Literal, get_args

from simworth.errors import InputError, MissingExtraError

Kind = Literal["composition", "molecule", "polymer", "features"]
KINDS: tuple[Kind, ...] = get_args(Kind)

WHAT: dict[Kind, str] = {
    "composition": "a chemical formula such as 'Fe2O3' (write hydrates as 'CuSO4·5H2O')",
    "molecule": "a SMILES of a whole molecule such as 'CCO'",
    "polymer": "the SMILES of one repeat unit with exactly two '*', such as '*CCO*'",
    "features": "a text that names the material",
}
"""What a readable material is, by kind; ends the messages about unreadable ones."""


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
