"""A server on this machine that speaks as the databases do, and fails as real ones do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the files beside this one; no test is named like them

from loopback_databases import FAKES, KEY, entries, materials_project, oqmd
from loopback_faults import FAULTS
from loopback_server import Loopback

__all__ = ["FAKES", "FAULTS", "KEY", "Loopback", "entries", "materials_project", "oqmd"]


@pytest.fixture
def loopback() -> Iterator[Callable[..., Loopback]]:
    """Starts servers, and stops them at the end."""
    made: list[Loopback] = []

    def begin(fake: str, n: int = 60, **more: Any) -> Loopback:
        made.append(Loopback(FAKES[fake], entries(n), **more).start())
        return made[-1]

    yield begin
    for one in made:
        one.stop()


@pytest.fixture
def faults() -> tuple[str, ...]:
    return FAULTS


@pytest.fixture
def api_key() -> str:
    return KEY
