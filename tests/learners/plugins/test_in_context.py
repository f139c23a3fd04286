"""In-context learners with tiny random weights, which the tests make themselves in each package's own format."""

from __future__ import annotations

import dataclasses
import importlib.util
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from simworth.errors import InputError, StudyError
from simworth.learners.choose import learner_versions, make_learner
from simworth.learners.settings import InContextSpec
from simworth.sweep.run import sweep
from simworth.sweep.spec import study_from
from simworth.testing import synthetic_study, synthetic_tables

torch = pytest.importorskip("torch", reason="the extra 'incontext' is not installed")


def installed(model: str) -> Any:
    there = importlib.util.find_spec(model) is not None
    return pytest.param(model, marks=pytest.mark.skipif(not there, reason=f"{model} is not installed"))


MODELS = [installed("tabicl"), installed("tabpfn")]
Checkpoint = Callable[..., str]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def tabicl_weights(**changes: Any) -> dict[str, Any]:
    from tabicl._model.tabicl import TabICL

    config = {
        "max_classes": 0, "num_quantiles": 19, "embed_dim": 8, "col_num_blocks": 1, "col_nhead": 2, "col_num_inds": 4,
        "row_num_blocks": 1, "row_nhead": 2, "row_num_cls": 2, "icl_num_blocks": 1, "icl_nhead": 2, "zero_init": False,
    } | changes  # fmt: skip
    return {"config": config, "state_dict": TabICL(**config).state_dict()}


def tabpfn_weights(**changes: Any) -> dict[str, Any]:
    from tabpfn.architectures.shared.bar_distribution import FullSupportBarDistribution
    from tabpfn.architectures.tabpfn_v2 import TabPFNV2Config, get_architecture

    small = {"emsize": 12, "nlayers": 1, "nhead": 2, "max_num_classes": 0, "num_buckets": 20}
    config = TabPFNV2Config(**(small | changes))
    model = get_architecture(config)
    for weights in model.parameters():
        weights.data += 0.1 * torch.randn_like(weights)  # some begin as zeros, which would hide what they multiply
    held = model.state_dict()
    if not config.max_num_classes:
        borders = FullSupportBarDistribution(torch.linspace(-3.0, 3.0, 21)).state_dict()
        held |= {f"criterion.{name}": value for name, value in borders.items()}
    return {"config": dataclasses.asdict(config), "state_dict": held}


WEIGHTS = {"tabicl": tabicl_weights, "tabpfn": tabpfn_weights}


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    """Writes a checkpoint and gives its path."""

    def write(model: str, name: str = "weights.ckpt", **changes: Any) -> str:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            torch.save(WEIGHTS[model](**changes), tmp_path / name)
        return str(tmp_path / name)

    return write


@pytest.fixture(params=MODELS)
def spec(request: pytest.FixtureRequest, checkpoint: Checkpoint) -> InContextSpec:
    return InContextSpec(model=request.param, checkpoint=checkpoint(request.param), estimators=2)


def table(m: int, k: int = 9, d: int = 5) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(m + k, d)).astype(np.float32)
    return x[:m], 1e3 + 5 * x[:m, 0].astype(np.float64) - x[:m, 1] ** 2, x[m:]


def test_shapes_and_the_same_bits_twice(spec: InContextSpec) -> None:
    from simworth.learners.plugins.in_context import fit_predict

    x, y, asked = table(23)
    unseen, found = fit_predict(spec, x, y, asked, seed=2**63 + 5)
    assert unseen.shape == (23,)
    assert found.shape == (9,)
    assert unseen.dtype == found.dtype == np.float64
    assert np.isfinite(unseen).all()
    assert np.isfinite(found).all()
    assert np.ptp(found) > 0
    again = fit_predict(spec, x, y, asked, seed=2**63 + 5)
    np.testing.assert_array_equal(unseen, again[0])
    np.testing.assert_array_equal(found, again[1])
    assert not np.array_equal(found, fit_predict(spec, x, y, asked, seed=6)[1])


def test_an_experiment_left_out_has_no_say_in_its_prediction(spec: InContextSpec) -> None:
    from simworth.learners.plugins.in_context import fit_predict, predict

    x, y, asked = table(23)
    unseen = fit_predict(spec, x, y, asked, 3)[0]
    assert not np.allclose(unseen, predict(spec, x, y, x, 3), rtol=1e-9)
    changed = y.copy()
    changed[7] += 50.0
    other = fit_predict(spec, x, changed, asked, 3)[0]
    assert other[7] == unseen[7]
    assert (other != unseen).sum() > 10


