from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils import estimator_checks

import simworth
from simworth import TransferRegressor
from simworth.errors import InputError
from simworth.model.regressing import Given, relatives

SETTINGS = {"hidden": (24,), "epochs": 64.0, "most_steps": 700}
NETWORKS = {**SETTINGS, "learner": "network", "networks": 4}


def simulated(x: np.ndarray) -> np.ndarray:
    return np.asarray(2 * np.tanh(x[:, 0]) + 1.5 * np.abs(x[:, 1]) - x[:, 2])


rng = np.random.default_rng(5)
SOURCE = rng.normal(size=(700, 6))
X, NEW = rng.normal(size=(120, 6)), rng.normal(size=(400, 6))
KNOWN = SOURCE, simulated(SOURCE)
Y, TRUTH = (0.8 * simulated(x) + 0.5 + 0.1 * rng.normal(size=len(x)) for x in (X, NEW))


@pytest.fixture(scope="module", params=[SETTINGS, NETWORKS], ids=["blend", "network"])
def transferred(request: pytest.FixtureRequest) -> TransferRegressor:
    return TransferRegressor(KNOWN, **request.param).fit(X, Y)


def test_a_source_that_knows_the_law_helps(transferred: TransferRegressor) -> None:
    assert transferred.score(NEW, TRUTH) > 0.93
    few = slice(25) if transferred.learner == "blend" else slice(None)  # from more a blend learns it alone
    helped, alone = (clone(transferred).set_params(source=source).fit(X[few], Y[few]) for source in (KNOWN, None))
    assert helped.score(NEW, TRUTH) > alone.score(NEW, TRUTH) + 0.05


def test_intervals_hold_what_they_promise(transferred: TransferRegressor) -> None:
    mean, low, high = transferred.predict(NEW, return_interval=True)
    np.testing.assert_array_equal(mean, transferred.predict(NEW))
    assert 0.8 < ((low <= TRUTH) & (high >= TRUTH)).mean() < 0.99
    _, wider, _ = transferred.predict(NEW, return_interval=True, level=0.95)
    assert (wider <= low).all()
    with pytest.raises(InputError, match="lower the level"):
        transferred.predict(NEW, return_interval=True, level=0.999)


def test_equal_seeds_give_equal_numbers_and_fit_takes_a_source_too(transferred: TransferRegressor) -> None:
    again = clone(transferred).set_params(source=None).fit(X, Y, source=KNOWN)
    np.testing.assert_array_equal(again.predict(NEW[:9]), transferred.predict(NEW[:9]))
    np.testing.assert_array_equal(transferred.predict(NEW[4:5]), transferred.predict(NEW)[4:5])


@pytest.mark.parametrize("settings", [SETTINGS, NETWORKS], ids=["blend", "network"])
def test_what_is_held_out_is_not_learned_from_in_the_source(settings: dict[str, object]) -> None:
    """Every experiment stands in the source with its very value; whoever looked at it would be too sure."""
    near, told = np.concatenate([SOURCE, X]), np.concatenate([simulated(SOURCE), Y])
    clean = TransferRegressor(KNOWN, **settings).fit(X, Y)  # type: ignore[arg-type]
    model = TransferRegressor((near, told), **settings).fit(X, Y)  # type: ignore[arg-type]
    assert np.abs(model.calibrated_.errors).mean() > 0.8 * np.abs(clean.calibrated_.errors).mean()


def test_relatives_are_found() -> None:
    source, target = (Given(np.asarray(x, np.float32), ()) for x in (np.concatenate([SOURCE, X]), X))
    pairs = relatives("features", source, target)
    np.testing.assert_array_equal(pairs, np.stack([np.arange(len(X)) + len(SOURCE), np.arange(len(X))], axis=1))


def test_a_blend_learns_from_every_experiment_and_calibrates_by_what_it_had_not_seen() -> None:
    model = TransferRegressor(KNOWN, **SETTINGS).fit(X, Y)  # type: ignore[arg-type]
    assert sorted(model.learned_.mixture.train) == list(range(len(X)))
    assert len(model.calibrated_.errors) == len(X)
    seen = np.abs(model.predict(X) - Y).mean()
    unseen = np.abs(model.calibrated_.errors).mean()
    assert seen < unseen < 2 * np.abs(model.predict(NEW) - TRUTH).mean()


