"""Networks that learned from all of a source, kept until a run is complete: the model is made of them.

They lie beside the features in ``work/`` and are removed with them; they can be made again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from simworth.files import replacing


def networks_path(folder: Path, index: int) -> Path:
    """Where the networks of chunk ``index`` are kept."""
    return folder / "work" / f"networks-{index:05d}.safetensors"


def keep_networks(folder: Path, index: int, pretrained: Any) -> None:
    """Keep the `simworth.learners.network.Pretrained` of a chunk, whole."""
    from safetensors.numpy import save

    from simworth.learners.stored import network_tensors

    data = save({name: np.ascontiguousarray(tensor) for name, tensor in network_tensors(pretrained).items()})
    with replacing(networks_path(folder, index)) as temporary:
        temporary.write_bytes(data)


def kept_networks(folder: Path, index: int, depth: int) -> Any | None:
    """The networks of a chunk, of ``depth`` layers; None where they were not kept or cannot be read."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    from simworth.learners.stored import networks_from

    try:
        return networks_from(load(networks_path(folder, index).read_bytes()), depth)
    except (OSError, SafetensorError, KeyError):
        return None
