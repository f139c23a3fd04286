"""urllib3 with a clock: whatever a server does, one request ends within its time and its size."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import urllib.parse
import urllib.request
from typing import Any

from simworth.ingest.transfer.addresses import home_of, is_local
from simworth.ingest.transfer.policy import Policy, TransferError

PIECE = 1 << 16


class Wire:
    """Connections to servers, kept open between requests; certificates are verified against the system's."""

    def __init__(self, policy: Policy) -> None:
        import urllib3
        from urllib3.connection import HTTPConnection, HTTPSConnection
        from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

        self._policy = policy
        self._socket: Any = None
        wire = self

        # http.client reads headers line by line, each within the timeout of silence: a server that drips one
        # byte at a time would never end. The socket is remembered here so that a clock can shut it.
        class Plain(HTTPConnection):
            def getresponse(self) -> Any:
                wire._socket = self.sock
                return super().getresponse()

        class Secure(HTTPSConnection):
            def getresponse(self) -> Any:
                wire._socket = self.sock
                return super().getresponse()

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self._classes = {"http": PlainPool, "https": SecurePool}
        self._pools: dict[str, urllib3.PoolManager] = {}

    def send(
        self, url: str, headers: dict[str, str], failed: type[Exception], room: int
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (names in small letters) and body of one GET; redirects are not followed.

        Raises
        ------
        failed
            When the connection fails, stays silent, is too slow, or the body is cut short or damaged.
        TransferError
            When the certificate is not trusted, or the body is larger than allowed.
        """
        import urllib3
        from urllib3.exceptions import HTTPError, LocationParseError, SSLError

        self._socket = None
        ended = threading.Event()
        clock = threading.Timer(self._policy.page_seconds, self._shut, (ended,))
        clock.daemon = True
        clock.start()
        timeout = urllib3.Timeout(connect=self._policy.connect_seconds, read=self._policy.read_seconds)
        try:
            reply = self._pool(url).request(
                "GET", url, headers=headers, preload_content=False, redirect=False, retries=False, timeout=timeout
            )
            try:
                body = self._body(reply, failed, room)
            except BaseException:
                reply.close()
                raise
            reply.release_conn()
            if ended.is_set():
                raise failed(f"no end after {self._policy.page_seconds:g} s")
            return reply.status, {k.lower(): v for k, v in reply.headers.items()}, body
        except (SSLError, HTTPError, OSError, http.client.HTTPException) as error:
            if _untrusted(error):
                raise TransferError(f"{_host(url)}: its certificate is not trusted, so nothing was asked") from None
            if isinstance(error, LocationParseError):
                raise TransferError(f"{_host(url)}: is no address of a server; check --url") from None
            if ended.is_set():
                raise failed(f"no end after {self._policy.page_seconds:g} s") from None
            raise failed(_reason(error)) from None
        finally:
            clock.cancel()

    def _pool(self, url: str) -> Any:
        """The connections for an address: direct ones, or through the proxy that the environment names."""
        import urllib3

        proxy = _proxy(url)
        if proxy not in self._pools:
            if proxy:
                made: Any = urllib3.ProxyManager(
                    proxy, num_pools=4, maxsize=1, cert_reqs="CERT_REQUIRED", proxy_headers=_proxy_headers(proxy)
                )
            else:
                made = urllib3.PoolManager(num_pools=4, maxsize=1, cert_reqs="CERT_REQUIRED")
            made.pool_classes_by_scheme = self._classes
            self._pools[proxy] = made
        return self._pools[proxy]

    def _body(self, reply: Any, failed: type[Exception], room: int) -> bytes:
        """The whole body, decoded."""
        encoding = reply.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", ""):
            raise failed(f"a body packed in a way that was not asked for ({encoding[:40]})")
        most = min(self._policy.page_bytes, room)
        pieces: list[bytes] = []
        size = 0
        while piece := reply.read1(PIECE, decode_content=True):
            size += len(piece)
            if size > most:
                raise self._too_large(room)
            pieces.append(piece)
        stated = reply.headers.get("content-length", "").strip()
        if stated.isascii() and stated.isdigit() and reply.tell() != int(stated):
            raise failed(f"the body ends after {reply.tell()} of {stated[:20]} bytes")
        return b"".join(pieces)

    def _too_large(self, room: int) -> TransferError:
        if room <= self._policy.page_bytes:
            return TransferError(f"more than {self._policy.total_bytes >> 20} MiB in all; narrow it with --where")
        return TransferError(
            f"a page larger than {self._policy.page_bytes >> 20} MiB; ask for smaller ones with --page"
        )

    def _shut(self, ended: threading.Event) -> None:
        """Time is up: end the reading thread's wait."""
        ended.set()
        with contextlib.suppress(OSError, AttributeError):
            self._socket.shutdown(socket.SHUT_RDWR)


def _proxy(url: str) -> str:
    """Address of the proxy for an address, as other programs read it from the environment; empty for none."""
    home = home_of(url)
    found = urllib.request.getproxies().get(home.scheme, "")
    if not found or is_local(home) or urllib.request.proxy_bypass(home.host):
        return ""
    return found if "://" in found else f"http://{found}"


def _proxy_headers(proxy: str) -> dict[str, str]:
    """The proxy's own user name and password, where its address holds them; the proxy alone gets them."""
    import urllib3

    user = urllib3.util.parse_url(proxy).auth
    return dict(urllib3.make_headers(proxy_basic_auth=urllib.parse.unquote(user))) if user else {}


def _untrusted(error: BaseException | None) -> bool:
    """Whether a certificate is at fault; the chain of causes tells."""
    while error is not None:
        if type(error).__name__ in ("SSLCertVerificationError", "CertificateError"):
            return True
        inner = error.args[-1] if error.args and isinstance(error.args[-1], BaseException) else None
        error = error.__cause__ or error.__context__ or inner
    return False


def _reason(error: BaseException) -> str:
    """Words for a failure, without addresses or library names."""
    from urllib3.exceptions import (
        ConnectTimeoutError,
        DecodeError,
        IncompleteRead,
        NameResolutionError,
        NewConnectionError,
        ReadTimeoutError,
    )

    if isinstance(error, NameResolutionError):
        return "the name of the server is not known here"
    if isinstance(error, NewConnectionError):  # which urllib3 derives from the next one
        return "the server does not take connections"
    if isinstance(error, ConnectTimeoutError):
        return "no connection in time"
    if isinstance(error, ReadTimeoutError | TimeoutError):
        return "the server stays silent"
    if isinstance(error, DecodeError):
        return "the body cannot be unpacked"
    if isinstance(error, IncompleteRead):
        return "the body is cut short"
    return "the connection broke"


def _host(url: str) -> str:
    return url.split("://", 1)[-1].partition("/")[0][:100]
