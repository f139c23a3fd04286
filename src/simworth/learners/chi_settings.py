"""What may be chosen about the learner of miscibility."""

from __future__ import annotations

import msgspec


class ChiSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="chi"):
    """Settings of the χ network."""

    hidden: tuple[int, ...] = (32,)
    """Sigmoid units of each hidden layer, in the polymer's network and in the solvent's."""
    width: int = 16
    """Entries of u and of r."""
    epochs: int = 50
    batches: int = 20
    """Gradient steps in an epoch; each takes a mini-batch of every task that has labels."""
    batch: int = 32
    rate: float = 2e-2
    """Learning rate, halved after every fifth of the epochs."""
    decay: float = 0.3
    """Weight decay, decoupled from the gradient (AdamW)."""
    gain: float = 0.3
    """Size of the weights before training; 1 gives a hidden unit an input of variance one."""
    soluble_share: float = 0.2
    """λ_c: share of the classification in the loss."""
    computed_share: float = 0.5
    """λ_s: share of the computed χ in the rest of the loss."""
    members: int = 5
    """Networks trained from different starts, whose predictions are averaged."""

    @property
    def label(self) -> str:
        """What trials call the learner."""
        return "chi"
