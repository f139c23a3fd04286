from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from simworth.errors import StudyError
from simworth.learners.choose import check_kind, learner_versions, make_learner
from simworth.learners.protocol import Materials
from simworth.learners.settings import ChempropSpec

chemprop = pytest.importorskip("chemprop", reason="the extra 'chemprop' is not installed")


def learner(**settings: Any) -> Any:
    quick = {"hidden": 32, "aggregation": "sum", "rate": 5e-3, "steps": 400, "least_steps": 200, "most_steps": 400}
    quick |= {"tuning_steps": 40}
    return make_learner(ChempropSpec(**(quick | settings)))


@pytest.fixture(scope="module")
def molecules(problem_of_molecules):
    """Chains of carbon, oxygen and nitrogen, whose property is a sum over atoms."""
    weight = {"C": 1.0, "O": -2.0, "N": 0.5}
    chains = ["".join(c) for k in range(2, 7) for c in itertools.product("CON", repeat=k)]
    chosen = np.random.default_rng(0).permutation(len(chains))[:260]
    smiles = [chains[i] for i in chosen]
    value = np.array([sum(weight[a] for a in s) for s in smiles])

    def table(part: slice) -> tuple[Materials, Any]:
        return Materials(np.zeros((len(smiles[part]), 1), np.float32), tuple(smiles[part]), "molecule"), value[part]

    return problem_of_molecules(*table(slice(0, 200)), *table(slice(200, 260)))


@pytest.mark.parametrize("freeze", [True, False])
def test_message_passing_learned_from_the_source_helps(molecules, freeze: bool) -> None:
    made = learner(freeze=freeze)
    assert molecules.error(made, 200) < 0.5 * molecules.error(made, 0)
    assert molecules.error(made, 200) < 0.05 * molecules.measured.std()


def test_the_same_seed_gives_the_same_bits_and_a_lane_is_alone(molecules) -> None:
    made = learner(steps=30, least_steps=10, most_steps=30, dropout=0.1, aggregation="mean")
    together = molecules.predict(made, 50)
    np.testing.assert_array_equal(together, molecules.predict(made, 50))
    np.testing.assert_array_equal(together[1:2], molecules.lanes(1).predict(made, 50, (1,)))


def test_only_materials_with_smiles_can_be_read() -> None:
    check_kind(ChempropSpec(), "polymer")
    with pytest.raises(StudyError, match="reads SMILES; materials of kind 'composition' need another learner"):
        check_kind(ChempropSpec(), "composition")
    assert set(learner_versions(ChempropSpec())) == {"chemprop", "torch"}
