"""chemprop's directed message-passing network, from the SMILES that materials are known by.

Pretraining trains message passing and readout on the source. Adaptation tunes both on the experiments; or it freezes
the message passing, as chemprop's own option ``--freeze-encoder`` does, and tunes the readout alone.

Reference: Heid et al., J. Chem. Inf. Model. 64, 9 (2024), doi 10.1021/acs.jcim.3c01250.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from chemprop import nn
from chemprop.data import BatchMolGraph
from chemprop.featurizers import SimpleMoleculeMolGraphFeaturizer
from chemprop.models import MPNN
from rdkit import Chem

from simworth.learners.plugins.descent import Inputs, evaluated
from simworth.learners.protocol import Int32, Materials
from simworth.learners.scaling import Scaling
from simworth.learners.settings import ChempropSpec

AGGREGATIONS = {"mean": nn.MeanAggregation, "sum": nn.SumAggregation, "norm": nn.NormAggregation}
GRAPHS = 65_536
"""Molecular graphs kept by a worker, of some kilobytes each."""


class MessagePassing:
    """`Model` of a `ChempropSpec`."""

    name = "chemprop"

    def __init__(self, spec: ChempropSpec) -> None:
        self._spec = spec

    def new(self, features: int) -> Any:
        """Message passing on bonds, aggregation, and a network of one hidden layer."""
        spec = self._spec
        passing = nn.BondMessagePassing(d_h=spec.hidden, depth=spec.depth, dropout=spec.dropout)
        readout = nn.RegressionFFN(input_dim=spec.hidden, hidden_dim=spec.hidden, dropout=spec.dropout)
        return MPNN(passing, AGGREGATIONS[spec.aggregation](), readout)

    def scaling(self, source: Materials, rows: Int32) -> Scaling | None:
        """None: graphs are not standardised."""
        return None

    def inputs(self, materials: Materials, rows: Int32, scaling: Scaling | None) -> Inputs:
        """Batches of molecular graphs."""
        smiles = [materials.identities[row] for row in rows]
        return lambda places: BatchMolGraph([_graph(smiles[i]) for i in places.tolist()])

    def thawed(self, module: Any, inputs: tuple[Inputs, Inputs], counts: tuple[int, int]) -> tuple[Any, Inputs, Inputs]:
        """The readout alone, whose inputs are then the fixed fingerprints; or all of it."""
        if not self._spec.freeze:
            return module, *inputs
        seen, asked = (
            evaluated(module.fingerprint, module, part, count) for part, count in zip(inputs, counts, strict=True)
        )
        return module.predictor, lambda places: seen[places], lambda places: asked[places]


@lru_cache(maxsize=GRAPHS)
def _graph(smiles: str) -> Any:
    return SimpleMoleculeMolGraphFeaturizer()(Chem.MolFromSmiles(smiles))
