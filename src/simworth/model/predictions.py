"""What a model says of a table of candidates, row by row: none is dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from simworth.documents import Document, finite, seal
from simworth.errors import InputError
from simworth.inference.words import say_error
from simworth.learners.intervals import check_level
from simworth.model.ask import Asked, Model
from simworth.model.candidates import Candidates, Cell, own_names
from simworth.model.domain import SHOWN
from simworth.model.predictor import Float64

SCHEMA = "simworth-predictions/1"
BATCH = 4096
"""Rows that are asked about at once."""
NAMES = ("prediction", "low", "high", "unit", "spread", "inside", "reason")
NEAREST = ("nearest", "similarity", "measured")


class Predictions(NamedTuple):
    """Columns of the model and their cells, one row a candidate; None where there is nothing to say."""

    names: list[str]
    rows: list[list[Cell]]
    table: Candidates


def predict_candidates(
    model: Model,
    candidates: Candidates,
    level: float = 0.9,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Predictions:
    """Ask a model about every candidate.

    Parameters
    ----------
    level
        Of the intervals.
    progress
        Told how many rows are done, of how many.

    Raises
    ------
    InputError
        When no candidate can be read, the level is none, or too few experiments calibrate it.
    """
    check_level(level, len(model.calibrated.errors))
    nearest = [f"{name}_{i + 1}" for i in range(SHOWN) for name in NEAREST]
    names = own_names(candidates.names, [*NAMES, *nearest, "status", "why"])
    rows: list[list[Cell]] = []
    for first in range(0, len(candidates.texts), BATCH):
        part = slice(first, first + BATCH)
        features = None if candidates.features is None else candidates.features[part]
        rows += _some(model, candidates.texts[part], features, level)
        progress(len(rows), len(candidates.texts))
    if all(row[-2] == "unreadable" for row in rows):
        raise InputError(f"none of the {len(rows)} candidates can be read; the first: {rows[0][-1]}")
    return Predictions(names, rows, candidates)


def prediction_document(model: Model, found: Predictions, level: float) -> Document:
    """The same as a JSON document, its parent the model."""
    own = [_plain(found.names, row) for row in found.rows]
    passed = [dict(zip(found.table.names, cells, strict=True)) for cells in found.table.rows]
    body = {
        "property": model.card.property,
        "unit": model.card.unit,
        "level": level,
        "rows": [{"given": given, "model": said} for given, said in zip(passed, own, strict=True)],
    }
    return seal(SCHEMA, {"model": model.card.tensors}, body)


def _plain(names: list[str], row: list[Cell]) -> dict[str, Cell]:
    return {name: finite(cell) if isinstance(cell, float) else cell for name, cell in zip(names, row, strict=True)}


def _some(model: Model, texts: list[str], features: Float64 | None, level: float) -> list[list[Cell]]:
    read = model.read(texts)
    identities = list(read.identities)
    reasons = [why if text else "the cell is empty" for text, why in zip(texts, read.reasons, strict=True)]
    if features is not None:
        for i in np.flatnonzero(~np.isfinite(features).all(axis=1)).tolist():
            identities[i], reasons[i] = None, reasons[i] or "a feature has no number"
    places = [i for i, identity in enumerate(identities) if identity is not None]
    rows: list[list[Cell]] = [_refused(why) for why in reasons]
    if places:
        asked = model.ask([str(identities[i]) for i in places], None if features is None else features[places])
        low, high = asked.interval(level)
        for at, i in enumerate(places):
            rows[i] = _row(model, asked, at, float(low[at]), float(high[at]))
    return rows


def _refused(why: str) -> list[Cell]:
    nothing: list[Cell] = [None] * (len(NAMES) + SHOWN * len(NEAREST))
    return [*nothing, "unreadable", why]


def _row(model: Model, asked: Asked, at: int, low: float, high: float) -> list[Cell]:
    known, unit = model.known, model.card.unit
    near: list[Cell] = []
    for place, similarity in zip(asked.nearest[at], asked.similarity[at], strict=True):
        near += [known.material[place], round(float(similarity), 3), float(known.measured[place])]
    near += [None] * (SHOWN * len(NEAREST) - len(near))
    status, why = "ok", ""
    if asked.known[at] >= 0:
        status, why = "measured", f"measured already: {say_error(float(known.measured[asked.known[at]]), unit)}"
    values: list[Cell] = [float(asked.mean[at]), low, high, unit, float(asked.spread[at])]
    return [*values, bool(asked.inside[at]), asked.reason[at], *near, status, why]
