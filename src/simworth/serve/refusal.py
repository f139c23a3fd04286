"""What the server will not do, as one sentence and a status of HTTP."""

from __future__ import annotations

from simworth.errors import InputError


class RefusedError(InputError):
    """A request that is not answered; the page shows the sentence alone."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def missing(what: str = "page") -> RefusedError:
    """There is no such thing; the name that was asked for is not said back."""
    return RefusedError(404, f"There is no such {what}; the list of runs shows what there is.")
