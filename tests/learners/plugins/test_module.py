from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simworth.errors import StudyError
from simworth.learners.choose import learner_versions, make_learner
from simworth.learners.settings import Options, TorchSpec

torch = pytest.importorskip("torch", reason="the extra 'torch' is not installed")

MODELS = """
import torch

class Net(torch.nn.Module):
    def __init__(self, features, width=32, outputs=1, dropout=0.0):
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Linear(features, width), torch.nn.SiLU(), torch.nn.Dropout(dropout))
        self.head = torch.nn.Linear(width, outputs)

    def forward(self, x):
        return self.head(self.body(x))

def flat(features):
    class Flat(torch.nn.Linear):
        def forward(self, x):
            return super().forward(x)[:, 0]
    return Flat(features, 1)

def nothing(features):
    return None
"""


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's package, on the path as PYTHONPATH would have it."""
    (tmp_path / "some_models.py").write_text(MODELS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "some_models", raising=False)


def learner(name: str = "Net", options: Options | None = None, **settings: Any) -> Any:
    quick = {"rate": 1e-2, "steps": 300, "least_steps": 150, "most_steps": 300, "tuning_steps": 40} | settings
    return make_learner(TorchSpec(module=f"some_models:{name}", options=options or {}, **quick))


@pytest.mark.parametrize("name", ["Net", "flat"])
def test_a_source_that_differs_by_a_line_is_transferred_from_a_dozen_experiments(linear, name: str) -> None:
    made = learner(name)
    assert linear.error(made, 400) < 0.4 * linear.error(made, 0)
    assert linear.error(made, 400) < 0.2 * linear.measured.std()


def test_the_documented_module_learns(linear, tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "howto" / "plug-in-a-learner.md").read_text(encoding="utf-8")
    (tmp_path / "some_models.py").write_text(page.partition("```python\n")[2].partition("```")[0])
    made = learner(options={"width": 32})
    assert linear.error(made, 400) < 0.4 * linear.error(made, 0)


def test_more_source_gives_less_error(linear) -> None:
    assert linear.error(learner(), 400) < linear.error(learner(), 40)


def test_the_same_seed_gives_the_same_bits_and_a_lane_is_alone(linear) -> None:
    made = learner(options={"dropout": 0.1})
    for n in (0, 100):
        together = linear.predict(made, n)
        np.testing.assert_array_equal(together, linear.predict(learner(options={"dropout": 0.1}), n))
        np.testing.assert_array_equal(together[1:2], linear.lanes(1).predict(made, n, (1,)))
        assert not np.array_equal(together[1:2], linear.lanes(1).predict(made, n, (9,)))


def test_one_state_serves_several_adaptations_and_the_callers_random_numbers_are_left_alone(linear) -> None:
    made, p, seeds = learner(), linear, [0, 1, 2]
    torch.manual_seed(3)
    before = torch.get_rng_state()
    state = made.pretrain(p.source, p.labels, p.rows, 50, seeds)
    one = made.adapt_and_predict(state, p.target, p.measured, p.train, p.ask, seeds)
    made.adapt_and_predict(state, p.target, -p.measured, p.train[:, :6], p.ask, seeds)
    np.testing.assert_array_equal(one, made.adapt_and_predict(state, p.target, p.measured, p.train, p.ask, seeds))
    assert torch.equal(before, torch.get_rng_state())


def test_only_the_first_n_rows_and_the_training_labels_are_seen(linear) -> None:
    made = learner()
    labels, measured = linear.labels.copy(), linear.measured.copy()
    labels[:, 100:] = np.nan
    measured[np.setdiff1d(np.arange(len(measured)), linear.train[0])] = np.nan
    hidden = linear._replace(labels=labels, measured=measured).lanes(0)
    np.testing.assert_array_equal(hidden.predict(made, 100, (0,)), linear.lanes(0).predict(made, 100, (0,)))


def test_what_cannot_be_trained_is_refused_in_words(linear) -> None:
    with pytest.raises(StudyError, match=r"learner.options do not fit .* 'depth'"):
        learner(options={"depth": 3})
    with pytest.raises(StudyError, match=r"made a NoneType, not a torch\.nn\.Module"):
        linear.predict(learner("nothing"), 0)
    with pytest.raises(StudyError, match=r"numbers of shape .*2. for .* materials; it must make one a material"):
        linear.predict(learner(options={"outputs": 2}), 0)


def test_the_users_file_is_a_version(tmp_path: Path) -> None:
    learner()
    found = learner_versions(TorchSpec(module="some_models:Net"))
    assert found["torch"] == torch.__version__
    (tmp_path / "some_models.py").write_text(MODELS + "\n# changed\n")
    assert learner_versions(TorchSpec(module="some_models:Net"))["some_models"] != found["some_models"]
