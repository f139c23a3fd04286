"""The examples of the Python reference do what they say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simworth

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "python.md"


def run_example(place: int) -> dict[str, Any]:
    examples = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(examples) == 2
    names: dict[str, Any] = {}
    exec(compile(examples[place], str(PAGE), "exec"), names)
    return names


def test_the_example_of_a_law_finds_its_truth(capsys: pytest.CaptureFixture[str]) -> None:
    names = run_example(0)
    law, tested = names["law"], names["tested"]
    assert capsys.readouterr().out.startswith(f"{law.verdict.sentence}\nlaw\n")
    assert tested.fitted_sizes == (50, 100, 200, 400, 800)
    low, high = names["ahead"].interval()
    truth = 3 * np.array([6400, 12800]) ** -0.5 + 0.5
    assert ((low < truth) & (truth < high)).all()


def test_the_example_of_intervals_holds_what_it_should() -> None:
    names = run_example(1)
    assert (names["low"] < names["high"]).all()
    assert names["calibrated"].spread is not None
    assert 0.85 < names["tested"].covered < 0.95


def test_every_public_name_is_there_and_in_the_reference() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in simworth.__all__:
        assert getattr(simworth, name).__name__ == name
        assert f":: simworth.{name}\n" in page
