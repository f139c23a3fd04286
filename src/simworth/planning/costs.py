"""What data cost and what a lower error is worth, in one currency: money, hours, or anything else."""

from __future__ import annotations

from dataclasses import dataclass

from simworth.errors import InputError
from simworth.planning.answer import require_positive

NAMES = {
    "simulation": "the cost of a simulation",
    "experiment": "the cost of an experiment",
    "budget": "the budget",
    "value": "the value of lowering the error by one unit",
}


@dataclass(frozen=True)
class Costs:
    """``simulation``, ``experiment``: of one material; ``budget``: to spend; ``value``: of an error lower by one unit.

    Each may be left out; questions that need it are then not asked.

    Raises
    ------
    InputError
        When one is no positive number, or a budget or a value comes without the cost of a simulation.
    """

    simulation: float | None = None
    experiment: float | None = None
    budget: float | None = None
    value: float | None = None

    def __post_init__(self) -> None:
        for name, what in NAMES.items():
            number = getattr(self, name)
            if number is not None:
                require_positive(what, number)
        for name in ("experiment", "budget", "value"):
            if getattr(self, name) is not None and self.simulation is None:
                raise InputError(f"{NAMES[name]} says nothing without the cost of a simulation; give that too")
