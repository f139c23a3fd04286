"""What an OPTIMADE provider says of itself: its fields with units, its name, its licence."""

from __future__ import annotations

from typing import Any

from simworth.ingest.sources.cells import mapping
from simworth.ingest.sources.protocol import Field, Holds

HOLDS: dict[str, Holds] = {
    "float": "number", "integer": "number", "number": "number",
    "string": "text", "timestamp": "text", "boolean": "flag",
}  # fmt: skip
"""OPTIMADE's types (and JSON Schema's, which version 1.2 also uses) → what a column holds; others are not offered."""
SPELLINGS = {
    "dimensionless": "1", "inapplicable": "", "a.u.": "", "Å": "angstrom", "Å^3": "angstrom^3", "Angstrom": "angstrom",
    "angstrom3": "angstrom^3", "A^3": "angstrom^3", "eV / atom": "eV/atom", "ev": "eV", "g/cm3": "g/cm^3",
}  # fmt: skip
"""Spellings of units that pint reads otherwise, or not at all."""
COUNTS = ("nelements", "nsites", "nperiodic_dimensions")
"""Standard fields without a unit that are pure numbers."""
DEEP = 4
"""Levels of properties inside properties."""
PAPER = (
    "Evans et al., Developments and applications of the OPTIMADE API for materials discovery, design, and data "
    "exchange, Digital Discovery 3, 1509 (2024), doi 10.1039/D4DD00039K"
)


def read_info(page: Any) -> tuple[dict[str, Field], dict[str, Any]]:
    """Fields by name, and the page's ``meta``.

    Raises
    ------
    PageError
        When the page is no ``/info/structures``.
    """
    whole = mapping(page, "the page")
    data = mapping(whole.get("data"), "'data'")
    properties = mapping(data.get("properties"), "'properties'")
    fields: dict[str, Field] = {"id": Field("id", None, "the provider's name of the entry", "text")}
    for name, said in properties.items():
        if name and len(name) < 200 and name.isprintable() and "," not in name:
            _add(fields, name, said, 0)
    meta = whole.get("meta")
    return fields, meta if isinstance(meta, dict) else {}


def read_licence(whole: dict[str, Any], meta: dict[str, Any], base: str) -> tuple[str, str]:
    """Licence and citation, from ``/info`` and any reply's ``meta``; what is not said is said to be so."""
    data = whole.get("data")
    attributes = data.get("attributes") if isinstance(data, dict) else None
    attributes = attributes if isinstance(attributes, dict) else {}
    own = whole.get("meta")
    metas = [m for m in (own, meta) if isinstance(m, dict)]
    licence = ""
    for found in (
        *(m.get("license") for m in metas),
        attributes.get("license"),
        attributes.get("available_licenses_for_entries"),
        attributes.get("available_licenses"),
    ):
        licence = licence or _said(found)
    provider: dict[str, Any] = next((m["provider"] for m in metas if isinstance(m.get("provider"), dict)), {})
    name = _said(provider.get("name")) or base.split("://", 1)[-1]
    page = _said(provider.get("homepage"))
    return licence or "not stated by the provider", f"{name}{f', {page}' if page else ''}; {PAPER}"


def _said(value: Any) -> str:
    """A text, an object's address or identifiers, on one line; empty for anything else."""
    if isinstance(value, dict):
        value = value.get("href") or value.get("name")
    if isinstance(value, list):
        value = ", ".join(v for v in value if isinstance(v, str))
    if not isinstance(value, str):
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())[:300]


def _add(fields: dict[str, Field], name: str, said: Any, depth: int) -> None:
    """A property, and those inside it by names joined with dots."""
    if not isinstance(said, dict) or depth > DEEP:
        return
    inside = said.get("properties")
    if isinstance(inside, dict):
        for part, more in inside.items():
            if part and part.isprintable() and len(name) + len(part) < 200:
                _add(fields, f"{name}.{part}", more, depth + 1)
        return
    holds = _holds(said)
    if holds is None:
        return
    unit = said.get("x-optimade-unit") or said.get("unit")
    unit = _unit(unit) if isinstance(unit, str) else None
    if unit is None and name in COUNTS:
        unit = "1"
    meaning = _said(said.get("title")) or _said(said.get("description")) or ""
    fields[name] = Field(name, unit if holds == "number" else None, meaning.partition(". ")[0][:160], holds)


def _holds(said: dict[str, Any]) -> Holds | None:
    kind = said.get("x-optimade-type") or said.get("type")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), None)
    # A property whose type is not stated is taken for a number only where it has a unit.
    if kind is None and isinstance(said.get("unit"), str):
        kind = "float"
    return HOLDS.get(kind) if isinstance(kind, str) else None


def _unit(found: str) -> str | None:
    found = found.strip()
    return SPELLINGS.get(found, found)[:60] or None
