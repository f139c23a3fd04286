"""How well a source speaks of a target: its values against the measured ones, and how far away its materials are."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simworth.seeds import stream
from simworth.tables.overlap import overlap
from simworth.tables.table import PropertyTable

Float64 = NDArray[np.float64]
Float32 = NDArray[np.float32]
IntArray = NDArray[np.int64]

SCHEMA = "simworth-quality/1"
"""Of the document that keeps all this."""
FEWEST = 3
"""Materials in both tables below which nothing is said of their values."""
FAR = 5.0
"""Robust standard deviations from the line that make an outlier."""
NORMAL = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""
REFERENCE = 4000
"""Source materials among which neighbours are looked for."""
ASKED = 1000
"""Materials whose neighbours are looked for, of each side."""
USUAL = 0.95
"""Share of the source's own materials that its usual distance covers."""
WIDEST = 10.0
"""Standard deviations at which a feature is cut, so that one wild descriptor does not decide."""


@dataclass(frozen=True, eq=False)
class Agreement:
    """Values of the K materials that stand in both tables.

    Attributes
    ----------
    unit : str
        Of the target; "" where the source's unit does not convert to it.
    source, target : Float64, shape (K,)
        Values, in ``unit``.
    source_places, target_places : IntArray, shape (K,)
        Where they stand in the tables.
    bias, mae, rmse : float or None
        Of source − target; None where the units do not convert.
    pearson, spearman : float or None
        Correlations; None where one side is constant.
    slope, offset, scatter : float or None
        The line target = offset + slope × source by least squares, and the standard deviation about it.
    outliers : IntArray
        Places among the K, the farthest from the line first: more than `FAR` robust standard deviations away.
    """

    unit: str
    source: Float64
    target: Float64
    source_places: IntArray
    target_places: IntArray
    bias: float | None
    mae: float | None
    rmse: float | None
    pearson: float | None
    spearman: float | None
    slope: float | None
    offset: float | None
    scatter: float | None
    outliers: IntArray

    def __len__(self) -> int:
        return len(self.source)


def agreement(
    source: PropertyTable, target: PropertyTable, source_property: str, target_property: str, *, proxy: bool = False
) -> Agreement:
    """Compare the values of the materials that stand in both tables; pairs at the same temperature alone.

    Parameters
    ----------
    source, target : PropertyTable
        Of the same kind.
    source_property, target_property : str
    proxy : bool
        The source's property is another one, so that differences mean nothing.

    Raises
    ------
    InputError
        When the tables are of different kinds, a property is not known, or (unless a proxy) units do not convert.
    """
    unit = "" if proxy else target.unit(target_property)
    if not proxy:
        source = source.convert(source_property, unit)
    found = overlap(source, target)
    place = {identity: i for i, identity in enumerate(source.identities)}
    pairs = [(place[target.identities[t]], t) for t in np.unique(found.target_places) if target.identities[t] in place]
    places = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    x, y = source.values(source_property)[places[:, 0]], target.values(target_property)[places[:, 1]]
    both = np.isfinite(x) & np.isfinite(y)
    x, y, places = x[both], y[both], places[both]
    return _compared(unit, x, y, places)


def _compared(unit: str, x: Float64, y: Float64, places: IntArray) -> Agreement:
    bias = mae = rmse = pearson = spearman = slope = offset = scatter = None
    outliers = np.empty(0, dtype=np.int64)
    if len(x) >= FEWEST and unit:
        bias, mae = float((x - y).mean()), float(np.abs(x - y).mean())
        rmse = float(np.sqrt(((x - y) ** 2).mean()))
    if len(x) >= FEWEST and np.ptp(x) > 0 and np.ptp(y) > 0:
        from scipy.stats import rankdata

        pearson = float(np.corrcoef(x, y)[0, 1])
        spearman = float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])
        slope = float(pearson * y.std() / x.std())
        offset = float(y.mean() - slope * x.mean())
        residual = y - offset - slope * x
        scatter = float(np.sqrt((residual**2).sum() / (len(x) - 2)))
        outliers = _outliers(residual)
    return Agreement(
        unit, x, y, places[:, 0], places[:, 1], bias, mae, rmse, pearson, spearman, slope, offset, scatter, outliers
    )


def _outliers(residual: Float64) -> IntArray:
    """Places of residuals too far from their median, the farthest first."""
    away = np.abs(residual - np.median(residual))
    usual = NORMAL * np.median(away)
    if usual == 0:
        return np.empty(0, dtype=np.int64)
    order = np.argsort(-away, kind="stable").astype(np.int64)
    found: IntArray = order[away[order] > FAR * usual]
    return found


