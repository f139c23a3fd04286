"""The Open Quantum Materials Database by its own REST interface."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

from simworth.ingest.sources.cells import count, decode, identifier, listing, mapping, number, text
from simworth.ingest.sources.protocol import Ask, Catalogue, Cell, Fetch, Field, Page
from simworth.ingest.transfer.policy import PageError

CITATION = (
    "Saal et al., Materials Design and Discovery with High-Throughput Density Functional Theory: The Open Quantum "
    "Materials Database (OQMD), JOM 65, 1501 (2013), doi 10.1007/s11837-013-0755-4; Kirklin et al., npj Computational "
    "Materials 1, 15010 (2015), doi 10.1038/npjcompumats.2015.10"
)
FIELDS = {
    f.name: f
    for f in (
        Field("delta_e", "eV/atom", "formation energy"),
        Field("stability", "eV/atom", "energy above the convex hull"),
        Field("band_gap", "eV", "band gap (PBE)"),
        Field("volume", "angstrom^3", "volume of the cell"),
        Field("natoms", "1", "atoms in the cell"),
        Field("ntypes", "1", "elements"),
        Field("name", None, "formula", "text"),
        Field("entry_id", None, "the database's number of the entry", "text"),
        Field("icsd_id", None, "number in the ICSD, where the crystal is there", "text"),
        Field("prototype", None, "structure prototype", "text"),
        Field("spacegroup", None, "space group", "text"),
        Field("composition_generic", None, "formula without elements, such as AB2", "text"),
        Field("calculation_label", None, "kind of calculation", "text"),
        Field("fit", None, "the fit of the elements' reference energies", "text"),
    )
}
ALWAYS = ("name", "entry_id", "formationenergy_id")


@dataclass(frozen=True)
class Oqmd:
    """Formation energies, one row a calculation."""

    name: str = "oqmd"
    title: str = "OQMD: formation energies and band gaps"
    base: str | None = "https://oqmd.org"
    page: int = 500
    key: str | None = None
    where: str = "OQMD's own filter, such as: stability<=0 AND element_set=(Al-Fe),O"

    def catalogue(self, base: str, fetch: Fetch) -> Catalogue:
        """Known without asking."""
        return Catalogue(FIELDS, "CC BY 4.0", CITATION, "composition")

    def first(self, ask: Ask, catalogue: Catalogue) -> str:
        """The first page."""
        heads = dict.fromkeys([*ALWAYS, *ask.fields])
        asked = {"fields": ",".join(heads), "limit": str(ask.page), "offset": "0", "format": "json"}
        if ask.where:
            asked["filter"] = ask.where
        return f"{ask.base}/oqmdapi/formationenergy?{urlencode(asked, quote_via=quote)}"

    def read(self, body: bytes, url: str, ask: Ask, catalogue: Catalogue) -> Page:
        """One page of formation energies."""
        whole = mapping(decode(body), "the page")
        data = listing(whole.get("data"), "'data'")
        meta = mapping(whole.get("meta"), "'meta'")
        keys, entries, materials = [], [], []
        columns: dict[str, list[Cell]] = {f: [] for f in ask.fields}
        unreadable: Counter[str] = Counter()
        for item in data:
            entry = mapping(item, "an entry")
            entries.append(identifier(entry.get("entry_id")))
            own = entry.get("formationenergy_id")
            keys.append(entries[-1] if own is None else identifier(own))
            materials.append(text(entry.get("name"), "name", unreadable))
            for f in ask.fields:
                read = number if catalogue.fields[f].holds == "number" else text
                columns[f].append(read(entry.get(f), f, unreadable))
        total = count(meta.get("data_available"))
        following = _next(whole.get("links"), meta.get("more_data_available"), url, len(data))
        return Page(keys, entries, materials, columns, following, total, unreadable)


def _next(links: object, more: object, url: str, here: int) -> str | None:
    """``links.next``; where it is missing although there is more, the offset says where."""
    found = mapping(links, "'links'").get("next") if links is not None else None
    if isinstance(found, dict):
        found = found.get("href")
    if isinstance(found, str) and found:
        try:
            return urljoin(url, found)
        except ValueError:
            raise PageError("'links.next' is no address") from None
    if more is not True:
        return None
    if not here:
        raise PageError("it is empty and says that there is more")
    parts = urlsplit(url)
    asked = {k: v[0] for k, v in parse_qs(parts.query).items()}
    offset = asked.get("offset", "0")
    if not (offset.isascii() and offset.isdigit() and len(offset) < 13):
        raise PageError("it says that there is more and not where")
    return parts._replace(query=urlencode(asked | {"offset": str(int(offset) + here)}, quote_via=quote)).geturl()
