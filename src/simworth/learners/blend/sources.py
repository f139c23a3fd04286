"""Models of a computed property, learned from n source materials: what is transferred are their predictions.

A property that is a sum over atoms is mostly told by counts. Where a ridge regression on the few plain counts explains
most of the variance of unseen source materials, trees and networks learn what it leaves; so they need not extrapolate.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from simworth.learners import elements_network
from simworth.learners.blend.boosting import fit_boosting
from simworth.learners.blend.forest import Forest, added
from simworth.learners.blend.rows import Float32, Float64, Rows
from simworth.learners.blend.source_linear import SparseLinear, fit_sparse
from simworth.learners.elements_network import Atoms, PretrainedElements
from simworth.learners.network import Pretrained, pretrain, represent
from simworth.learners.protocol import Int32, Materials
from simworth.learners.settings import BlendSpec
from simworth.seeds import seed_of

SIZED = ("molecule", "polymer")
"""Kinds of materials that have heavy atoms to be counted."""
MOST = 0.5
"""Share of the variance above which plain counts come first."""


class Sources(NamedTuple):
    """Source models of every lane."""

    base: tuple[SparseLinear | None, ...]
    """Of plain counts, under boosting and networks; None where they explain little."""
    linear: tuple[SparseLinear, ...]
    """Empty where it is not asked for, like the next ones."""
    boosting: tuple[Forest, ...]
    networks: Pretrained | None
    """``members`` of the first lane, then of the next."""
    members: int
    elements: PretrainedElements | None = None
    """Networks over elements, in the same order; of compositions alone."""


def rows_of(materials: Materials) -> Rows:
    """All of a table's materials as the members of a blend see them."""
    rows = len(materials.features)
    small = np.zeros((rows, 0)) if materials.small is None else materials.small.astype(np.float64)
    size = np.ones(rows) if materials.size is None else materials.size.astype(np.float64)
    return Rows(materials.features.astype(np.float64), small, size, np.zeros((rows, 0)))


def columns_of(materials: Materials) -> Float32:
    """Columns (materials, d) for trees and networks: features, counts, and of molecules and units counts a heavy atom.

    The features of compositions hold their counts already.
    """
    if materials.small is None or not materials.small.shape[1] or materials.kind == "composition":
        return materials.features
    parts = [materials.features, materials.small]
    if materials.size is not None and materials.kind in SIZED:
        parts.append(materials.small / materials.size[:, None])
    return np.hstack(parts)


def learn_sources(
    spec: BlendSpec, source: Materials, labels: Float64, rows: Int32, n: int, seeds: list[int]
) -> Sources:
    """Learn the models of ``spec.sources`` in every lane; shapes as in `simworth.learners.protocol.Learner`."""
    first = labels[:, :n] if labels.ndim == 2 else labels[:, :n, 0]
    places = [lane[:n][np.isfinite(y)] for lane, y in zip(rows, first, strict=True)]
    values = [y[np.isfinite(y)] for y in first]
    base, rest = _bases(source, places, values)
    columns = columns_of(source)
    linear: tuple[SparseLinear, ...] = ()
    if "linear" in spec.sources:
        wide = _wide(source)
        linear = tuple(fit_sparse(wide[p], y)[0] for p, y in zip(places, values, strict=True))
    boosting: tuple[Forest, ...] = ()
    if "boosting" in spec.sources:
        boosting = tuple(
            fit_boosting(columns[p], y, spec.trees, seed_of("boosting", seed))
            for p, y, seed in zip(places, rest, seeds, strict=True)
        )
    networks, over_elements = None, None
    left = _left(base, source, labels, rows)
    if "network" in spec.sources:
        networks = pretrain(spec.network(), columns, left, rows, n, seeds)
    if "elements" in spec.sources and source.elements is not None and source.vectors is not None:
        atoms, seeds = Atoms(*source.elements), [seed_of("elements", seed) for seed in seeds]
        over_elements = elements_network.pretrain(spec.elements(), atoms, source.vectors, left, rows, n, seeds)
    return Sources(base, linear, boosting, networks, spec.members, over_elements)


def foresee(sources: Sources, materials: Materials) -> Float64:
    """What each lane's models say of all materials: (lanes, materials, models)."""
    columns = columns_of(materials)
    under = [np.zeros(len(columns)) if model is None else model.predict(_small(materials)) for model in sources.base]
    each: list[list[Float64]] = [[] for _ in sources.base]
    for i, model in enumerate(sources.linear):
        each[i].append(model.predict(_wide(materials)))
    for i, trees in enumerate(sources.boosting):
        each[i].append(under[i] + added(trees.each(columns)))
    lanes = len(sources.base) * sources.members
    asked = np.ascontiguousarray(np.broadcast_to(np.arange(len(columns), dtype=np.int32), (lanes, len(columns))))
    said = []
    if sources.networks is not None:
        said.append(represent(sources.networks, columns, asked)[2])
    if sources.elements is not None and materials.elements is not None:
        said.append(elements_network.represent(sources.elements, Atoms(*materials.elements), asked)[1])
    for rows in said:
        for i, own in enumerate(each):
            own += list(under[i] + rows[i * sources.members : (i + 1) * sources.members])
    return np.stack([np.stack(own, axis=1) for own in each])


def _bases(
    source: Materials, places: list[Int32], values: list[Float64]
) -> tuple[tuple[SparseLinear | None, ...], list[Float64]]:
    """The model of plain counts of each lane, where it explains most, and what it leaves of the labels."""
    if source.small is None or not source.small.shape[1]:
        return (None,) * len(places), values
    small, base, rest = _small(source), [], []
    for p, y in zip(places, values, strict=True):
        model, explained = fit_sparse(small[p], y)
        base.append(model if explained > MOST else None)
        rest.append(y - model.predict(small[p]) if explained > MOST else y)
    return tuple(base), rest


def _left(base: tuple[SparseLinear | None, ...], source: Materials, labels: Float64, rows: Int32) -> Float64:
    """Labels less what the model of plain counts says, which is of the first property alone."""
    left = labels.copy()
    for i, model in enumerate(base):
        if model is not None:
            off = model.predict(_small(source)[rows[i]])
            left[i] -= off if left.ndim == 2 else off[:, None] * (np.arange(left.shape[2]) == 0)
    return left


def _small(materials: Materials) -> csr_array:
    return csr_array(materials.small)


def _wide(materials: Materials) -> csr_array:
    """Sparse counts (materials, w); of materials that cannot be counted their features."""
    if materials.wide is None or not materials.wide.shape[1]:
        return csr_array(materials.features)
    return materials.wide
