"""Made-up databases, each in the words of a real one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loopback_server import Loopback

ELEMENTS = ("Li", "Na", "K", "Rb", "Cs", "Mg", "Ca", "Sr", "Ba", "Al", "Ga", "In", "Zn", "Cd", "Ti", "Zr", "Fe", "Ni")
KEY = "0123456789abcdefKEYKEYKEY"


@dataclass(frozen=True)
class Entry:
    """One row of the truth."""

    name: str
    formula: str
    gap: float | None
    stable: bool


def entries(n: int) -> list[Entry]:
    """Made-up rows; formulas all different, every seventh gap missing."""
    found = []
    for i in range(n):
        a, b = ELEMENTS[i % 18], ELEMENTS[(i // 18 + i + 1) % 18]
        a, b = (a, "O") if a == b else (a, b)
        gap = None if i % 7 == 3 else round(0.013 * i + 0.1, 4)
        found.append(Entry(f"e-{i:05d}", f"{a}{i + 1}{b}{i + 2}", gap, i % 3 == 0))
    return found


Answer = tuple[int, dict[str, str], bytes]
Fake = Callable[["Loopback", str, dict[str, str], dict[str, str]], Answer]


def _json(value: Any) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


def optimade(server: Loopback, path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
    """OPTIMADE 1.1, links.next as a text on even pages and as an object on odd ones."""
    if path.endswith("/info/structures"):
        properties = {
            "chemical_formula_reduced": {"type": "string", "description": "reduced formula"},
            "_x_gap": {"type": "float", "unit": "eV", "description": "The gap. Of a made-up database."},
            "_x_stable": {"type": "boolean", "description": "on the hull"},
            "_x_bare": {"type": "float", "description": "a number without a unit"},
            "_x_odd": {"type": "float", "unit": "furlongs per lightbulb", "description": "a strange unit"},
            "species_at_sites": {"type": "list", "description": "a list"},
            "_x_deep": {"type": "dictionary", "properties": {"gap": {"type": "float", "unit": "eV"}}},
        }
        return _json({"data": {"properties": properties}, "meta": {"provider": {"name": "X", "prefix": "x"}}})
    if path.endswith("/info"):
        return _json({"data": {"attributes": {"license": "https://example.org/by"}}, "meta": {"api_version": "1.1.0"}})
    limit = int(query.get("page_limit", "20"))
    if limit > server.most:
        return 403, {}, json.dumps({"errors": [{"detail": f"page_limit may not be above {server.most}"}]}).encode()
    start = int(query.get("page_offset", "0"))
    wanted = query["response_fields"].split(",")
    data = []
    for e in server.rows[start : start + limit]:
        all_of_it = {"chemical_formula_reduced": e.formula, "_x_gap": e.gap, "_x_stable": e.stable, "_x_bare": e.gap}
        all_of_it["_x_deep"] = {"gap": e.gap}
        data.append({"id": e.name, "type": "structures", "attributes": {k: all_of_it.get(k) for k in wanted}})
    more = start + limit < len(server.rows)
    link: Any = None
    if more:
        link = f"{server.base}/v1/structures?page_limit={limit}&page_offset={start + limit}"
        link += f"&response_fields={query['response_fields']}"
        link = link if (start // limit) % 2 == 0 else {"href": link, "meta": None}
    meta = {"data_returned": len(server.rows), "data_available": len(server.rows), "more_data_available": more}
    return _json({"data": data, "links": {"next": link}, "meta": meta})


def materials_project(server: Loopback, path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
    """The summary endpoint, which needs a key."""
    if headers.get("x-api-key") != KEY:
        return 401, {}, b'{"message": "No API key found in request"}'
    limit, skip = int(query["_limit"]), int(query["_skip"])
    wanted = query["_fields"].split(",")
    rows = server.rows
    if "band_gap_min" in query:
        rows = [e for e in rows if e.gap is not None and e.gap >= float(query["band_gap_min"])]
    data = []
    for e in rows[skip : skip + limit]:
        whole = {"material_id": e.name, "formula_pretty": e.formula, "band_gap": e.gap, "is_stable": e.stable}
        data.append({k: whole.get(k) for k in wanted})
    return _json({"data": data, "meta": {"api_version": "0.84", "total_doc": len(rows), "max_limit": 1000}})


def oqmd(server: Loopback, path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
    """OQMD's formation energies."""
    limit, start = int(query.get("limit", "50")), int(query.get("offset", "0"))
    wanted = query["fields"].split(",")
    data = []
    for i, e in enumerate(server.rows[start : start + limit], start):
        whole = {"name": e.formula, "entry_id": e.name, "formationenergy_id": i, "band_gap": e.gap}
        data.append({k: whole.get(k) for k in wanted})
    more = start + limit < len(server.rows)
    link = f"{server.base}{path}?fields={query['fields']}&limit={limit}&offset={start + limit}" if more else None
    meta = {"data_returned": len(data), "data_available": len(server.rows), "more_data_available": more}
    return _json({"links": {"next": link, "previous": None}, "data": data, "meta": meta})


def aflux(server: Loopback, path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
    """AFLUX with an object of ``"1 of N"`` and numbers as texts."""
    page, size = (int(x) for x in server.raw.partition("$paging(")[2].partition(")")[0].split(","))
    found = {}
    for i, e in enumerate(server.rows[(page - 1) * size : page * size], (page - 1) * size + 1):
        gap = None if e.gap is None else str(e.gap)
        found[f"{i} of {len(server.rows)}"] = {"auid": e.name, "compound": e.formula, "Egap": gap}
    return _json(found)


def aflux_list(server: Loopback, path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
    """AFLUX as a list."""
    _, _, body = aflux(server, path, query, headers)
    return _json(list(json.loads(body).values()))


FAKES: dict[str, Fake] = {
    "optimade": optimade, "materials-project": materials_project, "oqmd": oqmd, "aflow": aflux,
    "aflow-list": aflux_list,
}  # fmt: skip
