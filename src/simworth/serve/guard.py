"""The door of the server: host, key, origin and size of every request; security headers on every answer."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

from simworth.serve.key import Key
from simworth.serve.refusal import RefusedError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ENTER = "/enter"
ASSETS = "/assets/"
UPLOAD = "/new"
SMALL = 256 * 2**10
"""Bytes of a request that uploads nothing."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Scripts and styles are the server's own files; nothing is inline, so a name that slipped through could not act."""

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not "no-referrer": browsers would then send the server's own forms without an origin.
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "no-store",
}


@dataclass(frozen=True)
class Bounds:
    """How much and how slowly a request may send."""

    upload: int
    """Bytes of both tables together."""
    idle: float = 30.0
    """Seconds without a byte."""
    whole: float = 900.0
    """Seconds for a whole request."""
    uploads: int = 2
    """Uploads at the same time."""


class Guard:
    """The outermost layer of the application."""

    def __init__(
        self, app: App, key: Key, hosts: frozenset[str], bounds: Bounds, refuse: Callable[[RefusedError], App]
    ):
        self._app, self._key, self._hosts, self._bounds, self._refuse = app, key, hosts, bounds, refuse
        self._uploads = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it before anything of its body is read."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})
        try:
            self._check(scope)
        except RefusedError as refusal:
            return await self._refuse(refusal)(scope, receive, _with_headers(send))
        if scope["method"] != "POST":
            return await self._app(scope, receive, _with_headers(send))
        upload = scope["path"] == UPLOAD
        self._uploads += upload
        try:
            await self._app(scope, self._bounded(receive, self._most(scope["path"])), _with_headers(send))
        finally:
            self._uploads -= upload

    def _most(self, path: str) -> int:
        return self._bounds.upload if path == UPLOAD else SMALL

    def _check(self, scope: Scope) -> None:
        headers, method, path = Headers(scope=scope), scope["method"], scope["path"]
        host = headers.get("host", "")
        if not allowed_host(host, self._hosts):
            raise RefusedError(421, "This server has another name; open the address that simworth serve printed.")
        if method not in ("GET", "HEAD", "POST"):
            raise RefusedError(405, "Pages are read and forms are sent; nothing else is done here.")
        if path == ENTER or path.startswith(ASSETS):
            if method == "POST":
                raise RefusedError(405, "Nothing can be sent here.")
            return
        if not self._key.holds(headers.get("cookie", "")):
            raise RefusedError(403, "Open the address that simworth serve printed in its terminal: it holds the key.")
        if method == "POST":
            self._check_post(headers, host, path)

    def _check_post(self, headers: Headers, host: str, path: str) -> None:
        """A form counts only from a page of this very server: other ports of a machine are the same site to cookies."""
        own = headers.get("origin", "") in (f"http://{host}", f"https://{host}")
        if not own or headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise RefusedError(403, "This form came from another page; open it here and send it again.")
        most = self._most(path)
        if path == UPLOAD and self._uploads >= self._bounds.uploads:
            raise RefusedError(503, "Other tables are being uploaded at the moment; send yours again in a minute.")
        length = headers.get("content-length")
        if length is not None and (not length.isascii() or not length.isdigit() or int(length) > most):
            raise too_large(most)

    def _bounded(self, receive: Receive, most: int) -> Receive:
        """Count what comes and how long it takes; chunked requests do not say it beforehand."""
        read, whole, end = 0, False, time.monotonic() + self._bounds.whole

        async def bounded() -> Message:
            nonlocal read, whole
            if whole:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), min(self._bounds.idle, max(end - time.monotonic(), 0.0)))
            except TimeoutError:
                raise HTTPException(408, "The request came too slowly; send it again.") from None
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(413, str(too_large(most)))
            whole = not message.get("more_body", False)
            return message

        return bounded


def too_large(most: int) -> RefusedError:
    """More bytes than the server takes."""
    return RefusedError(
        413,
        f"That is more than {most / 2**20:.3g} MB; send smaller tables, or start the study in a terminal "
        "with simworth run.",
    )


def allowed_host(header: str, hosts: frozenset[str]) -> bool:
    """Whether a Host header names this server.

    A page elsewhere can let its own name point at this machine (DNS rebinding), but cannot make a browser
    send another name than its own. With ``"*"`` among the hosts every address of numbers is right too: those need no
    name server.
    """
    name = header.rpartition(":")[0] if header.rpartition(":")[2].isdigit() else header
    name = name.removeprefix("[").removesuffix("]").lower()
    if name in hosts:
        return True
    if "*" not in hosts:
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message.setdefault("headers", [])
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
