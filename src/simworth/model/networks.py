"""Adapted networks as a model's predictor, asked a block of rows at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simworth.features.counts import Vocabulary
from simworth.learners.network import Layers, Pretrained, forward_lanes, standardised
from simworth.learners.protocol import Materials
from simworth.learners.settings import NetworkSpec
from simworth.learners.stored import Tensors, adapted_from, adapted_tensors, joined
from simworth.learners.strategies import Adapted, adapt, predict
from simworth.model.predictor import MOST_ROWS, Float32, Float64, Int32, Said
from simworth.sweep.chunk import padded, train_rows
from simworth.sweep.design import Chunk, Manifest
from simworth.sweep.inputs import TargetData
from simworth.sweep.spec import StudySpec

CELLS = 2**25
"""Standardised features of all networks that are held at once."""


@dataclass(frozen=True, eq=False)
class Networks:
    """`simworth.model.predictor.Predictor`: networks adapted to experiments.

    Attributes
    ----------
    adapted
        Replicates times tunings times members, in this order.
    each
        Networks a replicate.
    """

    adapted: Adapted
    each: int

    @property
    def train(self) -> Int32:
        """(K, m)"""
        return self.adapted.train[:: self.each]

    @property
    def vocabulary(self) -> Vocabulary | None:
        """None: networks read features alone."""
        return None

    def say(self, known: Materials, asked: Materials) -> Said:
        """Ask about materials."""
        return say(self.adapted, self.each, known.features, asked.features)

    def see(self, asked: Materials) -> Float32:
        """Last hidden layer of the first network of each replicate."""
        width = asked.features.shape[1]
        rows = _block(self.adapted)
        parts = [
            represent_first(self.adapted, self.each, block, places)[:, :count]
            for block, places, count in _blocks(self.adapted, asked.features, rows, width)
        ]
        return np.concatenate(parts, axis=1)

    def tensors(self) -> Tensors:
        """Everything as plain arrays."""
        return adapted_tensors(self.adapted)


def adapt_networks(
    spec: StudySpec, network: NetworkSpec, manifest: Manifest, chunk: Chunk, target: TargetData, pretrained: Pretrained
) -> tuple[Tensors, list[Float64]]:
    """Networks of a chunk at the largest m, every tuning, and what they say of the experiments they held out.

    Returns
    -------
    Arrays whose lanes are replicates times tunings times members, and predictions (tunings, held out) a replicate.
    """
    lanes, members, features = len(chunk.replicates), network.members, target.materials.features
    tests = [target.test[r] for r in chunk.replicates]
    ask = np.repeat(padded(tests), members, axis=0)
    found, held = [], []
    for tuning in range(manifest.tunings[chunk.target][-1]):
        train = np.repeat(train_rows(spec, chunk, target, manifest.m[chunk.target][-1], tuning), members, axis=0)
        adapted = adapt(network, pretrained, features, target.values, train)
        said = predict(adapted, features, features, ask)  # in the shape of the trial's, so that bits are the same
        found.append(adapted_tensors(adapted))
        held.append(said.reshape(lanes, members, -1).mean(axis=1))
    each = np.stack(held, axis=1)
    return _interleaved(found, lanes, members), [each[i, :, : len(test)] for i, test in enumerate(tests)]


def networks_of(parts: Sequence[Tensors], network: NetworkSpec, tunings: int, whole: NDArray[np.bool_]) -> Networks:
    """The networks of several chunks, of which the replicates that are ``whole`` are kept."""
    each = tunings * network.members
    tensors = {name: tensor[np.repeat(whole, each)] for name, tensor in joined(list(parts)).items()}
    return Networks(adapted_from(tensors, network), each)


def say(adapted: Adapted, each: int, known: Float32, features: Float32) -> Said:
    """Ask networks, ``each`` of them a replicate, about ``features`` (asked, d); ``known`` (T, d) they learned from."""
    lanes, width = adapted.pretrained.centre.shape
    predicted, hidden = [], []
    for block, places, count in _blocks(adapted, features, _block(adapted), width):
        predicted.append(predict(adapted, known, block, places)[:, :count])
        hidden.append(represent_first(adapted, each, block, places)[:, :count])
    networks = np.concatenate(predicted, axis=1)
    return Said(networks.reshape(lanes // each, each, -1).mean(axis=1), np.concatenate(hidden, axis=1))


def represent_first(adapted: Adapted, each: int, features: Float32, rows: Int32) -> Float32:
    """Last hidden layer (K, rows, h) of the first network of each replicate; ``rows`` (lanes, rows)."""
    layers = adapted.pretrained.layers if adapted.tuned is None or adapted.fits else adapted.tuned.layers
    first: Layers = [(np.asarray(w)[::each], np.asarray(b)[::each]) for w, b in layers]
    own = adapted.pretrained._replace(centre=adapted.pretrained.centre[::each], scale=adapted.pretrained.scale[::each])
    return forward_lanes(first, standardised(features, rows[::each], own))[0]


def _block(adapted: Adapted) -> int:
    """Rows of a block."""
    lanes, width = adapted.pretrained.centre.shape
    return int(min(MOST_ROWS, max(8, 2 ** int(np.log2(max(CELLS // (lanes * width), 1))))))


def _blocks(adapted: Adapted, features: Float32, rows: int, width: int) -> list[tuple[Float32, Int32, int]]:
    """Features in blocks of as many rows, the places (lanes, rows) of these, and how many are no filling."""
    places = np.tile(np.arange(rows, dtype=np.int32), (len(adapted.pretrained.centre), 1))
    found = []
    for first in range(0, max(len(features), 1), rows):
        part = features[first : first + rows]
        if not len(part):
            part = np.zeros((1, width), np.float32)
        block = np.concatenate([part, np.repeat(part[-1:], rows - len(part), axis=0)])
        found.append((block, places, min(rows, len(features) - first)))
    return found


def _interleaved(parts: list[Tensors], lanes: int, members: int) -> Tensors:
    """Tensors of each tuning (lanes x members, …) as (lanes x tunings x members, …)."""
    found: Tensors = {}
    for name, first in parts[0].items():
        shape = first.shape[1:]
        each = np.stack([part[name].reshape(lanes, members, *shape) for part in parts], axis=1)
        found[name] = each.reshape(lanes * len(parts) * members, *shape)
    return found
