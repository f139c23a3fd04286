"""Transfer from a computed source to experiments, for those who live in Python: scikit-learn's interface."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, Literal, cast, get_args, overload

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from simworth.errors import InputError
from simworth.identity import KINDS, WHAT, Descriptor, Kind, canonical
from simworth.learners.settings import Adaptation, BlendSpec, NetworkSpec
from simworth.model.describe import described
from simworth.model.regressing import FEWEST, Given, learn_blend, learn_networks
from simworth.sweep.inputs import LARGEST

Float64 = NDArray[np.float64]
Interval = tuple[Float64, Float64, Float64]
Learner = Literal["blend", "network"]
USUAL = {"blend": 2, "network": 12}
"""Networks of each learner."""


class TransferRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Learns from a computed source and from experiments, and predicts with calibrated intervals.

    The usual learner is the blend that a study has too: source models, adaptations of them and direct learning,
    weighted by what they say of experiments that they had not seen. All experiments are learned from, and predictions
    of unseen ones calibrate the intervals. Experiments, and near relatives of them, are taken out of the source.

    With ``learner="network"`` each of several networks holds out a share of the experiments, and source materials that
    are the same as those or near relatives of them; what it says of them calibrates the intervals.

    Parameters
    ----------
    source : (X, y) or None
        Computed materials and their property; may be given to `fit` instead. Without any, the experiments alone are
        learned from.
    kind : str
        What the materials are: ``"features"`` for X (samples, features) of numbers; ``"molecule"``,
        ``"composition"``, ``"polymer"`` or ``"pair"`` for X a sequence of texts, such as SMILES.
    descriptor : str
        How molecules and polymers are described: ``"usual"``, ``"forcefield"`` or ``"both"``.
    learner : str
        ``"blend"`` or ``"network"``.
    networks : int or None
        How many are trained; None for 2 among the source models of a blend and 12 of the other learner. Fewer than a
        dozen of the latter tell little of what their mean gains, and so make rough intervals.
    hidden : tuple of int
        Units of the hidden layers of networks.
    epochs, most_steps
        How long networks are trained.
    held_out : float
        Share of the experiments that each network holds out; for ``learner="network"``, as the next two.
    adaptation : str
        See the ``adaptation`` of a study's learner. Without a source: ``"tune"`` or ``"unfreeze"``.
    tuning_steps : int
        How long networks are tuned.
    level : float
        Of intervals, unless `predict` is told otherwise.
    seed : int
        Equal seeds and data give equal numbers.

    Attributes
    ----------
    learned_ : simworth.model.regressing.Learned
    calibrated_ : simworth.learners.intervals.Calibrated
    n_features_in_ : int

    Examples
    --------
    >>> model = TransferRegressor((smiles, computed), kind="molecule").fit(measured_smiles, measured)  # doctest: +SKIP
    >>> value, low, high = model.predict(["CCO"], return_interval=True)  # doctest: +SKIP
    """

    def __init__(
        self,
        source: tuple[Any, Any] | None = None,
        *,
        kind: Kind = "features",
        descriptor: Descriptor = "usual",
        learner: Learner = "blend",
        networks: int | None = None,
        hidden: tuple[int, ...] = (128, 64),
        epochs: float = 32.0,
        most_steps: int = 4000,
        held_out: float = 0.25,
        adaptation: Adaptation = "tune",
        tuning_steps: int = 100,
        level: float = 0.9,
        seed: int = 0,
    ) -> None:
        self.source = source
        self.kind = kind
        self.descriptor = descriptor
        self.learner = learner
        self.networks = networks
        self.hidden = hidden
        self.epochs = epochs
        self.most_steps = most_steps
        self.held_out = held_out
        self.adaptation = adaptation
        self.tuning_steps = tuning_steps
        self.level = level
        self.seed = seed

    def fit(self, X: Any, y: Any, source: tuple[Any, Any] | None = None) -> TransferRegressor:
        """Learn from experiments, and from a source where one is given here or at construction.

        Parameters
        ----------
        X
            (samples, features), or a sequence of texts; see ``kind``.
        y
            (samples,) measured values.
        source
            (X, y) of computed materials, instead of the one given at construction.

        Raises
        ------
        InputError
            When a setting is impossible or a material cannot be read.
        ValueError
            As scikit-learn's estimators, for arrays that do not fit.
        """
        given = source if source is not None else self.source
        spec = self._spec(given is not None)
        target, values = self._read(X, y, "experiments")
        computed = None if given is None else self._source(given)
        if isinstance(spec, BlendSpec):
            self.learned_: Any = learn_blend(spec, self.kind, target, values, computed, self.seed)
        else:
            self.learned_ = learn_networks(
                spec, self.kind, target, values, computed, self.seed, self._networks, self.held_out
            )
        self.calibrated_ = self.learned_.calibrated
        self.n_features_in_ = target.features.shape[1]
        return self

    @overload
    def predict(self, X: Any, return_interval: Literal[False] = False, level: float | None = None) -> Float64: ...
    @overload
    def predict(self, X: Any, return_interval: Literal[True], level: float | None = None) -> Interval: ...

    def predict(self, X: Any, return_interval: bool = False, level: float | None = None) -> Float64 | Interval:
        """Predictions (samples,), or with ``return_interval`` also the lower and upper ends of intervals.

        Raises
        ------
        InputError
            When a material cannot be read, or too few experiments calibrate the level.
        """
        check_is_fitted(self)
        said = self.learned_.ask(self._features(X, "materials", reset=False))
        mean: Float64 = said.mean
        if not return_interval:
            return mean
        low, high = self.calibrated_.around(said, self.level if level is None else level)
        return mean, low, high

    @property
    def _networks(self) -> int:
        return USUAL[self.learner] if self.networks is None else self.networks

    def _spec(self, transfers: bool) -> BlendSpec | NetworkSpec:
        """Settings of the learner, or a refusal."""
        if self.kind not in KINDS:
            raise InputError(f"kind {self.kind!r} is not known; use one of {', '.join(KINDS)}")
        choices = (("adaptation", get_args(Adaptation)), ("descriptor", get_args(Descriptor)))
        for name, known in (("learner", get_args(Learner)), *choices):
            if getattr(self, name) not in known:
                raise InputError(f"{name} {getattr(self, name)!r} is not known; use one of {', '.join(known)}")
        blends = self.learner == "blend"
        hidden = tuple(self.hidden) if isinstance(self.hidden, tuple | list) else ("?",)
        whole = (self._networks, self.most_steps, self.tuning_steps, *hidden)
        if not all(isinstance(count, Integral) for count in whole):
            raise InputError("networks, most_steps, tuning_steps and all of hidden, a tuple, must be whole numbers")
        if not (self._networks >= (1 if blends else 2) and 0 < self.held_out < 1):
            raise InputError("networks must be at least 2 (in a blend 1), and held_out must lie between 0 and 1")
        if not hidden or not min(*hidden, self.most_steps, self.tuning_steps) > 0 or not self.epochs > 0:
            raise InputError("hidden, epochs, most_steps and tuning_steps must be above zero")
        if self.adaptation not in ("tune", "unfreeze") and not transfers and not blends:
            raise InputError(f"adaptation {self.adaptation!r} needs a source; give one, or use 'tune'")
        least = min(100, self.most_steps)
        epochs, layers = float(self.epochs), tuple(self.hidden)
        if blends:
            return BlendSpec(
                members=self._networks, hidden=layers, epochs=epochs, least_steps=least, most_steps=self.most_steps
            )
        return NetworkSpec(
            hidden=layers,
            epochs=epochs,
            least_steps=least,
            most_steps=self.most_steps,
            adaptation=self.adaptation,
            tuning_steps=self.tuning_steps,
        )

    def _source(self, given: Any) -> tuple[Given, Float64]:
        if not isinstance(given, tuple | list) or len(given) != 2:
            raise InputError("the source is no pair; give (X, y), its materials and their values")
        return self._read(given[0], given[1], "source", reset=False)

    def _read(self, X: Any, y: Any, what: str, reset: bool = True) -> tuple[Given, Float64]:
        if self.kind == "features":
            X, y = validate_data(self, X, y, reset=reset, y_numeric=True, dtype=np.float64, ensure_min_samples=FEWEST)
            _check_size(what, X, y)
            return _named(X), np.asarray(y, np.float64)
        found, values = self._features(X, what), np.asarray(y, np.float64)
        if values.shape != (len(found.features),) or not np.isfinite(values).all() or len(values) < FEWEST:
            raise InputError(
                f"{what}: there are {len(found.features)} materials and values of shape {values.shape}; give one "
                f"finite number a material, and at least {FEWEST}"
            )
        _check_size(what, values)
        return found, values

    def _features(self, X: Any, what: str, reset: bool = True) -> Given:
        if self.kind == "features":
            X = validate_data(self, X, reset=reset, dtype=np.float64)
            _check_size(what, X)
            return _named(X)
        if isinstance(X, str):
            raise InputError(f"{what}: {X!r} is one text; give a list of materials")
        texts = list(X)
        identities = [canonical(self.kind, text) if isinstance(text, str) else None for text in texts]
        if None in identities:
            place = identities.index(None)
            raise InputError(f"{what}, material {place} ({texts[place]!r}): is not {WHAT[self.kind]}")
        known = tuple(cast(Sequence[str], identities))
        return Given(described(known, self.kind, self.descriptor), known)


def _check_size(what: str, *arrays: Any) -> None:
    """Training is in single precision, which holds no square of larger numbers."""
    if any(np.abs(array).max(initial=0) > LARGEST for array in arrays):
        raise InputError(f"{what}: a number is beyond {LARGEST:g}; correct it or use another unit")


def _named(X: NDArray[np.float64]) -> Given:
    """Materials that are given by features alone."""
    return Given(np.asarray(X, np.float32), tuple(map(str, range(len(X)))))
