"""Transformers that read experiments as their context: pretrained on made-up tables, they are not trained any further.

TabPFN 2 (Hollmann et al., Nature 637, 319 (2025), doi 10.1038/s41586-024-08328-6) and TabICL 2 (Qu et al., arXiv
2602.11139) take the experiments with their labels and predict others in one pass. Their weights come from a checkpoint
on this machine. Nothing is ever downloaded: TabICL is told not to, and TabPFN, which would fetch what it does not find,
is given the model itself in the place of a path.

Direct learning is that. A source is too large for a context, so gradient-boosted trees s are fitted to it. Adaptation
then predicts an experiment by

    a s(x) + b + w g(x, s(x))

with a and b the least-squares line through the experiments, and g the transformer with what the line leaves as its
labels and the source prediction as a further feature. The weight w, between 0 and 1, is the least-squares one of g's
predictions of experiments left out in turn, as in `simworth.learners.plugins.estimator`; but the line is that through
all experiments, so its two numbers are what an experiment left out has a say in.
"""

from __future__ import annotations

import pickle
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from simworth.errors import InputError, StudyError
from simworth.learners.plugins.estimator import EstimatorLearner, Fitted
from simworth.learners.protocol import Float64, Int32, Materials
from simworth.learners.scaling import SMALLEST_SCALE, label_scaling, line
from simworth.learners.settings import InContextSpec, SklearnSpec

SOURCE = SklearnSpec("sklearn.ensemble.HistGradientBoostingRegressor")
"""What learns the source."""
FOLDS = 4
FEWEST = 3
"""Experiments in a context; fewer are answered by their mean."""
FAR = 25.0
"""Standardised features are cut at this many standard deviations."""
CHUNK = 1024
"""Materials asked for at a time: a pass holds them beside the context."""
TITLES = {"tabpfn": "TabPFN 2", "tabicl": "TabICL"}
UNREADABLE = (
    OSError, EOFError, RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError,
    pickle.UnpicklingError, zipfile.BadZipFile,
)  # fmt: skip
"""What PyTorch and the two packages raise on files that are damaged or hold something else."""

Features = NDArray[np.floating]
Make = Callable[[int, int], Any]
"""From the number of estimators and a seed to a regressor with scikit-learn's interface."""


def fit_predict(
    spec: InContextSpec, features: Features, labels: Float64, asked: Features, seed: int
) -> tuple[Float64, Float64]:
    """Predict experiments left out in turn, and other materials.

    Parameters
    ----------
    features, labels
        (m, d) and (m,): the experiments.
    asked
        (k, d).
    seed
        Of the folds, of the choice of rows, and of the package's own shuffles; the same seed gives the same bits.

    Returns
    -------
    Predictions of the experiments (m,), each from a context without its fold, and of the materials asked for (k,).

    Raises
    ------
    InputError
        For fewer than two experiments.
    StudyError
        When the checkpoint is missing, damaged, or not the model's.
    """
    if len(labels) < 2:
        raise InputError(f"there are too few experiments for an in-context learner, {len(labels)}; give at least 2")
    folds = np.random.default_rng(seed).permutation(len(labels)) % min(FOLDS, len(labels))
    unseen = np.empty(len(labels))
    for fold in range(folds.max() + 1):
        kept, out = folds != fold, folds == fold
        unseen[out] = predict(spec, features[kept], labels[kept], features[out], seed)
    return unseen, predict(spec, features, labels, asked, seed)


def predict(spec: InContextSpec, features: Features, labels: Float64, asked: Features, seed: int) -> Float64:
    """Predictions (k,) of ``asked`` (k, d) from experiments ``features`` (m, d), ``labels`` (m,); as `fit_predict`.

    Of more than ``most_rows`` experiments a random choice is the context, and of more than ``most_features`` features
    the `widest`. Experiments that are too few, or all alike, are answered by their mean.
    """
    if len(labels) > spec.most_rows:
        rows = np.sort(np.random.default_rng(seed).permutation(len(labels))[: spec.most_rows])
        features, labels = features[rows], labels[rows]
    columns = widest(features, spec.most_features)
    if len(labels) < FEWEST or not len(columns) or np.ptp(labels) == 0:
        return np.full(len(asked), labels.mean())
    x = features[:, columns].astype(np.float64)
    middle, spread = x.mean(axis=0), x.std(axis=0)
    new = np.clip((asked[:, columns] - middle) / spread, -FAR, FAR).astype(np.float32)
    centre, scale = label_scaling(labels)
    with _alone(seed):
        regressor = _maker(spec)(spec.estimators, seed % 2**32)
        regressor.fit(((x - middle) / spread).astype(np.float32), (labels - centre) / scale)
        found = [regressor.predict(new[i : i + CHUNK]) for i in range(0, len(new), CHUNK)]
    return np.concatenate([np.zeros(0), *found]).astype(np.float64) * scale + centre


def widest(features: Features, most: int) -> NDArray[np.intp]:
    """Places of at most ``most`` columns of ``features`` (m, d) that vary, in their order.

    Those are taken whose values are spread most evenly over their range: by standard deviation over range, which
    is 0.5 for a feature that is there in half the materials and small for one that is rarely there. Labels have no say.
    """
    wide = features.astype(np.float64)
    deviation = wide.std(axis=0)
    share = np.where(deviation > SMALLEST_SCALE, deviation / np.maximum(np.ptp(wide, axis=0), SMALLEST_SCALE), 0.0)
    chosen = np.argsort(-share, kind="stable")[:most]
    return np.sort(chosen[share[chosen] > 0])


