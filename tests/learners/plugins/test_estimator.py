from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from simworth.errors import StudyError
from simworth.learners.choose import learner_versions, make_learner
from simworth.learners.settings import Options, SklearnSpec

TREES: Options = {"n_estimators": 30, "max_features": 0.5}


def learner(estimator: str = "sklearn.ensemble.ExtraTreesRegressor", options: Options | None = None) -> Any:
    return make_learner(SklearnSpec(estimator, TREES if options is None else options))


def test_a_source_that_differs_by_a_line_is_transferred_exactly(linear) -> None:
    ridge = learner("sklearn.linear_model.Ridge", {"alpha": 1e-6})
    spread = linear.measured.std()
    assert linear.error(ridge, 400) < 1e-4 * spread
    assert linear.error(ridge, 0) > 0.2 * spread  # twelve experiments cannot tell twenty slopes


@pytest.mark.parametrize(
    ("estimator", "options"),
    [
        ("sklearn.ensemble.ExtraTreesRegressor", TREES),
        ("sklearn.ensemble:GradientBoostingRegressor", {"n_estimators": 40}),
        ("sklearn.svm.SVR", {"C": 10.0}),
        ("sklearn.neighbors.KNeighborsRegressor", {"n_neighbors": 3}),
    ],
)
def test_transfer_beats_direct_learning_for_any_regressor(linear, estimator: str, options: Options) -> None:
    made = learner(estimator, options)
    assert linear.error(made, 400) < 0.9 * linear.error(made, 0)
    assert linear.error(made, 400) < linear.error(made, 40)


def test_a_source_that_says_nothing_does_not_hurt_much(linear) -> None:
    made = learner()
    noise = np.random.default_rng(5).normal(size=linear.labels.shape)
    assert linear._replace(labels=noise).error(made, 400) < 1.3 * linear.error(made, 0)


def test_units_of_source_and_target_do_not_matter(linear) -> None:
    made = learner("sklearn.svm.SVR", {})
    other = linear._replace(labels=1000 * linear.labels + 5, measured=1000 * linear.measured)
    np.testing.assert_allclose(
        other.predict(made, 100) / 1000, linear.predict(made, 100), atol=1e-3 * linear.measured.std()
    )


def test_the_same_seed_gives_the_same_bits_and_a_lane_is_alone(linear) -> None:
    made = learner()
    for n in (0, 100):
        together = linear.predict(made, n)
        np.testing.assert_array_equal(together, linear.predict(learner(), n))
        np.testing.assert_array_equal(together[1:2], linear.lanes(1).predict(made, n, (1,)))
        assert not np.array_equal(together[1:2], linear.lanes(1).predict(made, n, (9,)))


def test_only_the_first_n_rows_and_the_training_labels_are_seen(linear) -> None:
    made = learner()
    labels, measured = linear.labels.copy(), linear.measured.copy()
    labels[:, 100:] = np.nan
    measured[np.setdiff1d(np.arange(len(measured)), linear.train[0])] = np.nan
    hidden = linear._replace(labels=labels, measured=measured).lanes(0)
    np.testing.assert_array_equal(hidden.predict(made, 100, (0,)), linear.lanes(0).predict(made, 100, (0,)))


@pytest.mark.parametrize(
    ("estimator", "options", "message"),
    [
        ("sklearn.ensemble.ExtraTreesRegressor", {"n_trees": 3}, "learner.options do not fit .* 'n_trees'"),
        ("sklearn.ensemble.NoSuch", {}, "the module 'sklearn.ensemble' has nothing called 'NoSuch'"),
        ("nosuchpackage.Forest", {}, "there is no module 'nosuchpackage' to import .* PYTHONPATH"),
        ("Forest", {}, "write it as 'package.module:Name'"),
        ("os:system", {}, "learner.options do not fit"),
        ("decimal.Decimal", {}, "is no regressor with scikit-learn's interface"),
        ("math.pi", {}, "is no class or function"),
    ],
)
def test_what_cannot_be_an_estimator_is_refused_in_words(estimator: str, options: Options, message: str) -> None:
    with pytest.raises(StudyError, match=message):
        learner(estimator, options)


def test_the_version_is_that_of_the_estimators_package() -> None:
    import sklearn

    assert learner_versions(SklearnSpec("sklearn.linear_model.Ridge")) == {"scikit-learn": sklearn.__version__}


def test_trials_are_called_by_the_class() -> None:
    assert SklearnSpec("sklearn.linear_model.Ridge").label == "Ridge"
    assert SklearnSpec("mypackage.models:Mine").label == "Mine"
    with pytest.raises(msgspec.ValidationError, match="null"):
        msgspec.convert({"name": "sklearn", "estimator": "a.B", "options": {"x": None}}, SklearnSpec)
