"""Gradient boosting of trees on a source, by LightGBM, as arrays that predict without it.

Friedman, Ann. Stat. 29, 1189 (2001), doi 10.1214/aos/1013203451; Ke et al., LightGBM, NeurIPS 2017. One thread and
fixed seeds: the same rows give the same trees.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from simworth.errors import InputError
from simworth.learners.blend.forest import Forest
from simworth.learners.blend.rows import Float32, Float64

SETTINGS: Mapping[str, Any] = {
    "objective": "regression",
    "learning_rate": 0.1,
    "num_leaves": 63,
    "min_data_in_leaf": 10,
    "feature_fraction": 0.2,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "max_bin": 63,
    "num_threads": 1,
    "deterministic": True,
    "force_col_wise": True,
    "verbose": -1,
}


def fit_boosting(columns: Float32, labels: Float64, trees: int, seed: int) -> Forest:
    """Boosted trees on ``columns`` (n, d) and ``labels`` (n,); a prediction is the sum over trees.

    Raises
    ------
    InputError
        When the OpenMP library that LightGBM needs is not on this machine.
    """
    try:
        import lightgbm
    except OSError as error:
        raise InputError(
            f"boosting needs the OpenMP library, which is missing here ({error}); install it (Debian, Ubuntu: apt "
            'install libgomp1; macOS: brew install libomp), or leave "boosting" out of learner.sources'
        ) from None
    settings = {**SETTINGS, "seed": seed % 2**31}
    if len(labels) < 4 * settings["min_data_in_leaf"]:
        settings["min_data_in_leaf"] = max(2, len(labels) // 10)
    data = lightgbm.Dataset(columns, labels, params=settings, free_raw_data=True)
    made = lightgbm.train(settings, data, trees).dump_model()
    return _packed([tree["tree_structure"] for tree in made["tree_info"]])


def _packed(trees: list[dict[str, Any]]) -> Forest:
    """Nested nodes as the arrays of a forest, each left child after its parent."""
    start: list[int] = [0]
    feature: list[int] = []
    threshold: list[float] = []
    right: list[int] = []
    value: list[float] = []

    def put(node: dict[str, Any]) -> None:
        place = len(feature)
        inner = "split_feature" in node
        feature.append(node["split_feature"] if inner else -1)
        threshold.append(node["threshold"] if inner else 0.0)
        value.append(node["internal_value"] if inner else node["leaf_value"])
        right.append(0)
        if inner:
            put(node["left_child"])
            right[place] = len(feature) - start[-1]
            put(node["right_child"])

    for tree in trees:
        put(tree)
        start.append(len(feature))
    return Forest(
        np.array(start, np.int64),
        np.array(feature, np.int32),
        np.array(threshold, np.float64),
        np.array(right, np.int32),
        np.array(value, np.float64),
    )
