from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from simworth.digest import digest_file
from simworth.documents import seal
from simworth.errors import InputError
from simworth.model.ask import Model
from simworth.model.card import SCHEMA
from simworth.model.folder import load_model, save_model

NUMBERS = ("card.json", "model.safetensors", "known.parquet")


@pytest.fixture
def folder(run: Path, tmp_path: Path) -> Path:
    """A copy that may be spoilt."""
    shutil.copytree(run / "model", tmp_path / "model")
    return tmp_path / "model"


def refused(folder: Path) -> str:
    """The one sentence with which a folder is refused."""
    with pytest.raises(InputError) as caught:
        load_model(folder)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(str(folder))
    return text


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the card as someone would who knows how it is sealed, with digests of the files as they are."""
    card = json.loads((folder / "card.json").read_text())
    body = {k: v for k, v in card.items() if k not in ("schema", "digest", "parents")}
    body |= {"tensors": digest_file(folder / "model.safetensors"), "known": digest_file(folder / "known.parquet")}
    change(body)
    (folder / "card.json").write_text(json.dumps(seal(SCHEMA, card["parents"], body)))


def test_what_was_saved_is_loaded(model: Model, tmp_path: Path) -> None:
    save_model(tmp_path / "one", model)
    again = load_model(save_model(tmp_path / "one", model))
    x = np.random.default_rng(0).normal(size=(5, 6))
    names = list("abcde")
    one, two = model.ask(names, x), again.ask(names, x)
    for part in ("networks", "scale", "learned", "nearest", "similarity"):
        np.testing.assert_array_equal(getattr(one, part), getattr(two, part))
    save_model(tmp_path / "two", again)
    for name in (*NUMBERS, "README.md"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one", "two"]


def test_a_folder_that_is_no_model_is_not_overwritten(model: Model, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="holds no model"):
        save_model(tmp_path / "mine", model)
    assert (tmp_path / "mine" / "thesis.txt").exists()


@pytest.mark.parametrize("name", NUMBERS)
def test_missing_files_are_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert "no such file" in refused(folder)
    (folder / name).mkdir()
    assert "no such file" in refused(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    (folder / "known.parquet").unlink()
    os.mkfifo(folder / "known.parquet")
    assert "no such file" in refused(folder)


@given(data=st.data())
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_files_are_refused(folder: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NUMBERS))
    whole = (folder / name).read_bytes()
    way = data.draw(st.sampled_from(["flip", "cut", "more", "other"]))
    place = data.draw(st.integers(0, len(whole) - 1))
    if way == "flip":
        bad = bytearray(whole)
        bad[place] ^= data.draw(st.integers(1, 255))
    else:
        bad = bytearray({"cut": whole[:place], "more": whole + b" x", "other": data.draw(st.binary())}[way])
    (folder / name).write_bytes(bytes(bad))
    try:
        refused(folder)
    finally:
        (folder / name).write_bytes(whole)
    load_model(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("replicates", 7), ("replicates", 0), ("replicates", 10**12), ("replicates", "6"), ("tunings", 1), ("m", 59),
        ("width", 7), ("kind", "soup"), ("descriptor", "eval"), ("sample", 3), ("sample", -1), ("sample", 10**6),
        ("error", -1.0), ("unit", 3), ("further", 1), ("tensors", "0" * 20), ("known", "0" * 20), ("limits", {}),
        ("learner", {"name": "network", "hidden": []}), ("learner", {"name": "network", "hidden": [-32]}),
        ("learner", {"name": "network", "hidden": [10**15]}), ("learner", {"name": "network", "members": 0}),
        ("learner", {"name": "network", "hidden": [32], "adaptation": "auto"}),
        ("learner", {"name": "python", "factory": "os:system"}),
        ("calibration", {"materials": 10**9, "shared": None, "weight": None, "usual": None}),
        ("calibration", {"materials": 5, "shared": -1.0, "weight": 1.0, "usual": 1.0}),
    ],
)  # fmt: skip
def test_cards_that_do_not_fit_are_refused(folder: Path, key: str, value: object) -> None:
    rewrite(folder, lambda card: card.update({key: value}))
    refused(folder)


def test_a_card_that_was_edited_is_refused(folder: Path) -> None:
    card = folder / "card.json"
    card.write_text(card.read_text().replace('"unit": "1"', '"unit": "2"'))
    assert "was changed" in refused(folder)
    card.write_text(card.read_text().replace(SCHEMA, "simworth-model/9"))
    assert "simworth-model/9" in refused(folder)
    for strange in (b"[" * 10_000, b'{"schema": "\xff"}', b"", b"null", b'{"schema": "simworth-model/2"}'):
        card.write_bytes(strange)
        refused(folder)


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("train", lambda t: t + 10_000), ("train", lambda t: t - 10_000), ("train", lambda t: t.astype(np.int64)),
        ("features", lambda t: t * np.float32("nan")), ("features", lambda t: t[:, :2]), ("usual", lambda t: 0 * t),
        ("usual", lambda t: t * np.inf), ("scales", lambda t: -t), ("errors", lambda t: t * np.nan),
        ("scale", lambda t: -t), ("tuned-weight-0", lambda t: t * np.float32("inf")), ("tuned-bias-1", lambda t: t[:1]),
    ],
)  # fmt: skip
def test_numbers_that_no_model_has_are_refused(folder: Path, name: str, spoil: Callable[[Any], Any]) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors[name] = np.ascontiguousarray(spoil(tensors[name]))
    save_file(tensors, folder / "model.safetensors")
    rewrite(folder, lambda card: None)
    refused(folder)


def test_arrays_too_many_or_too_few_are_refused(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    save_file({**tensors, "more": np.zeros(3)}, folder / "model.safetensors")
    rewrite(folder, lambda card: None)
    refused(folder)
    tensors.pop("usual")
    save_file(tensors, folder / "model.safetensors")
    rewrite(folder, lambda card: None)
    refused(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.slice(1),
        lambda t: t.take([1, 0, *range(2, len(t))]).set_column(0, "role", t["role"].take([len(t) - 1] * len(t))),
        lambda t: t.drop_columns(["material"]),
        lambda t: t.append_column("more", t["value"]),
        lambda t: t.set_column(3, "value", pa.array([float("nan")] * len(t))),
        lambda t: t.set_column(3, "value", pa.array([None] * len(t), pa.float64())),
        lambda t: t.set_column(2, "identity", pa.array(["same"] * len(t))),
        lambda t: t.set_column(3, "value", pa.array([1] * len(t))),
    ],
)
def test_known_materials_that_do_not_fit_are_refused(folder: Path, change: Callable[[Any], Any]) -> None:
    pq.write_table(change(pq.read_table(folder / "known.parquet")), folder / "known.parquet")
    rewrite(folder, lambda card: None)
    refused(folder)


class Trap:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_loading_runs_nothing(folder: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for name in ("model.safetensors", "known.parquet"):
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(pickle.dumps(Trap(mark)))
        rewrite(folder, lambda card: None)
        refused(folder)
        (folder / name).write_bytes(whole)
    assert not mark.exists()


def test_text_of_a_stranger_stays_text_in_the_readme(model: Model, tmp_path: Path) -> None:
    import msgspec

    bad = "<script>alert(1)</script> | x |\n# Title\n[click](javascript:1)"
    origin = msgspec.structs.replace(model.card.source, label=bad, licence=bad)
    card = msgspec.structs.replace(model.card, source=origin, property=bad)
    hostile = replace(model, card=card)
    text = (save_model(tmp_path / "m", hostile) / "README.md").read_text()
    assert "<script" not in text.replace("\\<script", "")
    assert "\n# Title" not in text
    assert "[click](" not in text.replace("\\[click\\](", "")
