"""The comparisons with other clients say clearly where those are absent, and hold the truth they compare with."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # benchmarks/ is not part of the package

from benchmarks.databases import failing, oracles, reference  # noqa: E402


@pytest.mark.parametrize("part", [reference, oracles])
def test_absent_clients_are_told(
    part: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(part.VARIABLE, raising=False)  # type: ignore[attr-defined]
    assert part.main([]) == 0  # type: ignore[attr-defined]
    assert capsys.readouterr().out.startswith(f"skipped: {part.VARIABLE}")  # type: ignore[attr-defined]


def test_made_up_entries() -> None:
    entries = reference.made_up(500)
    assert len({e["id"] for e in entries}) == 500
    assert entries == reference.made_up(500)
    truth = {e["id"]: [e["attributes"]["chemical_formula_reduced"], e["attributes"]["band_gap"]] for e in entries}
    found = reference.means(truth)
    assert 0 < len(found) <= 500
    assert all(0 <= v <= 9 for v in found.values())


def test_one_fault_is_counted() -> None:
    servers = failing.load(failing.TESTS / "conftest.py")
    tests = failing.load(failing.TESTS / "transfer" / "test_faults.py")
    assert failing.one(servers, tests, "oqmd", {1: "cut"}, "http://127.0.0.1:9") == "overcome"
    told = "told, and completed by a second run"
    assert failing.one(servers, tests, "oqmd", {1: "429 long"}, "http://127.0.0.1:9") == told
