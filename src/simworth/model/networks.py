"""What adapted networks say of materials, a block of rows at a time.

A block has always the same number of rows, filled up where there are fewer: what is said of a material is then the same
numbers, whatever else is asked for.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.learners.network import Layers, forward_lanes, standardised
from simworth.learners.strategies import Adapted, predict

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]

MOST_ROWS = 256
CELLS = 2**25
"""Standardised features of all networks that are held at once."""


class Said(NamedTuple):
    """Of each material asked for."""

    networks: Float64
    """(K, asked) one prediction a replicate: the mean of its tunings and members."""
    hidden: Float32
    """(K, asked, h) last hidden layer of the first network of each replicate."""


def say(adapted: Adapted, each: int, known: Float32, features: Float32) -> Said:
    """Ask networks, ``each`` of them a replicate, about ``features`` (asked, d); ``known`` (T, d) they learned from."""
    lanes, width = adapted.pretrained.centre.shape
    rows = min(MOST_ROWS, max(8, 2 ** int(np.log2(max(CELLS // (lanes * width), 1)))))
    places = np.tile(np.arange(rows, dtype=np.int32), (lanes, 1))
    predicted, hidden = [], []
    for first in range(0, max(len(features), 1), rows):
        part = features[first : first + rows]
        if not len(part):
            part = np.zeros((1, width), np.float32)
        block = np.concatenate([part, np.repeat(part[-1:], rows - len(part), axis=0)])
        count = min(rows, len(features) - first)
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
