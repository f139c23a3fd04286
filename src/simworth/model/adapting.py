"""What one chunk of a sweep learned, adapted as its trials were and kept this time. Runs in a worker."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from simworth.files import replacing
from simworth.learners.settings import BlendSpec, NetworkSpec
from simworth.learners.stored import Tensors
from simworth.model.predictor import Float64
from simworth.sweep.chunk import is_largest, opened, pretrain_chunk
from simworth.sweep.counts import load_vocabulary
from simworth.sweep.design import Chunk, Manifest
from simworth.sweep.inputs import TargetData, load_arm, load_target
from simworth.sweep.networks import kept_networks, kept_tensors
from simworth.sweep.spec import StudySpec
from simworth.workers import single_threaded


class Kept(NamedTuple):
    """What `adapt_chunk` left of a chunk."""

    tensors: Tensors
    """Adapted networks or blends, replicate after replicate, of each its tunings."""
    held: list[Float64]
    """(tunings, held out) predictions of each replicate."""


def chunks_of(spec: StudySpec, manifest: Manifest, t: int, s: int) -> list[int]:
    """The chunks that learned from all of source ``s`` for target ``t``, in the order of replicates."""
    return [
        i for i, c in enumerate(manifest.chunks) if (c.target, c.source) == (t, s) and is_largest(spec, manifest, c)
    ]


def kept_path(folder: Path, index: int) -> Path:
    """Where chunk ``index`` leaves what it adapted."""
    return folder / "work" / f"adapted-{index:05d}.safetensors"


def adapt_chunk(folder: str, index: int) -> None:
    """Adapt what chunk ``index`` learned of its source to the most experiments; a second call does nothing.

    What the sweep kept is taken, what it did not is learned again from the same rows, seeds and lanes.
    """
    from safetensors.numpy import save

    root = Path(folder)
    path = kept_path(root, index)
    if path.exists():
        return
    manifest, spec = opened(folder)
    with single_threaded():
        tensors, held = _adapted(spec, manifest, manifest.chunks[index], root, index)
    tensors |= {f"held-{i}": said for i, said in enumerate(held)}
    data = save({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()})
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def read_kept(folder: Path, index: int, replicates: int) -> Kept:
    """What `adapt_chunk` left of so many replicates."""
    from safetensors.numpy import load

    tensors = load(kept_path(folder, index).read_bytes())
    held = [tensors.pop(f"held-{i}") for i in range(replicates)]
    return Kept(tensors, held)


def _adapted(
    spec: StudySpec, manifest: Manifest, chunk: Chunk, root: Path, index: int
) -> tuple[Tensors, list[Float64]]:
    """A chunk at the largest m, every tuning, and what it says of the experiments that it held out."""
    from simworth.learners.blend.sources import Sources
    from simworth.learners.network import Pretrained
    from simworth.model.blends import adapt_blends
    from simworth.model.networks import adapt_networks

    target, learner = load_target(root, manifest.inputs[f"target-{chunk.target}"], chunk.target), spec.learner
    if isinstance(learner, BlendSpec):
        sources = _sources(learner, root, index, target, len(chunk.replicates))
        sources = sources or _learned(spec, manifest, chunk, root, target)
        assert isinstance(sources, Sources)
        words = load_vocabulary(root / "work")
        return adapt_blends(spec, learner, manifest, chunk, target, sources, words)
    assert isinstance(learner, NetworkSpec)
    networks = kept_networks(root, index, len(learner.hidden) + 1) or _learned(spec, manifest, chunk, root, target)
    assert isinstance(networks, Pretrained)
    return adapt_networks(spec, learner, manifest, chunk, target, networks)


def _sources(learner: BlendSpec, root: Path, index: int, target: TargetData, lanes: int) -> object | None:
    """The source models that the sweep kept; None where there are none that fit."""
    from simworth.learners.blend.sources import columns_of
    from simworth.learners.blend.stored_sources import Widths, sources_from

    materials = target.materials
    small, wide = (0 if part is None else part.shape[1] for part in (materials.small, materials.wide))
    widths = Widths(small, wide or materials.features.shape[1], columns_of(materials).shape[1])
    try:
        return sources_from(kept_tensors(root, index), learner, lanes, widths)
    except (KeyError, ValueError):
        return None


def _learned(spec: StudySpec, manifest: Manifest, chunk: Chunk, root: Path, target: TargetData) -> object:
    """What the chunk learns of its source, once more."""
    t, s = chunk.target, chunk.source
    arm = load_arm(root, manifest.inputs[f"source-{s}"], manifest.inputs[f"target-{t}"], t, int(s or 0))
    return pretrain_chunk(spec, manifest, chunk, target, arm)[0]
