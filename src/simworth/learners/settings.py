"""What a study may choose about its learners."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

Baseline = Literal["ridge", "forest"]


class NetworkSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of the transferred network."""

    name: Literal["network"] = "network"
    hidden: tuple[int, ...] = (128, 64)
    batch: int = 64
    rate: float = 2e-3
    decay: float = 1e-3
    steps: int = 1000
    """Pretraining steps at n = 1,000; they grow with the square root of n between the next two bounds."""
    least_steps: int = 400
    most_steps: int = 4000
    tuning_rate: float = 1e-3
    tuning_steps: int = 200

    def pretraining_steps(self, n: int) -> int:
        """Gradient steps spent on ``n`` source materials."""
        return int(np.clip(self.steps * (n / 1000) ** 0.5, self.least_steps, self.most_steps))
