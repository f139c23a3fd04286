"""Gradient descent on PyTorch modules: pretrain on a source, tune on experiments, one lane after another.

The course of training is that of simworth's own network: AdamW (Loshchilov and Hutter, arXiv 1711.05101) on a Huber
loss of standardised labels, with a warm-up and a cosine decay. For the experiments the source prediction is first put
on their scale by a least-squares line, which is tuned on with the module. Direct learning is the same two steps with
the experiments in the place of the source.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from simworth.errors import StudyError
from simworth.learners.protocol import Float64, Int32, Materials
from simworth.learners.scaling import Scaling, label_scaling, line
from simworth.learners.settings import DescentSpec

Inputs = Callable[[Any], Any]
"""From places in a list of materials (a tensor of integers) to what a module takes."""
CHUNK = 1024
"""Materials predicted at a time."""


class Model(Protocol):
    """What differs between kinds of modules."""

    name: str

    def new(self, features: int) -> Any:
        """A module to train; random numbers come from PyTorch's own generator."""
        ...

    def scaling(self, source: Materials, rows: Int32) -> Scaling | None:
        """What standardises inputs, from a lane's own ``rows`` (n,)."""
        ...

    def inputs(self, materials: Materials, rows: Int32, scaling: Scaling | None) -> Inputs:
        """Access to the inputs of ``rows`` (k,)."""
        ...

    def thawed(self, module: Any, inputs: tuple[Inputs, Inputs], counts: tuple[int, int]) -> tuple[Any, Any, Any]:
        """The part of a pretrained module that is tuned, and its inputs for experiments and for materials asked."""
        ...


class Trained(NamedTuple):
    """One lane's pretrained module, in units of its own standardised labels."""

    module: Any
    scaling: Scaling | None


class DescentLearner:
    """`Learner` of modules that a `Model` makes."""

    def __init__(self, spec: DescentSpec, model: Model) -> None:
        self._spec, self._model = spec, model

    def pretrain(self, source: Materials, labels: Float64, rows: Int32, n: int, seeds: list[int]) -> list[Trained]:
        """Train one module a lane on the source; shapes as in `Learner`."""
        lanes = zip(rows[:, :n], labels[:, :n], seeds, strict=True)
        return [self._pretrained(source, row, label, seed) for row, label, seed in lanes]

    def adapt_and_predict(
        self,
        state: list[Trained] | None,
        target: Materials,
        labels: Float64,
        train: Int32,
        ask: Int32,
        seeds: list[int],
    ) -> Float64:
        """Tune each lane's module and predict; shapes as in `Learner`."""
        begun = self.pretrain(target, labels[train], train, train.shape[1], seeds) if state is None else state
        lanes = zip(begun, train, ask, seeds, strict=True)
        return np.stack([self._tuned(lane, target, labels[t], t, a, seed) for lane, t, a, seed in lanes])

    def _pretrained(self, source: Materials, rows: Int32, labels: Float64, seed: int) -> Trained:
        import torch

        scaling = self._model.scaling(source, rows)
        inputs = self._model.inputs(source, rows, scaling)
        centre, scale = label_scaling(labels)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            module = self._model.new(source.features.shape[1])
            forward = self._checked(module)
            spec = self._spec
            _descend(
                forward, module, list(module.parameters()), inputs, (labels - centre) / scale,
                spec.pretraining_steps(len(rows)), spec.batch, spec.rate, spec.decay,
            )  # fmt: skip
        return Trained(module, scaling)

    def _tuned(self, lane: Trained, target: Materials, labels: Float64, train: Int32, ask: Int32, seed: int) -> Float64:
        """Predictions (asked,) of one lane from ``labels`` (m,) of ``train`` (m,)."""
        import torch

        parts = tuple(self._model.inputs(target, rows, lane.scaling) for rows in (train, ask))
        counts = len(train), len(ask)
        module, seen, asked = self._model.thawed(copy.deepcopy(lane.module), (parts[0], parts[1]), counts)
        forward = self._checked(module)
        centre, scale = label_scaling(labels)
        standard = (labels - centre) / scale
        ends = line(predict(forward, module, seen, len(train)), standard)
        slope, shift = (torch.tensor(float(end), requires_grad=True) for end in ends)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            tuned = [*(p for p in module.parameters() if p.requires_grad), slope, shift]
            spec = self._spec
            _descend(
                lambda x: slope * forward(x) + shift, module, tuned, seen, standard,
                spec.tuning_steps, spec.batch, spec.tuning_rate, 0.0,
            )  # fmt: skip
        final = predict(lambda x: slope * forward(x) + shift, module, asked, len(ask))
        return final * scale + centre

    def _checked(self, module: Any) -> Callable[[Any], Any]:
        """``module`` as a function from inputs to one number a material."""

        def forward(batch: Any) -> Any:
            out = module(batch)
            if out.ndim > 2 or (out.ndim == 2 and out.shape[1] != 1) or len(out) != len(batch):
                raise StudyError(
                    f"the module of {self._model.name} made numbers of shape {tuple(out.shape)} for {len(batch)} "
                    "materials; it must make one a material"
                )
            return out.reshape(-1)

        return forward


def predict(forward: Callable[[Any], Any], module: Any, inputs: Inputs, count: int) -> Float64:
    """Outputs (count,) of a module that is not being trained."""
    return np.asarray(evaluated(forward, module, inputs, count).numpy(), dtype=np.float64)


def evaluated(function: Callable[[Any], Any], module: Any, inputs: Inputs, count: int) -> Any:
    """What a function of ``module`` makes of all inputs, as a tensor (count, ...), without training it."""
    import torch

    module.eval()
    with torch.no_grad():
        return torch.cat([function(inputs(torch.arange(i, min(i + CHUNK, count)))) for i in range(0, count, CHUNK)])


def _descend(
    forward: Callable[[Any], Any], module: Any, parameters: list[Any], inputs: Inputs, labels: Float64,
    steps: int, batch: int, rate: float, decay: float,
) -> None:  # fmt: skip
    """Change ``parameters`` to lower the Huber loss on standardised ``labels`` (materials,)."""
    import torch

    wanted = torch.as_tensor(labels, dtype=torch.float32)
    optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=decay)
    everything = torch.arange(len(labels))
    module.train()
    for step in range(steps):
        rows = everything if len(labels) <= batch else torch.randint(len(labels), (batch,))
        warm = min(1.0, (step + 1) / (0.05 * steps + 1))
        optimiser.param_groups[0]["lr"] = rate * warm * 0.5 * (1 + np.cos(np.pi * step / steps))
        optimiser.zero_grad()
        torch.nn.functional.huber_loss(forward(inputs(rows)), wanted[rows]).backward()
        optimiser.step()
