"""One polite HTTP client: it verifies, limits, waits and asks again, and gives a page only when it makes sense."""

from __future__ import annotations

import datetime
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from simworth.errors import InputError
from simworth.ingest.transfer.addresses import follow, home_of, is_local
from simworth.ingest.transfer.policy import PageError, Policy, RefusedError, Secret, TransferError
from simworth.ingest.transfer.waiting import AGAIN, backoff, retry_after

Result = TypeVar("Result")
Check = Callable[[bytes], Result]
REDIRECTS = (301, 302, 303, 307, 308)
WORDS = 200
"""Characters of a server's own words that a message shows."""


@dataclass(frozen=True)
class Reply:
    """What one request brought."""

    url: str
    status: int
    headers: dict[str, str]
    """Names in small letters."""
    body: bytes


class FailedError(Exception):
    """A request that may succeed next time; the reason, without a full stop."""


class Client:
    """Asks one server. Not for use from several threads.

    Parameters
    ----------
    base : str
        Address that `simworth.ingest.transfer.addresses.base_address` passed.
    policy : Policy
        Limits.
    key, header : Secret or None, str
        Sent as this header to this server alone.
    say : callable
        Is told, in one sentence, why there is a wait.
    sleep : callable
        `time.sleep`, or a test's.
    """

    def __init__(
        self,
        base: str,
        policy: Policy,
        *,
        key: Secret | None = None,
        header: str = "x-api-key",
        say: Callable[[str], None] = lambda sentence: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.home = home_of(base)
        self.policy = policy
        self.received = 0
        self._key, self._header, self._say, self._sleep = key, header, say, sleep
        self._last = -1e9
        if key is not None and self.home.scheme != "https" and not is_local(self.home):
            raise InputError(f"{self.home.host}: a key is sent by https alone; give an https address")
        from simworth.ingest.transfer.sockets import Wire

        self._wire = Wire(policy)

    def get(self, url: str, check: Check[Result]) -> tuple[bytes, Result]:
        """A page, and what ``check`` makes of it.

        Parameters
        ----------
        url : str
            On this server, or where it sent us.
        check : callable
            Reads the body; raises PageError where it is damaged, and the page is asked for again.

        Raises
        ------
        RefusedError
            When the server says no (a wrong key, a wrong filter, no such page).
        TransferError
            When the page could not be had after all tries, or is larger than allowed.
        """
        attempt = bad = 0
        while True:
            asked: float | None = None
            try:
                reply = self._followed(url)
                if reply.status == 200:
                    return reply.body, check(reply.body)
                if reply.status not in AGAIN:
                    raise self._refusal(reply)
                why = f"the server answers {reply.status}"
                asked = retry_after(reply.headers.get("retry-after"), datetime.datetime.now(datetime.UTC))
            except FailedError as failure:
                why = str(failure)
            except PageError as error:
                why, bad = f"the page is damaged: {error}", bad + 1
            attempt += 1
            if attempt >= self.policy.tries or bad >= self.policy.bad_tries:
                raise TransferError(f"{self.home.host}: {why}, {attempt} times over")
            self._wait(url, attempt, asked, why)

    def _wait(self, url: str, attempt: int, asked: float | None, why: str) -> None:
        wait = backoff(self.policy, url, attempt - 1)
        if asked is not None:
            if asked > self.policy.patience:
                raise TransferError(f"{self.home.host}: asks not to be asked again for {asked / 60:.0f} minutes")
            # A little later than asked, and not all clients at once; a server that asks for nothing rests all the same.
            wait = max(asked + 0.1 * min(wait, asked), wait if attempt > 2 else 0.0)
        if wait >= 1:
            self._say(f"{why}; asking again in {wait:.0f} s")
        self._sleep(wait)

    def _followed(self, url: str) -> Reply:
        """The reply behind redirects."""
        for _ in range(self.policy.redirects + 1):
            reply = self._once(url)
            if reply.status not in REDIRECTS:
                return reply
            place = reply.headers.get("location", "")
            try:
                url = follow(place, url, self.home, self._key is not None)
            except PageError as error:
                raise TransferError(f"{self.home.host}: the redirect was not followed: {error}") from None
        raise TransferError(f"{self.home.host}: redirects without end")

    def _once(self, url: str) -> Reply:
        """One request, within the limits of size and time."""
        pause = self._last + self.policy.interval - time.monotonic()
        if pause > 0:
            self._sleep(pause)
        self._last = time.monotonic()
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "simworth"}
        keyed = self._key is not None and home_of(url) == self.home
        if keyed and self._key is not None:
            headers[self._header] = self._key.reveal()
        status, found, body = self._wire.send(url, headers, FailedError, self.policy.total_bytes - self.received)
        self.received += len(body)
        if self._key is not None and self._key.reveal().encode() in body:
            raise TransferError(f"{self.home.host}: sends the API key back in its reply, which is not kept; tell them")
        return Reply(url, status, found, body)

    def _refusal(self, reply: Reply) -> RefusedError:
        host, words = self.home.host, _words(reply.body)
        if reply.status in (401, 403) and self._key is not None:
            sentence = f"{host}: the API key was refused ({reply.status}); check it"
        elif reply.status == 404:
            sentence = f"{host}: has no such page (404: {home_path(reply.url)}); check --url"
        else:
            sentence = f"{host}: answers {reply.status}: {words or 'no reason given'}"
        return RefusedError(sentence, reply.status, words)


def home_path(url: str) -> str:
    """The path of an address without its query."""
    return re.sub(r"[?#].*", "", url.split("://", 1)[-1].partition("/")[2])[:WORDS]


def _words(body: bytes) -> str:
    """The server's own reason: the first texts of its JSON, or the start of its text, printable and short."""
    import msgspec

    try:
        found: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        found = re.sub(r"<[^>]*>", " ", body[:2000].decode("utf-8", "replace"))
    for key in ("errors", "detail", "message", "error"):
        while isinstance(found, list) and found:
            found = found[0]
        if isinstance(found, dict) and key in found:
            found = found[key]
    while isinstance(found, list) and found:
        found = found[0]
    if isinstance(found, dict):
        found = next((found[k] for k in ("detail", "msg", "title") if isinstance(found.get(k), str)), "")
    text = "".join(c if c.isprintable() else " " for c in str(found))
    return " ".join(text.split())[:WORDS].rstrip(".")
