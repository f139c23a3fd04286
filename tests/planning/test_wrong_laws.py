"""Each question is asked of the law that it is for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simworth.errors import InputError
from simworth.inference.fit import fit_law
from simworth.inference.law import Law
from simworth.planning.answer import Answer
from simworth.planning.budget import budget
from simworth.planning.costs import Costs
from simworth.planning.design import design
from simworth.planning.equivalence import equivalence
from simworth.planning.growth import growth
from simworth.planning.isoline import isoline
from simworth.planning.limit import limit
from simworth.planning.need import need
from simworth.planning.ranking import rank_at, rank_for_budget, rank_in_limit
from simworth.planning.rounds import is_hopeless, is_reached, next_size, rounds
from simworth.planning.stop import stop

Question = Callable[[Law], Answer | float]
SINGLE: list[Question] = [
    need,
    limit,
    growth,
    stop,
    rounds,
    design,
    lambda law: next_size(law, 0.5),
    lambda law: is_reached(law, 0.5),
    lambda law: is_hopeless(law, 0.5),
    lambda law: rank_at({"a": law, "b": law}),
    lambda law: rank_in_limit({"a": law, "b": law}),
    lambda law: rank_for_budget({"a": law, "b": law}, {"a": 1.0, "b": 1.0}, 1.0),
]
JOINT: list[Question] = [equivalence, isoline, lambda law: budget(law, 1.0, 1.0, 10.0)]


@pytest.mark.parametrize("question", SINGLE)
def test_single(question: Question, both: Law) -> None:
    with pytest.raises(InputError, match="joint in n and m"):
        question(both)
    with pytest.raises(InputError, match="at least 4"):
        question(fit_law([10, 20], [2, 1]))


@pytest.mark.parametrize("question", JOINT)
def test_joint(question: Question, known: Law) -> None:
    with pytest.raises(InputError, match="two or more m"):
        question(known)
    with pytest.raises(InputError, match="at least 4"):
        question(fit_law([10, 20], [2, 1], [5, 9]))


@pytest.mark.parametrize("question", [need, limit, growth, stop, rounds, design])
def test_a_present_size_is_positive(question: Callable[..., Answer], known: Law) -> None:
    with pytest.raises(InputError, match="present number of simulations"):
        question(known, n=0.0)


def test_costs() -> None:
    Costs()
    Costs(1.0, 2.0, 3.0, 4.0)
    for wrong in ({"experiment": 1.0}, {"budget": 1.0}, {"value": 1.0}):
        with pytest.raises(InputError, match="give that too"):
            Costs(**wrong)
    for name in ("simulation", "experiment", "budget", "value"):
        for number in (0.0, -1.0, float("nan"), float("inf")):
            with pytest.raises(InputError, match="positive number"):
                Costs(**{"simulation": 1.0, name: number})
