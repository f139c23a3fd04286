"""What a sweep needs of anything that transfers: learn from a source, adapt to experiments, predict others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from simworth.identity import Kind

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]


class Materials(NamedTuple):
    """A table's materials, described in several ways; a learner takes those it can read."""

    features: Float32
    """(materials, d)."""
    identities: tuple[str, ...]
    """One text a material: canonical SMILES, a formula, or the name of a material of kind ``features``."""
    kind: Kind
    small: Float32 | None = None
    """(materials, c) counts of atoms, bonds, rings, as they are; None where nothing can be counted."""
    wide: csr_array | None = None
    """(materials, w) counts of these and of environments; the columns of a study's tables are the same."""
    size: Float32 | None = None
    """(materials,) heavy atoms of molecules and repeat units, 1 of other kinds."""
    elements: tuple[Int32, Float32] | None = None
    """Of compositions, (materials, k) each: places of elements in ``vectors``, and fractions, 0 beyond the last."""
    vectors: Float64 | None = None
    """(elements, d) numbers that describe the elements."""


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


class Scored(NamedTuple):
    """A member of a blend, in one trial."""

    name: str
    miss: float
    """Mean absolute error on training rows that it had not seen."""
    weight: float
    """In the blend."""


class Said(NamedTuple):
    """What the members of a blend say in one lane."""

    names: tuple[str, ...]
    unseen: Float64
    """(m, members) of each training row, as if they had not seen it."""
    asked: Float64
    """(asked, members)"""


class Told(NamedTuple):
    """What a blend tells of one lane."""

    predictions: Float64
    """(asked,)"""
    unseen: Float64
    """(m,) predictions of training rows that the members had not seen."""
    database: Float64 | None
    """(asked,) the source models through the best map alone; None in direct learning."""
    members: tuple[Scored, ...]


@runtime_checkable
class Blending(Protocol):
    """A learner of parts, some of which serve many trials and are made once."""

    def foresee(self, state: Any, target: Materials) -> Any:
        """What source models say of a target; once a batch and size of source, whatever m."""
        ...

    def direct(self, target: Materials, labels: Float64, train: Int32, ask: Int32, seed: int) -> Said:
        """What members that learn the experiments of one lane alone say; once a split and m, whatever the source."""
        ...

    def blended(
        self, foreseen: Any, lane: int, direct: Said, target: Materials, labels: Float64, train: Int32, ask: Int32,
        seed: int,
    ) -> Told:  # fmt: skip
        """The blend of one lane; without ``foreseen`` that of direct learning."""
        ...
