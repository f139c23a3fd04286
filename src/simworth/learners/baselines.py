"""Strong small-data learners for direct learning, tuned inside the training part alone.

Each is one function from a training part and materials to predict to predictions; the same seed gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.learners.kernels import LENGTHS, PENALTIES, left_out
from simworth.learners.scaling import CLIP, Scaling, label_scaling
from simworth.learners.settings import Baseline

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

RIDGE_PENALTIES = np.logspace(-1, 6, 15)
TREES = 100
SPLIT_SHARES = (0.1, 0.33)
"""Share of features tried at a split of the forest; chosen by the out-of-bag error."""
BOOSTED_TREES = 200
BOOSTED_DEPTHS = (2, 4)
"""Depth and number of boosted trees are chosen by cross-validation."""
FOLDS = 3
TRENDS = (0.0, 0.3, 3.0)
"""Of the Gaussian process: prior variance of a straight line in all features, over that of the rest."""
TUNED_ON = 1000
"""Materials that the Gaussian process is tuned on at most; eigenvalues of more cost too much."""


def fit_predict(name: Baseline, features: Float32, labels: Float64, asked: Float32, seed: int) -> Float64:
    """Fit on ``features`` (m, features), ``labels`` (m,); predict ``asked`` (asked, features) -> (asked,)."""
    return _BY_NAME[name](features, labels, asked, seed)


def _ridge(features: Float32, labels: Float64, asked: Float32, seed: int) -> Float64:
    """Ridge regression on standardised features; the penalty by leave-one-out error."""
    from sklearn.linear_model import RidgeCV

    x = features.astype(np.float64)
    centre, scale = x.mean(axis=0), x.std(axis=0)
    keep = scale > 1e-6
    standard = (x[:, keep] - centre[keep]) / scale[keep]
    model = RidgeCV(alphas=RIDGE_PENALTIES).fit(standard, labels)
    # A test material may lie far outside a small training part; the same cut as the networks'.
    outside = np.clip((asked[:, keep] - centre[keep]) / scale[keep], -CLIP, CLIP)
    return np.asarray(model.predict(outside), dtype=np.float64)


def _forest(features: Float32, labels: Float64, asked: Float32, seed: int) -> Float64:
    """Random forest; split width by out-of-bag mean absolute error."""
    from sklearn.ensemble import RandomForestRegressor

    best, best_error = None, np.inf
    for share in SPLIT_SHARES:
        model = RandomForestRegressor(TREES, max_features=share, oob_score=True, random_state=seed % 2**32).fit(
            features, labels
        )
        error = float(np.abs(model.oob_prediction_ - labels).mean())
        if best is None or error < best_error:
            best, best_error = model, error
    assert best is not None
    return np.asarray(best.predict(asked), dtype=np.float64)


def _boosting(features: Float32, labels: Float64, asked: Float32, seed: int) -> Float64:
    """Gradient boosting of trees on shares of rows and features; Friedman, doi 10.1016/S0167-9473(01)00065-2."""
    from sklearn.ensemble import GradientBoostingRegressor

    def made(depth: int, trees: int) -> GradientBoostingRegressor:
        return GradientBoostingRegressor(
            n_estimators=trees, max_depth=depth, subsample=0.7, max_features=SPLIT_SHARES[0], random_state=seed % 2**32
        )

    fold = np.random.default_rng(seed).permutation(len(labels)) % FOLDS
    errors = np.zeros((len(BOOSTED_DEPTHS), BOOSTED_TREES))
    for i, depth in enumerate(BOOSTED_DEPTHS):
        for out in (fold == k for k in range(FOLDS)):
            stages = made(depth, BOOSTED_TREES).fit(features[~out], labels[~out]).staged_predict(features[out])
            errors[i] += [np.abs(predicted - labels[out]).sum() for predicted in stages]
    which, last = divmod(int(errors.argmin()), BOOSTED_TREES)
    best = made(BOOSTED_DEPTHS[which], last + 1).fit(features, labels)
    return np.asarray(best.predict(asked), dtype=np.float64)


class _Prior(NamedTuple):
    """Covariance of the Gaussian process; the sum of a trend and of exp(-distance / length)."""

    length: float
    trend: float
    noise: float

    def covariance(self, a: Float64, b: Float64) -> Float64:
        """(a, b) of standardised features; distances are sums over features, in which most differ by steps."""
        from scipy.spatial.distance import cdist

        return np.asarray(np.exp(-cdist(a, b, "cityblock") / self.length) + self.trend / a.shape[1] * (a @ b.T))


def _gaussian_process(features: Float32, labels: Float64, asked: Float32, seed: int) -> Float64:
    """Mean of a Gaussian process whose prior has the least mean absolute leave-one-out error."""
    from scipy.linalg import cho_factor, cho_solve

    scaling = Scaling.of(features)
    x, new = scaling.apply(features), scaling.apply(asked)
    centre, scale = label_scaling(labels)
    y = (labels - centre) / scale
    some = np.random.default_rng(seed).permutation(len(y))[:TUNED_ON]
    prior = _best_prior(x[some], y[some])
    factor = cho_factor(prior.covariance(x, x) + prior.noise * np.eye(len(y)))
    return np.asarray(prior.covariance(new, x) @ cho_solve(factor, y) * scale + centre)


def _best_prior(x: Float64, y: Float64) -> _Prior:
    """Over all of the grid; the noise is what `simworth.learners.kernels` calls the penalty."""
    from scipy.spatial.distance import pdist

    middle = float(np.median(pdist(x, "cityblock"))) or 1.0
    best, least = _Prior(middle, 0.0, 1.0), np.inf
    for length in LENGTHS:
        for trend in TRENDS:
            missed, _, _ = left_out(_Prior(length * middle, trend, 0.0).covariance(x, x), y, PENALTIES)
            errors = np.abs(missed).mean(axis=0)
            if errors.min() < least:
                best = _Prior(length * middle, trend, float(PENALTIES[errors.argmin()]))
                least = float(errors.min())
    return best


_BY_NAME: Mapping[Baseline, Callable[[Float32, Float64, Float32, int], Float64]] = {
    "ridge": _ridge,
    "forest": _forest,
    "boosting": _boosting,
    "gaussian_process": _gaussian_process,
}
