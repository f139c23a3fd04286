"""Chemical formulas: amounts of elements, and one spelling per composition.

Two maintained parsers read them: molmass (strict and fast, whole amounts only) and periodictable (decimals, slower,
since it is a grammar in pyparsing). A row of symbols and decimal amounts needs no grammar: periodictable tells what
is an element, and no more.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from math import gcd
from typing import Any

from simworth.errors import MissingExtraError

DECIMALS = 6
"""Digits of an amount that count; beyond them two amounts are the same."""

HYDRATE_DOTS = str.maketrans("•⋅∙・", "····")
AMBIGUOUS_HYDRATE = re.compile(r"\.\d*H2O")
"""In ``CuSO4.5H2O`` the dot may be a decimal point or a hydrate's: such a text is refused, not guessed."""

BRACKETS = str.maketrans("[]", "()")
PLAIN = re.compile(r"[A-Za-z0-9.()]+")
"""What is handed to periodictable, whose language also has mixtures, densities, ions and sequences."""

AMOUNT = r"(?=[0-9.]*[1-9])(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,12})?"
FLAT = re.compile(rf"(?:[A-Z][a-z]?(?:{AMOUNT})?)+")
"""A row of symbols and amounts, such as ``Fe0.333Ni0.667``, which reads one way only."""
PAIR = re.compile(r"([A-Z][a-z]?)([0-9.]*)")

LARGEST_AMOUNT = 10**9
"""Atoms of one element in a formula above which it is no formula."""


def amounts(formula: str) -> dict[str, float] | None:
    """Amount of each element as written, sorted by symbol; None where unreadable.

    Charges and isotopes are not compositions and are unreadable, except deuterium (``D``).

    Raises
    ------
    MissingExtraError
        When a parser is not installed.
    """
    text = unicodedata.normalize("NFKC", formula).strip().translate(HYDRATE_DOTS)
    if not text or "+" in text or AMBIGUOUS_HYDRATE.search(text):
        return None
    try:
        found = (_in_a_row(text) or _with_decimals(text)) if "." in text else _with_whole_amounts(text)
    except ImportError as error:
        raise MissingExtraError(error.name or "molmass", "chem", "Reading formulas") from None
    if not found or any(v <= 0 for v in found.values()) or not all(k.isalpha() for k in found):
        return None
    return dict(sorted(found.items()))


def reduced_formula(formula: str) -> str | None:
    """One spelling per composition: elements in alphabetical order, smallest whole amounts (``Fe2O3``).

    Decimal amounts are taken exactly, to six digits: ``Fe0.5Ni0.5`` is ``FeNi``, but ``Fe0.333Ni0.667`` is
    ``Fe333Ni667`` and not ``FeNi2``.
    """
    found = amounts(formula)
    if found is None:
        return None
    whole = [round(v * 10**DECIMALS) for v in found.values()]
    if not all(whole):
        return None
    common = gcd(*whole)
    pairs = zip(found, (w // common for w in whole), strict=True)
    return "".join(e if n == 1 else f"{e}{n}" for e, n in pairs)


def flat_pairs(text: str) -> list[tuple[str, float]] | None:
    """Symbols and amounts where a formula is a row of them, whether or not they are elements; else None.

    None also for a row in which a dot may be that of a hydrate.
    """
    if not FLAT.fullmatch(text) or AMBIGUOUS_HYDRATE.search(text):
        return None
    return [(symbol, float(n) if n else 1.0) for symbol, n in PAIR.findall(text)]


def _in_a_row(text: str) -> dict[str, float] | None:
    """What `_with_decimals` finds, where `flat_pairs` suffices; None where it does not."""
    total: dict[str, float] = {}
    for symbol, amount in flat_pairs(text) or ():
        if not _is_element(symbol):
            return None
        total[symbol] = total.get(symbol, 0.0) + amount
    return total


@cache
def _is_element(symbol: str) -> bool:
    """Whether periodictable knows it by this name (deuterium too)."""
    from periodictable import elements

    try:
        return str(elements.symbol(symbol)) == symbol
    except ValueError:
        return False


def _with_whole_amounts(text: str) -> dict[str, float] | None:
    """molmass reads it; a hydrate's parts are summed."""
    from molmass import FormulaError

    try:
        read = _molmass()(text.replace("·", "+"))
        parts = read.composition()
    except FormulaError:
        return None
    if any(v.count > LARGEST_AMOUNT for v in parts.values()):
        return None
    return {"D" if k == "2H" else k: float(v.count) for k, v in parts.items()}


@cache
def _molmass() -> Any:
    """molmass's formula class without its extensions: abbreviations (Et, Ph), sequences, mass fractions."""
    from functools import partial

    from molmass import Formula

    return partial(Formula, parse_groups=False, parse_oligos=False, parse_fractions=False, allow_empty=False)


def _with_decimals(text: str) -> dict[str, float] | None:
    """periodictable reads it; a hydrate's parts are summed."""
    from periodictable.formulas import formula
    from pyparsing import ParseException

    total: dict[str, float] = {}
    for part in text.translate(BRACKETS).split("·"):
        if not PLAIN.fullmatch(part):
            return None
        try:
            atoms = formula(part).atoms
        except (ParseException, ValueError):
            return None
        for atom, amount in atoms.items():
            total[str(atom)] = total.get(str(atom), 0.0) + float(amount)
    return total
