"""Blends as a model's predictor: the source models of each replicate, and the members of its tunings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.features.counts import Vocabulary
from simworth.identity import Kind
from simworth.learners.blend.mixture import Mixture, fit_mixture
from simworth.learners.blend.packed import NAMES, Tensors, check
from simworth.learners.blend.rows import Rows
from simworth.learners.blend.source_linear import SparseLinear
from simworth.learners.blend.sources import Sources, columns_of, foresee, rows_of
from simworth.learners.blend.stored import all_planned, mixture_tensors, mixtures_from
from simworth.learners.blend.stored_elements import element_names
from simworth.learners.blend.stored_sources import Widths, joined_sources, some_sources, source_tensors, sources_from
from simworth.learners.network import forward_lanes, standardised
from simworth.learners.protocol import Materials
from simworth.learners.scaling import Scaling
from simworth.learners.settings import BlendSpec
from simworth.model.describe import some
from simworth.model.predictor import MOST_ROWS, Float32, Float64, Int32, Said
from simworth.seeds import stream
from simworth.sweep.chunk import train_rows, trial_seeds
from simworth.sweep.design import Chunk, Manifest
from simworth.sweep.inputs import TargetData
from simworth.sweep.spec import StudySpec

DIRECTIONS = 64
"""Into which features are projected where no network sees materials."""


class Standing(NamedTuple):
    """A member over all replicates."""

    name: str
    weight: float
    miss: float


@dataclass(frozen=True, eq=False)
class Blends:
    """`simworth.model.predictor.Predictor`: blends of K replicates.

    Attributes
    ----------
    spec
        What was blended.
    sources
        Source models of each replicate.
    foreseen : (K, T, k)
        What they say of the experiments.
    mixtures
        Replicates times tunings, in this order.
    words
        Columns of the counts.
    scaling
        Of the columns of the experiments, for models without networks; see `see`.
    """

    spec: BlendSpec
    sources: Sources
    foreseen: Float64
    mixtures: tuple[Mixture, ...]
    words: Vocabulary
    scaling: Scaling

    @property
    def tunings(self) -> int:
        """Of each replicate."""
        return len(self.mixtures) // len(self.foreseen)

    @property
    def train(self) -> Int32:
        """(K, m)"""
        return np.stack([mixture.train for mixture in self.mixtures[:: self.tunings]])

    @property
    def vocabulary(self) -> Vocabulary | None:
        """Columns of counts."""
        return self.words

    def say(self, known: Materials, asked: Materials) -> Said:
        """Ask about materials."""
        seen, nothing = rows_of(known), self._nothing()
        parts = [self._say(seen, block, count) for block, count in in_blocks(asked)]
        return Said(*(np.concatenate(part, axis=1) for part in zip(nothing, *parts, strict=True)))

    def see(self, asked: Materials) -> Float32:
        """Last hidden layer (K, asked, h) of the first network of each replicate.

        Without networks, standardised features and counts in random directions, others for each replicate: distances
        stay what they are on average (Johnson and Lindenstrauss, doi 10.1090/conm/026/737400).
        """
        parts = [self._see(block)[:, :count] for block, count in in_blocks(asked)]
        return np.concatenate([self._nothing().hidden, *parts], axis=1)

    def tensors(self) -> Tensors:
        """Everything as plain arrays."""
        found = source_tensors(self.sources) | mixture_tensors(self.mixtures) | {"foreseen": self.foreseen}
        return found | {"small-keys": self.words.small, "wide-keys": self.words.wide}

    def standings(self) -> list[Standing]:
        """Each member's weight and error, on average."""
        weights = np.mean([mixture.weights for mixture in self.mixtures], axis=0)
        misses = np.mean([mixture.misses for mixture in self.mixtures], axis=0)
        names = _names(self.spec, self.foreseen.shape[2] > 0)
        return [Standing(*each) for each in zip(names, weights.tolist(), misses.tolist(), strict=True)]

    def _nothing(self) -> Said:
        """Of no materials."""
        width = DIRECTIONS if self.sources.networks is None else self.spec.hidden[-1]
        return Said(np.zeros((len(self.foreseen), 0)), np.zeros((len(self.foreseen), 0, width), np.float32))

    def _say(self, seen: Rows, block: Materials, count: int) -> Said:
        """What each replicate says (K, count) of a block, and how it sees it."""
        foreseen, hidden = foresee(self.sources, block)[:, :count], self._see(block)[:, :count]
        rows = rows_of(some(block, np.arange(count)))
        found = []
        for k, (own, before) in enumerate(zip(foreseen, self.foreseen, strict=True)):
            known, asked = seen._replace(source=before), rows._replace(source=own)
            each = [x.predict(known, asked) for x in self.mixtures[k * self.tunings : (k + 1) * self.tunings]]
            found.append(sum(each[1:], each[0]) / len(each))
        return Said(np.stack(found), hidden)

    def _see(self, block: Materials) -> Float32:
        columns, networks = columns_of(block), self.sources.networks
        if networks is None:
            standard = self.scaling.apply(columns).astype(np.float32)
            return np.stack([standard @ _directions(k, columns.shape[1]) for k in range(len(self.foreseen))])
        first = slice(None, None, self.sources.members)
        layers = [(np.asarray(w)[first], np.asarray(b)[first]) for w, b in networks.layers]
        own = networks._replace(centre=networks.centre[first], scale=networks.scale[first])
        rows = np.tile(np.arange(len(columns), dtype=np.int32), (len(self.foreseen), 1))
        return forward_lanes(layers, standardised(columns, rows, own))[0]


