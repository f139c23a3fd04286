"""The same trials one by one, as a script with PyTorch would train them; nothing of it is imported until it runs."""

from __future__ import annotations

import copy
import importlib.util
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np

from benchmarks.learners.trials import ASKED, Float32, Float64, Spent, Standard, Task, load, source_rows, target_rows
from simworth.learners.scaling import label_scaling, line
from simworth.learners.settings import NetworkSpec


@dataclass(frozen=True)
class TorchWay:
    """How PyTorch is set up."""

    threads: int
    fused: bool
    """Whether one kernel updates all of a parameter."""
    share: float = 1.0
    """Of the steps, how many are taken; the clock is multiplied. Threads that wait for a busy core can take minutes."""


def absent() -> str | None:
    """Why PyTorch cannot take part, if so."""
    return None if importlib.util.find_spec("torch") else "not installed (pip install torch)"


def by_torch(task: Task, way: TorchWay) -> Spent:
    """Each replicate of the task after the other, in this process."""
    import torch

    torch.set_num_threads(way.threads)
    data, spent = load(task.folder), Spent(len(task.replicates))
    for r in task.replicates:
        torch.manual_seed(r)
        rows, order = source_rows(r, len(data.computed))[: task.n], target_rows(r, len(data.measured))
        with spent.clock():
            scaling = Standard.of(data.source[rows])
            module = network(data.source.shape[1], task.spec.hidden)
            x, (centre, scale) = _tensor(scaling, data.source[rows]), label_scaling(data.computed[rows])
            y = torch.as_tensor((data.computed[rows] - centre) / scale, dtype=torch.float32)
            steps = round(way.share * task.spec.pretraining_steps(task.n))
            _descend(module, x, y, steps, task.spec.batch, task.spec.rate, task.spec.decay, way.fused)
        ask = order[:ASKED]
        for m in task.m:
            with spent.clock(m):
                train = order[ASKED : ASKED + m]
                inputs = _tensor(scaling, data.target[train]), _tensor(scaling, data.target[ask])
                spec = msgspec.structs.replace(task.spec, tuning_steps=round(way.share * task.spec.tuning_steps))
                predicted = _tuned(spec, module, inputs, data.measured[train], way.fused)
            spent.miss(m, predicted, data.measured[ask])
    for clock in (spent.pretrain, *spent.tune.values()):
        clock[:] = [seconds / way.share for seconds in clock]
    return spent


def network(features: int, hidden: tuple[int, ...]) -> Any:
    """The layers of simworth's network."""
    import torch

    sizes = (features, *hidden)
    layers: list[Any] = []
    for a, b in pairwise(sizes):
        layers += [torch.nn.Linear(a, b), torch.nn.SiLU()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-1], 1))


def _tensor(scaling: Standard, rows: Float32) -> Any:
    import torch

    return torch.from_numpy(scaling.apply(rows))


def _tuned(spec: NetworkSpec, pretrained: Any, inputs: tuple[Any, Any], labels: Float64, fused: bool) -> Float64:
    """Calibrate by a line, tune on all rows at once, predict."""
    import torch

    module, (seen, asked) = copy.deepcopy(pretrained), inputs
    centre, scale = label_scaling(labels)
    standard = (labels - centre) / scale
    with torch.no_grad():
        slope, shift = line(module(seen)[:, 0].numpy().astype(np.float64), standard)
        module[-1].weight *= slope
        module[-1].bias.mul_(slope).add_(shift)
    y = torch.as_tensor(standard, dtype=torch.float32)
    _descend(module, seen, y, spec.tuning_steps, None, spec.tuning_rate, 0.0, fused)
    with torch.no_grad():
        return np.asarray(module(asked)[:, 0].numpy(), np.float64) * scale + centre


def _descend(
    module: Any, x: Any, y: Any, steps: int, batch: int | None, rate: float, decay: float, fused: bool
) -> None:
    """AdamW on the Huber loss with a cosine decay, on random rows or (no ``batch``) on all of them."""
    import torch

    optimiser = torch.optim.AdamW(module.parameters(), lr=rate, weight_decay=decay, fused=fused or None)
    for step in range(steps):
        warm = min(1.0, (step + 1) / (0.05 * steps + 1)) if batch else 1.0
        optimiser.param_groups[0]["lr"] = rate * warm * 0.5 * (1 + np.cos(np.pi * step / steps))
        rows = torch.randint(len(y), (batch,)) if batch else slice(None)
        optimiser.zero_grad()
        torch.nn.functional.huber_loss(module(x[rows])[:, 0], y[rows]).backward()
        optimiser.step()
