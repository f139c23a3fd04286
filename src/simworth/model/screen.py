"""Candidates in the order of how probably their property lies in a target window: none is dropped."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simworth.documents import Document, finite, seal
from simworth.inference.words import say_error
from simworth.model.ask import Model
from simworth.model.candidates import Candidates, Cell, own_names
from simworth.model.gather import Gathered
from simworth.model.window import best_first, in_window, outside_by

SCHEMA = "simworth-screen/1"
NAMES = ("rank", "probability", "prediction", "low", "high", "unit", "spread", "inside", "reason", "status", "why")


class Ranked(NamedTuple):
    """Columns and rows of the answer, those of the candidates first; the best candidate first."""

    names: list[str]
    rows: list[list[Cell]]
    expected: float
    """How many of the candidates that were not measured are expected in the window."""


def screen(
    model: Model, candidates: Candidates, gathered: Gathered, low: float | None, high: float | None, top: int | None
) -> Ranked:
    """Rank candidates by the probability of the window.

    Parameters
    ----------
    low, high
        Ends of the window in the model's unit, both included; None where it is open.
    top
        How many rows to keep; None for all. Rows that could not be read come last.

    Raises
    ------
    InputError
        When the window is none, or too few experiments calibrate it.
    """
    g = gathered
    probability = in_window(model.calibrated, g.mean, g.scale, low, high)
    names = [*candidates.names, *own_names(candidates.names, NAMES)]
    rows: list[list[Cell]] = []
    for rank, i in enumerate(best_first(probability, outside_by(g.mean, g.scale, low, high)).tolist(), 1):
        own: list[Cell] = [rank, float(probability[i]), *values(model, g, i), *status(model, g, i)]
        rows.append([*candidates.rows[int(g.rows[i])], *own])
    blank: list[Cell] = [None] * (len(NAMES) - 2)
    rows += [[*candidates.rows[row], *blank, "unreadable", why] for row, why in g.refused.items()]
    fresh = (g.known < 0) & ~g.twice
    return Ranked(names, rows[:top], float(probability[fresh].sum()))


def screen_document(model: Model, found: Ranked, low: float | None, high: float | None) -> Document:
    """The same as a JSON document, its parent the model."""
    body = {"property": model.card.property, "unit": model.card.unit, "low": low, "high": high}
    return seal(SCHEMA, {"model": model.card.tensors}, body | {"rows": plain_rows(found.names, found.rows)})


def plain_rows(names: list[str], rows: list[list[Cell]]) -> list[dict[str, Cell]]:
    """Rows as JSON holds them."""
    return [{n: finite(c) if isinstance(c, float) else c for n, c in zip(names, row, strict=True)} for row in rows]


def values(model: Model, g: Gathered, i: int) -> list[Cell]:
    """Prediction, interval, unit, spread, and whether and why not the model knows such materials."""
    numbers = [float(np.asarray(part)[i]) for part in (g.mean, g.low, g.high)]
    return [*numbers, model.card.unit, float(g.spread[i]), bool(g.inside[i]), g.reason[i]]


def status(model: Model, g: Gathered, i: int) -> list[Cell]:
    """Whether a candidate is new, and what is known of it otherwise."""
    if g.known[i] >= 0:
        measured = float(model.known.measured[g.known[i]])
        return ["measured", f"measured already: {say_error(measured, model.card.unit)}"]
    return ["repeated", "the same material stands in an earlier row"] if g.twice[i] else ["ok", ""]
