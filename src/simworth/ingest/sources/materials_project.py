"""The Materials Project: summaries of computed crystals (https://api.materialsproject.org, needs a free key)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from simworth.errors import InputError
from simworth.ingest.sources.cells import count, decode, identifier, listing, mapping, number, text
from simworth.ingest.sources.conditions import conditions
from simworth.ingest.sources.protocol import Ask, Catalogue, Cell, Fetch, Field, Page, check_fields
from simworth.ingest.transfer.policy import PageError

CITATION = "Jain et al., Commentary: The Materials Project, APL Materials 1, 011002 (2013), doi 10.1063/1.4812323"
GNOME = "gnome_r2scan_statics"
"""The batch of calculations that came from GNoME, under another licence."""


def _field(name: str, unit: str, meaning: str) -> Field:
    return Field(name, unit, meaning)


FIELDS = {
    f.name: f
    for f in (
        _field("band_gap", "eV", "band gap of the generalised Kohn-Sham states"),
        _field("formation_energy_per_atom", "eV/atom", "formation energy from the elements, corrected"),
        _field("energy_above_hull", "eV/atom", "energy above the convex hull"),
        _field("energy_per_atom", "eV/atom", "corrected total energy"),
        _field("uncorrected_energy_per_atom", "eV/atom", "total energy as computed"),
        _field("equilibrium_reaction_energy_per_atom", "eV/atom", "energy of reaction from the neighbouring phases"),
        _field("density", "g/cm^3", "mass density"),
        _field("density_atomic", "angstrom^3/atom", "volume an atom"),
        _field("volume", "angstrom^3", "volume of the cell"),
        _field("nsites", "1", "atoms in the cell"),
        _field("nelements", "1", "elements"),
        _field("cbm", "eV", "conduction band minimum"),
        _field("vbm", "eV", "valence band maximum"),
        _field("efermi", "eV", "Fermi energy"),
        _field("total_magnetization", "bohr_magneton", "total magnetisation of the cell"),
        _field("universal_anisotropy", "1", "universal elastic anisotropy"),
        _field("homogeneous_poisson", "1", "Poisson's ratio"),
        _field("e_total", "1", "dielectric constant"),
        _field("e_ionic", "1", "ionic part of the dielectric constant"),
        _field("e_electronic", "1", "electronic part of the dielectric constant"),
        _field("n", "1", "refractive index"),
        _field("weighted_surface_energy", "J/m^2", "surface energy, weighted over the Wulff shape"),
        _field("weighted_work_function", "eV", "work function, weighted over the Wulff shape"),
        Field("material_id", None, "the database's name of the entry", "text"),
        Field("formula_pretty", None, "reduced formula", "text"),
        Field("chemsys", None, "elements, joined by hyphens", "text"),
        Field("ordering", None, "magnetic ordering", "text"),
        Field("is_stable", None, "whether it lies on the convex hull", "flag"),
        Field("is_gap_direct", None, "whether the gap is direct", "flag"),
        Field("is_metal", None, "whether it is a metal", "flag"),
        Field("is_magnetic", None, "whether it is magnetic", "flag"),
        Field("theoretical", None, "false where the crystal was also found by experiment", "flag"),
        Field("deprecated", None, "whether the entry was withdrawn", "flag"),
    )
}
QUERIES = {
    "elements": "elements", "chemsys": "chemsys", "formula_pretty": "formula", "material_id": "material_ids",
    "is_stable": "is_stable", "is_gap_direct": "is_gap_direct", "is_metal": "is_metal", "theoretical": "theoretical",
    "ordering": "ordering", "deprecated": "deprecated",
}  # fmt: skip
"""Field → the parameter that asks for equality."""


@dataclass(frozen=True)
class MaterialsProject:
    """The summaries, by default without the entries that came from GNoME."""

    name: str = "materials-project"
    title: str = "Materials Project, without its GNoME entries"
    gnome: bool = False
    base: str | None = "https://api.materialsproject.org"
    page: int = 1000
    key: str | None = "MP_API_KEY"
    where: str = 'comparisons joined by AND, such as: band_gap >= 1 AND is_stable = true AND elements HAS "O"'

    def catalogue(self, base: str, fetch: Fetch) -> Catalogue:
        """Known without asking."""
        licence = "CC BY 4.0; entries that came from GNoME: CC BY-NC 4.0" if self.gnome else "CC BY 4.0"
        return Catalogue(FIELDS, licence, CITATION, "composition")

    def first(self, ask: Ask, catalogue: Catalogue) -> str:
        """The first page, sorted by entry so that pages do not shift."""
        heads = dict.fromkeys(["material_id", "formula_pretty", *ask.fields])
        asked = {"_fields": ",".join(heads), "_limit": str(ask.page), "_skip": "0", "_sort_fields": "material_id"}
        if not self.gnome:
            asked["batch_id_not_eq"] = GNOME
        asked |= _query(self.name, ask.where)
        return f"{ask.base}/materials/summary/?{urlencode(asked, quote_via=quote)}"

    def read(self, body: bytes, url: str, ask: Ask, catalogue: Catalogue) -> Page:
        """One page of summaries; a page with fewer entries than it should have is damaged."""
        whole = mapping(decode(body), "the page")
        data = listing(whole.get("data"), "'data'")
        total = count(mapping(whole.get("meta"), "'meta'").get("total_doc"))
        if total is None:
            raise PageError("it does not say how many entries there are")
        limit, skip = _place(url)
        if len(data) != min(limit, max(0, total - skip)):
            raise PageError(f"it holds {len(data)} entries of {min(limit, max(0, total - skip))}")
        keys, materials = [], []
        columns: dict[str, list[Cell]] = {f: [] for f in ask.fields}
        unreadable: Counter[str] = Counter()
        for item in data:
            entry = mapping(item, "an entry")
            keys.append(identifier(entry.get("material_id")))
            materials.append(text(entry.get("formula_pretty"), "formula_pretty", unreadable))
            for f in ask.fields:
                read = number if catalogue.fields[f].holds == "number" else text
                columns[f].append(read(entry.get(f), f, unreadable))
        following = _moved(url, skip + limit) if skip + limit < total else None
        return Page(keys, keys, materials, columns, following, total, unreadable)


def _query(name: str, where: str) -> dict[str, str]:
    """The parameters of a ``--where``; strict comparisons are asked for loosely and checked when rows arrive."""
    asked: dict[str, str] = {}
    for c in conditions(where):
        known = FIELDS.get(c.field)
        value = f"{c.value:.17g}" if isinstance(c.value, float) else str(c.value)
        if known is not None and known.holds == "number":
            for suffix in {"<": ("max",), "<=": ("max",), ">": ("min",), ">=": ("min",), "=": ("min", "max")}.get(
                c.sign, ()
            ):
                _set(asked, f"{c.field}_{suffix}", value)
            if c.sign == "HAS":
                raise InputError(f"--where: {c.field!r} is a number and has no parts; compare it")
        elif c.field in QUERIES and c.sign == ("HAS" if c.field == "elements" else "="):
            joined = f"{asked['elements']},{value}" if c.field == "elements" and "elements" in asked else value
            asked.pop("elements", None) if c.field == "elements" else None
            _set(asked, QUERIES[c.field], joined)
        elif known is None and c.field != "elements":
            check_fields(name, (c.field,), FIELDS)
        elif c.field == "elements":
            raise InputError('--where: write elements HAS "O"')
    return asked


def _set(asked: dict[str, str], key: str, value: str) -> None:
    if key in asked:
        raise InputError(f"--where: {key!r} is set twice; say it once")
    asked[key] = value


def _place(url: str) -> tuple[int, int]:
    """``_limit`` and ``_skip`` of an address of ours."""
    found = parse_qs(urlsplit(url).query)
    try:
        return int(found["_limit"][0]), int(found["_skip"][0])
    except (KeyError, ValueError):
        raise PageError("its address is not one that was asked for") from None


def _moved(url: str, skip: int) -> str:
    """The same address further on."""
    parts = urlsplit(url)
    found = {k: v[0] for k, v in parse_qs(parts.query).items()}
    return parts._replace(query=urlencode(found | {"_skip": str(skip)}, quote_via=quote)).geturl()
