"""What two files tell of a study."""

from __future__ import annotations

from simworth.starting.case import Case
from simworth.starting.looking import Look
from simworth.starting.materials import find_materials
from simworth.starting.properties import find_features, find_property
from simworth.starting.said import Guess, Said


def guess(measured: Look, computed: Look, said: Said | None = None) -> Guess:
    """Complete what was said by what the files tell; what neither tells becomes a question.

    Nothing is guessed that is not clear: where two columns could be meant, or a unit is stated nowhere, that is asked.

    Parameters
    ----------
    measured, computed : Look
        The experiments and the simulations.
    said : Said
        What is known already, such as the answers to earlier questions.

    Raises
    ------
    InputError
        When something said is impossible, or a file lacks what a study needs.
    """
    case = Case(measured, computed, said or Said())
    find_materials(case)
    find_property(case)
    find_features(case)
    if measured.rows > computed.rows:
        case.notes.append(
            f"{measured.name}, the measured table, has more rows than {computed.name}: is their order right?"
        )
    return case.guess()
