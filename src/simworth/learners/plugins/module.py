"""A user's own PyTorch module on a table's features."""

from __future__ import annotations

from typing import Any

import torch

from simworth.errors import StudyError
from simworth.learners.plugins.code import check_options, load
from simworth.learners.plugins.descent import Inputs
from simworth.learners.protocol import Int32, Materials
from simworth.learners.scaling import Scaling
from simworth.learners.settings import TorchSpec


class UserModule:
    """`Model` of a `TorchSpec`: features (k, d) in, one number a material out, all layers tuned.

    Raises
    ------
    StudyError
        When the factory cannot be imported or does not take the options.
    """

    def __init__(self, spec: TorchSpec) -> None:
        self.name = spec.module
        self._make = load(spec.module, "module")
        self._options = dict(spec.options)
        check_options(self._make, 1, self._options, spec.module)

    def new(self, features: int) -> Any:
        """What the factory makes for this number of features."""
        made = self._make(features, **self._options)
        if not isinstance(made, torch.nn.Module):
            raise StudyError(f"learner.module: {self.name!r} made a {type(made).__name__}, not a torch.nn.Module")
        return made

    def scaling(self, source: Materials, rows: Int32) -> Scaling:
        """Of the lane's own source materials."""
        return Scaling.of(source.features[rows])

    def inputs(self, materials: Materials, rows: Int32, scaling: Scaling | None) -> Inputs:
        """Standardised features."""
        assert scaling is not None
        matrix = torch.as_tensor(scaling.apply(materials.features[rows]), dtype=torch.float32)
        return lambda places: matrix[places]

    def thawed(self, module: Any, inputs: tuple[Inputs, Inputs], counts: tuple[int, int]) -> tuple[Any, Inputs, Inputs]:
        """All of it."""
        return module, *inputs
