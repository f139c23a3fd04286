"""Ask a model about materials: values, intervals, whether it knows such materials, and which ones it knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.features.counts_keys import UInt64
from simworth.identity import WHAT, canonical
from simworth.inference.words import say_error
from simworth.learners.intervals import Calibrated
from simworth.learners.protocol import Materials
from simworth.learners.spread import ensemble
from simworth.model.card import Card
from simworth.model.describe import check_described, described, materials_of, reasons_against, some
from simworth.model.domain import joined_learned, look_around, shrunk_spread
from simworth.model.elements import elements_of
from simworth.model.known import Known
from simworth.model.predictor import Float32, Float64, Predictor
from simworth.model.unlike import reasons_unlike

LONGEST = 2000
"""Characters of a material's text; describing a molecule takes the cube of its atoms (2,000: 10 s)."""
PROBES = 3
"""Experiments that are described again, to see whether this installation describes materials alike."""


class Read(NamedTuple):
    """Texts as materials, one entry a text."""

    identities: list[str | None]
    """None where a text is no material that the model can be asked about."""
    reasons: list[str]
    """Why; empty where it is one."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What a model says of the materials it was asked about; see `Model.ask`.

    Attributes
    ----------
    identities : (asked,)
    mean : (asked,)
        Prediction in the property's unit: the mean over replicates.
    networks : (K, asked)
        Each replicate's own prediction.
    spread : (asked,)
        Standard deviation of the replicates' predictions.
    scale : (asked,)
        Expected size of the error of the mean; intervals are proportional to it.
    learned : (asked, K h)
        Representation of the material: Euclidean distance 1 is usual between a new experiment and the nearest old one.
    distance : (asked,)
        From what was learned from, in usual distances.
    inside : (asked,)
        False where the model does not know such materials.
    reason : (asked,)
        Why; empty where it knows such materials.
    nearest, similarity : (asked, up to 3)
        Places of the nearest experiments among those known, the nearest first; 1 is the same to the model, 0.5 usual.
    known : (asked,)
        Place of the same material among the experiments, -1 where it was not measured.
    """

    identities: tuple[str, ...]
    mean: Float64
    networks: Float64
    spread: Float64
    scale: Float64
    learned: Float32
    distance: Float64
    inside: NDArray[np.bool_]
    reason: tuple[str, ...]
    nearest: NDArray[np.int64]
    similarity: Float64
    known: NDArray[np.int64]
    calibrated: Calibrated

    def interval(self, level: float = 0.9) -> tuple[Float64, Float64]:
        """Lower and upper ends, (asked,) each, that hold a share ``level`` of measurements.

        Raises
        ------
        InputError
            When the level is none, or too few experiments calibrate it.
        """
        return self.calibrated.interval(self.networks, level)


