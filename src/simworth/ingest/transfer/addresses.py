"""Which addresses may be asked: the server that was named, and whom it sends us to."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from simworth.errors import InputError
from simworth.ingest.transfer.policy import PageError

PORTS = {"http": 80, "https": 443}
LOOPBACK = ("localhost", "127.0.0.1", "::1")
LONGEST = 16_000
"""Characters of an address."""


class Home(NamedTuple):
    """The server a transfer belongs to."""

    scheme: str
    host: str
    port: int


def base_address(text: str) -> str:
    """A base address a user gave, without its last slash.

    Raises
    ------
    InputError
        When it is no http(s) address, or carries a password or a query, where keys would end up in files.
    """
    try:
        parts = _split(text.strip())
    except PageError as error:
        raise InputError(f"--url: {error}; give one such as https://example.org/optimade") from None
    if "@" in parts.netloc:
        raise InputError("--url: holds a user name or password; give the address without it")
    if parts.query or parts.fragment:
        raise InputError("--url: holds '?' or '#'; give the address without what follows (see --fields and --where)")
    return urlunsplit(parts).rstrip("/")


def home_of(url: str) -> Home:
    """The server of an address that `base_address` or `follow` passed."""
    parts = urlsplit(url)
    return Home(parts.scheme, str(parts.hostname), parts.port or PORTS[parts.scheme])


def is_local(home: Home) -> bool:
    """Whether it is this machine."""
    return home.host in LOOPBACK


def follow(link: str, origin: str, home: Home, keyed: bool) -> str:
    """The address a link or a redirect leads to, if it may be followed.

    A server behind a proxy often writes ``http`` into links where it was asked by ``https``: on the same host that is
    mended. A keyed request stays on its host; nothing that began encrypted goes on in the clear.

    Raises
    ------
    PageError
        When it may not, with the reason.
    """
    try:
        url = urljoin(origin, link)
    except ValueError:
        raise PageError("a link is not an address") from None
    parts = _split(url)
    if "@" in parts.netloc:
        raise PageError("a link holds a user name")
    if home.scheme == "https" and parts.scheme == "http" and parts.hostname == home.host:
        port = "" if home.port == PORTS["https"] else f":{home.port}"
        parts = parts._replace(scheme="https", netloc=f"{_bracketed(home.host)}{port}")
    target = home_of(urlunsplit(parts))
    if keyed and target != home:
        raise PageError(f"a link leads to another host ({target.host}), which must not get the key")
    if home.scheme == "https" and target.scheme != "https":
        raise PageError(f"a link leads to {target.host} without encryption")
    if _inside(target.host) and not _inside(home.host):
        raise PageError(f"a link leads to {target.host}, which is an address of the inner network")
    return urlunsplit(parts._replace(fragment=""))


def _inside(host: str) -> bool:
    """Whether a host is this machine or has an address that is not public."""
    if host in LOOPBACK:
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _split(url: str) -> SplitResult:
    if len(url) > LONGEST:
        raise PageError("an address is longer than any should be")
    if not url.isprintable() or " " in url:
        raise PageError("an address holds blanks or control characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise PageError("it is not an address") from None
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        raise PageError("it is not an http or https address")
    return parts


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
