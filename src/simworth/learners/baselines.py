"""Strong small-data learners for direct learning, tuned inside the training part alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simworth.learners.settings import Baseline

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

RIDGE_PENALTIES = np.logspace(-1, 6, 15)
TREES = 100
SPLIT_SHARES = (0.1, 0.33)
"""Share of features tried at a split; chosen by the out-of-bag error."""


def fit_predict(name: Baseline, features: Float32, labels: Float64, asked: Float32, seed: int) -> Float64:
    """Fit on ``features`` (m, features), ``labels`` (m,); predict ``asked`` (asked, features) -> (asked,)."""
    return _ridge(features, labels, asked) if name == "ridge" else _forest(features, labels, asked, seed)


def _ridge(features: Float32, labels: Float64, asked: Float32) -> Float64:
    """Ridge regression on standardised features; the penalty by leave-one-out error."""
    from sklearn.linear_model import RidgeCV

    x = features.astype(np.float64)
    centre, scale = x.mean(axis=0), x.std(axis=0)
    keep = scale > 1e-6
    standard = (x[:, keep] - centre[keep]) / scale[keep]
    model = RidgeCV(alphas=RIDGE_PENALTIES).fit(standard, labels)
    # A test material may lie far outside a small training part; the same cut as the networks'.
    outside = np.clip((asked[:, keep] - centre[keep]) / scale[keep], -8.0, 8.0)
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
