"""A model as a folder that anyone can look into: numbers, a card and the materials it learned from.

Loading reads numbers and text and runs nothing; everything is checked against the card. A folder appears whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from simworth.digest import digest_bytes
from simworth.documents import decode_document, seal, write_document
from simworth.errors import InputError
from simworth.files import replacing, replacing_folder, write_text
from simworth.learners.intervals import Calibrated
from simworth.learners.protocol import Materials
from simworth.learners.settings import BlendSpec, NetworkSpec
from simworth.learners.spread import Spread
from simworth.learners.stored import Form, Tensors, adapted_from, forms
from simworth.model.ask import Model
from simworth.model.blends import blends_from, tensor_names
from simworth.model.card import SCHEMA, Calibration, Card, networks_each, readme
from simworth.model.known import known_bytes, read_known
from simworth.model.networks import Networks
from simworth.model.predictor import Predictor

CARD, TENSORS, KNOWN = "card.json", "model.safetensors", "known.parquet"
LARGEST = {CARD: 2**22, TENSORS: 2**32, KNOWN: 2**30}
"""Bytes of a file that are read at most."""


def save_model(folder: Path, model: Model) -> Path:
    """Write a model whole; an older one in this folder is replaced. Equal models give equal bytes.

    Raises
    ------
    InputError
        When ``folder`` is there and holds something else than a model.
    """
    from safetensors.numpy import save

    tensors = model.predictor.tensors() | {"features": model.features, "usual": model.usual, "met": model.met}
    tensors |= {"errors": model.calibrated.errors, "scales": model.calibrated.scales}
    if isinstance(model.card.learner, BlendSpec):
        assert model.experiments.small is not None
        assert model.experiments.size is not None
        tensors |= {"small": model.experiments.small, "size": model.experiments.size}
    data = save({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()})
    known = known_bytes(model.known)
    card = msgspec.structs.replace(model.card, tensors=digest_bytes(data), known=digest_bytes(known))
    if folder.exists() and not (folder / CARD).is_file():
        raise InputError(f"{folder}: is there and holds no model; name another folder")
    parents = {"target": card.target.digest, "source": card.source.digest, "request": card.asked}
    with replacing_folder(folder) as part:
        for name, content in ((TENSORS, data), (KNOWN, known)):
            with replacing(part / name) as temporary:
                temporary.write_bytes(content)
        write_text(part / "README.md", readme(card))
        write_document(part / CARD, seal(SCHEMA, parents, msgspec.to_builtins(card)))
    return folder


def read_card(folder: Path) -> Card:
    """The card of a model.

    Raises
    ------
    InputError
        When the folder holds no card, a changed one, or one of another version.
    """
    path = folder / CARD
    document = decode_document(_bytes(path), str(path), SCHEMA)
    try:
        card = msgspec.convert({k: v for k, v in document.items() if k not in ("schema", "digest", "parents")}, Card)
    except msgspec.ValidationError as error:
        raise InputError(f"{path}: {str(error).replace('$.', '')}; make the model again") from None
    learner = card.learner
    if not learner.hidden or min(learner.hidden) < 1 or learner.members < 1:
        raise InputError(f"{path}: describes a network that cannot be; make the model again")
    return card


def load_model(folder: Path) -> Model:
    """A model from its folder.

    Raises
    ------
    InputError
        When a file is missing, damaged, changed, or not what the card describes.
    """
    card = read_card(folder)
    path = folder / TENSORS
    tensors = _tensors(path, card)
    known = read_known(_matching(folder / KNOWN, card.known), folder / KNOWN, card.target.materials, card.sample)
    counts = (tensors.get("small"), None, tensors.get("size"))
    experiments = Materials(tensors["features"], known.identity, card.kind, *counts)
    found = Calibrated(tensors["errors"], tensors["scales"], _spread(card.calibration))
    predictor = _predictor(path, card, tensors, experiments)
    return Model(card, predictor, experiments, known, found, tensors["usual"], tensors["met"])


def _predictor(path: Path, card: Card, tensors: Tensors, experiments: Materials) -> Predictor:
    if isinstance(card.learner, NetworkSpec):
        return Networks(adapted_from(tensors, card.learner), networks_each(card))
    try:
        found = blends_from(tensors, card.learner, experiments, card.replicates)
    except (KeyError, ValueError):
        raise InputError(f"{path}: holds numbers that no model has; make the model again") from None
    if found.train.shape != (card.replicates, card.m) or found.tunings != card.tunings:
        raise InputError(f"{path}: does not hold the blends its card describes; make the model again")
    return found


def _tensors(path: Path, card: Card) -> Tensors:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors: Tensors = load(_matching(path, card.tensors))
    except (SafetensorError, ValueError, KeyError, OverflowError, MemoryError) as error:
        raise InputError(f"{path}: is no safetensors file ({error}); make the model again") from None
    wanted, further = _wanted(card)
    there = {name: (tensor.shape, tensor.dtype.name) for name, tensor in tensors.items() if name not in further}
    met = tensors.get("met")
    if wanted != there or met is None or met.ndim != 1 or met.dtype != np.uint64:
        raise InputError(f"{path}: does not hold what its card describes; make the model again")
    if any(_impossible(name, tensor, card) for name, tensor in tensors.items() if name in wanted):
        raise InputError(f"{path}: holds numbers that no model has; make the model again")
    return tensors


def _wanted(card: Card) -> tuple[dict[str, Form], set[str]]:
    """Shape and type of every array, and names of those that are looked at when what they make is."""
    count, learner = card.target.materials, card.learner
    wanted: dict[str, Form] = {"features": ((count, card.width), "float32"), "usual": ((card.replicates,), "float64")}
    wanted |= dict.fromkeys(("errors", "scales"), ((card.calibration.materials,), "float64"))
    if isinstance(learner, NetworkSpec):
        return wanted | forms(learner, card.replicates * networks_each(card), card.width, card.m), {"met"}
    wanted |= {"small": ((count, card.counts), "float32"), "size": ((count,), "float32")}
    return wanted, {"met"} | tensor_names(learner)


def _impossible(name: str, tensor: NDArray[Any], card: Card) -> bool:
    """Whether numbers of an array would make nonsense, or rows that are not there, of predictions."""
    if name == "train":
        return bool(((tensor < 0) | (tensor >= card.target.materials)).any())
    if name in ("scale", "scales", "usual", "size") and (tensor <= 0).any():
        return True
    endless = name == "scale" or name.startswith("terms-")
    return bool(np.isnan(tensor).any()) or (not endless and not np.isfinite(tensor).all())


def _spread(found: Calibration) -> Spread | None:
    if found.shared is None or found.weight is None or found.usual is None:
        return None
    return Spread(found.shared, found.weight, found.usual)


def _matching(path: Path, digest: str) -> bytes:
    data = _bytes(path)
    if digest_bytes(data) != digest:
        raise InputError(f"{path}: is damaged (its digest is not the card's); make the model again")
    return data


def _bytes(path: Path) -> bytes:
    """A file of bounded size."""
    try:
        if not path.is_file():
            raise InputError(f"{path}: no such file; name a folder made by 'simworth run', or make the model again")
        if path.stat().st_size > LARGEST[path.name]:
            raise InputError(f"{path}: has more than {LARGEST[path.name]:,} bytes, which no model has")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