class InContextLearner:
    """`Learner` of an `InContextSpec`.

    Raises
    ------
    StudyError
        When the checkpoint is missing, damaged, or not the model's.
    """

    def __init__(self, spec: InContextSpec) -> None:
        self._spec = spec
        self._source = EstimatorLearner(SOURCE)
        with _alone(0):
            _maker(spec)

    def pretrain(self, source: Materials, labels: Float64, rows: Int32, n: int, seeds: list[int]) -> list[Fitted]:
        """Fit trees to the source, one model a lane; shapes as in `Learner`."""
        with _alone(0):
            return self._source.pretrain(source, labels, rows, n, seeds)

    def adapt_and_predict(
        self, state: list[Fitted] | None, target: Materials, labels: Float64, train: Int32, ask: Int32, seeds: list[int]
    ) -> Float64:
        """Correct each lane's source prediction, or learn directly; shapes as in `Learner`."""
        answers = []
        for i, seed in enumerate(seeds):
            x, y, asked = target.features[train[i]], labels[train[i]], target.features[ask[i]]
            if state is None:
                answers.append(predict(self._spec, x, y, asked, seed))
            else:
                answers.append(self._corrected(state[i], x, y, asked, seed))
        return np.stack(answers)

    def _corrected(self, fitted: Fitted, x: Features, y: Float64, asked: Features, seed: int) -> Float64:
        """One lane's predictions (asked,) from experiments ``x`` (m, d), ``y`` (m,)."""
        with _alone(seed):
            seen, new = fitted.predict(x), fitted.predict(asked)
        slope, shift = line(seen, y)
        left = y - slope * seen - shift
        columns = widest(x, self._spec.most_features - 1)  # the source prediction always has a place
        with_seen, with_new = np.column_stack([x[:, columns], seen]), np.column_stack([asked[:, columns], new])
        foretold, rest = fit_predict(self._spec, with_seen, left, with_new, seed)
        squares = float(foretold @ foretold)
        weight = float(np.clip(foretold @ left / squares, 0.0, 1.0)) if squares > 0 else 0.0
        return np.asarray(slope * new + shift + weight * rest)


@contextmanager
def _alone(seed: int) -> Iterator[None]:
    """One thread, so that the order of sums is the same everywhere; PyTorch's random numbers are left as they were."""
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1), torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            # How TabPFN shares out features among its estimators, which nobody can change.
            warnings.filterwarnings("ignore", "Feature subsampling is active", UserWarning)
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(before)


def _maker(spec: InContextSpec) -> Make:
    """What makes the regressors of ``spec``, once its checkpoint has been looked at."""
    path = Path(spec.checkpoint)
    if not path.is_file():
        raise StudyError(
            f"learner.checkpoint: there is no file {path}; name a checkpoint of {TITLES[spec.model]} on this machine, "
            "since none is downloaded"
        )
    stamp = path.stat()
    return _opened(spec.model, path, (stamp.st_mtime_ns, stamp.st_size))


@lru_cache(maxsize=1)
def _opened(model: str, path: Path, stamp: tuple[int, int]) -> Make:
    """What makes regressors of the weights in ``path``, tried on a small table; read again when the file changes."""
    try:
        if not zipfile.is_zipfile(path):
            raise ValueError
        # Weights alone: whatever else stands in the file is refused before a package reads it, so no code is run.
        held = torch.load(path, map_location="cpu", weights_only=True)
        make = _tabicl(path) if model == "tabicl" else _tabpfn(path, held)
        table = np.arange(8.0, dtype=np.float32).reshape(4, 2) ** 2
        make(1, 0).fit(table, table[:, 0].astype(np.float64)).predict(table)
    except UNREADABLE:
        raise StudyError(
            f"learner.checkpoint: {path} is damaged, or no checkpoint of {TITLES[model]} for regression; name one"
        ) from None
    return make


def _tabicl(path: Path) -> Make:
    """Regressors that read the checkpoint when they are fitted."""
    from tabicl import TabICLRegressor

    def make(estimators: int, seed: int) -> Any:
        return TabICLRegressor(
            n_estimators=estimators, batch_size=1, model_path=path, allow_auto_download=False, device="cpu",
            use_amp=False, use_fa3=False, offload_mode=False, random_state=seed,
        )  # fmt: skip

    return make


def _tabpfn(path: Path, held: dict[str, Any]) -> Make:
    """Regressors that share the model, which is read here."""
    from tabpfn import ModelSpecs, TabPFNRegressor
    from tabpfn.model_loading import load_model

    # Later versions say so in their checkpoints; they are of other licences, and are not tried here.
    if held.get("architecture_name", "tabpfn_v2") != "tabpfn_v2":
        raise ValueError
    model, distribution, architecture, inference = load_model(path=path, estimator_type="regressor")
    specs = ModelSpecs(model, architecture, inference, distribution)

    def make(estimators: int, seed: int) -> Any:
        # Half precision would be chosen by the processor; and a context of any size is the user's to choose.
        return TabPFNRegressor(
            n_estimators=estimators, model_path=specs, device="cpu", inference_precision=torch.float32,
            fit_mode="low_memory", ignore_pretraining_limits=True, random_state=seed,
        )  # fmt: skip

    return make