def adapt_blends(
    spec: StudySpec, blend: BlendSpec, manifest: Manifest, chunk: Chunk, target: TargetData, sources: Sources,
    words: Vocabulary,
) -> tuple[Tensors, list[Float64]]:  # fmt: skip
    """Blends of a chunk at the largest m, every tuning, and what they say of the experiments they held out.

    Returns
    -------
    Arrays whose lanes are replicates times tunings, and predictions (tunings, held out) a replicate.
    """
    foreseen, rows, m = foresee(sources, target.materials), rows_of(target.materials), manifest.m[chunk.target][-1]
    tunings = range(manifest.tunings[chunk.target][-1])
    trains = [train_rows(spec, chunk, target, m, tuning) for tuning in tunings]
    seeds = [trial_seeds(spec, chunk, "direct", m, tuning) for tuning in tunings]
    mixtures, held = [], []
    for i, r in enumerate(chunk.replicates):
        known = rows._replace(source=foreseen[i])
        each = [
            fit_mixture(known, target.values, train[i], seed[i], blend.adaptations).mixture
            for train, seed in zip(trains, seeds, strict=True)
        ]
        mixtures += each
        held.append(np.stack([mixture.predict(known, known.take(target.test[r])) for mixture in each]))
    found = Blends(blend, sources, foreseen, tuple(mixtures), words, Scaling.of(columns_of(target.materials)))
    return found.tensors(), held


def blends_of(
    parts: Sequence[Tensors], blend: BlendSpec, known: Materials, replicates: Sequence[int], whole: NDArray[np.bool_]
) -> Blends:
    """The blends of several chunks, of so many ``replicates`` each, of which those that are ``whole`` are kept."""
    read = [blends_from(part, blend, known, count) for part, count in zip(parts, replicates, strict=True)]
    lanes = np.flatnonzero(whole)
    mixtures = np.array([i for i, there in enumerate(np.repeat(whole, read[0].tunings)) if there])
    every = [mixture for part in read for mixture in part.mixtures]
    joined = replace(
        read[0],
        sources=some_sources(joined_sources([part.sources for part in read]), lanes),
        foreseen=np.concatenate([part.foreseen for part in read])[lanes],
        mixtures=tuple(every[i] for i in mixtures),
    )
    return _narrowed(joined)


