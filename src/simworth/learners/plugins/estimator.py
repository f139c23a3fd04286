"""Any regressor with scikit-learn's interface as a learner that transfers.

Pretraining fits the estimator to the source. Adaptation predicts an experiment by

    a s(x) + b + w g(x, s(x))

with s the source prediction, a and b the least-squares line through the experiments, and g the same estimator fitted to
what the line leaves. The weight w, between 0 and 1, is the least-squares one of g's predictions of experiments left
out in turn, so that a g that cannot foretell new experiments is shrunk away. Where the source says nothing, a is near
zero and g learns from the experiments alone. The last step is stacking (Wolpert, Neural Networks 5, 241 (1992), doi
10.1016/S0893-6080(05)80023-1) with one coefficient. Direct learning is the estimator fitted to the experiments.

Features and labels are standardised from a lane's own rows.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from simworth.errors import StudyError
from simworth.learners.plugins.code import check_options, load
from simworth.learners.protocol import Float32, Float64, Int32, Materials
from simworth.learners.scaling import Scaling, label_scaling, line
from simworth.learners.settings import SklearnSpec

FOLDS = 5


class Fitted(NamedTuple):
    """A fitted estimator with the scalings it was fitted in."""

    estimator: Any
    scaling: Scaling
    centre: float
    scale: float

    def predict(self, features: Float32) -> Float64:
        """Predictions (materials,) in the unit of the labels."""
        standard = np.asarray(self.estimator.predict(self.scaling.apply(features)), dtype=np.float64)
        return standard.reshape(len(features)) * self.scale + self.centre


class EstimatorLearner:
    """`Learner` of a `SklearnSpec`.

    Raises
    ------
    StudyError
        When the estimator cannot be imported, is no regressor, or does not take the options.
    """

    def __init__(self, spec: SklearnSpec) -> None:
        self._make = load(spec.estimator, "estimator")
        self._options = dict(spec.options)
        check_options(self._make, 0, self._options, spec.estimator)
        made = self._make(**self._options)
        if not all(hasattr(made, method) for method in ("fit", "predict", "get_params", "set_params")):
            raise StudyError(f"learner.estimator: {spec.estimator!r} is no regressor with scikit-learn's interface")

    def pretrain(self, source: Materials, labels: Float64, rows: Int32, n: int, seeds: list[int]) -> list[Fitted]:
        """Fit one estimator a lane to the source; shapes as in `Learner`."""
        lanes = zip(rows[:, :n], labels[:, :n], seeds, strict=True)
        return [self._fit(source.features[row], label, seed) for row, label, seed in lanes]

    def adapt_and_predict(
        self, state: list[Fitted] | None, target: Materials, labels: Float64, train: Int32, ask: Int32, seeds: list[int]
    ) -> Float64:
        """Correct each lane's source prediction, or learn directly; shapes as in `Learner`."""
        answers = []
        for i, seed in enumerate(seeds):
            x, y, asked = target.features[train[i]], labels[train[i]], target.features[ask[i]]
            if state is None:
                answers.append(self._fit(x, y, seed).predict(asked))
            else:
                answers.append(self._corrected(state[i], x, y, asked, seed))
        return np.stack(answers)

    def _fit(self, features: Float32, labels: Float64, seed: int) -> Fitted:
        estimator = self._make(**self._options)
        if "random_state" in estimator.get_params() and "random_state" not in self._options:
            estimator.set_params(random_state=seed % 2**32)
        scaling = Scaling.of(features)
        centre, scale = label_scaling(labels)
        return Fitted(estimator.fit(scaling.apply(features), (labels - centre) / scale), scaling, centre, scale)

    def _corrected(self, fitted: Fitted, x: Float32, y: Float64, asked: Float32, seed: int) -> Float64:
        """One lane's predictions (asked,) from experiments ``x`` (m, d), ``y`` (m,)."""
        seen, new = fitted.predict(x), fitted.predict(asked)
        with_seen, with_new = np.column_stack([x, seen]), np.column_stack([asked, new])
        left, foretold = np.empty_like(y), np.empty_like(y)
        folds = np.random.default_rng(seed).permutation(len(y)) % min(FOLDS, len(y))
        for fold in range(folds.max() + 1):
            kept, out = folds != fold, folds == fold
            slope, shift = line(seen[kept], y[kept])
            rest = self._fit(with_seen[kept], y[kept] - slope * seen[kept] - shift, seed)
            left[out], foretold[out] = y[out] - slope * seen[out] - shift, rest.predict(with_seen[out])
        squares = float(foretold @ foretold)
        weight = float(np.clip(foretold @ left / squares, 0.0, 1.0)) if squares > 0 else 0.0
        slope, shift = line(seen, y)
        rest = self._fit(with_seen, y - slope * seen - shift, seed)
        return np.asarray(slope * new + shift + weight * rest.predict(with_new))