@dataclass(frozen=True, eq=False)
class Model:
    """What a study measured, with all that is needed to ask it.

    Attributes
    ----------
    card
        What it is.
    predictor
        What the replicates learned: blends or networks.
    experiments
        As the predictor sees them, (T,) of them.
    known
        The experiments, and a sample of the source.
    calibrated
        Errors of held-out experiments, which make intervals.
    usual : (K,)
        Usual distance as each replicate sees materials; see `simworth.model.domain`.
    met
        Keys of everything that some material learned from has; see `simworth.model.unlike`.
    """

    card: Card
    predictor: Predictor
    experiments: Materials
    known: Known
    calibrated: Calibrated
    usual: Float64
    met: UInt64

    @property
    def features(self) -> Float32:
        """Of the experiments, (T, d)."""
        return self.experiments.features

    def read(self, texts: Sequence[str]) -> Read:
        """Texts as materials of the model's kind, in any spelling.

        Raises
        ------
        MissingExtraError
            When the package that reads them is not installed.
        """
        kind, identities, reasons = self.card.kind, [], []
        for text in texts:
            found = canonical(kind, text) if len(text) <= LONGEST else None
            identities.append(found)
            long = f"has more than {LONGEST:,} characters"
            reasons.append("" if found else long if len(text) > LONGEST else f"is not {WHAT[kind]}")
        for place, why in reasons_against(identities, kind, self.card.descriptor).items():
            identities[place], reasons[place] = None, why
        return Read(identities, reasons)

    def ask(self, identities: Sequence[str], features: NDArray[np.floating] | None = None) -> Asked:
        """Ask about materials.

        Parameters
        ----------
        identities
            Canonical identities, as `read` gives them.
        features
            (asked, d) for materials of kind ``features``, in the order of ``card.features``; otherwise they are made.

        Raises
        ------
        InputError
            When a material has no features, those given do not fit, or this installation describes materials
            otherwise than the one that made the model.
        """
        kind, words = self.card.kind, self.predictor.vocabulary
        asked = materials_of(identities, self._features(identities, features), kind, words)
        said = self.predictor.say(self.experiments, asked)
        e = ensemble(said.networks)
        spread = np.sqrt(e.squares / max(len(said.networks) - 1, 1))
        scale = np.ones_like(e.mean) if self.calibrated.spread is None else self.calibrated.spread.scale(e)
        near = look_around(said.hidden, self._seen, self.predictor.train, self.usual)
        reason = self._reasons(identities, said.networks, near.distance)
        place = np.array([self.known.place.get(i, -1) for i in identities], np.int64)
        return Asked(
            tuple(identities), e.mean, said.networks, spread, scale, joined_learned(said.hidden, self.usual),
            near.distance, np.array([not r for r in reason], bool), reason, near.places, near.similarity, place,
            self.calibrated,
        )  # fmt: skip

    def known_learned(self) -> Float32:
        """Representation (T, K h) of the experiments, as `Asked.learned`."""
        return joined_learned(self._seen, self.usual)

    @cached_property
    def _seen(self) -> Float32:
        """How each replicate sees the experiments (K, T, h)."""
        return self.predictor.see(self.experiments)

    @cached_property
    def _described_alike(self) -> bool:
        """Whether this installation describes a few experiments as the one that made the model did, or a refusal."""
        probes = some(self.experiments, np.arange(min(PROBES, len(self.features))))
        check_described(self.card, probes, self.predictor.vocabulary)
        return True

    def _features(self, identities: Sequence[str], given: NDArray[np.floating] | None) -> Float32:
        if self.card.kind != "features":
            assert self._described_alike
            return described(list(identities), self.card.kind, self.card.descriptor)
        if given is None or np.shape(given) != (len(identities), self.card.width):
            raise InputError(
                f"the model describes a material by {self.card.width} numbers ({', '.join(self.card.features)}); "
                f"give them for each of the {len(identities)} materials"
            )
        if not np.isfinite(given).all():
            raise InputError("a feature of a material is not a finite number; correct it or leave the material out")
        return np.asarray(given, np.float32)

    def _reasons(self, identities: Sequence[str], networks: Float64, distance: Float64) -> tuple[str, ...]:
        """Why each material lies outside what the model knows; empty where it does not."""
        card, limits = self.card, self.card.limits
        met = frozenset(card.elements)
        wide = shrunk_spread(networks, self.calibrated.spread, limits.networks)
        strange = [sorted(elements_of(card.kind, identity) - met) for identity in identities]
        unlike = reasons_unlike(card.kind, identities, card.range, self.met, [bool(x) for x in strange])
        found = []
        for i, elements in enumerate(strange):
            why = [f"contains {', '.join(elements)}, which no material it learned from has"] if elements else []
            why += unlike[i]
            if limits.farthest is not None and distance[i] > limits.farthest:
                why.append(
                    f"is farther from the experiments it learned from ({distance[i]:.2g} times the usual distance) "
                    f"than 99 % of held-out ones ({limits.farthest:.2g})"
                )
            if limits.widest is not None and wide[i] > limits.widest:
                why.append(
                    f"its replicates disagree ({say_error(float(wide[i]), card.unit)}) more than for 99 % of held-out "
                    f"experiments ({say_error(limits.widest, card.unit)})"
                )
            found.append("; ".join(why))
        return tuple(found)
