"""The blend as a sweep's learner: what it learns of a source, of experiments alone, and of both."""

from __future__ import annotations

import numpy as np

from simworth.learners.blend.lane import Fitted, fit_members, say
from simworth.learners.blend.rows import Float64, Rows
from simworth.learners.blend.sources import Sources, foresee, learn_sources, rows_of
from simworth.learners.blend.weights import blend_weights, mixed
from simworth.learners.protocol import Int32, Materials, Said, Scored, Told
from simworth.learners.settings import BlendSpec

OWN = "line"
"""The member that sees the source models alone: the database's own curve."""


class BlendLearner:
    """`simworth.learners.protocol.Learner`; the sweep also asks for its parts, to do once what serves many trials."""

    def __init__(self, spec: BlendSpec) -> None:
        self._spec = spec

    def pretrain(self, source: Materials, labels: Float64, rows: Int32, n: int, seeds: list[int]) -> Sources:
        """Learn the source models; shapes as in `Learner`."""
        return learn_sources(self._spec, source, labels, rows, n, seeds)

    def foresee(self, state: Sources, target: Materials) -> Float64:
        """Predictions of the source models for all of a target: (lanes, materials, models)."""
        return foresee(state, target)

    def direct(self, target: Materials, labels: Float64, train: Int32, ask: Int32, seed: int) -> Said:
        """Members that learn one lane's experiments alone; ``train`` (m,), ``ask`` (asked,)."""
        return self._said(rows_of(target), labels, train, ask, seed, "direct ")

    def blended(
        self,
        foreseen: Float64 | None,
        lane: int,
        direct: Said,
        target: Materials,
        labels: Float64,
        train: Int32,
        ask: Int32,
        seed: int,
    ) -> Told:
        """The blend of one lane, with ``foreseen`` (lanes, materials, models) of `foresee`."""
        if foreseen is None:
            return told(direct, None, labels[train])
        rows = rows_of(target)._replace(source=foreseen[lane])
        return told(direct, self._said(rows, labels, train, ask, seed, ""), labels[train])

    def adapt_and_predict(
        self, state: Sources | None, target: Materials, labels: Float64, train: Int32, ask: Int32, seeds: list[int]
    ) -> Float64:
        """Adapt all lanes and predict; shapes as in `Learner`."""
        foreseen = None if state is None else foresee(state, target)
        found = []
        for i, (t, a, seed) in enumerate(zip(train, ask, seeds, strict=True)):
            direct = self.direct(target, labels, t, a, seed)
            found.append(self.blended(foreseen, i, direct, target, labels, t, a, seed).predictions)
        return np.stack(found)

    def fit(self, rows: Rows, labels: Float64, seed: int) -> tuple[Fitted, Float64]:
        """Fit the chosen members; see `fit_members`."""
        return fit_members(rows, labels, seed, self._spec.adaptations)

    def _said(self, target: Rows, labels: Float64, train: Int32, ask: Int32, seed: int, prefix: str) -> Said:
        seen = target.take(train)
        fitted, unseen = self.fit(seen, labels[train], seed)
        names = tuple(prefix + member.name for member in fitted.members)
        return Said(names, unseen, say(fitted, seen, target.take(ask)))


def told(direct: Said, transfer: Said | None, labels: Float64) -> Told:
    """Blend members by what they say of rows they had not seen; ``labels`` (m,) are those of these rows."""
    parts = [direct] if transfer is None else [transfer, direct]
    names = tuple(name for part in parts for name in part.names)
    unseen = np.concatenate([part.unseen for part in parts], axis=1)
    asked = np.concatenate([part.asked for part in parts], axis=1)
    weights = blend_weights(unseen, labels)
    misses = np.abs(unseen - labels[:, None]).mean(axis=0)
    scored = tuple(Scored(n, float(e), float(w)) for n, e, w in zip(names, misses, weights, strict=True))
    database = None
    if transfer is not None and OWN in transfer.names:
        database = transfer.asked[:, transfer.names.index(OWN)]
    return Told(mixed(asked, weights), mixed(unseen, weights), database, scored)
