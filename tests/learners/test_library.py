from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from simworth.digest import digest_file
from simworth.documents import seal
from simworth.errors import InputError
from simworth.learners.library import (
    SCHEMA,
    Card,
    Model,
    Probe,
    has_model,
    load_model,
    model_folders,
    read_card,
    save_model,
    take_lanes,
)
from simworth.learners.network import pretrain, represent
from simworth.learners.settings import NetworkSpec

SPEC = NetworkSpec(hidden=(8, 4), least_steps=20, most_steps=20)
LANES, N, WIDTH = 3, 40, 5
X = np.random.default_rng(0).normal(size=(N, WIDTH)).astype(np.float32)
ROWS = np.stack([np.random.default_rng(r).permutation(N) for r in range(LANES)]).astype(np.int32)


@pytest.fixture(scope="module")
def model() -> Model:
    constant = np.column_stack([X[:, :4], np.ones(N, np.float32)])  # its scale is infinite, which must survive
    networks = pretrain(SPEC, constant, X.sum(1).astype(float)[ROWS], ROWS, N, [1, 2, 3])
    card = Card(
        name="sums-12345678", source="sums", property="sum", unit="eV", kind="features", features=tuple("abcde"),
        width=WIDTH, materials=N, n=36, held_out=4, error=0.25, ignorance=1.0, lanes=LANES, network=SPEC,
        without=("experiment",), left_out=2, table="sums.csv", table_digest="d" * 20, licence="CC-BY-4.0",
        citation="doi 10.0/0", versions={"simworth": "1", "rdkit": "not installed"}, asked="1" * 20,
    )  # fmt: skip
    seen = np.sort(np.random.default_rng(0).integers(0, 2**63, N, dtype=np.uint64) * np.uint64(2))
    return Model(card, networks, seen, Probe(np.array([7], np.uint64), X[:1]))


@pytest.fixture
def folder(model: Model, tmp_path: Path) -> Path:
    return save_model(tmp_path / "library", model)


def test_what_is_saved_is_loaded(model: Model, folder: Path) -> None:
    loaded = load_model(folder)
    assert loaded.card == msgspec.structs.replace(model.card, weights=digest_file(folder / "model.safetensors"))
    np.testing.assert_array_equal(loaded.seen, model.seen)
    np.testing.assert_array_equal(loaded.probe.keys, model.probe.keys)
    np.testing.assert_array_equal(loaded.probe.features, model.probe.features)
    for ours, theirs in zip(represent(loaded.networks, X, ROWS), represent(model.networks, X, ROWS), strict=True):
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))


def test_equal_models_are_equal_bytes_and_replace_each_other(model: Model, folder: Path, tmp_path: Path) -> None:
    again = save_model(tmp_path / "other", model)
    for file in ("model.safetensors", "card.json", "README.md"):
        assert (again / file).read_bytes() == (folder / file).read_bytes()
    (folder / "stray").write_text("")
    assert save_model(folder.parent, model) == folder
    assert sorted(p.name for p in folder.iterdir()) == ["README.md", "card.json", "model.safetensors"]
    assert model_folders(folder.parent) == [folder]


def test_chosen_networks_predict_as_they_did(model: Model) -> None:
    wanted = np.array([2, 0, 2, 1])
    some = represent(take_lanes(model.networks, wanted), X, ROWS[wanted])[2]
    np.testing.assert_allclose(some, represent(model.networks, X, ROWS)[2][wanted], rtol=1e-5)


def test_the_card_can_be_read_by_people(folder: Path) -> None:
    text = (folder / "README.md").read_text()
    for word in ("sum in eV", "0.25 eV", "36", "8-4", "experiment", "sums.csv", "CC-BY-4.0", "doi 10.0/0", "a, b, c"):
        assert word in text
    assert "not installed" not in text


@pytest.mark.parametrize("keep", [0, 1, 8, 200, -1, None])
def test_damaged_tensors_are_refused(folder: Path, keep: int | None) -> None:
    path = folder / "model.safetensors"
    data = path.read_bytes()
    if keep is None:
        data = data[:-10] + bytes([data[-10] ^ 1]) + data[-9:]
    path.write_bytes(data if keep is None else data[:keep])
    with pytest.raises(InputError, match=r"model\.safetensors: is damaged .*; make the model again$"):
        load_model(folder)
    assert not has_model(folder, "1" * 20)


def test_a_file_of_another_kind_is_never_run(folder: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    (folder / "model.safetensors").write_bytes(pickle.dumps(Trap()))
    _forge(folder)
    with pytest.raises(InputError, match="is no safetensors file"):
        load_model(folder)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors: tensors.pop("seen"),
        lambda tensors: tensors.update(more=np.zeros(1, np.float32)),
        lambda tensors: tensors.update({"weight-1": tensors["weight-1"][:, :2].copy()}),
        lambda tensors: tensors.update(centre=tensors["centre"].astype(np.float64)),
        lambda tensors: tensors.update(seen=tensors["seen"].astype(np.int64)),
    ],
)
def test_tensors_must_be_what_the_card_says(folder: Path, change) -> None:
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")
    _forge(folder)
    with pytest.raises(InputError, match="does not hold the networks its card describes"):
        load_model(folder)


def test_a_changed_or_unknown_card_is_refused(folder: Path) -> None:
    path = folder / "card.json"
    before = json.loads(path.read_text())
    for change, expected in (
        ({"lanes": 4}, "was changed after it was written"),
        ({"schema": "simworth-pretrained/2"}, "is a simworth-pretrained/2 document and this version reads"),
        ({"schema": "simworth-law/2"}, "is a simworth-law/2 document where a simworth-pretrained/1 one is needed"),
    ):
        path.write_text(json.dumps(before | change))
        with pytest.raises(InputError, match=expected):
            read_card(folder)
    body = {k: v for k, v in before.items() if k not in ("schema", "digest", "parents")}
    path.write_text(json.dumps(seal(SCHEMA, {}, body | {"surprise": 1})))
    with pytest.raises(InputError, match="unknown field `surprise`"):
        read_card(folder)
    path.write_text("{")
    with pytest.raises(InputError, match="is not a JSON document"):
        read_card(folder)


def test_a_folder_that_is_no_library_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder"):
        model_folders(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no model"):
        model_folders(tmp_path / "empty")
    (folder / "card.json").unlink()
    with pytest.raises(InputError, match=r"card\.json: cannot be read"):
        load_model(folder)
    shutil.rmtree(folder)


def test_a_request_is_recognised(folder: Path) -> None:
    assert has_model(folder, "1" * 20)
    assert not has_model(folder, "2" * 20)
    assert not has_model(folder.parent / "other", "1" * 20)


def _forge(folder: Path) -> None:
    """A card that agrees with whatever the tensors' file holds."""
    document = json.loads((folder / "card.json").read_text())
    body = {k: v for k, v in document.items() if k not in ("schema", "digest", "parents")}
    body["weights"] = digest_file(folder / "model.safetensors")
    (folder / "card.json").write_text(json.dumps(seal(SCHEMA, document["parents"], body)))