def blends_from(tensors: Mapping[str, NDArray[Any]], blend: BlendSpec, known: Materials, replicates: int) -> Blends:
    """What `Blends.tensors` gave, of experiments ``known``.

    Raises
    ------
    KeyError, ValueError
        When the arrays are no such blends.
    """
    words = Vocabulary(tensors["small-keys"], tensors["wide-keys"])
    for keys in words:
        check(keys.ndim == 1 and keys.dtype == np.uint64 and bool((keys[1:] > keys[:-1]).all()))
    rows, columns, foreseen = rows_of(known), columns_of(known), tensors["foreseen"]
    check(rows.counts.shape[1] == len(words.small))
    widths = Widths(len(words.small), len(words.wide) or known.features.shape[1], columns.shape[1])
    sources = sources_from(tensors, blend, replicates, widths)
    over_elements = "elements" in blend.sources and known.kind == "composition"
    check((sources.elements is not None) == over_elements)
    check(foreseen.dtype == np.float64 and bool(np.isfinite(foreseen).all()))
    check(foreseen.shape == (replicates, len(known.features), _models(blend, known.kind)))
    mixtures = mixtures_from(tensors, blend.adaptations, rows, foreseen)
    return Blends(blend, sources, foreseen, tuple(mixtures), words, Scaling.of(columns))


def tensor_names(blend: BlendSpec) -> set[str]:
    """Names that arrays of a blend may have."""
    sparse, networks = ("length", "columns", "weights", "intercept"), len(blend.hidden) + 1
    found = {"train", "weights", "misses", "limits", "foreseen", "small-keys", "wide-keys"}
    found |= {f"base-{name}" for name in sparse} | {f"linear-{name}" for name in sparse}
    found |= {f"boosting-{name}" for name in NAMES}
    found |= {f"network-{name}" for name in ("centre", "scale", "label_centre", "label_scale")}
    found |= {f"network-{name}-{i}" for name in ("weight", "bias") for i in range(networks)}
    found |= {f"elements-{name}" for name in element_names(blend.elements())}
    for part, _ in all_planned(blend.adaptations, True):
        found |= {f"{part}-{name}" for name in (*NAMES, "lines", "logs", "dual", "terms")}
    return found


def _models(blend: BlendSpec, kind: Kind) -> int:
    """How many source models there are of materials of a kind."""
    there = [name for name in blend.sources if name != "elements" or kind == "composition"]
    return sum(blend.members if name in ("network", "elements") else 1 for name in there)


def _names(blend: BlendSpec, transfers: bool) -> list[str]:
    """Members, those of direct learning named so."""
    parts = all_planned(blend.adaptations, transfers)
    return [f"direct {x.name}" if part == "direct" else x.name for part, own in parts for x in own]


def _narrowed(found: Blends) -> Blends:
    """The same with the sparse columns alone that some replicate's linear model looks at."""
    wide, linear = found.words.wide, found.sources.linear
    if not len(wide):
        return found
    used = np.unique(np.concatenate([np.zeros(0, np.int64), *(model.columns for model in linear)]))
    renamed = tuple(
        SparseLinear(np.searchsorted(used, model.columns), model.weights, model.intercept) for model in linear
    )
    words = Vocabulary(found.words.small, wide[used])
    return replace(found, sources=found.sources._replace(linear=renamed), words=words)


def in_blocks(asked: Materials) -> list[tuple[Materials, int]]:
    """Materials in blocks of as many rows, and how many are no filling."""
    rows = len(asked.features)
    found = []
    for first in range(0, rows, MOST_ROWS):
        places = np.minimum(np.arange(first, first + MOST_ROWS), rows - 1)
        found.append((some(asked, places), min(MOST_ROWS, rows - first)))
    return found


def _directions(k: int, width: int) -> Float32:
    """Random directions (width, `DIRECTIONS`) of replicate ``k`` (Achlioptas, doi 10.1016/S0022-0000(03)00025-4)."""
    signs = stream("directions", k, width).integers(0, 2, (width, DIRECTIONS)) * 2 - 1
    return np.asarray(signs / np.sqrt(DIRECTIONS), np.float32)
