"""Any OPTIMADE provider (specification: https://specification.optimade.org, versions 1.0 to 1.2).

Three things that go wrong elsewhere are looked after: a field with an unknown prefix is answered with nulls and no
error, so fields are checked against ``/info/structures`` first; pages are asked for at the server's largest size; and
what came is counted against what the server said there is.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urljoin

from simworth.ingest.sources.cells import count, decode, identifier, inner, listing, mapping, number, text
from simworth.ingest.sources.optimade_info import read_info, read_licence
from simworth.ingest.sources.protocol import Ask, Catalogue, Cell, Fetch, Page
from simworth.ingest.transfer.policy import PageError, RefusedError

VERSION = re.compile(r"/v[0-9]+(\.[0-9]+)*$", re.ASCII)
FORMULA = "chemical_formula_reduced"


@dataclass(frozen=True)
class Optimade:
    """The structures of one provider."""

    name: str = "optimade"
    title: str = "any OPTIMADE provider (give its address with --url)"
    base: str | None = None
    page: int = 500
    key: str | None = None
    where: str = 'OPTIMADE\'s filter language, such as: elements HAS "O" AND nelements=2'

    def catalogue(self, base: str, fetch: Fetch) -> Catalogue:
        """Fields and units from ``/info/structures``; licence and name from ``/info`` where it can be had."""
        fields, said = read_info(decode(fetch(f"{_versioned(base)}/info/structures", read_info_body)))
        try:
            whole = decode(fetch(f"{_versioned(base)}/info", decode))
        except RefusedError:
            whole = {}
        licence, citation = read_licence(whole if isinstance(whole, dict) else {}, said, base)
        return Catalogue(fields, licence, citation, "composition")

    def first(self, ask: Ask, catalogue: Catalogue) -> str:
        """Asks for the wanted fields and the formula alone."""
        heads = dict.fromkeys([FORMULA, *(_head(f, catalogue) for f in ask.fields)])
        asked = {"response_fields": ",".join(heads), "page_limit": str(ask.page), "response_format": "json"}
        if ask.where:
            asked["filter"] = ask.where
        return f"{_versioned(ask.base)}/structures?{urlencode(asked, quote_via=quote)}"

    def read(self, body: bytes, url: str, ask: Ask, catalogue: Catalogue) -> Page:
        """One page of structures."""
        whole = mapping(decode(body), "the page")
        data = listing(whole.get("data"), "'data'")
        meta = mapping(whole.get("meta") or {}, "'meta'")
        entries, materials = [], []
        columns: dict[str, list[Cell]] = {f: [] for f in ask.fields}
        unreadable: Counter[str] = Counter()
        for item in data:
            entry = mapping(item, "an entry")
            found = mapping(entry.get("attributes") or {}, "'attributes'")
            entries.append(identifier(entry.get("id")))
            materials.append(text(found.get(FORMULA), FORMULA, unreadable))
            for f in ask.fields:
                value = entry.get("id") if f == "id" else inner(found, f)
                read = number if catalogue.fields[f].holds == "number" else text
                columns[f].append(read(value, f, unreadable))
        following = _next(whole.get("links"), url)
        total = count(meta.get("data_returned"))
        if total is None and not ask.where:
            total = count(meta.get("data_available"))
        if following is None and meta.get("more_data_available") is True and total is None:
            raise PageError("it says that there is more and not where")
        return Page(entries, entries, materials, columns, following, total, unreadable)


def read_info_body(body: bytes) -> object:
    """The check of ``/info/structures``."""
    return read_info(decode(body))


def _next(links: Any, url: str) -> str | None:
    """``links.next``, a text or an object with ``href``; relative ones are completed."""
    if links is None:
        return None
    found = mapping(links, "'links'").get("next")
    if isinstance(found, dict):
        found = found.get("href")
    if found is None or found == "":
        return None
    if not isinstance(found, str):
        raise PageError("'links.next' is no address")
    try:
        return urljoin(url, found)
    except ValueError:
        raise PageError("'links.next' is no address") from None


def _versioned(base: str) -> str:
    return base if VERSION.search(base) else f"{base}/v1"


def _head(name: str, catalogue: Catalogue) -> str:
    """The field a server is asked for: the whole name, or what stands before its first dot."""
    listed = catalogue.fields[name]
    return listed.name if "." not in listed.name else listed.name.partition(".")[0]


PROVIDERS = (
    Optimade("optimade"),
    Optimade("optimade-mp", "Materials Project by OPTIMADE", "https://optimade.materialsproject.org"),
    Optimade("optimade-aflow", "AFLOW by OPTIMADE", "https://aflow.org/API/optimade"),
    Optimade("optimade-oqmd", "OQMD by OPTIMADE", "https://oqmd.org/optimade"),
    Optimade("optimade-alexandria", "Alexandria (PBE) by OPTIMADE", "https://alexandria.icams.rub.de/pbe"),
    Optimade("optimade-alexandria-pbesol", "Alexandria (PBEsol) by OPTIMADE", "https://alexandria.icams.rub.de/pbesol"),
)
"""Providers that have a name of their own; any other by its address."""
