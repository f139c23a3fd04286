"""The χ network as a sweep's learner: source and experiments are learned together, so nothing is done beforehand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.identity import pair_parts
from simworth.learners.chi import COMPUTED, MEASURED, Pairs, fit, predict
from simworth.learners.chi_settings import ChiSpec
from simworth.learners.protocol import Float64, Int32, Materials


class ChiSource(NamedTuple):
    """What is known of the source when the experiments come."""

    pairs: Pairs
    labels: Float64
    """(lanes, R), NaN for a row that the lane may not use."""


class ChiLearner:
    """`simworth.learners.protocol.Learner` of pairs; direct learning is the same network on measured χ alone."""

    def __init__(self, spec: ChiSpec) -> None:
        self._spec = spec

    def pretrain(self, source: Materials, labels: Float64, rows: Int32, n: int, seeds: list[int]) -> ChiSource:
        """Remember the first ``n`` labels of each lane; shapes as in `Learner`."""
        known = np.full((len(rows), len(source.identities)), np.nan)
        np.put_along_axis(known, rows[:, :n].astype(np.int64), labels[:, :n], axis=1)
        return ChiSource(pairs_of(source), known)

    def adapt_and_predict(
        self, state: ChiSource | None, target: Materials, labels: Float64, train: Int32, ask: Int32, seeds: list[int]
    ) -> Float64:
        """Learn computed and measured χ together; shapes as in `Learner`."""
        measured = np.full((len(train), len(labels)), np.nan)
        np.put_along_axis(measured, train.astype(np.int64), labels[train], axis=1)
        own = pairs_of(target)
        first = 0 if state is None else state.labels.shape[1]
        known = np.full((len(train), first + len(labels), 3), np.nan)
        known[:, first:, MEASURED] = measured
        if state is not None:
            known[:, :first, COMPUTED] = state.labels
            own = _stacked(state.pairs, own)
        own = Pairs(_varying(own.polymer), _varying(own.solvent), own.temperature)
        return predict(fit(self._spec, own, known, seeds), own, ask + first)[..., MEASURED]


def pairs_of(materials: Materials) -> Pairs:
    """The parts of the features of pairs: the polymer's, as many of the solvent's, and one of the temperature.

    Raises
    ------
    InputError
        When the materials are no pairs.
    """
    width, last = divmod(materials.features.shape[1], 2)
    if materials.kind != "pair" or last != 1:
        raise InputError(f"the learner 'chi' is for tables of kind 'pair', not {materials.kind!r}; choose another one")
    kelvin = [pair_parts(identity).kelvin for identity in materials.identities]
    return Pairs(
        materials.features[:, :width],
        materials.features[:, width : 2 * width],
        np.array([np.nan if k is None else k for k in kelvin], dtype=np.float64),
    )


def _stacked(a: Pairs, b: Pairs) -> Pairs:
    """The rows of both, one after another."""
    return Pairs(
        np.concatenate([a.polymer, b.polymer]),
        np.concatenate([a.solvent, b.solvent]),
        np.concatenate([a.temperature, b.temperature]),
    )


def _varying(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features without those that are the same for every row of both tables, which cost time alone."""
    return features[:, np.ptp(features, axis=0) > 0]
