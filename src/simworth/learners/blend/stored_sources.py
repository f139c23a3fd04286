"""Source models as named arrays, so that a file can hold them: plain numbers, nothing that runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.learners.blend.packed import NAMES, Tensors, check, pack, unpack
from simworth.learners.blend.source_linear import SparseLinear
from simworth.learners.blend.sources import Sources
from simworth.learners.blend.stored_elements import elements_from, elements_tensors, joined_elements, some_elements
from simworth.learners.network import Pretrained
from simworth.learners.settings import BlendSpec
from simworth.learners.stored import network_forms, network_tensors, networks_from

Given = Mapping[str, NDArray[Any]]


class Widths(NamedTuple):
    """Columns that source models may look at."""

    small: int
    """Of plain counts."""
    wide: int
    """Of sparse counts; of features where there are none."""
    columns: int
    """Of what boosting and networks learn from."""


def source_tensors(sources: Sources) -> Tensors:
    """Source models as arrays; ``length`` is the number of columns of a lane's linear model, −1 without one."""
    found = _prefixed("base", _sparse_tensors(sources.base))
    if sources.linear:
        found |= _prefixed("linear", _sparse_tensors(sources.linear))
    if sources.boosting:
        found |= _prefixed("boosting", pack(sources.boosting))
    if sources.networks is not None:
        found |= _prefixed("network", network_tensors(sources.networks))
    if sources.elements is not None:
        found |= _prefixed("elements", elements_tensors(sources.elements))
    return found


def sources_from(tensors: Given, spec: BlendSpec, lanes: int, widths: Widths) -> Sources:
    """What `source_tensors` was given, of so many lanes.

    Raises
    ------
    KeyError, ValueError
        When the arrays are no such models.
    """
    base = _sparse_from(_named(tensors, "base"), lanes, widths.small)
    linear = _sparse_from(_named(tensors, "linear"), lanes, widths.wide) if "linear" in spec.sources else []
    check(None not in linear)
    boosting = []
    if "boosting" in spec.sources:
        packed = _named(tensors, "boosting")
        check(all(packed[name].dtype.name in kinds and packed[name].ndim == 1 for name, kinds in NAMES.items()))
        boosting = unpack(packed, lanes, widths.columns)
    networks = _networks(_named(tensors, "network"), spec, lanes, widths.columns) if "network" in spec.sources else None
    over = _named(tensors, "elements")
    elements = elements_from(over, spec.elements(), lanes * spec.members) if over else None
    return Sources(tuple(base), tuple(x for x in linear if x), tuple(boosting), networks, spec.members, elements)


def joined_sources(parts: Sequence[Sources]) -> Sources:
    """The lanes of several batches, one batch after another."""
    networks = [part.networks for part in parts if part.networks is not None]
    elements = [part.elements for part in parts if part.elements is not None]
    return Sources(
        tuple(x for part in parts for x in part.base),
        tuple(x for part in parts for x in part.linear),
        tuple(x for part in parts for x in part.boosting),
        _joined_networks(networks) if networks else None,
        parts[0].members,
        joined_elements(elements) if elements else None,
    )


def some_sources(sources: Sources, lanes: NDArray[np.integer]) -> Sources:
    """The models of some lanes."""
    places, members = lanes.tolist(), sources.members
    each = np.concatenate([np.arange(i * members, (i + 1) * members) for i in places])
    networks = sources.networks
    if networks is not None:
        layers = [(np.asarray(w)[each], np.asarray(b)[each]) for w, b in networks.layers]
        networks = Pretrained(layers, *(np.asarray(part)[each] for part in networks[1:]))
    return Sources(
        tuple(sources.base[i] for i in places),
        tuple(sources.linear[i] for i in places) if sources.linear else (),
        tuple(sources.boosting[i] for i in places) if sources.boosting else (),
        networks,
        members,
        None if sources.elements is None else some_elements(sources.elements, each),
    )


def _joined_networks(parts: list[Pretrained]) -> Pretrained:
    layers = [
        tuple(np.concatenate([np.asarray(part) for part in both]) for both in zip(*layer, strict=True))
        for layer in zip(*(part.layers for part in parts), strict=True)
    ]
    others = (np.concatenate([np.asarray(x) for x in same]) for same in zip(*(part[1:] for part in parts), strict=True))
    return Pretrained([(w, b) for w, b in layers], *others)


def _sparse_tensors(models: Sequence[SparseLinear | None]) -> Tensors:
    there = [model for model in models if model is not None]
    return {
        "length": np.array([-1 if model is None else len(model.columns) for model in models], np.int32),
        "columns": np.concatenate([np.zeros(0, np.int32), *(m.columns.astype(np.int32) for m in there)]),
        "weights": np.concatenate([np.zeros(0), *(model.weights for model in there)]),
        "intercept": np.array([0.0 if model is None else model.intercept for model in models], np.float64),
    }


def _sparse_from(tensors: Given, lanes: int, width: int) -> list[SparseLinear | None]:
    length, columns, weights, intercept = (tensors[k] for k in ("length", "columns", "weights", "intercept"))
    kinds = [tensor.dtype.name for tensor in (length, columns, weights, intercept)]
    check(kinds == ["int32", "int32", "float64", "float64"])
    check(length.shape == intercept.shape == (lanes,) and length.min(initial=0) >= -1)
    sizes = np.maximum(length.astype(np.int64), 0)
    check(columns.shape == weights.shape == (sizes.sum(),))
    check(bool(((columns >= 0) & (columns < width)).all()))
    check(bool(np.isfinite(weights).all() and np.isfinite(intercept).all()))
    ends = np.cumsum(sizes)
    return [
        None
        if length[i] < 0
        else SparseLinear(columns[end - size : end].astype(np.int64), weights[end - size : end], float(intercept[i]))
        for i, (size, end) in enumerate(zip(sizes.tolist(), ends.tolist(), strict=True))
    ]


def _networks(tensors: Given, spec: BlendSpec, lanes: int, width: int) -> Pretrained:
    wanted = network_forms(spec.network(), lanes * spec.members, width)
    check(wanted == {name: (tensor.shape, tensor.dtype.name) for name, tensor in tensors.items()})
    check(not any(np.isnan(tensor).any() for tensor in tensors.values()))
    check(all(np.isfinite(tensor).all() for name, tensor in tensors.items() if name != "scale"))
    check(bool((tensors["scale"] > 0).all() and (tensors["label_scale"] > 0).all()))
    return networks_from(tensors, len(spec.hidden) + 1)


def _prefixed(prefix: str, tensors: Tensors) -> Tensors:
    return {f"{prefix}-{name}": tensor for name, tensor in tensors.items()}


def _named(tensors: Given, prefix: str) -> Tensors:
    return {name.removeprefix(f"{prefix}-"): t for name, t in tensors.items() if name.startswith(f"{prefix}-")}
