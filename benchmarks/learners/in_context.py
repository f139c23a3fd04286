"""``python -m benchmarks.learners.in_context MODEL ROWS FEATURES``: what one pass of an in-context learner costs.

The model has the size of the published one and random weights, on which neither time nor memory depends. One thread,
one estimator, 200 materials asked for.
"""

from __future__ import annotations

import argparse
import dataclasses
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ASKED = 200


def tabicl() -> dict[str, Any]:
    """A checkpoint of TabICL 2's size, 114 MB."""
    from tabicl._model.tabicl import TabICL

    config = {"max_classes": 0, "num_quantiles": 999, "row_rope_interleaved": False, "zero_init": False}
    return {"config": config, "state_dict": TabICL(**config).state_dict()}


def tabpfn() -> dict[str, Any]:
    """A checkpoint of TabPFN 2's size, 44 MB."""
    import torch
    from tabpfn.architectures.shared.bar_distribution import FullSupportBarDistribution
    from tabpfn.architectures.tabpfn_v2 import TabPFNV2Config, get_architecture

    config = TabPFNV2Config(max_num_classes=0, num_buckets=5000, seed=42)
    borders = FullSupportBarDistribution(torch.linspace(-4.0, 4.0, 5001)).state_dict()
    held = get_architecture(config).state_dict() | {f"criterion.{name}": value for name, value in borders.items()}
    return {"config": dataclasses.asdict(config), "state_dict": held}


def main() -> None:
    """Measure one pass and write a line."""
    import numpy as np
    import torch

    from simworth.learners.plugins.in_context import InContextLearner, predict
    from simworth.learners.settings import InContextSpec

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=("tabicl", "tabpfn"))
    parser.add_argument("rows", type=int)
    parser.add_argument("features", type=int)
    given = parser.parse_args()
    torch.manual_seed(0)
    x = np.random.default_rng(0).normal(size=(given.rows + ASKED, given.features)).astype(np.float32)
    known, asked = x[: given.rows], x[given.rows :]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.ckpt"
        torch.save({"tabicl": tabicl, "tabpfn": tabpfn}[given.model](), path)
        spec = InContextSpec(model=given.model, checkpoint=str(path), estimators=1)
        InContextLearner(spec)
        began = time.process_time()
        predict(spec, known, known[:, 0].astype(np.float64), asked, 0)
    spent = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1024 if sys.platform == "linux" else 1)
    sys.stdout.write(
        f"{given.model}, {given.rows} x {given.features}: {spent:.1f} s of a processor, peak {peak / 1e9:.1f} GB\n"
    )


if __name__ == "__main__":
    main()
