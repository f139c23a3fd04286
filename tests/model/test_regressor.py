from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils import estimator_checks

import simworth
from simworth import TransferRegressor
from simworth.errors import InputError

SETTINGS = {"networks": 4, "hidden": (24,), "epochs": 64.0, "most_steps": 700}


def simulated(x: np.ndarray) -> np.ndarray:
    return np.asarray(2 * np.tanh(x[:, 0]) + 1.5 * np.abs(x[:, 1]) - x[:, 2])


rng = np.random.default_rng(5)
SOURCE = rng.normal(size=(700, 6))
X, NEW = rng.normal(size=(120, 6)), rng.normal(size=(400, 6))
Y, TRUTH = (0.8 * simulated(x) + 0.5 + 0.1 * rng.normal(size=len(x)) for x in (X, NEW))


@pytest.fixture(scope="module")
def transferred() -> TransferRegressor:
    return TransferRegressor((SOURCE, simulated(SOURCE)), **SETTINGS).fit(X, Y)


def test_a_source_that_knows_the_law_helps(transferred: TransferRegressor) -> None:
    alone = clone(transferred).set_params(source=None).fit(X, Y)
    assert transferred.score(NEW, TRUTH) > 0.93
    assert transferred.score(NEW, TRUTH) > alone.score(NEW, TRUTH) + 0.05


def test_intervals_hold_what_they_promise(transferred: TransferRegressor) -> None:
    mean, low, high = transferred.predict(NEW, return_interval=True)
    np.testing.assert_array_equal(mean, transferred.predict(NEW))
    assert 0.8 < ((low <= TRUTH) & (high >= TRUTH)).mean() < 0.99
    _, wider, _ = transferred.predict(NEW, return_interval=True, level=0.95)
    assert (wider <= low).all()
    with pytest.raises(InputError, match="lower the level"):
        transferred.predict(NEW, return_interval=True, level=0.999)


def test_equal_seeds_give_equal_numbers_and_fit_takes_a_source_too(transferred: TransferRegressor) -> None:
    again = TransferRegressor(**SETTINGS).fit(X, Y, source=(SOURCE, simulated(SOURCE)))
    np.testing.assert_array_equal(again.predict(NEW[:9]), transferred.predict(NEW[:9]))
    np.testing.assert_array_equal(transferred.predict(NEW[4:5]), transferred.predict(NEW)[4:5])


def test_what_is_held_out_is_not_learned_from_in_the_source() -> None:
    """Every experiment stands in the source with a wild label; whoever looked at it would be wildly wrong."""
    wild = np.concatenate([simulated(SOURCE), np.full(len(X), 1e6)])
    few = {**SETTINGS, "networks": 2, "held_out": 0.9}
    model = TransferRegressor((np.concatenate([SOURCE, X]), wild), **few)  # type: ignore[arg-type]
    from simworth.model.regressor import _Materials, _relatives

    source, target = (_Materials(np.asarray(x, np.float32), ()) for x in (np.concatenate([SOURCE, X]), X))
    pairs = _relatives("features", source, target)
    np.testing.assert_array_equal(pairs, np.stack([np.arange(len(X)) + len(SOURCE), np.arange(len(X))], axis=1))
    assert model.get_params()["held_out"] == 0.9


def test_molecules_in_any_spelling() -> None:
    pytest.importorskip("rdkit")
    chains = ["C" * k + "O" for k in range(1, 16)]
    amines = ["C" * k + "N" for k in range(1, 16)]
    source = amines + chains, [-20.0 * k for k in range(1, 16)] * 2
    model = TransferRegressor(source, kind="molecule", **{**SETTINGS, "networks": 3}).fit(
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
        TransferRegressor(**{**SETTINGS, **few, **settings}).fit(X, Y)  # type: ignore[arg-type]


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
    small = TransferRegressor(networks=2, hidden=(4,), most_steps=100, tuning_steps=5)
    getattr(estimator_checks, check)("TransferRegressor", small)


@pytest.mark.slow
def test_all_conventions_of_scikit_learn() -> None:
    small = TransferRegressor(networks=2, hidden=(4,), epochs=400.0, most_steps=400, tuning_steps=20)
    found = estimator_checks.check_estimator(small, on_fail=None, on_skip=None)
    assert not [x["check_name"] for x in found if x["status"] == "failed"]


def test_it_is_a_public_name() -> None:
    assert "TransferRegressor" in dir(simworth)
