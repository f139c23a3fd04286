"""What the name of a column says: a unit, and the words for the property."""

from __future__ import annotations

import re

from simworth.errors import InputError
from simworth.units import USUAL, parse_unit, registry

BRACKETS = re.compile(r"^(?P<base>.*?\S)\s*[\[({](?P<unit>[^\[\](){}]*(?:\([^()]*\))?[^\[\](){}]*)[\])}]\s*$")
SLASH = re.compile(r"^(?P<base>.*\S)\s+/\s+(?P<unit>\S.*)$")
COMMA = re.compile(r"^(?P<base>.*\S)\s*,\s+(?P<unit>\S+)$")
IN = re.compile(r"^(?P<base>.*\S)\s+in\s+(?P<unit>\S+)$")
SPELLINGS = {
    "%": "%", "percent": "%", "pct": "%", "-": "1", "–": "1", "unitless": "1", "dimensionless": "1", "none": "1",
    "°c": "degC", "℃": "degC", "deg c": "degC", "celsius": "degC", "d": "debye", "debye": "debye",
    "ang": "angstrom", "ev": "eV", "mev": "meV", "hartree": "hartree", "ha": "hartree", "eh": "hartree",
    "mpa·s": "mPa*s", "mpa s": "mPa*s",
}  # fmt: skip
"""Spellings, in small letters, that pint reads otherwise or not at all."""
UNITS = frozenset((
    "eV", "meV", "keV", "kJ", "kcal", "cal", "J", "mol", "K", "degC", "nm", "um", "pm", "angstrom", "Angstrom",
    "bohr", "m", "m2", "m3", "cm", "cm2", "cm3", "dm3", "mm", "g", "mg", "kg", "GPa", "MPa", "kPa", "Pa", "bar",
    "atm", "W", "mW", "S", "mS", "V", "mV", "s", "ms", "us", "ns", "ps", "fs", "Hz", "MHz", "GHz", "THz",
    "debye", "Debye", "hartree", "Hartree", "Ha", "atom", "atoms", "percent", "pct", "bohr2", "bohr3",
    "angstrom2", "angstrom3", "L", "mL", "N", "mN", "kN", "C", "F",
))  # fmt: skip
"""Words that may close a name after an underscore, alone or in a row (``kg_m3``)."""
ALONE = frozenset(["K", "V", "D"])
"""Of one letter and yet a unit when alone: ``Tm_K``."""
WARM = re.compile(r"temp|^t[gmcd]?$|melting|boiling|glass|transition|t_?[gmbc]\b", re.IGNORECASE)
PER_ONE = frozenset(("formula", "formulaunit", "fu", "molecule"))
"""Of which an energy is one of one molecule."""
NUMBER = re.compile(r"[+-]?\.?\d(?!\s*/)")
"""A number, which is no unit; ``1/cm`` is one."""
AMBIGUOUS = ("au", "a.u.", "arb", "arb.u.")


def split_unit(name: str) -> tuple[str, str | None]:
    """The words of a column's name and the unit it states, which is None where none is known for sure.

    >>> split_unit("band gap (eV)")
    ('band gap', 'eV')
    >>> split_unit("density_kg_m3")
    ('density', 'kg/m^3')
    >>> split_unit("band_gap")
    ('band_gap', None)
    """
    for shape in (BRACKETS, SLASH, COMMA, IN):
        found = shape.match(name)
        if found and (unit := read_unit(found["unit"], found["base"])):
            return found["base"].strip(), unit
    return _underscored(name)


def read_unit(text: str, base: str = "") -> str | None:
    """A unit as simworth writes it; None where the text is none or could be several."""
    text = text.strip().replace("−", "-").replace("⁻", "-")
    text = text.translate(str.maketrans("¹²³", "123"))
    if not text or text.lower() in AMBIGUOUS or (NUMBER.match(text) and text != "1"):
        return None
    if text == "C":
        return "degC" if WARM.search(base) else None
    if text.lower() in SPELLINGS:
        return SPELLINGS[text.lower()]
    for spelling in (text, _powers(text)):
        try:
            known = parse_unit(spelling, "unit")
        except InputError:
            continue
        return _usual(known) or spelling
    return None


def words(name: str) -> tuple[str, ...]:
    """The words of a name without its unit, in small letters: ``expt_gap (eV)`` → ``expt``, ``gap``."""
    base = split_unit(name)[0]
    base = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", base)
    return tuple(w for w in re.split(r"[^0-9a-zA-Zα-ωΑ-Ω]+", base.lower()) if w)


def _underscored(name: str) -> tuple[str, str | None]:
    """A unit in the last words of ``energy_eV_per_atom``, ``density_kg_m3``, ``mu_D``."""
    parts = re.split(r"[_ ]+", name.strip())
    for first in range(1, len(parts)):
        unit = _chain(parts[first:], "_".join(parts[:first]))
        if unit:
            return "_".join(parts[:first]), unit
    return name.strip(), None


def _chain(parts: list[str], base: str) -> str | None:
    """``[kg, m3]`` and ``[eV, per, atom]`` as units."""
    if parts[0] in ("per", "atom", "atoms") or parts[-1] == "per":
        return None
    above, *below = [p for p in parts if p != "per"]
    if "per" in parts and "".join(below).lower() in PER_ONE and above in UNITS:
        return read_unit(above)
    if any(p not in UNITS for p in below) or (above not in UNITS and above not in ALONE):
        return None
    if len(above) == 1 and not below and above not in ALONE and not (above == "C" and WARM.search(base)):
        return None
    return read_unit("/".join([above, *below]), base)


def _powers(text: str) -> str:
    """``W m-1 K-1`` as ``W*m^-1*K^-1``."""
    text = re.sub(r"(?<=[A-Za-zÅ°µ])\^?\{?(-?\d+)\}?", r"^\1", text)
    return re.sub(r"\s*[·⋅.\s]\s*", "*", text.strip())


def _usual(known: object) -> str | None:
    """The usual spelling of a unit."""
    parse = registry().parse_units
    return next((u for u in USUAL if parse(u) == known), None)
