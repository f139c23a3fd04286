"""What a sweep needs of anything that transfers: learn from a source, adapt to experiments, predict others."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from simworth.identity import Kind

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]


class Materials(NamedTuple):
    """A table's materials, described in two ways; a learner takes the one it can read."""

    features: Float32
    """(materials, d)."""
    identities: tuple[str, ...]
    """One text a material: canonical SMILES, a formula, or the name of a material of kind ``features``."""
    kind: Kind


@runtime_checkable
class Learner(Protocol):
    """Trains lanes (replicates), which share the tables and nothing else.

    A lane's predictions must follow from its own rows, labels and seed: the same whichever lanes share the call (up to
    the rounding of batched sums), and the same bits when the call is repeated. Nothing may be learned from materials
    outside a lane's rows. Predictions that are not finite are recorded as a failed trial.
    """

    def pretrain(self, source: Materials, labels: Float64, rows: Int32, n: int, seeds: list[int]) -> Any:
        """Learn the source property.

        Parameters
        ----------
        labels
            (lanes, width): the label of the material in ``rows`` at the same place.
        rows
            (lanes, width): each lane's materials in its own order, of which the first ``n`` are used.
        seeds
            One 64-bit seed a lane.

        Returns
        -------
        Whatever `adapt_and_predict` wants to know of it. It is used for several calls and must not be changed by them.
        """
        ...

    def adapt_and_predict(
        self, state: Any | None, target: Materials, labels: Float64, train: Int32, ask: Int32, seeds: list[int]
    ) -> Float64:
        """Adapt to experiments and predict others.

        Parameters
        ----------
        state
            From `pretrain`; None for direct learning, from the experiments alone.
        labels
            (materials,) of the target, of which a lane may look at those in ``train``.
        train, ask
            Rows of the target to learn from (lanes, m) and to predict (lanes, asked).
        seeds
            One 64-bit seed a lane.

        Returns
        -------
        Predictions (lanes, asked) in the unit of ``labels``.
        """
        ...
