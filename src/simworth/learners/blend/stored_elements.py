"""Networks over elements as named arrays, so that a file can hold them: plain numbers, nothing that runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simworth.learners.blend.packed import Tensors, check
from simworth.learners.elements_network import BELLS, Layer, PretrainedElements, Weights
from simworth.learners.settings import ElementsSpec

START = ("vectors", "elements", "fraction", "bias")
LABEL = ("label_centre", "label_scale")


def elements_tensors(networks: PretrainedElements) -> Tensors:
    """Networks as arrays, their leading axis the lane."""
    weights = networks.weights
    found = {name: np.asarray(getattr(weights, name)) for name in START}
    for i, layer in enumerate(weights.layers):
        found |= {f"{name}-{i}": np.asarray(part) for name, part in zip(Layer._fields, layer, strict=True)}
    for i, (weight, bias) in enumerate(weights.head):
        found |= {f"head-weight-{i}": np.asarray(weight), f"head-bias-{i}": np.asarray(bias)}
    return found | {name: np.asarray(getattr(networks, name)) for name in LABEL}


def elements_from(tensors: Mapping[str, NDArray[Any]], spec: ElementsSpec, lanes: int) -> PretrainedElements:
    """What `elements_tensors` was given, of so many networks with these settings.

    Raises
    ------
    KeyError, ValueError
        When the arrays are no such networks.
    """
    found = {name: (tensor.shape, tensor.dtype.name) for name, tensor in tensors.items()}
    check(tensors["elements"].ndim == 3)
    check(_forms(spec, lanes, tensors["elements"].shape[-1]) == found)
    check(all(bool(np.isfinite(tensor).all()) for tensor in tensors.values()))
    check(bool((tensors["label_scale"] > 0).all()))
    layers = tuple(Layer(*(tensors[f"{name}-{i}"] for name in Layer._fields)) for i in range(spec.layers))
    head = [(tensors[f"head-weight-{i}"], tensors[f"head-bias-{i}"]) for i in range(2)]
    vectors, elements, fraction, bias = (tensors[name] for name in START)
    weights = Weights(vectors, elements, fraction, bias, layers, head)
    return PretrainedElements(weights, *(tensors[name] for name in LABEL))


def element_names(spec: ElementsSpec) -> set[str]:
    """Names of the arrays."""
    return set(_forms(spec, 1, 1))


def joined_elements(parts: Sequence[PretrainedElements]) -> PretrainedElements:
    """The networks of several batches, one batch after another."""
    return _mapped(lambda *same: np.concatenate([np.asarray(x) for x in same]), *parts)


def some_elements(networks: PretrainedElements, each: NDArray[np.integer]) -> PretrainedElements:
    """Some of the networks."""
    return _mapped(lambda part: np.asarray(part)[each], networks)


def _mapped(change: Callable[..., Any], *networks: PretrainedElements) -> PretrainedElements:
    import jax

    changed: PretrainedElements = jax.tree.map(change, *networks)
    return changed


def _forms(spec: ElementsSpec, lanes: int, elements: int) -> dict[str, tuple[tuple[int, ...], str]]:
    """Shape and type of every array."""
    width, inner = spec.width, spec.inner
    shapes: dict[str, tuple[int, ...]] = {
        "vectors": (width, 0),
        "elements": (width, elements),
        "fraction": (width, BELLS + 3),
        "bias": (width,),
    }
    layer = (width,), (inner, width), (inner, width), (inner,), (width, inner), (width,)
    for i in range(spec.layers):
        shapes |= {f"{name}-{i}": shape for name, shape in zip(Layer._fields, layer, strict=True)}
    for i, (a, b) in enumerate(((width, spec.hidden), (spec.hidden, 1))):
        shapes |= {f"head-weight-{i}": (a, b), f"head-bias-{i}": (b,)}
    found = {name: ((lanes, *shape), "float32") for name, shape in shapes.items()}
    return found | dict.fromkeys(LABEL, ((lanes,), "float64"))
