"""What every simulation engine offers a campaign."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec


class EngineProperty(msgspec.Struct, frozen=True):
    """One number an engine computes for a material."""

    name: str
    unit: str
    meaning: str


class Outcome(msgspec.Struct, frozen=True):
    """What became of one candidate: values, or the reason why there are none.

    ``values`` holds one float per engine property when ``reason`` is None, and is empty otherwise.
    """

    values: dict[str, float]
    reason: str | None = None
    effort: int = 0
    """Energy-and-gradient evaluations spent."""


class Engine(Protocol):
    """A deterministic function from a material to numbers; must be picklable (it travels to workers)."""

    @property
    def properties(self) -> tuple[EngineProperty, ...]:
        """What it computes, with units."""
        ...

    def settings(self) -> dict[str, Any]:
        """Every choice that can change a number, as plain values; part of the campaign's identity."""
        ...

    def versions(self) -> dict[str, str]:
        """Programs and libraries that computed the numbers."""
        ...

    def run(self, material: str) -> Outcome:
        """Compute one material; a calculation that fails is an `Outcome` with a reason, no exception."""
        ...
