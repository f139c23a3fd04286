"""How far a material lies from what the networks learned from, in their own representation.

The last hidden layer of a network is its representation of a material. The distance of a material from the nearest
experiment that a network learned from is counted in *usual distances*: the median of the same for the experiments that
this network held out. Over networks the root mean square is taken. Two materials are compared in the same way: 1 is
usual, and their similarity is 2 to the power of minus their distance.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.learners.spread import Ensemble, Spread, ensemble

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]

SHARE = 0.99
"""Of held-out experiments that are inside."""
FEWEST = 30
"""Held-out experiments below which nothing is said to be outside."""
ROWS = 2048
"""Materials whose distances are held at once."""
SHOWN = 3
"""Nearest experiments that are told."""


class Nearby(NamedTuple):
    """Of each material asked for."""

    distance: Float64
    """(asked,) from what the networks learned from."""
    places: NDArray[np.int64]
    """(asked, up to 3) of the nearest experiments, the nearest first."""
    similarity: Float64
    """(asked, up to 3)"""


def usual_distances(hidden: Float32, train: Int32, tests: list[Int32]) -> tuple[Float64, Float64]:
    """Usual distance of each network (K,), and the distance of each held-out experiment (T,), NaN where none was.

    ``hidden`` (K, T, h) of the experiments, ``train`` (K, m) learned from, ``tests`` those each network held out.
    """
    count = hidden.shape[1]
    usual, squares, times = np.ones(len(hidden)), np.zeros(count), np.zeros(count)
    for k, test in enumerate(tests):
        away = np.sqrt(_squares(hidden[k, test], hidden[k, train[k]]).min(axis=1))
        usual[k] = float(np.median(away)) or float(away.mean()) or 1.0
        squares[test] += (away / usual[k]) ** 2
        times[test] += 1
    with np.errstate(invalid="ignore"):
        held: Float64 = np.sqrt(squares / times)
    return usual, held


def look_around(hidden: Float32, experiments: Float32, train: Int32, usual: Float64) -> Nearby:
    """Distances of materials with the representation ``hidden`` (K, asked, h) from ``experiments`` (K, T, h)."""
    shown = min(SHOWN, experiments.shape[1])
    found = [
        _around(hidden[:, first : first + ROWS], experiments, train, usual, shown)
        for first in range(0, hidden.shape[1], ROWS)
    ] or [Nearby(np.zeros(0), np.zeros((0, shown), np.int64), np.zeros((0, shown)))]
    return Nearby(*(np.concatenate(part) for part in zip(*found, strict=True)))


def joined_learned(hidden: Float32, usual: Float64) -> Float32:
    """One vector (K h,) a material, (asked, K h): their Euclidean distances are those between materials."""
    scaled = hidden / (usual * np.sqrt(len(usual)))[:, None, None]
    networks, asked, width = hidden.shape
    return np.ascontiguousarray(scaled.transpose(1, 0, 2).reshape(asked, networks * width), np.float32)


def widest_spread(held: Float64, spread: Spread | None) -> tuple[float | None, int]:
    """Standard deviation of the networks that `SHARE` of held-out experiments stay within, and of how many networks.

    ``held`` (K, T), NaN where a network had learned from the experiment. Two or three networks say little of their
    standard deviation, so it is shrunk as `simworth.learners.spread` does.
    """
    e = ensemble(held)
    several = e.networks > 1
    usual = max(int(np.median(e.networks[several])), 2) if several.any() else 2
    if spread is None or several.sum() < FEWEST:
        return None, usual
    return top(_shrunk(spread, Ensemble(*(part[several] for part in e)))), usual


def shrunk_spread(networks: Float64, spread: Spread | None, usual: int) -> Float64:
    """Standard deviation (asked,) of ``networks`` (K, asked), shrunk as if only ``usual`` of them had been asked."""
    e = ensemble(networks)
    if spread is None or len(networks) < 2:
        plain: Float64 = np.sqrt(e.squares / max(len(networks) - 1, 1))
        return plain
    variance = e.squares / (len(networks) - 1)
    return _shrunk(spread, Ensemble(np.full(len(e.mean), float(usual)), e.mean, variance * (usual - 1)))


def top(values: Float64) -> float | None:
    """What `SHARE` of the finite values stay within; None of too few."""
    known = values[np.isfinite(values)]
    return float(np.quantile(known, SHARE, method="inverted_cdf")) if len(known) >= FEWEST else None


def _shrunk(spread: Spread, e: Ensemble) -> Float64:
    own = (spread.weight * spread.usual + e.squares) / (spread.weight + e.networks - 1)
    found: Float64 = np.sqrt(own)
    return found


def _around(hidden: Float32, experiments: Float32, train: Int32, usual: Float64, shown: int) -> Nearby:
    total, own = np.zeros((hidden.shape[1], experiments.shape[1])), np.zeros(hidden.shape[1])
    for k, size in enumerate(usual):
        squares = _squares(hidden[k], experiments[k]) / size**2
        own += squares[:, train[k]].min(axis=1) / len(usual)
        total += squares / len(usual)
    places = np.argsort(total, axis=1, kind="stable")[:, :shown]
    away = np.sqrt(np.take_along_axis(total, places, axis=1))
    return Nearby(np.sqrt(own), places.astype(np.int64), np.exp2(-away))


def _squares(rows: Float32, others: Float32) -> Float64:
    """Squared Euclidean distances (rows, others)."""
    a, b = rows.astype(np.float64), others.astype(np.float64)
    found = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    squares: Float64 = np.maximum(found, 0.0)
    return squares
