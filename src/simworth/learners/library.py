"""A library: a folder of networks pretrained on computed sources, to be tried on targets they were not made for.

One model is a folder of three files: ``model.safetensors`` (the networks, and what tells whether a material was seen),
``card.json`` (a document: what they are and where they come from) and ``README.md`` (the card, to be read). Loading
reads numbers and text and runs nothing. A folder appears whole or not at all.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from simworth.digest import digest_bytes
from simworth.documents import read_document, seal, write_document
from simworth.errors import InputError
from simworth.files import replacing, replacing_folder, write_text
from simworth.identity import Descriptor, Kind
from simworth.inference.words import say_error
from simworth.learners.network import Float32, Pretrained
from simworth.learners.settings import NetworkSpec
from simworth.tables.about import PRIVATE

SCHEMA = "simworth-pretrained/1"
UInt64 = NDArray[np.uint64]


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a model is and where it comes from."""

    name: str
    """Of its folder."""
    source: str
    """What the study called the source."""
    property: str
    unit: str
    also: tuple[str, ...] = ()
    """Columns that were learned along with it."""
    kind: Kind
    features: tuple[str, ...]
    """Names of given features; empty where features are made from the material."""
    descriptor: Descriptor = "usual"
    """How they are made, as the study asked for it."""
    width: int
    """Number of features."""
    materials: int
    """Different rows that its networks were trained on, together."""
    n: int
    """Rows each network was trained on."""
    held_out: int
    """Rows each network was not trained on, others for each."""
    error: float
    """Mean absolute error of the source property on them, in ``unit``."""
    ignorance: float
    """The same of the training part's mean, which knows nothing about a material."""
    lanes: int
    """Networks."""
    network: NetworkSpec
    """How they were trained; how they are adapted is a matter of the target."""
    without: tuple[str, ...]
    """Targets whose materials were left out."""
    left_out: int
    """Rows of the source that were left out for it."""
    table: str
    """Name of the source table."""
    table_digest: str
    licence: str
    citation: str
    private: bool = False
    """The source table's values may not be passed on."""
    versions: dict[str, str]
    asked: str
    """Digest of everything the weights follow from, but versions: the same request is not computed twice."""
    weights: str = ""
    """Digest of ``model.safetensors``."""


class Probe(NamedTuple):
    """A few fixed materials as they were understood when a model was made: another installation must agree."""

    keys: UInt64
    """(materials,) of their identities."""
    features: Float32
    """(materials, width)."""


class Model(NamedTuple):
    """A model of a library."""

    card: Card
    networks: Pretrained
    seen: UInt64
    """Keys of the materials that its networks were trained on, sorted."""
    probe: Probe


def save_model(library: Path, model: Model) -> Path:
    """Write a model into its folder of a library, whole; an older folder of that name is replaced.

    Equal models give equal bytes: the tensors carry no metadata, whose order safetensors does not fix.
    """
    from safetensors.numpy import save

    networks = model.networks
    tensors: dict[str, NDArray[Any]] = {f"weight-{i}": np.asarray(w) for i, (w, _) in enumerate(networks.layers)}
    tensors |= {f"bias-{i}": np.asarray(b) for i, (_, b) in enumerate(networks.layers)}
    tensors |= {k: getattr(networks, k) for k in ("centre", "scale", "label_centre", "label_scale")}
    tensors |= {"seen": model.seen, "probe-keys": model.probe.keys, "probe-features": model.probe.features}
    data = save({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()})
    card = msgspec.structs.replace(model.card, weights=digest_bytes(data))
    folder = library / card.name
    with replacing_folder(folder) as part:
        with replacing(part / "model.safetensors") as temporary:
            temporary.write_bytes(data)
        write_text(part / "README.md", readme(card))
        write_document(part / "card.json", seal(SCHEMA, {"table": card.table_digest}, msgspec.to_builtins(card)))
    return folder


def read_card(folder: Path) -> Card:
    """The card of a model.

    Raises
    ------
    InputError
        When the folder holds no card, a changed one, or one of another version.
    """
    document = read_document(folder / "card.json", SCHEMA)
    try:
        return msgspec.convert({k: v for k, v in document.items() if k not in ("schema", "digest", "parents")}, Card)
    except msgspec.ValidationError as error:
        raise InputError(f"{folder / 'card.json'}: {error}; make the model again") from None


