"""A server on this machine that speaks as the databases do, and fails where it is told to."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from loopback_databases import Entry, Fake, aflux, aflux_list
from loopback_faults import misbehave, send


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
