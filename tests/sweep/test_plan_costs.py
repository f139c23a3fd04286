from __future__ import annotations

from typing import Any

import pytest

from simworth.errors import StudyError
from simworth.planning.costs import Costs
from simworth.study import Study
from simworth.testing.tables import synthetic_study, synthetic_tables


def study(**plan: float) -> Study:
    settings: dict[str, Any] = synthetic_study()
    return Study({**settings, "plan": plan}, synthetic_tables())


def test_costs_of_a_study_are_those_of_the_plan() -> None:
    spec = study(cost_simulation=2, cost_experiment=300, budget=1e4, value=7).spec
    assert spec.plan.costs == Costs(2, 300, 1e4, 7)
    assert study().spec.plan.costs == Costs()
    assert study().spec.digest() == spec.digest()


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"cost_simulation": 0.0}, "the cost of a simulation is 0"),
        ({"budget": 10.0}, "the budget says nothing without the cost of a simulation"),
        ({"cost_simulation": 5.0, "cost_experiment": 9.0, "budget": 4.0}, "buys nothing"),
    ],
)
def test_costs_that_the_plan_would_refuse_are_refused_before_the_run(plan: dict[str, float], said: str) -> None:
    with pytest.raises(StudyError, match=said):
        study(**plan)
