"""AFLOW by AFLUX, its search language in an address: https://aflow.org/API/aflux/?Egap(1*),$paging(1,1000),format(json)

A reply is a list of entries, or an object whose keys are ``"1 of N"``; numbers may be written as texts. Entries are
sorted by the first key asked for, so that is ``auid``, which no two entries share: pages do not shift.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from simworth.errors import InputError
from simworth.ingest.sources.cells import decode, identifier, listing, mapping, number, text
from simworth.ingest.sources.conditions import Condition, conditions
from simworth.ingest.sources.protocol import Ask, Catalogue, Cell, Fetch, Field, Page, check_fields
from simworth.ingest.transfer.policy import PageError

CITATION = (
    "Curtarolo et al., AFLOWLIB.ORG: A distributed materials properties repository from high-throughput ab initio "
    "calculations, Computational Materials Science 58, 227 (2012), doi 10.1016/j.commatsci.2012.02.002; Rose et al., "
    "AFLUX: The LUX materials search API for the AFLOW data repositories, Computational Materials Science 137, 362 "
    "(2017), doi 10.1016/j.commatsci.2017.04.036"
)
LICENCE = "no formal licence found; ask AFLOW before you pass the data on"
FIELDS = {
    f.name: f
    for f in (
        Field("Egap", "eV", "band gap"),
        Field("Egap_fit", "eV", "band gap, fitted to measured ones", "number", True),
        Field("enthalpy_formation_atom", "eV/atom", "formation enthalpy"),
        Field("enthalpy_atom", "eV/atom", "enthalpy"),
        Field("energy_atom", "eV/atom", "total energy"),
        Field("entropic_temperature", "K", "entropic temperature"),
        Field("density", "g/cm^3", "mass density"),
        Field("volume_atom", "angstrom^3/atom", "volume an atom"),
        Field("natoms", "1", "atoms in the cell"),
        Field("nspecies", "1", "elements"),
        Field("spin_atom", "bohr_magneton/atom", "magnetic moment"),
        Field("spacegroup_relax", "1", "number of the relaxed structure's space group"),
        Field("ael_bulk_modulus_vrh", "GPa", "bulk modulus (AEL)"),
        Field("ael_shear_modulus_vrh", "GPa", "shear modulus (AEL)"),
        Field("agl_debye", "K", "Debye temperature (AGL)"),
        Field("agl_thermal_conductivity_300K", "W/m/K", "thermal conductivity of the lattice at 300 K (AGL)"),
        Field("compound", None, "formula", "text"),
        Field("auid", None, "AFLOW's name of the entry", "text"),
        Field("aurl", None, "where its files lie", "text"),
        Field("catalog", None, "the part of AFLOW it belongs to", "text"),
        Field("dft_type", None, "functional", "text"),
        Field("Egap_type", None, "kind of gap", "text"),
        Field("Pearson_symbol_relax", None, "Pearson symbol of the relaxed structure", "text"),
        Field("prototype", None, "structure prototype", "text"),
    )
}
NUMBERED = re.compile(r"\s*([0-9]{1,12})\s+of\s+([0-9]{1,12})\s*", re.ASCII)
PAGING = re.compile(r"\$paging\(([0-9]{1,9}),([0-9]{1,9})\)", re.ASCII)


@dataclass(frozen=True)
class Aflow:
    """AFLOW's entries."""

    name: str = "aflow"
    title: str = "AFLOW by AFLUX"
    base: str | None = "https://aflow.org"
    page: int = 1000
    key: str | None = None
    where: str = 'comparisons joined by AND, such as: Egap >= 1 AND catalog = "ICSD" AND species HAS "O"'

    def catalogue(self, base: str, fetch: Fetch) -> Catalogue:
        """Known without asking."""
        return Catalogue(FIELDS, LICENCE, CITATION, "composition")

    def first(self, ask: Ask, catalogue: Catalogue) -> str:
        """The first page."""
        asked = _matchbook(self.name, conditions(ask.where))
        terms = [f"{k}({','.join(v)})" if v else k for k, v in asked.items()]
        terms += [f for f in ("compound", *ask.fields) if f not in asked and f not in ("auid",)]
        summons = ",".join(["auid", *dict.fromkeys(terms), f"$paging(1,{ask.page})", "format(json)"])
        return f"{ask.base}/API/aflux/?{quote(summons, safe=_SAFE)}"

    def read(self, body: bytes, url: str, ask: Ask, catalogue: Catalogue) -> Page:
        """One page, as a list or as an object."""
        page, size = _place(url)
        found = decode(body)
        if isinstance(found, dict) and found:
            data, total = _numbered(found, page, size)
        elif found == {}:
            data, total = [], None  # what a server that speaks in objects gives past the end
        else:
            data, total = listing(found, "the page"), None
        keys, materials = [], []
        columns: dict[str, list[Cell]] = {f: [] for f in ask.fields}
        unreadable: Counter[str] = Counter()
        for item in data:
            entry = mapping(item, "an entry")
            keys.append(identifier(entry.get("auid")))
            materials.append(text(entry.get("compound"), "compound", unreadable))
            for f in ask.fields:
                read = number if catalogue.fields[f].holds == "number" else text
                columns[f].append(read(entry.get(f), f, unreadable))
        if total is not None:
            following = _moved(url, page + 1, size) if page * size < total else None
            return Page(keys, keys, materials, columns, following, total, unreadable)
        return Page(
            keys, keys, materials, columns, *_after_list(url, len(data), ask), unreadable, _probed(url, data, ask)
        )


