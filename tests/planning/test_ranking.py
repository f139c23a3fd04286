"""Who is best, and when nobody can tell."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simworth.errors import InputError
from simworth.inference.fit import fit_curve
from simworth.inference.law import Law
from simworth.laws import power
from simworth.planning.ranking import rank_at, rank_for_budget, rank_in_limit
from simworth.testing import synthetic_curve

Certain = Callable[..., Law]
SIZES = [100, 200, 400, 800, 1600]


@pytest.fixture(scope="module")
def two(certain: Certain) -> dict[str, Law]:
    """The first is ahead up to n = 10,000, the second beyond it."""
    steep = {"D": [10.0] * 20, "alpha": [0.5] * 20, "C": [0.2] * 20}
    flat = {"D": [4.0] * 20, "alpha": [0.5] * 20, "C": [0.26] * 20}
    return {"early": certain(flat), "late": certain(steep)}


def test_the_order_changes_with_the_size(two: dict[str, Law]) -> None:
    for n, best in ((1000.0, "early"), (100_000.0, "late")):
        answer = rank_at(two, n, unit="K")
        assert answer.probabilities[f"best {best}"] == 1.0
        assert answer.expected[f"rank {best}"] == 1.0
        assert f"{best} is best" in answer.sentence
        other = ({"early", "late"} - {best}).pop()
        errors = {"late": power.value(n, 10.0, 0.5, 0.2), "early": power.value(n, 4.0, 0.5, 0.26)}
        expected = float(errors[other] - errors[best])
        assert answer.values[f"behind {other}"].median == pytest.approx(expected, rel=1e-6)
    assert rank_in_limit(two).values["behind early"].median == pytest.approx(0.06)


def test_a_budget_buys_each_what_it_costs(two: dict[str, Law]) -> None:
    answer = rank_for_budget(two, {"early": 1.0, "late": 10.0}, 99_000.0)
    assert answer.given["n early"] == 100_000
    assert answer.given["n late"] == 10_900
    assert answer.probabilities["best early"] == 1.0
    assert rank_for_budget(two, {"early": 1.0, "late": 1.0}, 99_000.0).probabilities["best late"] == 1.0
    with pytest.raises(InputError, match="'late' is missing"):
        rank_for_budget(two, {"early": 1.0}, 1.0)
    with pytest.raises(InputError, match="the budget is 0"):
        rank_for_budget(two, {"early": 1.0, "late": 1.0}, 0.0)


def test_equals_are_told_to_be_equal(certain: Certain) -> None:
    spread = {"D": [3.0] * 500, "alpha": [0.5] * 500, "C": np.linspace(0.4, 0.6, 500)}
    answer = rank_at({"a": certain(spread), "b": certain(spread)})
    assert "order cannot be told" in answer.sentence
    assert answer.probabilities["best a"] == pytest.approx(0.5, abs=0.1)
    assert sum(answer.expected.values()) == pytest.approx(3.0)
    same = {"D": [3.0] * 5, "alpha": [0.5] * 5, "C": [0.5] * 5}
    tied = rank_at({"a": certain(same), "b": certain(same)})
    assert tied.probabilities == {"best a": 0.5, "best b": 0.5}
    assert tied.expected == {"rank a": 1.5, "rank b": 1.5}


def test_pairing_tells_what_the_luck_of_splits_hides() -> None:
    laws = {
        name: fit_curve(synthetic_curve(SIZES, 3.0, 0.4, C, replicate_sd=0.3, noise_sd=0.005))
        for name, C in (("better", 0.30), ("worse", 0.35))
    }
    alone, paired = rank_at(laws, 1600.0), rank_at(laws, 1600.0, paired=True)
    assert "order cannot be told" in alone.sentence
    assert "better is best" in paired.sentence
    gap = paired.values["behind worse"]
    assert gap.low < 0.05 < gap.high
    assert gap.high - gap.low < 0.3 * (alone.values["behind worse"].high - alone.values["behind worse"].low)


def test_one_is_no_ranking(two: dict[str, Law]) -> None:
    with pytest.raises(InputError, match="two candidates"):
        rank_at({"early": two["early"]})