def test_materials_asked_for_do_not_see_each_other(spec: InContextSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    from simworth.learners.plugins import in_context

    x, y, asked = table(20)
    together = in_context.predict(spec, x, y, asked, 0)
    np.testing.assert_allclose(in_context.predict(spec, x, y, asked[2:5], 0), together[2:5], rtol=1e-6)
    monkeypatch.setattr(in_context, "CHUNK", 4)
    np.testing.assert_allclose(in_context.predict(spec, x, y, asked, 0), together, rtol=1e-6)
    assert in_context.predict(spec, x, y, asked[:0], 0).shape == (0,)


def test_units_of_features_and_labels_do_not_matter(spec: InContextSpec) -> None:
    from simworth.learners.plugins.in_context import predict

    x, y, asked = table(20)
    found = predict(spec, x, y, asked, 0)
    other = predict(spec, 1024 * x, y / 8 - 100, 1024 * asked, 0)
    np.testing.assert_allclose(8 * (other + 100), found, rtol=1e-6)


def test_many_features_are_taken_without_a_warning(spec: InContextSpec) -> None:
    from simworth.learners.plugins.in_context import predict

    x, y, asked = table(110, d=300)
    counts = np.concatenate([x[:, :100], np.round(np.exp(x[:, 100:]))], axis=1)
    assert np.isfinite(predict(spec, counts, y, asked, 0)).all()


@pytest.mark.parametrize("m", [3, 4, 5])
def test_few_experiments_are_enough(spec: InContextSpec, m: int) -> None:
    from simworth.learners.plugins.in_context import fit_predict

    x, y, asked = table(m)
    unseen, found = fit_predict(spec, x, y, asked, 0)
    assert np.isfinite([*unseen, *found]).all()
    only = fit_predict(spec, x[:, :1], y, asked[:, :1], 0)
    assert np.isfinite([*only[0], *only[1]]).all()


def test_what_says_nothing_is_answered_by_the_mean(spec: InContextSpec) -> None:
    from simworth.learners.plugins.in_context import fit_predict, predict

    x, y, asked = table(8)
    np.testing.assert_allclose(predict(spec, np.ones_like(x), y, asked, 0), y.mean())
    np.testing.assert_allclose(predict(spec, x, np.full(8, 7.0), asked, 0), 7.0)
    np.testing.assert_allclose(fit_predict(spec, x[:2], y[:2], asked, 0)[0], y[[1, 0]])
    with pytest.raises(InputError, match="too few experiments for an in-context learner, 1; give at least 2"):
        fit_predict(spec, x[:1], y[:1], asked, 0)


def test_a_context_is_bounded(spec: InContextSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    from simworth.learners.plugins import in_context

    x, y, asked = table(30, d=8)
    shapes = []

    class Seen:
        def fit(self, x: Any, y: Any) -> None:
            shapes.append(x.shape)

        def predict(self, x: Any) -> Any:
            return np.zeros(len(x), np.float32)

    monkeypatch.setattr(in_context, "_maker", lambda spec: lambda estimators, seed: Seen())
    bounded = msgspec.structs.replace(spec, most_rows=12, most_features=3)
    in_context.fit_predict(bounded, x, y, asked, 0)
    assert shapes == [(12, 3)] * 5
    in_context.fit_predict(spec, x, y, asked, 0)
    assert shapes[-1] == (30, 8)


def test_the_widest_features_are_kept_in_their_order() -> None:
    from simworth.learners.plugins.in_context import widest

    half, seldom = np.arange(10) % 2, np.arange(10) == 3
    features = np.stack([np.full(10, 4.0), seldom, np.arange(10), 1000.0 * half], axis=1).astype(np.float32)
    assert widest(features, 9).tolist() == [1, 2, 3]
    assert widest(features, 2).tolist() == [2, 3]
    assert widest(features, 1).tolist() == [3]
    assert widest(features, 0).tolist() == []


def test_lanes_are_alone_and_a_source_helps(linear: Any, spec: InContextSpec) -> None:
    made = make_learner(spec)
    for n in (0, 100):
        together = linear.predict(made, n)
        np.testing.assert_array_equal(together, linear.predict(make_learner(spec), n))
        np.testing.assert_array_equal(together[1:2], linear.lanes(1).predict(made, n, (1,)))
    assert linear.error(made, 400) < 0.8 * linear.error(made, 0)


def test_only_the_first_n_rows_and_the_training_labels_are_seen(linear: Any, spec: InContextSpec) -> None:
    made = make_learner(spec)
    labels, measured = linear.labels.copy(), linear.measured.copy()
    labels[:, 100:] = np.nan
    measured[np.setdiff1d(np.arange(len(measured)), linear.train[0])] = np.nan
    hidden = linear._replace(labels=labels, measured=measured).lanes(0)
    np.testing.assert_array_equal(hidden.predict(made, 100, (0,)), linear.lanes(0).predict(made, 100, (0,)))


def test_the_callers_threads_and_random_numbers_are_left_alone(linear: Any, spec: InContextSpec) -> None:
    torch.manual_seed(3)
    before, threads, drawn = torch.get_rng_state(), torch.get_num_threads(), np.random.get_state()[1]  # noqa: NPY002
    linear.predict(make_learner(spec), 0)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.get_num_threads() == threads
    np.testing.assert_array_equal(drawn, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize("model", MODELS)
def test_a_missing_checkpoint_is_refused_and_not_fetched(model: str, tmp_path: Path) -> None:
    for place in (tmp_path / "none.ckpt", tmp_path):
        with pytest.raises(StudyError, match=r"^learner.checkpoint: there is no file .*; name a checkpoint of Tab"):
            make_learner(InContextSpec(model=model, checkpoint=str(place)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("model", MODELS)
def test_what_is_no_checkpoint_is_refused(model: str, tmp_path: Path, checkpoint: Checkpoint) -> None:
    whole = Path(checkpoint(model)).read_bytes()
    half = len(whole) // 2
    classes = {"tabicl": {"max_classes": 3}, "tabpfn": {"max_num_classes": 3}}[model]
    contents: dict[str, Any] = {
        "empty": b"", "text": b"weights" * 500, "half": whole[:half], "hole": whole[:half] + whole[half + 64 :],
        "tensor": torch.zeros(3), "nothing": {}, "bare": {"config": {}, "state_dict": {}},
    }  # fmt: skip
    for name, content in contents.items():
        if isinstance(content, bytes):
            (tmp_path / name).write_bytes(content)
        else:
            torch.save(content, tmp_path / name)
    checkpoint(model, "classifier", **classes)
    for name in (*contents, "classifier"):
        with pytest.raises(StudyError, match=rf"{name} is damaged, or no checkpoint of Tab.* for regression; name one"):
            make_learner(InContextSpec(model=model, checkpoint=str(tmp_path / name)))


@pytest.mark.parametrize("model", MODELS)
def test_a_checkpoint_that_holds_code_does_not_run_it(model: str, tmp_path: Path) -> None:
    class Code:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "ran",)

    torch.save({"config": Code(), "state_dict": {}}, tmp_path / "code.ckpt")
    with pytest.raises(StudyError, match="is damaged, or no checkpoint"):
        make_learner(InContextSpec(model=model, checkpoint=str(tmp_path / "code.ckpt")))
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(importlib.util.find_spec("tabpfn") is None, reason="tabpfn is not installed")
def test_later_versions_of_tabpfn_are_refused(tmp_path: Path) -> None:
    torch.save(tabpfn_weights() | {"architecture_name": "tabpfn_v3"}, tmp_path / "later.ckpt")
    with pytest.raises(StudyError, match="no checkpoint of TabPFN 2 for regression"):
        make_learner(InContextSpec(model="tabpfn", checkpoint=str(tmp_path / "later.ckpt")))


def test_other_weights_in_the_same_file_are_read_again(spec: InContextSpec, checkpoint: Checkpoint) -> None:
    from simworth.learners.plugins.in_context import predict

    x, y, asked = table(12)
    before, version = predict(spec, x, y, asked, 0), learner_versions(spec)
    checkpoint(spec.model, **{"tabicl": {"icl_num_blocks": 2}, "tabpfn": {"nlayers": 2}}[spec.model])
    assert not np.array_equal(before, predict(spec, x, y, asked, 0))
    assert set(version) == {"torch", spec.model, "checkpoint"}
    assert version["checkpoint"] != learner_versions(spec)["checkpoint"]


def test_a_whole_sweep(spec: InContextSpec, tmp_path: Path) -> None:
    raw: dict[str, Any] = synthetic_study(n=(400,), m=(20,))
    raw["sweep"] |= {"replicates": 1}
    plain = {"name": "in_context", "model": spec.model, "checkpoint": "weights.ckpt", "estimators": 1}
    study = study_from(raw | {"learner": plain}, "study", tmp_path)
    with ThreadPoolExecutor(1) as pool:
        found = pq.read_table(sweep(study, tmp_path / "run", workers=1, executor=pool, given=synthetic_tables()))
    assert set(found["status"].to_pylist()) == {"ok"}
    ours = found.filter(pc.field("learner") == spec.model)
    assert sorted(ours["n"].to_pylist()) == [0, 400]
