from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from simworth.errors import MissingExtraError, StudyError
from simworth.learners import choose
from simworth.learners.choose import learner_versions, make_learner
from simworth.learners.protocol import Learner, Materials
from simworth.learners.settings import (
    ChempropSpec,
    InContextSpec,
    LearnerSpec,
    NetworkSpec,
    PythonSpec,
    SklearnSpec,
    TorchSpec,
)

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "plug-in-a-learner.md"
OWN = """
import numpy as np

class Mean:
    def __init__(self, plus=0.0):
        self.plus = plus

    def pretrain(self, source, labels, rows, n, seeds):
        return labels[:, :n].mean(axis=1)

    def adapt_and_predict(self, state, target, labels, train, ask, seeds):
        level = labels[train].mean(axis=1) if state is None else state
        return np.repeat(level[:, None] + self.plus, ask.shape[1], axis=1)

def broken(options=None):
    return object()
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_learner.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "own_learner", raising=False)


def test_an_object_of_the_users_own_learns(own: None) -> None:
    made = make_learner(PythonSpec("own_learner:Mean", {"plus": 1.0}))
    table = Materials(np.zeros((4, 1), np.float32), ("a", "b", "c", "d"), "features")
    rows = np.array([[0, 1, 2, 3]], np.int32)
    state = made.pretrain(table, np.array([[1.0, 3.0, 9.0, 9.0]]), rows, 2, [0])
    labels = np.array([5.0, 7.0, np.nan, np.nan])
    np.testing.assert_array_equal(made.adapt_and_predict(state, table, labels, rows[:, :2], rows, [0]), [[3.0] * 4])
    np.testing.assert_array_equal(made.adapt_and_predict(None, table, labels, rows[:, :2], rows, [0]), [[7.0] * 4])
    assert list(learner_versions(PythonSpec("own_learner:Mean"))) == ["own_learner"]


def test_the_documented_learner_learns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = next(block for block in PAGE.read_text(encoding="utf-8").split("```python\n") if "class Nearest" in block)
    (tmp_path / "my_learner.py").write_text(code.partition("```")[0])
    monkeypatch.syspath_prepend(tmp_path)
    made = make_learner(PythonSpec("my_learner:Nearest", {"power": 1.0}))
    line = np.arange(12, dtype=np.float32)[:, None]
    table = Materials(line, tuple(map(str, range(12))), "features")
    rows, few, ask = (np.array([x], np.int32) for x in (list(range(12)), [0, 11], [3, 7]))
    labels = 5.0 + line[:, 0]
    state = made.pretrain(table, line[:, 0].astype(float)[rows], rows, 12, [0])
    np.testing.assert_allclose(made.adapt_and_predict(state, table, labels, few, ask, [0]), labels[ask])
    assert np.abs(made.adapt_and_predict(None, table, labels, few, ask, [0]) - labels[ask]).min() > 1


def test_what_is_no_learner_is_refused(own: None) -> None:
    with pytest.raises(StudyError, match="has no methods 'pretrain' and 'adapt_and_predict'"):
        make_learner(PythonSpec("own_learner:broken"))
    with pytest.raises(StudyError, match=r"do not fit .* 'minus'"):
        make_learner(PythonSpec("own_learner:Mean", {"minus": 1.0}))


@pytest.mark.parametrize(
    ("spec", "package", "extra"),
    [
        (TorchSpec(module="a:b"), "torch", "torch"),
        (ChempropSpec(), "chemprop", "chemprop"),
        (InContextSpec(model="tabicl", checkpoint="a.ckpt"), "torch", "incontext"),
        (InContextSpec(model="tabicl", checkpoint="a.ckpt"), "tabicl", "incontext"),
        (InContextSpec(model="tabpfn", checkpoint="a.ckpt"), "tabpfn", "incontext"),
    ],
)
def test_a_missing_package_names_its_extra(
    monkeypatch: pytest.MonkeyPatch, spec: LearnerSpec, package: str, extra: str
) -> None:
    finder = SimpleNamespace(find_spec=lambda name: None if name == package else object())
    monkeypatch.setattr(choose, "importlib", SimpleNamespace(util=finder))  # of this module alone: others look too
    with pytest.raises(MissingExtraError, match=rf"'{package}', which is not installed: .*'simworth\[{extra}\]'"):
        make_learner(spec)


def test_the_networks_direct_learning_is_its_two_steps_on_the_experiments() -> None:
    spec = NetworkSpec(hidden=(8,), least_steps=20, most_steps=50, tuning_steps=10)
    rng = np.random.default_rng(0)
    table = Materials(rng.normal(size=(30, 4)).astype(np.float32), tuple(map(str, range(30))), "features")
    labels, train = rng.normal(size=30), np.array([[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]], np.int32)
    ask, seeds = np.array([[20, 21], [22, 23]], np.int32), [1, 2]
    made = make_learner(spec)
    state = made.pretrain(table, labels[train], train, 6, seeds)
    direct = made.adapt_and_predict(None, table, labels, train, ask, seeds)
    np.testing.assert_array_equal(direct, made.adapt_and_predict(state, table, labels, train, ask, seeds))


def test_everything_follows_the_protocol() -> None:
    assert isinstance(make_learner(NetworkSpec()), Learner)
    assert isinstance(make_learner(SklearnSpec("sklearn.linear_model.Ridge")), Learner)