def load_model(folder: Path) -> Model:
    """A model of a library.

    Raises
    ------
    InputError
        As `read_card`, or when the tensors are missing, damaged, or not what the card describes.
    """
    import jax.numpy as jnp
    from safetensors import SafetensorError
    from safetensors.numpy import load

    card, path = read_card(folder), folder / "model.safetensors"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); make the model again") from None
    if digest_bytes(data) != card.weights:
        raise InputError(f"{path}: is damaged (its digest is not the card's); make the model again")
    try:
        tensors = load(data)
    except SafetensorError as error:
        raise InputError(f"{path}: is no safetensors file ({error}); make the model again") from None
    if not _fits(card, tensors):
        raise InputError(f"{path}: does not hold the networks its card describes; make the model again")
    names = [(f"weight-{i}", f"bias-{i}") for i in range(len(card.network.hidden) + 1)]
    layers = [(jnp.asarray(tensors[w]), jnp.asarray(tensors[b])) for w, b in names]
    networks = Pretrained(layers, *(tensors[k] for k in ("centre", "scale", "label_centre", "label_scale")))
    return Model(card, networks, tensors["seen"], Probe(tensors["probe-keys"], tensors["probe-features"]))


def has_model(folder: Path, asked: str) -> bool:
    """Whether a folder holds a whole model made from the request ``asked``."""
    try:
        return load_model(folder).card.asked == asked
    except InputError:
        return False


def model_folders(library: Path) -> list[Path]:
    """The folders of a library, by name.

    Raises
    ------
    InputError
        When there is no such folder or no model in it.
    """
    if not library.is_dir():
        raise InputError(f"{library}: is no folder; name a library made by 'simworth pretrain'")
    found = sorted(p for p in library.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not found:
        raise InputError(f"{library}: holds no model; make some with 'simworth pretrain'")
    return found


def take_lanes(networks: Pretrained, lanes: NDArray[np.integer[Any]]) -> Pretrained:
    """The networks at these places (chosen,), of which one may stand there several times."""
    import jax.numpy as jnp

    return Pretrained(
        [(jnp.asarray(np.asarray(w)[lanes]), jnp.asarray(np.asarray(b)[lanes])) for w, b in networks.layers],
        networks.centre[lanes],
        networks.scale[lanes],
        networks.label_centre[lanes],
        networks.label_scale[lanes],
    )


def card_sentence(card: Card) -> str:
    """A card in a line."""
    made = "network" if card.lanes == 1 else "networks"
    return (
        f"{card.name}: {card.lanes} {made} for {card.property} of {card.materials:,} materials; error "
        f"{say_error(card.error, card.unit)} on held-out ones, {say_error(card.ignorance)} without a model"
    )


def readme(card: Card) -> str:
    """The card, to be read."""
    without = ", ".join(card.without) or "no target"
    made = "made from the material by simworth" + (f", descriptor {card.descriptor}" * (card.descriptor != "usual"))
    given = ", ".join(card.features) or made
    return "\n".join(
        [
            f"# {card.source}: {card.property} in {card.unit}",
            "",
            card_sentence(card) + ".",
            "",
            "| | |",
            "|---|---|",
            *([f"| learned along | {', '.join(card.also)} |"] if card.also else []),
            f"| materials | {card.kind}; features: {given} ({card.width}) |",
            f"| trained on | {card.n:,} of the table's materials a network, other {card.held_out:,} left out of each |",
            f"| networks | {card.lanes}, hidden layers {'-'.join(map(str, card.network.hidden))} |",
            f"| trained without | every material of {without} ({card.left_out:,} rows of the source) |",
            f"| source table | {card.table}, digest {card.table_digest} |",
            f"| licence of the source table | {card.licence or 'not stated'} |",
            f"| citation | {card.citation or 'not stated'} |",
            *([f"| the source table | {PRIVATE} |"] if card.private else []),
            f"| made with | {', '.join(f'{k} {v}' for k, v in card.versions.items() if v != 'not installed')} |",
            "",
            "`model.safetensors` holds the networks and 64-bit hashes of the materials they were trained on, by which "
            "simworth",
            "keeps such materials out of tests. Try it on a target with `simworth shotgun`.",
            "",
        ]
    )


def _fits(card: Card, tensors: dict[str, NDArray[Any]]) -> bool:
    """Whether the tensors have the names, shapes and types that the card implies."""
    sizes = (card.width, *card.network.hidden, 1)
    wanted: dict[str, tuple[tuple[int, ...], str]] = {}
    for i, (a, b) in enumerate(pairwise(sizes)):
        wanted |= {f"weight-{i}": ((card.lanes, a, b), "float32"), f"bias-{i}": ((card.lanes, b), "float32")}
    wanted |= dict.fromkeys(("centre", "scale"), ((card.lanes, card.width), "float32"))
    wanted |= dict.fromkeys(("label_centre", "label_scale"), ((card.lanes,), "float64"))
    probes = len(tensors.get("probe-keys", ()))
    wanted |= {"probe-keys": ((probes,), "uint64"), "probe-features": ((probes, card.width), "float32")}
    wanted |= {"seen": ((len(tensors.get("seen", ())),), "uint64")}
    return wanted == {name: (tensor.shape, tensor.dtype.name) for name, tensor in tensors.items()}
