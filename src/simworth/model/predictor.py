"""What a model needs of the learner that a study measured: to say something of materials, and how it sees them."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from simworth.features.counts import Vocabulary
from simworth.learners.protocol import Materials

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]

MOST_ROWS = 256
"""Materials that are asked at once. A block always has as many rows, filled up where there are fewer: what is said of a
material is then the same numbers, whatever else is asked for."""


class Said(NamedTuple):
    """Of each material asked for."""

    networks: Float64
    """(K, asked) one prediction a replicate: the mean of its tunings and members."""
    hidden: Float32
    """(K, asked, h) how each replicate sees the material."""


class Predictor(Protocol):
    """What K replicates learned."""

    @property
    def train(self) -> Int32:
        """(K, m) experiments learned from, by their places; of several tunings the first one's."""
        ...

    @property
    def vocabulary(self) -> Vocabulary | None:
        """Columns of the counts that materials are described by; None where there are none."""
        ...

    def say(self, known: Materials, asked: Materials) -> Said:
        """Ask about materials; ``known`` are the experiments that ``train`` tells the places of."""
        ...

    def see(self, asked: Materials) -> Float32:
        """`Said.hidden` alone."""
        ...

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Everything as plain arrays, for a file."""
        ...
