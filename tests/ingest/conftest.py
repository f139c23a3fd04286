"""A server on this machine that speaks as the databases do, and fails as real ones do."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

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


@dataclass
class Loopback:
    """A server on 127.0.0.1; ``faults`` are by the number of the page request, from 0, each used once."""

    fake: Fake
    rows: list[Entry]
    faults: dict[int, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    most: int = 500
    elsewhere: str = "http://127.0.0.1:9"
    pages: int = 0
    raw: str = ""
    port: int = 0
    pause: float = 0.0
    _server: ThreadingHTTPServer | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Loopback:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                outer.serve(self)

            def log_message(self, *args: object) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Clients that go away are what is tested."""

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        self.raw = unquote(handler.path)
        self.asked.append(handler.path)
        headers = {k.lower(): v for k, v in handler.headers.items()}
        self.keys.append(headers.get("x-api-key", ""))
        if self.pause:
            time.sleep(self.pause)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()} if self.fake not in (aflux, aflux_list) else {}
        answer = self.fake(self, parts.path, query, headers)
        if "/info" not in parts.path:
            number, self.pages = self.pages, self.pages + 1
            if (fault := self.faults.pop(number, None)) is not None:
                misbehave(self, handler, fault, answer)
                return
        send(handler, *answer)


def send(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes) -> None:
    handler.send_response(status)
    for k, v in headers.items():
        handler.send_header(k, v)
    if "Content-Length" not in headers and "Transfer-Encoding" not in headers:
        handler.send_header("Content-Length", str(len(body)))
    if handler.close_connection:
        handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(body)


