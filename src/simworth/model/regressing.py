"""What `simworth.TransferRegressor` learns: a blend of all experiments, or networks that hold some of them out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.features.counts import Vocabulary, vocabulary_of
from simworth.identity import Kind
from simworth.learners.blend.mixture import Mixture, fit_mixture
from simworth.learners.blend.rows import Rows
from simworth.learners.blend.sources import Sources, foresee, learn_sources, rows_of
from simworth.learners.blend.weights import blend_weights, mixed
from simworth.learners.intervals import Calibrated, by_material, calibrate, calibrate_ensemble
from simworth.learners.settings import BlendSpec, NetworkSpec
from simworth.learners.spread import Ensemble, ensemble, fit_spread
from simworth.learners.strategies import Adapted, adapt, predict
from simworth.model.blends import in_blocks
from simworth.model.describe import candidates_table, materials_of
from simworth.model.networks import say
from simworth.model.predictor import Float32, Float64, Int32
from simworth.seeds import seed_of, stream
from simworth.tables import nearby

FEWEST = 5
"""Experiments, and source materials, below which nothing is learned."""
FOLDS = 10
CROSSED = 100
"""Experiments up to which members are fitted again without each fold. What a member says of an experiment left out has
been used to tune it, which makes it too sure of few experiments; of many, it is enough to weight members without it."""


class Given(NamedTuple):
    """Materials with features (materials, d); of kind ``features`` their identities are names of no meaning."""

    features: Float32
    identities: tuple[str, ...]


class Learned(Protocol):
    """What a fit leaves."""

    @property
    def calibrated(self) -> Calibrated:
        """Errors of experiments that were predicted unseen."""
        ...

    def ask(self, asked: Given) -> Ensemble:
        """What is said of materials."""
        ...


@dataclass(frozen=True, eq=False)
class LearnedNetworks:
    """Adapted networks, each of which held experiments out."""

    adapted: Adapted
    experiments: Float32
    calibrated: Calibrated

    def ask(self, asked: Given) -> Ensemble:
        """What is said of materials."""
        return ensemble(say(self.adapted, 1, self.experiments, asked.features).networks)


@dataclass(frozen=True, eq=False)
class LearnedBlend:
    """A blend of all experiments."""

    kind: Kind
    words: Vocabulary
    sources: Sources | None
    known: Rows
    mixture: Mixture
    calibrated: Calibrated

    def ask(self, asked: Given) -> Ensemble:
        """What is said of materials: the blend, and how far its members lie from it."""
        materials = materials_of(asked.identities, asked.features, self.kind, self.words)
        rows = rows_of(materials)
        if self.sources is not None:
            parts = [foresee(self.sources, block)[0, :count] for block, count in in_blocks(materials)]
            rows = rows._replace(source=np.concatenate([np.zeros((0, self.known.source.shape[1])), *parts]))
        each = self.mixture.each(self.known, rows)
        return _around(each, mixed(each, self.mixture.has_say))


def learn_blend(
    spec: BlendSpec, kind: Kind, target: Given, values: Float64, source: tuple[Given, Float64] | None, seed: int
) -> LearnedBlend:
    """Learn from all experiments, and from the source's materials that are none of them nor near relatives.

    A relative's computed value would make predictions of experiments that members had not seen too good: these
    calibrate the intervals.

    Raises
    ------
    InputError
        When the source leaves too few materials.
    """
    computed, labels = (None, np.zeros(0)) if source is None else source
    words = vocabulary_of(kind, [*target.identities, *(() if computed is None else computed.identities)])
    materials = materials_of(target.identities, target.features, kind, words)
    known, sources = rows_of(materials), None
    if computed is not None:
        own = materials_of(computed.identities, computed.features, kind, words)
        barred = relatives(kind, computed, target)[:, 0]
        order = stream("regressor-source", seed, 0).permutation(len(labels)).astype(np.int32)
        order = order[~np.isin(order, barred)]
        check_left(len(order))
        seeds = [seed_of("regressor", seed, 0)]
        sources = learn_sources(spec, own, labels[order][None], order[None], len(order), seeds)
        known = known._replace(source=foresee(sources, materials)[0])
    train = stream("regressor-order", seed).permutation(len(values)).astype(np.int32)
    fit = fit_mixture(known, values, train, seed_of("regressor", seed, "blend"), spec.adaptations)
    if len(train) <= CROSSED:
        said = _crossed(spec, known, values, train, seed)
    else:
        said = _unseen(fit.unseen, values[train], fit.mixture.weights > 0)
    calibrated = _calibrated(said, values[train])
    return LearnedBlend(kind, words, sources, known, fit.mixture, calibrated)


def learn_networks(
    spec: NetworkSpec, kind: Kind, target: Given, values: Float64, source: tuple[Given, Float64] | None, seed: int,
    networks: int, held_out: float,
) -> LearnedNetworks:  # fmt: skip
    """Learn with several networks, each of which holds out a share of the experiments and what is related to it.

    Raises
    ------
    InputError
        When the source leaves too few materials.
    """
    count = len(values)
    held = min(max(1, round(held_out * count)), count - 2)
    orders = [stream("regressor-split", seed, r).permutation(count) for r in range(networks)]
    parts = np.stack(orders).astype(np.int32)
    tests, train = parts[:, :held], parts[:, held:]
    pretrained = _pretrained(spec, kind, source, target, values, tests, train, seed)
    adapted = adapt(spec, pretrained, target.features, values, train)
    said = predict(adapted, target.features, target.features, tests)
    calibrated = calibrate(by_material(list(tests), list(said), count), values)
    return LearnedNetworks(adapted, target.features, calibrated)


def check_left(materials: int) -> None:
    """Refuse a source of which too little is left."""
    if materials < FEWEST:
        raise InputError(
            f"the source leaves {materials} materials that are not held out; give at least {FEWEST} that are neither "
            "experiments nor near relatives of them"
        )


def relatives(kind: Kind, source: Given, target: Given) -> NDArray[np.int64]:
    """Places (pairs, 2) of source and target materials that are the same or near each other."""
    if kind != "features":
        sides = []
        for materials in (source, target):
            names = tuple(dict.fromkeys(materials.identities))
            sides.append((candidates_table(names, kind), names, materials.identities))
        (one, names, all_one), (two, others, all_two) = sides
        found = nearby(one, two)
        near = {(names[a], others[b]) for a, b in zip(found.source_places, found.target_places, strict=True)}
        by_target: dict[str, list[str]] = {}
        for a, b in near:
            by_target.setdefault(b, []).append(a)
        places: dict[str, list[int]] = {}
        for i, name in enumerate(all_one):
            places.setdefault(name, []).append(i)
        rows = [(i, j) for j, b in enumerate(all_two) for a in by_target.get(b, ()) for i in places[a]]
        return np.array(rows, np.int64).reshape(-1, 2)
    rows_of_bytes: dict[bytes, list[int]] = {}
    for i, row in enumerate(source.features):
        rows_of_bytes.setdefault(row.tobytes(), []).append(i)
    same = [(i, j) for j, row in enumerate(target.features) for i in rows_of_bytes.get(row.tobytes(), ())]
    return np.array(same, np.int64).reshape(-1, 2)


def _pretrained(
    spec: NetworkSpec, kind: Kind, source: tuple[Given, Float64] | None, target: Given, values: Float64, tests: Int32,
    train: Int32, seed: int,
) -> Any:  # fmt: skip
    """Networks that never saw what they hold out: of the source, or of the experiments alone."""
    from simworth.learners.network import pretrain

    seeds = [seed_of("regressor", seed, r) for r in range(len(tests))]
    if source is None:
        return pretrain(spec, target.features, values[train], train, train.shape[1], seeds)
    computed, labels = source
    pairs = relatives(kind, computed, target)
    orders = []
    for r, test in enumerate(tests):
        order = stream("regressor-source", seed, r).permutation(len(labels))
        orders.append(order[~np.isin(order, pairs[np.isin(pairs[:, 1], test), 0])])
    n = min(len(order) for order in orders)
    check_left(n)
    rows = np.stack([order[:n] for order in orders]).astype(np.int32)
    return pretrain(spec, computed.features, labels[rows], rows, n, seeds)


def _unseen(unseen: Float64, labels: Float64, kept: NDArray[np.bool_]) -> Ensemble:
    """Predictions of experiments that neither members nor their weights had seen; ``unseen`` (m, members)."""
    blend = np.empty(len(labels))
    for fold in range(min(FOLDS, len(labels))):
        out = np.arange(len(labels)) % FOLDS == fold  # the rows are in random order
        blend[out] = mixed(unseen[out], blend_weights(unseen[~out], labels[~out]))
    return _around(unseen[:, kept], blend)


def _crossed(spec: BlendSpec, known: Rows, values: Float64, train: Int32, seed: int) -> Ensemble:
    """Predictions of each fold of the experiments by a blend of the others."""
    parts = []
    for fold in range(min(FOLDS, len(train))):
        out = np.arange(len(train)) % FOLDS == fold
        fitted = fit_mixture(known, values, train[~out], seed_of("regressor", seed, "blend"), spec.adaptations).mixture
        each = fitted.each(known, known.take(train[out]))
        parts.append((np.flatnonzero(out), _around(each, mixed(each, fitted.has_say))))
    order = np.argsort(np.concatenate([places for places, _ in parts]))
    return Ensemble(*(np.concatenate(part)[order] for part in zip(*(said for _, said in parts), strict=True)))


def _calibrated(said: Ensemble, measured: Float64) -> Calibrated:
    """Calibrate, the size of each error expected by what is read from the other folds.

    Read from the same few errors it would fit them too well, and intervals would be too narrow.
    """
    found = calibrate_ensemble(said, measured)
    scales = found.scales.copy()
    for fold in range(FOLDS if found.spread is not None else 0):
        out = np.arange(len(measured)) % FOLDS == fold
        spread = fit_spread(Ensemble(*(part[~out] for part in said)), found.errors[~out])
        if spread is None:  # too few: intervals are as wide for all
            return Calibrated(found.errors, np.ones_like(found.errors), None)
        scales[out] = spread.scale(Ensemble(*(part[out] for part in said)))
    return replace(found, scales=scales)


def _around(each: Float64, blend: Float64) -> Ensemble:
    """Members (rows, members) about their blend (rows,), as if they were so many networks."""
    count = np.full(len(each), float(each.shape[1]))
    return Ensemble(count, blend, ((each - blend[:, None]) ** 2).sum(axis=1))