@dataclass(frozen=True, eq=False)
class Coverage:
    """How far a target's materials lie from a source's, in standardised features.

    Attributes
    ----------
    distances : Float64, shape (asked,)
        From each looked-at target material to its nearest other material among the reference.
    own : Float64, shape (asked,)
        From each looked-at source material to its nearest other one among the reference.
    places : IntArray, shape (asked,)
        Which target materials.
    reference : int
        Source materials among which neighbours were looked for, drawn at random where the source has more.
    usual : float
        Distance within which `USUAL` of the source's own materials have a neighbour.
    """

    distances: Float64
    own: Float64
    places: IntArray
    reference: int
    usual: float

    @property
    def outside(self) -> float:
        """Share of the target's materials that are farther away than is usual within the source."""
        return float((self.distances > self.usual).mean())

    @property
    def ratio(self) -> float | None:
        """Median distance of the target's materials over that of the source's own; None where the latter is zero."""
        middle = float(np.median(self.own))
        return float(np.median(self.distances)) / middle if middle > 0 else None


def coverage(
    source: Float32, target: Float32, identical: IntArray, *, subjects: tuple[str, ...] | None = None, seed: int = 0
) -> Coverage | None:
    """Nearest neighbours of target materials in a source, against those of the source's own materials.

    A material is never its own neighbour: neither one of the source, at whatever condition, nor one of the target that
    stands in the source.
    Features are standardised by the source. Distances are root mean squares over the features.

    Parameters
    ----------
    source, target : Float32, shapes (N, d) and (M, d)
        Features.
    identical : IntArray, shape (K, 2)
        (source's place, target's place) of the same or near materials.
    subjects : tuple of str or None
        Of the source's N materials: rows of one are not each other's neighbours.
    seed : int
        Names the draw.

    Returns
    -------
    None where there are fewer than two source materials or no target material.
    """
    if len(source) < 2 or not len(target):
        return None
    drawn = stream("coverage-source", seed).permutation(len(source))[:REFERENCE]
    asked = np.sort(stream("coverage-target", seed).permutation(len(target))[:ASKED])
    known, new = _standardised(source[drawn].astype(np.float64), target[asked].astype(np.float64))
    own = _nearest(known[:ASKED], known, _alike([subjects[i] for i in drawn] if subjects else list(range(len(drawn)))))
    column, row = {int(s): i for i, s in enumerate(drawn)}, {int(t): i for i, t in enumerate(asked)}
    apart = [(row[t], column[s]) for s, t in identical.tolist() if t in row and s in column]
    distances = _nearest(new, known, np.array(apart, dtype=np.int64).reshape(-1, 2))
    near, own = np.isfinite(distances), own[np.isfinite(own)]
    if not near.any() or not len(own):
        return None
    usual = float(np.quantile(own, USUAL))
    return Coverage(distances[near], own, asked[near], len(drawn), usual)


def _alike(names: Sequence[Hashable]) -> IntArray:
    """Pairs (K, 2) of places with the same name, the first of each pair below `ASKED`."""
    places: dict[Hashable, list[int]] = {}
    for i, name in enumerate(names):
        places.setdefault(name, []).append(i)
    pairs = [(i, j) for i, name in enumerate(names[:ASKED]) for j in places[name]]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _standardised(source: Float64, target: Float64) -> tuple[Float64, Float64]:
    """Both by the source's mean and spread; a feature that is constant in the source by the spread of both."""
    centre, scale = source.mean(axis=0), source.std(axis=0)
    pooled = np.concatenate([source, target]).std(axis=0)
    scale = np.where(scale > 1e-9 * np.abs(centre), scale, pooled)
    used = scale > 0
    parts = [np.clip((x[:, used] - centre[used]) / scale[used], -WIDEST, WIDEST) for x in (source, target)]
    return parts[0], parts[1]


def _nearest(asked: Float64, known: Float64, apart: IntArray) -> Float64:
    """Distance of each row to its nearest known one, pairs ``apart`` left out; infinite where none is left."""
    square = (asked**2).sum(axis=1)[:, None] + (known**2).sum(axis=1) - 2 * asked @ known.T
    square[apart[:, 0], apart[:, 1]] = np.inf
    found: Float64 = np.sqrt(np.maximum(square.min(axis=1), 0.0) / max(known.shape[1], 1))
    return found