def altered(body: bytes, fault: str) -> bytes:
    """A page that is JSON and wrong."""
    page = json.loads(body)
    rows = page["data"] if isinstance(page, dict) and "data" in page else page
    if fault == "half the rows":
        if isinstance(rows, dict):
            for k in list(rows)[len(rows) // 2 :]:
                del rows[k]
        else:
            del rows[len(rows) // 2 :]
    elif fault == "other total":
        text = json.dumps(page)
        n = page.get("meta", {}).get("data_returned", 0) if isinstance(page, dict) else 0
        if isinstance(page, dict) and "meta" in page:
            page["meta"] = {k: (v + 3 if k in ("data_returned", "data_available", "total_doc") else v)
                            for k, v in page["meta"].items()}  # fmt: skip
            return json.dumps(page).encode()
        total = text.partition(" of ")[2].partition('"')[0]
        return (
            text.replace(f" of {total}", f" of {int(total) + 3}").encode() if total else text.encode() + str(n).encode()
        )
    elif fault == "no names":
        for row in rows.values() if isinstance(rows, dict) else rows:
            for k in ("id", "material_id", "entry_id", "auid"):
                row.pop(k, None)
    return json.dumps(page).encode()


def misbehave(server: Loopback, handler: BaseHTTPRequestHandler, fault: str, answer: Answer) -> None:
    """One fault, by its name in `FAULTS`."""
    _, _, body = answer
    handler.close_connection = True
    if fault.isdigit():
        send(handler, int(fault), {"Retry-After": "0"} if fault in ("429", "503") else {}, b"no")
    elif fault == "429 date":
        send(handler, 429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, b"")
    elif fault == "429 nonsense":
        send(handler, 429, {"Retry-After": "soon"}, b"")
    elif fault == "429 long":
        send(handler, 429, {"Retry-After": "86400"}, b"")
    elif fault == "cut":
        send(handler, 200, {"Content-Length": str(len(body))}, body[: len(body) // 2])
    elif fault == "cut, no length":
        handler.protocol_version = "HTTP/1.0"
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + body[: len(body) // 2])
    elif fault == "length too small":
        send(handler, 200, {"Content-Length": str(len(body) // 2)}, body)
    elif fault == "length too large":
        send(handler, 200, {"Content-Length": str(len(body) + 100)}, body)
    elif fault == "length nonsense":
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n" + body[:10])
    elif fault == "drip":
        send(handler, 200, {"Content-Length": str(len(body))}, b"")
        _drip(handler, body)
    elif fault == "drip headers":
        _drip(handler, b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 1000)
    elif fault == "silence":
        time.sleep(1.5)
    elif fault == "close":
        return
    elif fault == "reset":
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
    elif fault == "no http":
        handler.wfile.write(b"\x00\xff\x13 hello\r\n\r\n")
    elif fault == "html":
        send(handler, 200, {"Content-Type": "text/html"}, b"<html><body>Please log in</body></html>")
    elif fault == "empty":
        send(handler, 200, {}, b"")
    elif fault == "garbage":
        send(handler, 200, {}, bytes(range(256)) * 4)
    elif fault == "null":
        send(handler, 200, {}, b"null")
    elif fault == "nan":
        send(handler, 200, {}, body.replace(b": ", b": NaN, ", 1))
    elif fault == "wrong shape":
        send(handler, 200, {}, b'{"data": {"a": 1}, "meta": [], "links": 3}')
    elif fault == "twice":
        send(handler, 200, {}, body + body)
    elif fault == "redirect away":
        send(handler, 302, {"Location": f"{server.elsewhere}/x"}, b"")
    elif fault == "redirect loop":
        send(handler, 302, {"Location": handler.path}, b"")
        server.faults.update({server.pages + i: "302 same" for i in range(8)})
    elif fault == "302 same":
        send(handler, 302, {"Location": handler.path}, b"")
    elif fault == "redirect nowhere":
        send(handler, 301, {}, b"")
    elif fault == "redirect file":
        send(handler, 307, {"Location": "file:///etc/passwd"}, b"")
    elif fault == "oversize":
        send(handler, 200, {}, b" " * 300_000 + body)
    elif fault == "bomb":
        send(handler, 200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * 20_000_000, 1))
    elif fault == "bad gzip":
        send(handler, 200, {"Content-Encoding": "gzip"}, gzip.compress(body)[:-20] + b"x" * 20)
    elif fault == "cut gzip":
        send(handler, 200, {"Content-Encoding": "gzip"}, gzip.compress(body)[:-60])
    elif fault == "other packing":
        send(handler, 200, {"Content-Encoding": "br"}, body)
    elif fault == "bad chunk":
        send(handler, 200, {"Transfer-Encoding": "chunked"}, b"zz\r\n" + body[:50])
    elif fault == "cut chunk":
        send(handler, 200, {"Transfer-Encoding": "chunked"}, f"{len(body):x}\r\n".encode() + body[:50])
    elif fault == "key":
        send(handler, 200, {}, body[:-1] + f', "debug": "{server.keys[-1]}"}}'.encode())
    elif fault == "same again":
        first = server.asked[next(i for i, a in enumerate(server.asked) if "/info" not in a)]
        parts = urlsplit(first)
        server.raw = unquote(first)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        send(handler, *server.fake(server, parts.path, query, {"x-api-key": server.keys[-1]}))
    else:
        send(handler, 200, {}, altered(body, fault))


def _drip(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    for i in range(80):
        handler.wfile.write(body[i : i + 1])
        handler.wfile.flush()
        time.sleep(0.02)


FAULTS = (
    "429", "429 date", "429 nonsense", "429 long", "500", "502", "503", "504", "408", "404", "cut", "cut, no length",
    "length too small", "length too large", "length nonsense", "drip", "drip headers", "silence", "close", "reset",
    "no http", "html", "empty", "garbage", "null", "nan", "wrong shape", "twice", "redirect away", "redirect loop",
    "redirect nowhere", "redirect file", "oversize", "bomb", "bad gzip", "cut gzip", "other packing", "bad chunk",
    "cut chunk", "half the rows", "other total", "no names", "same again",
)  # fmt: skip


@pytest.fixture
def loopback() -> Iterator[Callable[..., Loopback]]:
    """Starts servers, and stops them at the end."""
    made: list[Loopback] = []

    def begin(fake: str, n: int = 60, **more: Any) -> Loopback:
        made.append(Loopback(FAKES[fake], entries(n), **more).start())
        return made[-1]

    yield begin
    for one in made:
        one.stop()


FAKES: dict[str, Fake] = {
    "optimade": optimade, "materials-project": materials_project, "oqmd": oqmd, "aflow": aflux,
    "aflow-list": aflux_list,
}  # fmt: skip


@pytest.fixture
def faults() -> tuple[str, ...]:
    return FAULTS


@pytest.fixture
def api_key() -> str:
    return KEY
