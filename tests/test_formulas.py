from __future__ import annotations

import csv
import os
from fractions import Fraction
from math import gcd, lcm
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simworth import formulas
from simworth.formulas import amounts, flat_pairs, reduced_formula

SYMBOLS = st.sampled_from(["H", "D", "T", "C", "O", "N", "Co", "Fe", "Ni", "Cn", "Og", "Xx", "A"])
NUMBERS = st.one_of(
    st.just(""),
    st.integers(0, 10**10).map(str),
    st.decimals(0, 10**9, places=3).map(str),
    st.sampled_from(["0.0", "00.5", "1.", ".5", "0.1", "0.2", "0.3", "1.5.2", "0.0000001", "0.1234567890123"]),
)


def by_grammar(text: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, float] | None:
    with monkeypatch.context() as without:
        without.setattr(formulas, "_in_a_row", lambda text: None)
        return amounts(text)


@given(st.lists(st.tuples(SYMBOLS, NUMBERS), min_size=1, max_size=6))
def test_a_row_of_symbols_and_decimals_is_read_as_the_grammar_reads_it(row: list[tuple[str, str]]) -> None:
    text = "".join(symbol + number for symbol, number in row)
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert amounts(text) == by_grammar(text, monkeypatch)


@pytest.mark.parametrize("text", ["Fe0.5Ni0.5", "O0.1O0.2O0.3Fe", "D0.5O", "CO0.5", "HfO1.9"])
def test_no_grammar_is_asked_for_a_row(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = by_grammar(text, monkeypatch)
    monkeypatch.setattr(formulas, "_with_decimals", None)
    assert amounts(text) == expected


@pytest.mark.parametrize("text", ["Fe0.5(OH)1.5", "2Fe0.5O", "CuSO4.5H2O", "Fe0.5·2H2O", "Fe0.0O", "Fe 0.5", ""])
def test_what_is_no_row(text: str) -> None:
    assert flat_pairs(text) is None


@given(st.lists(st.decimals("0.000001", 1000, places=6), min_size=1, max_size=4))
def test_proportions_are_exact(numbers: list[object]) -> None:
    elements = ["Al", "Fe", "Ni", "O"][: len(numbers)]
    exact = [Fraction(str(n)) for n in numbers]
    scale = lcm(*(f.denominator for f in exact))
    whole = [int(f * scale) for f in exact]
    whole = [n // gcd(*whole) for n in whole]
    text = "".join(f"{e}{n}" for e, n in zip(elements, numbers, strict=True))
    assert reduced_formula(text) == "".join(e if n == 1 else f"{e}{n}" for e, n in zip(elements, whole, strict=True))


SHARED = Path(os.environ.get("SIMWORTH_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data" / "band_gap"


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the public tables are not here")
def test_decimal_formulas_of_a_public_table(monkeypatch: pytest.MonkeyPatch) -> None:
    with (SHARED / "experimental_matbench.csv").open(encoding="utf-8-sig", newline="") as lines:
        texts = {row["formula"] for row in csv.DictReader(lines) if "." in row["formula"]}
    assert len(texts) > 400
    assert [t for t in texts if amounts(t) is None or amounts(t) != by_grammar(t, monkeypatch)] == []
