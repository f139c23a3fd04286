"""How patient and how polite a transfer is, and what can go wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from simworth.errors import SimworthError

MIB = 1 << 20


@dataclass(frozen=True)
class Policy:
    """Limits of one transfer; seconds and bytes."""

    tries: int = 8
    """How often a page is asked for before giving up."""
    bad_tries: int = 4
    """The same for a page that arrives whole but makes no sense."""
    first_wait: float = 1.0
    """Wait after the first failure; doubles each time."""
    longest_wait: float = 60.0
    patience: float = 900.0
    """The longest a server may ask us to wait (Retry-After); beyond it the command stops and says so."""
    connect_seconds: float = 20.0
    read_seconds: float = 90.0
    """Silence after which a connection is given up."""
    page_seconds: float = 300.0
    """The longest one page may take, however slowly it drips."""
    page_bytes: int = 64 * MIB
    total_bytes: int = 64 * 1024 * MIB
    interval: float = 0.2
    """Least time between the starts of two requests."""
    redirects: int = 5


class TransferError(SimworthError):
    """A server could not be read to the end; what came is kept."""


class RefusedError(TransferError):
    """A server said no, and asking again will not help."""

    def __init__(self, sentence: str, status: int, words: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.words = words


class PageError(Exception):
    """A page is not what it should be; the reason, without a full stop."""


class Secret:
    """A key that shows itself only when asked by name: never in a message, a file or a repr."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is not written anywhere")

    def reveal(self) -> str:
        """The key itself, for a request's header alone."""
        return self._value
