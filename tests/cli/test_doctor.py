from __future__ import annotations

import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from simworth import doctor
from simworth.doctor import PURPOSES, Health, examine


def test_it_says_what_is_here(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE", 0)
    code, out, err = command("doctor")
    assert (code, err) == (0, "")
    for text in ("simworth ", "JAX computes on: ", "numpy", "stored tables", "Nothing is wrong."):
        assert text in out
    code, out, _ = command("doctor", "--json")
    health = msgspec.convert(json.loads(out), Health)
    assert code == 0
    assert health.simworth == importlib.metadata.version("simworth")
    assert health.cores >= 1
    assert health.memory is None or health.memory > 2**20


def test_every_optional_part_of_the_project_has_a_purpose() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    extras = text.split("[project.optional-dependencies]\n")[1].split("\n\n")[0]
    names = {line.partition(" = ")[0] for line in extras.splitlines() if " = [" in line}
    assert names - {"test", "docs", "dev"} == set(PURPOSES)


def test_what_is_missing_comes_with_the_command_that_adds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    said = ["numpy>=2.1", 'simworth-nothing>=3; extra == "chem"']
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: said)
    [part] = [p for p in examine().parts if p.packages]
    assert (part.name, part.installed, part.packages[0].version) == ("chem", False, None)
    assert part.command == f"{sys.executable} -m pip install 'simworth[chem]'"
    assert not any("simworth-nothing" in p for p in examine().problems)


@pytest.mark.parametrize(
    ("requirement", "problem"),
    [
        ("simworth-nothing>=3", "simworth-nothing is not installed"),
        ("numpy>=999", "is not >=999"),
    ],
)
def test_what_is_needed_and_is_not_there_is_a_problem(
    requirement: str, problem: str, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: [requirement])
    code, out, err = command("doctor")
    assert code == 1
    assert problem in err
    assert "-m pip install" in err
    assert "to mend" in out


def test_a_package_that_does_not_load_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: ["numpy"])
    monkeypatch.setattr(doctor, "IMPORTED", {"numpy": "numpy.nothing_of_the_kind"})
    assert any("is installed and does not load" in p for p in examine().problems)


def test_a_full_or_closed_folder_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE", 2**80)
    monkeypatch.setattr(doctor.os, "access", lambda path, mode: False)
    problems = examine().problems
    assert any("less than 1 GiB free" in p for p in problems)
    assert any("cannot be written" in p for p in problems)


def test_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMWORTH_STORE", str(tmp_path / "store"))
    [store] = [f for f in examine().folders if f.purpose == "stored tables"]
    assert not store.exists
    assert not (tmp_path / "store").exists()
