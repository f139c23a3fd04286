"""A batch of candidates as a laboratory or a campaign takes it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import numpy as np

from simworth.documents import Document, seal
from simworth.errors import InputError
from simworth.model.ask import Model
from simworth.model.candidates import Candidates, Cell, own_names
from simworth.model.gather import Bool, Gathered
from simworth.model.screen import plain_rows, values
from simworth.model.suggest import EXPLORE, suggest
from simworth.model.window import in_window
from simworth.sweep.inputs import load_spec
from simworth.tables import PropertyTable

SCHEMA = "simworth-suggestion/1"
NAMES = (
    "order", "aim", "because", "probability", "prediction", "low", "high", "unit", "spread", "inside", "reason",
    "distance",
)  # fmt: skip


class Proposal(NamedTuple):
    """Columns and rows of the batch, those of the candidates first, in the order of being chosen."""

    names: list[str]
    rows: list[list[Cell]]
    identities: list[str]
    """Canonical spelling of each material chosen."""
    left_out: dict[str, int]
    """How many candidates could not be chosen, by reason."""
    considered: int
    expected: float | None
    """How many of the batch are expected in the window; None without one."""


def propose(
    model: Model,
    candidates: Candidates,
    gathered: Gathered,
    k: int,
    low: float | None = None,
    high: float | None = None,
    explore: float = EXPLORE,
    computed: Collection[str] | None = None,
    inside_only: bool = False,
) -> Proposal:
    """Choose a batch with `simworth.model.suggest.suggest`.

    Parameters
    ----------
    k
        How many.
    low, high
        Ends of the target window in the model's unit; without any the whole batch is to learn from.
    explore
        Share of the batch that is to learn from where there is a window.
    computed
        Identities of what is computed already, for a batch that is to be simulated: these are left out then, in the
        place of what is measured already. None for a batch that is to be measured.
    inside_only
        Leave out candidates outside what the model knows.

    Raises
    ------
    InputError
        When the window or the batch is none, too few experiments calibrate the window, or no candidate is left.
    """
    g, windowed = gathered, low is not None or high is not None
    allowed, left_out = _allowed(g, computed, inside_only)
    if not allowed.any():
        raise InputError(f"no candidate is left to choose from ({_say(left_out)}); give other candidates")
    places = np.flatnonzero(allowed)
    probability = in_window(model.calibrated, g.mean[places], g.scale[places], low, high) if windowed else None
    batch = suggest(k, g.learned[places], model.known_learned(), g.spread[places], probability, explore)
    rows: list[list[Cell]] = []
    for order, (place, aim, away) in enumerate(zip(batch.places, batch.aims, batch.distance, strict=True), 1):
        i, chance = int(places[place]), None if probability is None else float(probability[place])
        own: list[Cell] = [order, aim, _because(aim, chance), chance, *values(model, g, i), float(away)]
        rows.append([*candidates.rows[int(g.rows[i])], *own])
    names = [*candidates.names, *own_names(candidates.names, NAMES)]
    expected = None if probability is None else float(probability[batch.places].sum())
    identities = [g.identities[int(places[place])] for place in batch.places]
    return Proposal(names, rows, identities, left_out, len(places), expected)


def proposal_document(model: Model, found: Proposal) -> Document:
    """The same as a JSON document, its parent the model."""
    body = {
        "property": model.card.property,
        "unit": model.card.unit,
        "considered": found.considered,
        "left_out": found.left_out,
        "expected_in_window": found.expected,
        "rows": plain_rows(found.names, found.rows),
    }
    return seal(SCHEMA, {"model": model.card.tensors}, body)


def proposal_sentence(found: Proposal) -> str:
    """What was chosen, in words."""
    text = f"{len(found.rows):,} of {found.considered:,} candidates chosen"
    if found.expected is not None:
        text += f"; {found.expected:.1f} of them are expected in the window"
    return text + (f"; left out: {_say(found.left_out)}" if found.left_out else "")


def _allowed(g: Gathered, computed: Collection[str] | None, inside_only: bool) -> tuple[Bool, dict[str, int]]:
    """Which candidates may be chosen, and how many not, by the first reason."""
    done = g.known >= 0
    if computed is not None:
        done = np.array([identity in computed for identity in g.identities], bool)
    reasons = {
        "measured already" if computed is None else "computed already": done,
        "repeated": g.twice,
        "outside what the model knows": ~g.inside & inside_only,
        "without a finite prediction": ~(np.isfinite(g.mean) & np.isfinite(g.scale)),
    }
    allowed, left_out = np.ones(len(g.mean), bool), {}
    for name, bad in reasons.items():
        left_out[name] = int((bad & allowed).sum())
        allowed &= ~bad
    left_out["not readable"] = len(g.refused)
    return allowed, {name: count for name, count in left_out.items() if count}


def computed_already(place: Path, model: Model) -> frozenset[str]:
    """Identities in the source of a run folder; of a model folder alone, those of the sample that it keeps."""
    if not (place / "study.toml").is_file():
        return frozenset(model.known.computed)
    labels = [source.label for source in load_spec(place.resolve()).source]
    at = labels.index(model.card.source.label)
    return frozenset(PropertyTable.from_parquet(place / "inputs" / f"source-{at}.parquet").identities)


def _because(aim: str, probability: float | None) -> str:
    if aim == "target" and probability is not None:
        return f"in the window with probability {probability:.2g}, and no repetition of what is known or chosen"
    return "stands for a group of candidates about which the replicates disagree"


def _say(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())
