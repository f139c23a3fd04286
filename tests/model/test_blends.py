"""The model of a blend: the one that was measured, from a folder that may be damaged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file, save_file

from simworth.digest import digest_file
from simworth.documents import seal
from simworth.errors import InputError
from simworth.learners.blend.sources import rows_of
from simworth.model.ask import Model
from simworth.model.blends import Blends
from simworth.model.card import SCHEMA
from simworth.model.choose import open_model
from simworth.model.folder import load_model, save_model

FILES = ("card.json", "model.safetensors", "known.parquet", "README.md")


def blends_of(model: Model) -> Blends:
    assert isinstance(model.predictor, Blends)
    return model.predictor


@pytest.fixture(scope="module")
def fresh() -> np.ndarray:
    return np.random.default_rng(11).normal(size=(300, 6))


def test_the_model_is_the_one_that_was_measured(blend: Model, blend_run: Path) -> None:
    """What the folder says of held-out experiments stands in trials.parquet, bit for bit."""
    assert blend.card.difference == 0
    found = blends_of(blend)
    trials = [
        t
        for t in pq.read_table(blend_run / "trials.parquet").to_pylist()
        if (t["n"], t["m"], t["arm"], t["learner"]) == (blend.card.n, blend.card.m, "simulation", "blend")
    ]
    assert len(trials) == blend.card.replicates * blend.card.tunings
    for trial in trials:
        known = rows_of(blend.experiments)._replace(source=found.foreseen[trial["replicate"]])
        mixture = found.mixtures[trial["replicate"] * found.tunings + trial["tuning"]]
        said = mixture.predict(known, known.take(np.array(trial["test_rows"])))
        np.testing.assert_array_equal(said.astype(np.float32), np.array(trial["predictions"], np.float32))
        named = {part["name"]: part["weight"] for part in trial["members"]} if trial.get("members") else {}
        if named:
            np.testing.assert_allclose(mixture.weights, list(named.values()), rtol=1e-6)
            assert [part.name for part in blend.card.members] == list(named)


def test_the_card_tells_members_and_the_best_without_the_source(blend: Model, blend_run: Path) -> None:
    assert sum(part.weight for part in blend.card.members) == pytest.approx(1)
    text = (blend_run / "model" / "README.md").read_text()
    assert "members, by weight" in text
    assert "best without the source" in text
    assert "bit for bit" in text


def test_a_material_is_answered_alike_alone_and_in_company(blend: Model, fresh: np.ndarray) -> None:
    names = [f"new {i}" for i in range(len(fresh))]
    every = blend.ask(names, fresh)
    for chosen in ([3], [299, 5, 250], list(range(256)), list(range(257, 300))):
        some = blend.ask([names[i] for i in chosen], fresh[chosen])
        np.testing.assert_array_equal(some.networks, every.networks[:, chosen])
        np.testing.assert_array_equal(some.learned, every.learned[chosen])
        assert some.reason == tuple(every.reason[i] for i in chosen)
    nobody = blend.ask([], np.zeros((0, 6)))
    assert nobody.networks.shape == (4, 0)
    assert nobody.nearest.shape == (0, 3)


def test_it_predicts_and_flags_what_lies_far_outside(blend: Model, fresh: np.ndarray) -> None:
    names = [f"new {i}" for i in range(len(fresh))]
    x = fresh
    truth = 0.8 * (2 * np.tanh(x[:, 0]) + 1.5 * np.abs(x[:, 1]) - x[:, 2]) + 0.5
    asked = blend.ask(names, x)
    assert np.abs(asked.mean - truth).mean() < 0.3 * np.abs(truth - truth.mean()).mean()
    assert asked.inside.mean() > 0.95
    assert blend.ask(names, 5 * x).inside.mean() < 0.3
    known = blend.ask(blend.known.identity[:3], blend.features[:3])
    assert known.known.tolist() == known.nearest[:, 0].tolist() == [0, 1, 2]


def test_what_was_saved_is_loaded(blend: Model, blend_run: Path, fresh: np.ndarray, tmp_path: Path) -> None:
    again = load_model(save_model(tmp_path / "one", blend))
    names = [str(i) for i in range(9)]
    one, two = blend.ask(names, fresh[:9]), again.ask(names, fresh[:9])
    for part in ("networks", "scale", "learned", "nearest", "similarity"):
        np.testing.assert_array_equal(getattr(one, part), getattr(two, part))
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (blend_run / "model" / name).read_bytes()


def test_a_run_without_its_model_gives_the_same_again(blend_run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(blend_run, copy)
    shutil.rmtree(copy / "model")
    open_model(copy)  # its source models were not kept: they are learned again, by another process
    for name in FILES:
        assert (copy / "model" / name).read_bytes() == (blend_run / "model" / name).read_bytes()


def test_fewer_sources_and_members(tmp_path: Path, make_run: Callable[..., list[str]], fresh: np.ndarray) -> None:
    """Without networks nothing sees materials but their features do."""
    sweep = {"n": [100], "m": [20], "replicates": 3, "tunings": 1}
    make_run(tmp_path, sweep, {"name": "blend", "trees": 5, "sources": ["linear"], "adaptations": ["line", "rest"]})
    model = load_model(tmp_path / "model")
    assert model.card.difference == 0
    asked = model.ask(["a", "b"], fresh[:2])
    assert asked.learned.shape == (2, 3 * 64)
    assert model.ask(model.known.identity[:5], model.features[:5]).nearest[:, 0].tolist() == list(range(5))


@pytest.fixture
def folder(blend_run: Path, tmp_path: Path) -> Path:
    shutil.copytree(blend_run / "model", tmp_path / "model")
    return tmp_path / "model"


def refused(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_model(folder)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(folder))


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None] = lambda card: None) -> None:
    """Seal the card as someone would who knows how, with digests of the files as they are."""
    card = json.loads((folder / "card.json").read_text())
    body = {k: v for k, v in card.items() if k not in ("schema", "digest", "parents")}
    body |= {"tensors": digest_file(folder / "model.safetensors"), "known": digest_file(folder / "known.parquet")}
    change(body)
    (folder / "card.json").write_text(json.dumps(seal(SCHEMA, card["parents"], body)))


INNER = "transfer-feature"


def as_inner(t: np.ndarray) -> np.ndarray:
    """Trees that never end."""
    return np.zeros_like(t)


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        (INNER, as_inner), (INNER, lambda t: t + 30_000), (INNER, lambda t: t - 5), (INNER, lambda t: t[:-1]),
        (INNER, lambda t: np.roll(t, 1)), (INNER, lambda t: t.astype(np.float32)), ("direct-feature", lambda t: -t),
        ("transfer-trees", lambda t: t + 1), ("transfer-trees", lambda t: -t), ("transfer-trees", lambda t: t[:-1]),
        ("direct-leaf", lambda t: t + 9_999), ("direct-listed", lambda t: t - 1),
        ("direct-value", lambda t: t * np.nan),
        ("boosting-threshold", lambda t: t * np.float32("inf")), ("boosting-leaf", lambda t: t[::-1][1:]),
        ("boosting-trees", lambda t: t * 2**28), ("transfer-threshold", lambda t: t[:0]),
        ("weights", lambda t: -t), ("weights", lambda t: 0 * t), ("weights", lambda t: t[:, ::-1]),
        ("weights", lambda t: np.full_like(t, 1 / t.shape[1])), ("train", lambda t: t + 10_000),
        ("train", lambda t: t[:, :5]), ("train", lambda t: t[:1]), ("limits", lambda t: t[:, ::-1]),
        ("foreseen", lambda t: t * np.inf), ("foreseen", lambda t: t[:, :, :1]), ("foreseen", lambda t: t[:0]),
        ("transfer-lines", lambda t: t[:-1]), ("transfer-lines", lambda t: t * np.nan),
        ("transfer-lines", lambda t: np.append(t, 0.0)), ("direct-logs", lambda t: t + 1e4),
        ("direct-logs", lambda t: t[:, :-1]), ("direct-dual", lambda t: t[:, :-1]), ("direct-terms", lambda t: -t),
        ("linear-columns", lambda t: t + 10_000), ("linear-columns", lambda t: t - 10_000),
        ("linear-length", lambda t: t + 1), ("linear-length", lambda t: 0 * t - 1), ("base-length", lambda t: t + 2),
        ("network-weight-0", lambda t: t * np.float32("nan")), ("network-scale", lambda t: -t),
        ("network-bias-1", lambda t: t[:1]), ("small", lambda t: np.ones((len(t), 2), np.float32)),
        ("size", lambda t: -t), ("met", lambda t: t.astype(np.int64)), ("misses", lambda t: t * np.nan),
        ("small-keys", lambda t: np.arange(3, dtype=np.uint64)),
        ("wide-keys", lambda t: np.array([3, 2, 2], dtype=np.uint64)),
    ],
)  # fmt: skip
def test_numbers_that_no_blend_has_are_refused(folder: Path, name: str, spoil: Callable[[Any], Any]) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors[name] = np.ascontiguousarray(spoil(tensors[name]))
    save_file(tensors, folder / "model.safetensors")
    rewrite(folder)
    refused(folder)


def test_arrays_too_many_or_too_few_are_refused(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    for name in ("weights", "transfer-logs", "boosting-value", "met", "foreseen", "base-length"):
        save_file({k: v for k, v in tensors.items() if k != name}, folder / "model.safetensors")
        rewrite(folder)
        refused(folder)
    save_file({**tensors, "more": np.zeros(3)}, folder / "model.safetensors")
    rewrite(folder)
    refused(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("learner", {"name": "blend", "hidden": []}), ("learner", {"name": "blend", "members": 0}),
        ("learner", {"name": "blend", "hidden": [16], "members": 3}), ("learner", {"name": "network"}),
        ("learner", {"name": "blend", "hidden": [16], "sources": ["linear"]}),
        ("learner", {"name": "blend", "hidden": [16], "adaptations": ["line"]}),
        ("counts", 7), ("counts", -1), ("tunings", 3), ("replicates", 5), ("m", 59), ("width", 5),
    ],
)  # fmt: skip
def test_cards_that_do_not_fit_are_refused(folder: Path, key: str, value: object) -> None:
    rewrite(folder, lambda card: card.update({key: value}))
    refused(folder)


def test_a_model_of_the_first_version_is_refused_in_a_sentence(folder: Path) -> None:
    card = folder / "card.json"
    card.write_text(card.read_text().replace(SCHEMA, "simworth-model/1"))
    with pytest.raises(InputError, match="simworth-model/1"):
        load_model(folder)
