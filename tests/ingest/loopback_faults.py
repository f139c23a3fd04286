"""Ways in which servers and networks fail, by name."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from loopback_databases import Answer
    from loopback_server import Loopback


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
