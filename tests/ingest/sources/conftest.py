"""A store of its own for every test, and a way from a file into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simworth.ingest.download import Order
from simworth.ingest.from_file import find_file_source, read_file
from simworth.store import default_store, open_stored
from simworth.tables import PropertyTable

Read = Callable[..., tuple[PropertyTable, Any]]


@pytest.fixture(autouse=True)
def _store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMWORTH_STORE", str(tmp_path / "store"))


@pytest.fixture
def read() -> Read:
    """Bring a file of a database into the store: the table, and its card."""

    def found(name: str, path: Path, *, seed: int = 0, failed: bool = False, **order: Any) -> tuple[PropertyTable, Any]:
        source = find_file_source(name)
        assert source is not None
        read_file(source, path, Order(out="t", **order), seed=seed, failed=failed)
        stored = open_stored(default_store(), "t")
        return stored.load(), stored.card

    return found
