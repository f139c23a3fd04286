"""Networks as named arrays, so that a file can hold them: plain numbers, nothing that runs."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simworth.learners import kernels
from simworth.learners.network import Layers, Pretrained
from simworth.learners.recipes import RECIPES, Fit
from simworth.learners.settings import NetworkSpec
from simworth.learners.strategies import TUNED, Adapted, fit_names
from simworth.learners.tuning import Tuned

Tensors = dict[str, NDArray[Any]]
Form = tuple[tuple[int, ...], str]
"""Shape and type of an array."""
OWN = ("centre", "scale")
LABEL = ("label_centre", "label_scale")
KEPT = ("train", "learned", "bounds")


def network_tensors(networks: Pretrained) -> Tensors:
    """Pretrained networks as arrays, their leading axis the lane."""
    return _layers("", networks.layers) | {k: np.asarray(getattr(networks, k)) for k in (*OWN, *LABEL)}


def networks_from(tensors: Mapping[str, NDArray[Any]], depth: int) -> Pretrained:
    """What `network_tensors` was given; ``depth`` counts the layers."""
    return Pretrained(_read_layers("", tensors, depth), *(tensors[k] for k in (*OWN, *LABEL)))


def adapted_tensors(adapted: Adapted) -> Tensors:
    """Adapted networks as arrays: the tuned layers, and of what closed forms need the networks below them."""
    found: Tensors = {"train": adapted.train}
    if adapted.tuned is not None:
        found |= _layers("tuned-", adapted.tuned.layers)
        found |= {"tuned-centre": adapted.tuned.centre, "tuned-scale": adapted.tuned.scale}
    if not adapted.fits:
        return found | {k: np.asarray(getattr(adapted.pretrained, k)) for k in OWN}
    found |= network_tensors(adapted.pretrained)
    found |= {"learned": adapted.learned, "bounds": adapted.bounds, "blend": adapted.blend}
    for name, fits in adapted.fits.items():
        lines, duals = [f.line for f in fits if f.line], [f.dual for f in fits if f.dual]
        if lines:
            found[f"line-{name}"] = np.array(lines)
        if duals:
            found[f"dual-{name}"] = np.stack([d.weights for d in duals])
            found[f"terms-{name}"] = np.array([(d.intercept, d.length, d.slope) for d in duals])
    return found


def adapted_from(tensors: Mapping[str, NDArray[Any]], spec: NetworkSpec) -> Adapted:
    """What `adapted_tensors` was given, of networks with these settings; the arrays must have the `forms`."""
    depth, lanes = len(spec.hidden) + 1, len(tensors["train"])
    tuned = None
    if spec.adaptation in TUNED:
        tuned = Tuned(_read_layers("tuned-", tensors, depth), tensors["tuned-centre"], tensors["tuned-scale"])
    names, nothing = fit_names(spec), np.zeros((lanes, 0))
    if not names:
        bare = Pretrained([], tensors["centre"], tensors["scale"], nothing, nothing)
        unused = nothing.astype(np.float32)[:, :, None]
        return Adapted(bare, tensors["train"], unused, nothing, tuned, {}, np.ones((lanes, 1)))
    fits = {name: [_fit(name, tensors, i) for i in range(lanes)] for name in names}
    networks, train, learned, bounds = networks_from(tensors, depth), *(tensors[k] for k in KEPT)
    return Adapted(networks, train, learned, bounds, tuned, fits, tensors["blend"])


def forms(spec: NetworkSpec, lanes: int, width: int, m: int) -> dict[str, Form]:
    """Shape and type of every array of ``lanes`` networks on ``width`` features, adapted to ``m`` experiments."""
    names, tuned = fit_names(spec), spec.adaptation in TUNED
    wanted: dict[str, Form] = {"train": ((lanes, m), "int32")}
    wanted |= dict.fromkeys(OWN, ((lanes, width), "float32"))
    for prefix in (*(("tuned-",) if tuned else ()), *(("",) if names else ())):
        wanted |= _layer_forms(prefix, spec, lanes, width)
    if tuned:
        wanted |= dict.fromkeys(("tuned-centre", "tuned-scale"), ((lanes,), "float64"))
    if names:
        wanted |= dict.fromkeys(LABEL, ((lanes,), "float64"))
        wanted |= {"learned": ((lanes, m, spec.hidden[-1]), "float32"), "bounds": ((lanes, 2), "float64")}
        wanted["blend"] = (lanes, len(names) + tuned), "float64"
    for name in names:
        if RECIPES[name].line:
            wanted[f"line-{name}"] = (lanes, 3), "float64"
        if RECIPES[name].kernel:
            wanted |= {f"dual-{name}": ((lanes, m), "float64"), f"terms-{name}": ((lanes, 3), "float64")}
    return wanted


def network_forms(spec: NetworkSpec, lanes: int, width: int) -> dict[str, Form]:
    """Shape and type of every array of `network_tensors`."""
    wanted = _layer_forms("", spec, lanes, width) | dict.fromkeys(OWN, ((lanes, width), "float32"))
    return wanted | dict.fromkeys(LABEL, ((lanes,), "float64"))


def _layer_forms(prefix: str, spec: NetworkSpec, lanes: int, width: int) -> dict[str, Form]:
    found: dict[str, Form] = {}
    for i, (a, b) in enumerate(pairwise((width, *spec.hidden, 1))):
        found[f"{prefix}weight-{i}"] = (lanes, a, b), "float32"
        found[f"{prefix}bias-{i}"] = (lanes, b), "float32"
    return found


def joined(parts: list[Tensors]) -> Tensors:
    """Lanes of several batches one after another."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _layers(prefix: str, layers: Layers) -> Tensors:
    found: Tensors = {f"{prefix}weight-{i}": np.asarray(w) for i, (w, _) in enumerate(layers)}
    return found | {f"{prefix}bias-{i}": np.asarray(b) for i, (_, b) in enumerate(layers)}


def _read_layers(prefix: str, tensors: Mapping[str, NDArray[Any]], depth: int) -> Layers:
    return [(tensors[f"{prefix}weight-{i}"], tensors[f"{prefix}bias-{i}"]) for i in range(depth)]


def _fit(name: str, tensors: Mapping[str, NDArray[Any]], lane: int) -> Fit:
    recipe = RECIPES[name]
    line = kernels.Line(*tensors[f"line-{name}"][lane].tolist()) if recipe.line else None
    if not recipe.kernel:
        return Fit(line, None)
    intercept, length, slope = tensors[f"terms-{name}"][lane].tolist()
    return Fit(line, kernels.Dual(tensors[f"dual-{name}"][lane], intercept, length, slope))
