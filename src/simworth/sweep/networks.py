"""What learned from all of a source, kept until a run is complete: the model is made of it.

Networks, or the source models of a blend. They lie beside the features in ``work/`` and are removed with them; they can
be made again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simworth.files import replacing

Tensors = dict[str, NDArray[Any]]


def networks_path(folder: Path, index: int) -> Path:
    """Where what chunk ``index`` learned of its source is kept."""
    return folder / "work" / f"networks-{index:05d}.safetensors"


def keep_networks(folder: Path, index: int, pretrained: Any) -> None:
    """Keep the `simworth.learners.network.Pretrained` or the `Sources` of a chunk, whole."""
    from safetensors.numpy import save

    data = save({name: np.ascontiguousarray(tensor) for name, tensor in _tensors(pretrained).items()})
    with replacing(networks_path(folder, index)) as temporary:
        temporary.write_bytes(data)


def kept_networks(folder: Path, index: int, depth: int) -> Any | None:
    """The networks of a chunk, of ``depth`` layers; None where they were not kept or cannot be read."""
    from simworth.learners.stored import networks_from

    try:
        return networks_from(kept_tensors(folder, index), depth)
    except KeyError:
        return None


def kept_tensors(folder: Path, index: int) -> Tensors:
    """The arrays of a chunk; none where they were not kept or cannot be read."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        found: Tensors = load(networks_path(folder, index).read_bytes())
    except (OSError, SafetensorError):
        return {}
    return found


def _tensors(pretrained: Any) -> Tensors:
    from simworth.learners.blend.sources import Sources
    from simworth.learners.blend.stored_sources import source_tensors
    from simworth.learners.stored import network_tensors

    return source_tensors(pretrained) if isinstance(pretrained, Sources) else network_tensors(pretrained)
