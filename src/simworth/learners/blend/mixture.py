"""A blend that is kept: the fitted members of one lane that have a say, and what weights they have."""

from __future__ import annotations

from typing import NamedTuple, get_args

import numpy as np

from simworth.learners.blend.lane import Fitted, fit_members, say
from simworth.learners.blend.rows import Float64, Rows
from simworth.learners.blend.weights import blend_weights, mixed
from simworth.learners.protocol import Int32
from simworth.learners.settings import Member

PARTS = ("transfer", "direct")


class Mixture(NamedTuple):
    """The blend of one lane."""

    train: Int32
    """(m,) rows learned from."""
    weights: Float64
    """(members,) of transfer, then of direct learning; those of weight 0 are not kept."""
    misses: Float64
    """(members,) mean absolute error of each on rows learned from that it had not seen."""
    parts: tuple[Fitted, ...]
    """Of `PARTS`, or of direct learning alone."""

    @property
    def has_say(self) -> Float64:
        """(members kept,) the weights that are not 0."""
        return self.weights[self.weights > 0]

    def predict(self, known: Rows, asked: Rows) -> Float64:
        """Predictions (asked,); ``known`` are all rows among which ``train`` are."""
        return mixed(self.each(known, asked), self.has_say)

    def each(self, known: Rows, asked: Rows) -> Float64:
        """What the members kept say (asked, members kept)."""
        seen = known.take(self.train)
        return np.hstack([_said(part, seen, asked, self._is_direct(i)) for i, part in enumerate(self.parts)])

    def _is_direct(self, place: int) -> bool:
        return place == len(self.parts) - 1


class Fit(NamedTuple):
    """A mixture just fitted."""

    mixture: Mixture
    unseen: Float64
    """(m, members) what each member says of the rows learned from, as if it had not seen them."""


def fit_mixture(
    known: Rows, labels: Float64, train: Int32, seed: int, chosen: tuple[Member, ...] = get_args(Member)
) -> Fit:
    """Fit the members of one lane and blend them, as `simworth.learners.blend.learner` does in a trial.

    Parameters
    ----------
    known
        All experiments, with the predictions of source models where there is a source.
    labels
        (all,) of them, of which those at ``train`` (m,) are looked at.
    """
    parts, unseen = [], []
    for rows in (known, known.alone()) if known.source.shape[1] else (known,):
        fitted, out = fit_members(rows.take(train), labels[train], seed, chosen)
        parts.append(fitted)
        unseen.append(out)
    everyone = np.hstack(unseen)
    weights = blend_weights(everyone, labels[train])
    misses = np.abs(everyone - labels[train][:, None]).mean(axis=0)
    first, kept = 0, []
    for part in parts:
        own = weights[first : first + len(part.members)]
        kept.append(Fitted(part.limits, tuple(x for x, w in zip(part.members, own, strict=True) if w > 0)))
        first += len(part.members)
    return Fit(Mixture(train, weights, misses, tuple(kept)), everyone)


def _said(part: Fitted, seen: Rows, asked: Rows, direct: bool) -> Float64:
    return say(part, seen.alone(), asked.alone()) if direct else say(part, seen, asked)
