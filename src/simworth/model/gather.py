"""All answers of a model about a table of candidates, as arrays: what screening and suggesting start from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.model.ask import Asked, Model
from simworth.model.candidates import Candidates

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Bool = NDArray[np.bool_]
BATCH = 4096
"""Rows that are asked about at once."""


@dataclass(frozen=True, eq=False)
class Gathered:
    """Answers about the rows that could be read, (read,) each unless said otherwise.

    Attributes
    ----------
    rows
        Their places in the table.
    refused
        Of every other row: why it could not be read.
    twice
        The same material stands in an earlier row.
    known
        Place of the same material among the experiments, -1 where it was not measured.
    learned : (read, K h)
    """

    rows: NDArray[np.int64]
    refused: dict[int, str]
    identities: tuple[str, ...]
    twice: Bool
    mean: Float64
    low: Float64
    high: Float64
    scale: Float64
    spread: Float64
    learned: Float32
    inside: Bool
    reason: tuple[str, ...]
    known: NDArray[np.int64]


def gather(
    model: Model,
    candidates: Candidates,
    level: float = 0.9,
    progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    learned: bool = True,
) -> Gathered:
    """Ask a model about every candidate that can be read.

    Parameters
    ----------
    level
        Of the intervals.
    progress
        Told how many rows are done, of how many.
    learned
        Keep the representation, which takes 4 K h bytes a candidate; without it there is none, and no batch.

    Raises
    ------
    InputError
        When none can be read, the level of the intervals is none, or too few experiments calibrate it.
    """
    refused: dict[int, str] = {}
    rows: list[int] = []
    parts: list[tuple[Asked, Float64, Float64]] = []
    for first in range(0, len(candidates.texts), BATCH):
        identities, reasons = _read(model, candidates, slice(first, first + BATCH))
        good = [i for i, identity in enumerate(identities) if identity is not None]
        refused |= {first + i: why for i, why in enumerate(reasons) if identities[i] is None}
        if good:
            features = None if candidates.features is None else candidates.features[first : first + BATCH][good]
            asked = model.ask([str(identities[i]) for i in good], features)
            low, high = asked.interval(level)
            kept = asked if learned else replace(asked, learned=asked.learned[:, :0])
            parts.append((kept, low, high))
            rows += [first + i for i in good]
        progress(min(first + BATCH, len(candidates.texts)), len(candidates.texts))
    if not parts:
        why = next(iter(refused.values()), "there is no row")
        raise InputError(f"none of the {len(candidates.texts)} candidates can be read; the first: {why}")
    return _joined(rows, refused, parts)


def _read(model: Model, candidates: Candidates, part: slice) -> tuple[list[str | None], list[str]]:
    read = model.read(candidates.texts[part])
    identities, reasons = list(read.identities), list(read.reasons)
    if candidates.features is not None:
        for i in np.flatnonzero(~np.isfinite(candidates.features[part]).all(axis=1)).tolist():
            identities[i], reasons[i] = None, reasons[i] or "a feature has no number"
    return identities, reasons


def _joined(rows: list[int], refused: dict[int, str], parts: list[tuple[Asked, Float64, Float64]]) -> Gathered:
    asked = [part for part, _, _ in parts]
    identities = tuple(identity for part in asked for identity in part.identities)
    first = {identity: i for i, identity in reversed(list(enumerate(identities)))}
    return Gathered(
        rows=np.array(rows, np.int64),
        refused=refused,
        identities=identities,
        twice=np.array([first[identity] != i for i, identity in enumerate(identities)], bool),
        mean=np.concatenate([part.mean for part in asked]),
        low=np.concatenate([low for _, low, _ in parts]),
        high=np.concatenate([high for _, _, high in parts]),
        scale=np.concatenate([part.scale for part in asked]),
        spread=np.concatenate([part.spread for part in asked]),
        learned=np.concatenate([part.learned for part in asked]),
        inside=np.concatenate([part.inside for part in asked]),
        reason=tuple(why for part in asked for why in part.reason),
        known=np.concatenate([part.known for part in asked]),
    )
