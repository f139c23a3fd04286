"""Who may come in: the token of the printed address, the cookie it is changed for, the mark of the server's forms."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie


@dataclass(frozen=True)
class Key:
    """Secrets of one start of the server; another start has others."""

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def cookie(self) -> str:
        """The cookie's name: cookies do not tell ports apart, so that servers on two ports need two names."""
        return f"simworth-{self.port}"

    @property
    def form(self) -> str:
        """What the server's own forms carry and no other page can know."""
        return hmac.new(self.session.encode(), b"form", hashlib.sha256).hexdigest()

    def fits(self, token: str) -> bool:
        """Whether this is the token."""
        return _same(token, self.token)

    def holds(self, header: str) -> bool:
        """Whether a Cookie header has the session."""
        try:
            morsel = SimpleCookie(header).get(self.cookie)
        except CookieError:
            return False
        return morsel is not None and _same(morsel.value, self.session)

    def own_form(self, mark: str) -> bool:
        """Whether a form is one of this server's."""
        return _same(mark, self.form)

    def set_cookie(self) -> str:
        """The header that gives the session to a browser: not to its scripts, not to requests from other sites."""
        return f"{self.cookie}={self.session}; HttpOnly; SameSite=Strict; Path=/"


def _same(given: str, wanted: str) -> bool:
    return secrets.compare_digest(given.encode("utf-8", errors="surrogatepass"), wanted.encode())
