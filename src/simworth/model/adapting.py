"""The networks of one chunk of a sweep, adapted as its trials were and kept this time. Runs in a worker."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.files import replacing
from simworth.learners.settings import NetworkSpec
from simworth.learners.stored import Tensors, adapted_tensors
from simworth.sweep.chunk import is_largest, opened, padded, pretrain_chunk, train_rows
from simworth.sweep.design import Chunk, Manifest
from simworth.sweep.inputs import load_arm, load_target
from simworth.sweep.networks import kept_networks
from simworth.sweep.spec import StudySpec


class Kept(NamedTuple):
    """What `adapt_chunk` left of a chunk."""

    tensors: Tensors
    """Adapted networks, replicate after replicate, of each its tunings, of each its members."""
    held: NDArray[np.float64]
    """(replicates, tunings, test rows) predictions of held-out experiments, filled up at the end."""


def chunks_of(spec: StudySpec, manifest: Manifest, t: int, s: int) -> list[int]:
    """The chunks whose networks learned from all of source ``s`` for target ``t``, in the order of replicates."""
    return [
        i for i, c in enumerate(manifest.chunks) if (c.target, c.source) == (t, s) and is_largest(spec, manifest, c)
    ]


def kept_path(folder: Path, index: int) -> Path:
    """Where chunk ``index`` leaves its networks."""
    return folder / "work" / f"adapted-{index:05d}.safetensors"


def adapt_chunk(folder: str, index: int) -> None:
    """Adapt the networks of chunk ``index`` to the most experiments; a second call does nothing.

    Networks that the sweep kept are taken, others trained again from the same rows, seeds and lanes.
    """
    from safetensors.numpy import save

    root = Path(folder)
    path = kept_path(root, index)
    if path.exists():
        return
    manifest, spec = opened(folder)
    assert isinstance(spec.learner, NetworkSpec)
    tensors, held = _adapted(spec, spec.learner, manifest, manifest.chunks[index], root, index)
    data = save({name: np.ascontiguousarray(tensor) for name, tensor in (tensors | {"held": held}).items()})
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def read_kept(folder: Path, index: int) -> Kept:
    """What `adapt_chunk` left."""
    from safetensors.numpy import load

    tensors = load(kept_path(folder, index).read_bytes())
    held = tensors.pop("held")
    return Kept(tensors, held)


def _adapted(
    spec: StudySpec, network: NetworkSpec, manifest: Manifest, chunk: Chunk, root: Path, index: int
) -> tuple[Tensors, NDArray[np.float64]]:
    """Networks of a chunk at the largest m, every tuning, and what they say of the experiments they held out."""
    from simworth.learners.network import Pretrained
    from simworth.learners.strategies import adapt, predict

    assert chunk.source is not None
    t, s = chunk.target, chunk.source
    target = load_target(root, manifest.inputs[f"target-{t}"], t)
    pretrained = kept_networks(root, index, len(network.hidden) + 1)
    if pretrained is None:
        arm = load_arm(root, manifest.inputs[f"source-{s}"], manifest.inputs[f"target-{t}"], t, s)
        pretrained, _ = pretrain_chunk(spec, manifest, chunk, target, arm)
    assert isinstance(pretrained, Pretrained)
    lanes, members, features = len(chunk.replicates), network.members, target.materials.features
    ask = np.repeat(padded([target.test[r] for r in chunk.replicates]), members, axis=0)
    found, held = [], []
    for tuning in range(manifest.tunings[t][-1]):
        train = np.repeat(train_rows(spec, chunk, target, manifest.m[t][-1], tuning), members, axis=0)
        adapted = adapt(network, pretrained, features, target.values, train)
        said = predict(adapted, features, features, ask)  # in the shape of the trial's, so that bits are the same
        found.append(adapted_tensors(adapted))
        held.append(said.reshape(lanes, members, -1).mean(axis=1))
    return _interleaved(found, lanes, members), np.stack(held, axis=1)


def _interleaved(parts: list[Tensors], lanes: int, members: int) -> Tensors:
    """Tensors of each tuning (lanes x members, …) as (lanes x tunings x members, …)."""
    found: Tensors = {}
    for name, first in parts[0].items():
        shape = first.shape[1:]
        each = np.stack([part[name].reshape(lanes, members, *shape) for part in parts], axis=1)
        found[name] = each.reshape(lanes * len(parts) * members, *shape)
    return found