@pytest.mark.parametrize("learner", ["blend", "network"])
def test_molecules_in_any_spelling(learner: str) -> None:
    pytest.importorskip("rdkit")
    chains = ["C" * k + "O" for k in range(1, 16)]
    amines = ["C" * k + "N" for k in range(1, 16)]
    source = amines + chains, [-20.0 * k for k in range(1, 16)] * 2
    model = TransferRegressor(source, kind="molecule", learner=learner, **SETTINGS).fit(  # type: ignore[arg-type]
        chains, [-20.0 * k - 200 for k in range(1, 16)]
    )
    first, second = model.predict(["OCCC", "CCCO"])
    assert first == second
    assert -450 < first < -150
    with pytest.raises(InputError, match="material 1"):
        model.predict(["CCO", "not a molecule("])


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"kind": "soup"}, "soup"), ({"networks": 1}, "networks"), ({"held_out": 1.0}, "held_out"),
        ({"learner": "oracle"}, "learner 'oracle'"), ({"learner": "blend", "networks": 0}, "networks"),
        ({"learner": "blend", "source": (X, Y)}, "leaves 0 materials"),
        ({"hidden": ()}, "hidden"), ({"epochs": 0.0}, "epochs"), ({"adaptation": "kernel"}, "needs a source"),
        ({"adaptation": "hard", "source": (X, Y)}, "adaptation 'hard'"), ({"descriptor": "odd"}, "descriptor 'odd'"),
        ({"networks": 2.5}, "whole numbers"), ({"hidden": 5}, "whole numbers"), ({"hidden": (2.5,)}, "whole numbers"),
        ({"epochs": float("nan")}, "epochs"), ({"source": 5}, "is no pair"), ({"source": (1, 2, 3)}, "is no pair"),
        ({"source": (X, Y)}, "leaves 24 materials|materials that are not held out"),
    ],
)  # fmt: skip
def test_impossible_settings_are_refused(settings: dict[str, object], match: str) -> None:
    few = {"held_out": 0.97} if "source" in settings else {}
    with pytest.raises(InputError, match=match):
        TransferRegressor(**{**NETWORKS, **few, **settings}).fit(X, Y)  # type: ignore[arg-type]


def test_numbers_beyond_single_precision_and_a_lone_text_are_refused(transferred: TransferRegressor) -> None:
    for x, y in ((1e20 * X, Y), (X, 1e20 * Y)):
        with pytest.raises(InputError, match=r"beyond 1e\+15"):
            TransferRegressor(**SETTINGS).fit(x, y)
    with pytest.raises(InputError, match=r"beyond 1e\+15"):
        transferred.predict(1e20 * X)
    with pytest.raises(InputError, match="is one text"):
        TransferRegressor(kind="molecule").fit("CCO", [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    "check",
    [
        "check_no_attributes_set_in_init", "check_parameters_default_constructible", "check_get_params_invariance",
        "check_set_params", "check_estimators_unfitted", "check_estimator_repr", "check_estimator_tags_renamed",
        "check_estimators_nan_inf", "check_complex_data", "check_fit1d", "check_supervised_y_no_nan",
    ],
)  # fmt: skip
def test_conventions_of_scikit_learn(check: str) -> None:
    small = TransferRegressor(hidden=(4,), most_steps=100)
    getattr(estimator_checks, check)("TransferRegressor", small)


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{}, {"learner": "network", "epochs": 400.0, "tuning_steps": 20}])
def test_all_conventions_of_scikit_learn(settings: dict[str, object]) -> None:
    small = TransferRegressor(hidden=(4,), most_steps=400, networks=2, **settings)  # type: ignore[arg-type]
    found = estimator_checks.check_estimator(small, on_fail=None, on_skip=None)
    assert not [x["check_name"] for x in found if x["status"] == "failed"]


def test_it_is_a_public_name() -> None:
    assert "TransferRegressor" in dir(simworth)
