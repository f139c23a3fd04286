"""Transfer from a computed source to experiments, for those who live in Python: scikit-learn's interface."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, Literal, NamedTuple, cast, get_args, overload

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from simworth.errors import InputError
from simworth.identity import KINDS, WHAT, Descriptor, Kind, canonical
from simworth.learners.intervals import by_material, calibrate
from simworth.learners.settings import Adaptation, NetworkSpec
from simworth.model.describe import candidates_table, described
from simworth.seeds import seed_of, stream
from simworth.sweep.inputs import LARGEST
from simworth.tables import nearby

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
Interval = tuple[Float64, Float64, Float64]
FEWEST = 5
"""Experiments, and source materials, below which nothing is learned."""


class _Materials(NamedTuple):
    """Materials with features; their identities are empty for materials of kind ``features``."""

    features: Float32
    identities: tuple[str, ...]


class TransferRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Networks pretrained on a computed source and adapted to experiments, with calibrated intervals.

    Each of ``networks`` networks holds out a share of the experiments, and source materials that are the same as those
    or near relatives of them; what it says of them calibrates the intervals.

    Parameters
    ----------
    source : (X, y) or None
        Computed materials and their property; may be given to `fit` instead. Without any, the networks learn from the
        experiments alone.
    kind : str
        What the materials are: ``"features"`` for X (samples, features) of numbers; ``"molecule"``,
        ``"composition"``, ``"polymer"`` or ``"pair"`` for X a sequence of texts, such as SMILES.
    descriptor : str
        How molecules and polymers are described: ``"usual"``, ``"forcefield"`` or ``"both"``.
    networks : int
        How many are trained. Fewer than a dozen tell little of what their mean gains, and so make rough intervals.
    held_out : float
        Share of the experiments that each network holds out.
    adaptation : str
        See the ``adaptation`` of a study's learner. Without a source: ``"tune"`` or ``"unfreeze"``.
    hidden : tuple of int
        Units of the hidden layers.
    epochs, most_steps, tuning_steps
        How long networks are trained and tuned.
    level : float
        Of intervals, unless `predict` is told otherwise.
    seed : int
        Equal seeds and data give equal numbers.

    Attributes
    ----------
    adapted_ : simworth.learners.strategies.Adapted
    calibrated_ : simworth.learners.intervals.Calibrated
    n_features_in_ : int
    experiments_ : (samples, features)
        Features of the experiments.

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
        networks: int = 12,
        held_out: float = 0.25,
        adaptation: Adaptation = "tune",
        hidden: tuple[int, ...] = (128, 64),
        epochs: float = 32.0,
        most_steps: int = 4000,
        tuning_steps: int = 100,
        level: float = 0.9,
        seed: int = 0,
    ) -> None:
        self.source = source
        self.kind = kind
        self.descriptor = descriptor
        self.networks = networks
        self.held_out = held_out
        self.adaptation = adaptation
        self.hidden = hidden
        self.epochs = epochs
        self.most_steps = most_steps
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
        from simworth.learners.strategies import adapt, predict

        given = source if source is not None else self.source
        spec = self._spec(given is not None)
        target, values = self._read(X, y, "experiments")
        count = len(values)
        held = min(max(1, round(self.held_out * count)), count - 2)
        orders = [stream("regressor-split", self.seed, r).permutation(count) for r in range(self.networks)]
        parts = np.stack(orders).astype(np.int32)
        tests, train = parts[:, :held], parts[:, held:]
        seeds = [seed_of("regressor", self.seed, r) for r in range(self.networks)]
        networks = self._pretrained(spec, given, target, values, tests, train, seeds)
        self.adapted_ = adapt(spec, networks, target.features, values, train)
        said = predict(self.adapted_, target.features, target.features, tests)
        self.calibrated_ = calibrate(by_material(list(tests), list(said), count), values)
        self.experiments_ = target.features
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
        from simworth.model.networks import say

        check_is_fitted(self)
        said = say(self.adapted_, 1, self.experiments_, self._features(X, "materials", reset=False).features).networks
        mean: Float64 = said.mean(axis=0)
        if not return_interval:
            return mean
        low, high = self.calibrated_.interval(said, self.level if level is None else level)
        return mean, low, high

    def _spec(self, transfers: bool) -> NetworkSpec:
        """Settings of the networks, or a refusal."""
        if self.kind not in KINDS:
            raise InputError(f"kind {self.kind!r} is not known; use one of {', '.join(KINDS)}")
        for name, known in (("adaptation", get_args(Adaptation)), ("descriptor", get_args(Descriptor))):
            if getattr(self, name) not in known:
                raise InputError(f"{name} {getattr(self, name)!r} is not known; use one of {', '.join(known)}")
        hidden = tuple(self.hidden) if isinstance(self.hidden, tuple | list) else ("?",)
        whole = (self.networks, self.most_steps, self.tuning_steps, *hidden)
        if not all(isinstance(count, Integral) for count in whole):
            raise InputError("networks, most_steps, tuning_steps and all of hidden, a tuple, must be whole numbers")
        if not (self.networks >= 2 and 0 < self.held_out < 1):
            raise InputError("networks must be at least 2 and held_out lie between 0 and 1")
        if not hidden or not min(*hidden, self.most_steps, self.tuning_steps) > 0 or not self.epochs > 0:
            raise InputError("hidden, epochs, most_steps and tuning_steps must be above zero")
        if self.adaptation not in ("tune", "unfreeze") and not transfers:
            raise InputError(f"adaptation {self.adaptation!r} needs a source; give one, or use 'tune'")
        return NetworkSpec(
            hidden=tuple(self.hidden),
            epochs=float(self.epochs),
            least_steps=min(100, self.most_steps),
            most_steps=self.most_steps,
            adaptation=self.adaptation,
            tuning_steps=self.tuning_steps,
        )

    def _pretrained(
        self,
        spec: NetworkSpec,
        source: tuple[Any, Any] | None,
        target: _Materials,
        values: Float64,
        tests: Int32,
        train: Int32,
        seeds: list[int],
    ) -> Any:
        """Networks that never saw what they hold out: of the source, or of the experiments alone."""
        from simworth.learners.network import pretrain

        if source is None:
            return pretrain(spec, target.features, values[train], train, train.shape[1], seeds)
        if not isinstance(source, tuple | list) or len(source) != 2:
            raise InputError("the source is no pair; give (X, y), its materials and their values")
        computed, labels = self._read(*source, "source", reset=False)
        pairs = _relatives(self.kind, computed, target)
        orders = []
        for r, test in enumerate(tests):
            order = stream("regressor-source", self.seed, r).permutation(len(labels))
            orders.append(order[~np.isin(order, pairs[np.isin(pairs[:, 1], test), 0])])
        n = min(len(order) for order in orders)
        if n < FEWEST:
            raise InputError(f"the source leaves {n} materials that are not held out; give at least {FEWEST} others")
        rows = np.stack([order[:n] for order in orders]).astype(np.int32)
        return pretrain(spec, computed.features, labels[rows], rows, n, seeds)

    def _read(self, X: Any, y: Any, what: str, reset: bool = True) -> tuple[_Materials, Float64]:
        if self.kind == "features":
            X, y = validate_data(self, X, y, reset=reset, y_numeric=True, dtype=np.float64, ensure_min_samples=FEWEST)
            _check_size(what, X, y)
            return _Materials(np.asarray(X, np.float32), ()), np.asarray(y, np.float64)
        found, values = self._features(X, what), np.asarray(y, np.float64)
        if values.shape != (len(found.features),) or not np.isfinite(values).all() or len(values) < FEWEST:
            raise InputError(
                f"{what}: there are {len(found.features)} materials and values of shape {values.shape}; give one "
                f"finite number a material, and at least {FEWEST}"
            )
        _check_size(what, values)
        return found, values

    def _features(self, X: Any, what: str, reset: bool = True) -> _Materials:
        if self.kind == "features":
            X = validate_data(self, X, reset=reset, dtype=np.float64)
            _check_size(what, X)
            return _Materials(np.asarray(X, np.float32), ())
        if isinstance(X, str):
            raise InputError(f"{what}: {X!r} is one text; give a list of materials")
        texts = list(X)
        identities = [canonical(self.kind, text) if isinstance(text, str) else None for text in texts]
        if None in identities:
            place = identities.index(None)
            raise InputError(f"{what}, material {place} ({texts[place]!r}): is not {WHAT[self.kind]}")
        known = tuple(cast(Sequence[str], identities))
        return _Materials(described(known, self.kind, self.descriptor), known)


def _check_size(what: str, *arrays: Any) -> None:
    """Training is in single precision, which holds no square of larger numbers."""
    if any(np.abs(array).max(initial=0) > LARGEST for array in arrays):
        raise InputError(f"{what}: a number is beyond {LARGEST:g}; correct it or use another unit")


def _relatives(kind: Kind, source: _Materials, target: _Materials) -> NDArray[np.int64]:
    """Places (pairs, 2) of source and target materials that are the same or near each other."""
    if kind != "features":
        sides = []
        for materials in (source, target):
            names = tuple(dict.fromkeys(materials.identities))
            sides.append((candidates_table(names, kind), names, materials.identities))
        (one, names, all_one), (two, others, all_two) = sides
        found = nearby(one, two)
        near = {(names[a], others[b]) for a, b in zip(found.source_places, found.target_places, strict=True)}
        by_target: dict[str, list[str]] = {}
        for a, b in near:
            by_target.setdefault(b, []).append(a)
        places: dict[str, list[int]] = {}
        for i, name in enumerate(all_one):
            places.setdefault(name, []).append(i)
        rows = [(i, j) for j, b in enumerate(all_two) for a in by_target.get(b, ()) for i in places[a]]
        return np.array(rows, np.int64).reshape(-1, 2)
    rows_of: dict[bytes, list[int]] = {}
    for i, row in enumerate(source.features):
        rows_of.setdefault(row.tobytes(), []).append(i)
    same = [(i, j) for j, row in enumerate(target.features) for i in rows_of.get(row.tobytes(), ())]
    return np.array(same, np.int64).reshape(-1, 2)