def _after_list(url: str, here: int, ask: Ask) -> tuple[str | None, None]:
    """Where to go after a list, which does not say how many entries there are.

    A full page is followed by the next. A short one may be the last or may have been cut: the entry after its last one
    is asked for alone, and must not be there.
    """
    page, size = _place(url)
    if size == 1 and ask.page > 1:
        return None, None
    if here == size:
        return _moved(url, page + 1, size), None
    if size == 1:
        return None, None
    return _moved(url, (page - 1) * size + here + 1, 1), None


def _probed(url: str, data: list[Any], ask: Ask) -> str:
    """What an entry behind a short page means."""
    return "a page was cut short" if _place(url)[1] == 1 and ask.page > 1 and data else ""


_SAFE = "(),*$:'_-.!"


def _matchbook(name: str, asked: tuple[Condition, ...]) -> dict[str, list[str]]:
    """AFLUX's words for conditions: bounds are loose (``*``); strict ones are checked when rows arrive."""
    found: dict[str, list[str]] = {}
    for c in asked:
        if c.field != "species":
            check_one(name, c)
        value = f"{c.value:.17g}" if isinstance(c.value, float) else _quoted(c.value)
        if c.sign in (">", ">="):
            value = f"{value}*"
        elif c.sign in ("<", "<="):
            value = f"*{value}"
        elif c.sign == "!=":
            value = f"!{value}"
        found.setdefault(c.field, []).append(value)
    return found


def check_one(name: str, condition: Condition) -> None:
    """Refuse a condition on an unknown field.

    Raises
    ------
    InputError
        Naming near fields.
    """
    if condition.field not in FIELDS:
        check_fields(name, (condition.field,), FIELDS)


def _quoted(value: str) -> str:
    """A word as it is, other texts in quotes."""
    if re.fullmatch(r"[A-Za-z0-9]+", value):
        return value
    if not re.fullmatch(r"[\w .:/+\-]+", value):
        raise InputError(f"--where: {value!r} holds characters that AFLUX gives a meaning of its own; leave them out")
    return f"'{value}'"


def _numbered(found: dict[str, Any], page: int, size: int) -> tuple[list[Any], int]:
    """The entries of an object in the order of their numbers, all of which must be there."""
    data: dict[int, Any] = {}
    totals = set()
    for key, value in found.items():
        place = NUMBERED.fullmatch(key)
        if place is None:
            raise PageError(f"it holds {key[:40]!r} instead of entries")
        data[int(place[1])] = value
        totals.add(int(place[2]))
    if len(totals) != 1 or len(data) != len(found):
        raise PageError("its entries are not numbered as they should be")
    total = totals.pop()
    first = (page - 1) * size + 1
    if set(data) != set(range(first, min(page * size, total) + 1)):
        raise PageError(f"it holds {len(data)} entries of {max(0, min(size, total - first + 1))}")
    return [data[i] for i in sorted(data)], total


def _place(url: str) -> tuple[int, int]:
    """Page and size of an address of ours."""
    found = PAGING.search(unquote(url))
    if found is None or not int(found[1]) or not int(found[2]):
        raise PageError("its address is not one that was asked for")
    return int(found[1]), int(found[2])


def _moved(url: str, page: int, size: int) -> str:
    """The same address, another page."""
    return PAGING.sub(lambda _: f"$paging({page},{size})", url)
