"""The rule of the rounds, and how it goes on truths that are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.inference.fit import fit_curve
from simworth.inference.law import Law
from simworth.planning.rounds import (
    ENOUGH,
    LEAST,
    MOST,
    ROUNDS,
    is_hopeless,
    is_reached,
    next_size,
    quantile,
    rounds,
)
from simworth.testing import synthetic_curve

Certain = Callable[..., Law]


def test_a_sure_law_is_followed_straight_to_the_target(known: Law) -> None:
    # 0.55 is reached at n = 3600.
    assert next_size(known, 0.55) == pytest.approx(3600, abs=1)
    answer = rounds(known, 0.55)
    assert answer.expected["rounds"] == 1.0
    assert answer.expected["overshoot"] == pytest.approx(1.0, rel=1e-3)
    assert answer.probabilities == {"unreachable": 0.0, "reached": 1.0, "reached_if_possible": 1.0}
    # 0.53 at 10,000: more than one round may grow.
    assert next_size(known, 0.53) == MOST * 1000
    assert rounds(known, 0.53).expected["rounds"] == 2.0
    assert rounds(known, 0.53).values["n"].median == pytest.approx(10_000, rel=1e-3)
    assert rounds(known, 0.501, rounds=1).probabilities["reached"] == 0.0


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 5), st.floats(0.05, 2), st.floats(0, 1)), min_size=2, max_size=20),
    st.floats(0.01, 3),
    st.integers(1, ROUNDS),
)
def test_the_next_size_is_finite_larger_and_no_smaller_in_later_rounds(
    certain: Certain, draws: list[tuple[float, float, float]], target: float, turn: int
) -> None:
    law = certain(dict(zip(("D", "alpha", "C"), zip(*draws, strict=True), strict=True)))
    size = next_size(law, target, turn=turn)
    assert LEAST * 1000 <= size <= MOST * 1000
    assert size.is_integer()
    if turn > 1:
        assert size >= next_size(law, target, turn=turn - 1)


def test_the_quantile_rises_to_what_is_enough() -> None:
    shares = [quantile(r) for r in range(1, ROUNDS + 1)]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.5, pytest.approx(ENOUGH))
    assert quantile(1, 1) == ENOUGH
    for turn, count in ((0, 5), (6, 5), (1, 0)):
        with pytest.raises(InputError, match="is none"):
            quantile(turn, count)


def test_when_there_is_nothing_to_plan(known: Law, certain: Certain) -> None:
    assert is_reached(known, 0.6)
    assert "Nothing to collect" in rounds(known, 0.6).sentence
    assert is_hopeless(known, 0.4)
    assert "out of reach" in rounds(known, 0.4).sentence
    flat = certain({"D": [0.0] * 4, "alpha": [np.nan] * 4, "C": [0.5] * 4})
    rising = certain({"D": [-1.0] * 4, "alpha": [0.5] * 4, "C": [0.5] * 4})
    for law in (flat, rising):
        answer = rounds(law, 0.3)
        assert "does not fall" in answer.sentence
        assert not answer.values
    for target in (0.0, float("inf")):
        with pytest.raises(InputError, match="target error"):
            rounds(known, target)


def test_the_luck_of_the_splits_can_be_left_out(certain: Certain) -> None:
    lucky = certain({"D": [3.0] * 4, "alpha": [0.5] * 4, "C": [0.5] * 4}, shift=[-0.1] * 4)
    assert not is_reached(lucky, 0.55)
    assert is_reached(lucky, 0.55, own_splits=True)
    assert next_size(lucky, 0.45, own_splits=True) == pytest.approx(3600, abs=1)


def test_rounds_with_fits_in_between_reach_a_reachable_target() -> None:
    """A few of the cases of `python -m benchmarks.planning.rounds`."""
    reached = 0
    cases = [(0.3, 0.3, 4.0), (0.5, 0.2, 16.0), (0.8, 0.4, 8.0), (0.4, 0.1, 48.0)]
    for seed, (alpha, C, factor) in enumerate(cases):
        D = (1 - C) * 1600**alpha
        target, sizes = D * (1600 * factor) ** -alpha + C, [100.0, 200.0, 400.0, 800.0, 1600.0]
        for turn in range(1, ROUNDS + 1):
            trials = synthetic_curve(sizes, D, alpha, C, replicate_sd=0.01, noise_sd=0.01, seed=seed)
            law = fit_curve(trials)
            if is_reached(law, target):
                break
            sizes.append(next_size(law, target, turn=turn))
        reached += sizes[-1] >= 1600 * factor
        assert sizes[-1] < 4 * 1600 * factor
    assert reached == len(cases)


def test_the_course_knows_no_more_than_the_fit() -> None:
    law = fit_curve(synthetic_curve([100, 200, 400, 800, 1600], 3.0, 0.4, 0.2, replicate_sd=0.02))
    answer = rounds(law, 0.28)
    assert 1 <= answer.expected["rounds"] <= ROUNDS
    assert answer.expected["overshoot"] >= 1
    assert answer.probabilities["reached"] <= 1 - 0.5 * answer.probabilities["unreachable"]
    assert answer == rounds(law, 0.28)
