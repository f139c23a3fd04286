"""Several fine-tunings of a pretrained network: how many, on which experiments, and that nothing else changes."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import simworth
from simworth.errors import StudyError
from simworth.learners.settings import NetworkSpec, SklearnSpec
from simworth.learners.strategies import FOLDS
from simworth.sweep.design import Manifest
from simworth.sweep.run import sweep
from simworth.sweep.spec import StudySpec, study_from
from simworth.sweep.tunings import FITS, MOST, VARIANCES, best_count, count_tunings, tuned_order
from simworth.tables import PropertyColumn, read_table
from simworth.tables.splits import split
from simworth.testing import synthetic_study, synthetic_tables

SPY = """
import numpy as np

SEEN = []

class Spy:
    def pretrain(self, source, labels, rows, n, seeds):
        SEEN.append(("pretrain", n, rows[:, :n].copy(), None, list(seeds)))
        return n

    def adapt_and_predict(self, state, target, labels, train, ask, seeds):
        SEEN.append(("adapt", state, train.copy(), ask.copy(), list(seeds)))
        return np.repeat(labels[train].mean(axis=1)[:, None], ask.shape[1], axis=1)
"""


def study(**settings: Any) -> StudySpec:
    raw: dict[str, Any] = synthetic_study(n=(50, 100), m=(10, 96))
    raw["learner"] |= {"least_steps": 20, "most_steps": 20, "tuning_steps": 10}
    raw["sweep"] |= {"n": [50], "replicates": 2, "lanes": 2, "control": "shuffled"} | settings
    return study_from(raw, "study", Path())


def trials(spec: StudySpec, folder: Path) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pq.read_table(sweep(spec, folder, workers=1, executor=pool, given=synthetic_tables()))


def test_the_count_is_that_of_a_hand_calculation() -> None:
    # Pretraining is 1,000 steps of 64 rows at every size: 64,000. Tuning on 50: 200 x 50 = 10,000.
    fixed, n = NetworkSpec(batch=64, least_steps=1000, most_steps=1000, tuning_steps=200, adaptation="tune"), range(10)
    assert VARIANCES == 1.0
    # Direct learning pretrains and tunes for ten n together: 7,400 each. 64,000 / 17,400 = 3.68;
    # 2 + 3.68 / 2 is less than 1 + 3.68 and 3 + 3.68 / 3.
    assert best_count(fixed, 50, 1, n) == 2
    # Two m share a pretraining: 1.84, and 1 + 1.84 is less than 2 + 1.84 / 2.
    assert best_count(fixed, 50, 2, n) == 1
    # No network learns directly beside the kernel: 64,000 / 10,000 = 6.4. On 5 experiments 64.
    kernel = msgspec.structs.replace(fixed, adaptation="kernel")
    assert best_count(kernel, 50, 1, n) == 3
    assert best_count(kernel, 5, 1, n) == 8
    # The blend tunes five times: 1.28; on 5 experiments 12.8.
    blend = msgspec.structs.replace(fixed, adaptation="auto")
    assert best_count(blend, 50, 1, n) == 1
    assert best_count(blend, 5, 1, n) == 4
    assert FITS == {"auto": FOLDS + 1}


@given(
    st.integers(5, 5000),
    st.lists(st.integers(10, 10**7), min_size=1, max_size=8),
    st.sampled_from(["tune", "auto", "head", "unfreeze"]),
)
def test_more_is_tuned_where_it_is_cheaper(m: int, n: list[int], adaptation: str) -> None:
    spec = NetworkSpec(adaptation=adaptation)
    found = best_count(spec, m, 3, n)
    assert 1 <= found <= MOST
    assert best_count(spec, 2 * m, 3, n) <= found
    assert best_count(spec, m, 3, [100 * size for size in n]) >= found


def test_where_nothing_is_to_be_gained_one_is_run() -> None:
    quick, large = NetworkSpec(adaptation="head", tuning_steps=20), (10**6,)
    assert count_tunings("auto", quick, (20, 400), 400, large) == (MOST, 1)  # 400 are all of the training part
    assert count_tunings(5, quick, (20, 399, 400), 400, large) == (5, 5, 1)
    assert count_tunings("auto", SklearnSpec("sklearn.linear_model.Ridge"), (20,), 400, large) == (1,)
    assert count_tunings(5, SklearnSpec("sklearn.linear_model.Ridge"), (20,), 400, large) == (5,)
    assert count_tunings("auto", quick, (20,), 400, ()) == (1,)


GROUPS = [f"g{i // 3}" for i in range(30)]
GROUPED = read_table(
    pa.table({"material": [f"a{i}" for i in range(30)], "y": range(30), "x": range(30), "g": GROUPS}),
    kind="features",
    material="material",
    properties={"y": PropertyColumn("y", "1")},
    features=("x",),
    keep=("g",),
    name="measured",
)


@given(st.integers(0, 10**6), st.integers(0, 3), st.integers(0, 9), st.integers(6, 12))
def test_tunings_learn_from_the_training_part_alone(seed: int, replicate: int, tuning: int, size: int) -> None:
    one = split(GROUPED, replicate, seed, test_count=size, group="g")
    order = one.order.astype(np.int32)
    mine = tuned_order(order, seed, replicate, tuning)
    assert sorted(mine.tolist()) == sorted(order.tolist())
    assert not {GROUPS[i] for i in mine} & {GROUPS[i] for i in one.test}
    assert np.array_equal(mine, tuned_order(order, seed, replicate, tuning))
    assert np.array_equal(mine, order) == (tuning == 0)


def test_every_trial_of_a_tuning_has_the_same_experiments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "spy_learner.py").write_text(SPY)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "spy_learner", raising=False)
    raw: dict[str, Any] = synthetic_study(n=(50, 100), m=(10, 40))
    raw["sweep"] |= {"tunings": 3, "replicates": 2, "lanes": 2}
    raw["learner"] = {"name": "python", "factory": "spy_learner:Spy"}
    found = trials(study_from(raw, "study", Path()), tmp_path / "run")
    seen = sys.modules["spy_learner"].SEEN
    adapted = {state: [s for s in seen if s[0] == "adapt" and s[1] == state] for state in (None, 50, 100)}
    for state in (50, 100):
        assert [len(s[2][0]) for s in adapted[state]] == [10] * 3 + [40] * 3
        for here, direct in zip(adapted[state], adapted[None], strict=True):
            assert np.array_equal(here[2], direct[2])
            assert np.array_equal(here[3], direct[3])
    small, large = adapted[100][:3], adapted[100][3:]
    for few, many in zip(small, large, strict=True):
        assert np.array_equal(few[2], many[2][:, :10])
    for _, _, train, ask, _ in adapted[100]:
        assert not any(set(a) & set(b) for a, b in zip(train.tolist(), ask.tolist(), strict=True))
    assert len({s[2].tobytes() for s in large}) == 3
    assert len({seed for s in adapted[100] for seed in s[4]}) == 2 * 2 * 3
    tables = synthetic_tables()
    for _, _, rows, _, _ in (s for s in seen if s[0] == "pretrain"):
        for lane, asked in zip(rows, adapted[100][0][3], strict=True):
            tested = {tables["target"].identities[i] for i in asked}
            assert not tested & {tables["source"].identities[i] for i in lane}
    assert found["tuning"].to_pylist() == [0, 1, 2] * (len(found) // 3)


def test_the_first_tuning_is_the_only_one_of_a_study_without_more(tmp_path: Path) -> None:
    one, three = trials(study(tunings=1), tmp_path / "one"), trials(study(tunings=3), tmp_path / "three")
    assert set(one["tuning"].to_pylist()) == {0}
    assert three.filter(pc.field("tuning") == 0).equals(one)
    further = three.filter(pc.field("tuning") > 0)
    assert set(further["m"].to_pylist()) == {10}  # 96 is the whole training part
    assert len(further) == 2 * len(one) // 2
    assert set(further["learner"].to_pylist()) == {"network", "ridge"}
    assert set(further["control"].to_pylist()) == {"", "shuffled"}
    tested = [{(t["replicate"], *t["test_rows"]) for t in table.to_pylist()} for table in (one, further)]
    assert tested[0] == tested[1]
    networks = three.filter((pc.field("learner") == "network") & (pc.field("m") == 10))
    assert len(set(networks["mae"].to_pylist())) == len(networks)


def test_the_number_is_fixed_in_the_manifest_and_said(tmp_path: Path) -> None:
    trials(study(tunings=2), tmp_path)
    manifest = msgspec.json.decode((tmp_path / "manifest.json").read_bytes(), type=Manifest)
    assert manifest.tunings == ((2, 1),)
    settings = msgspec.to_builtins(study(tunings=2))
    lines = simworth.Study(settings, synthetic_tables()).check()
    assert "2 replicates, fine-tunings of each: 2 at m = 10, 1 at m = 96" in lines
    # One size and the control, the network alone and ridge; two replicates; two tunings at m = 10 and one at 96.
    assert lines[-1].startswith(f"{(2 + 2) * 2 * 3} trials in")


@pytest.mark.parametrize("wrong", [0, -1, "many", 1.5, True])
def test_impossible_numbers_are_refused(wrong: object) -> None:
    with pytest.raises(StudyError, match="tunings"):
        study(tunings=wrong)
