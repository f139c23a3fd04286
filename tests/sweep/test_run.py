from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from simworth.errors import LeakageError, StaleRunError, StudyError
from simworth.sweep.design import Manifest
from simworth.sweep.run import sweep
from simworth.sweep.spec import StudySpec, study_from
from simworth.tables import PropertyTable
from simworth.testing import synthetic_study, synthetic_tables

SCRIPT = """
import sys
from pathlib import Path
from simworth.sweep.run import sweep
from simworth.sweep.spec import study_from
from simworth.testing import synthetic_study, synthetic_tables

if __name__ == "__main__":
    raw = synthetic_study()
    raw["sweep"]["tunings"] = 2
    spec = study_from(raw, "study", Path())
    sweep(spec, Path(sys.argv[1]), workers=int(sys.argv[2]), given=synthetic_tables())
"""


def study(**sweep_settings: object) -> StudySpec:
    raw = synthetic_study()
    raw["sweep"] = {**raw["sweep"], "tunings": 2, **sweep_settings}  # type: ignore[dict-item]
    return study_from(raw, "study", Path())


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def tables() -> dict[str, PropertyTable]:
    return synthetic_tables()


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, tables: dict[str, PropertyTable]) -> Path:
    folder = tmp_path_factory.mktemp("run")
    sweep(study(), folder, workers=2, given=tables)
    return folder


def test_every_trial_is_there_and_none_failed(done: Path) -> None:
    trials = pq.read_table(done / "trials.parquet")
    assert pc.all(pc.equal(trials["status"], "ok")).as_py()
    transfer, direct = trials.filter(pc.field("n") > 0), trials.filter(pc.field("n") == 0)
    assert len(transfer) == 4 * 2 * 6 * 2
    assert len(direct) == 2 * 2 * 6 * 2  # network and ridge
    assert set(direct["learner"].to_pylist()) == {"network", "ridge"}
    assert not (done / "work").exists()


def test_transfer_from_a_true_simulation_helps_more_with_more_of_it(done: Path) -> None:
    trials = pq.read_table(done / "trials.parquet").filter(pc.field("m") == 20)
    mean = {
        n: pc.mean(trials.filter((pc.field("n") == n) & (pc.field("learner") == "network"))["mae"]).as_py()
        for n in (0, 50, 400)
    }
    assert mean[400] < mean[50] < mean[0]


def test_the_recorded_error_is_that_of_the_recorded_predictions(done: Path, tables: dict[str, PropertyTable]) -> None:
    truth = tables["target"].values("y")
    for row in pq.read_table(done / "trials.parquet").slice(0, 5).to_pylist():
        residual = np.array(row["predictions"]) - truth[row["test_rows"]]
        assert row["mae"] == pytest.approx(np.abs(residual).mean(), rel=1e-5)


def test_replicates_share_their_test_set_at_every_size(done: Path) -> None:
    trials = pq.read_table(done / "trials.parquet").to_pylist()
    for r in range(6):
        assert len({tuple(t["test_rows"]) for t in trials if t["replicate"] == r}) == 1


def test_test_materials_are_removed_from_the_source_and_counted(done: Path, tables: dict[str, PropertyTable]) -> None:
    there = set(tables["source"].identities)
    for t in pq.read_table(done / "trials.parquet").to_pylist():
        tested = {tables["target"].identities[i] for i in t["test_rows"]}
        assert t["overlap_removed"] == (len(tested & there) if t["n"] else 0)
        assert t["overlap_used"] == 0


@pytest.mark.slow
def test_one_worker_two_workers_and_five_kills_give_the_same_bytes(done: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    single, killed = tmp_path / "single", tmp_path / "killed"
    subprocess.run([sys.executable, str(script), str(single), "1"], check=True)
    assert sha(single / "trials.parquet") == sha(done / "trials.parquet")
    moments = random.Random(0)
    for kill in range(5):
        # Each life lasts until two more parts are recorded and then a random moment, in the midst of the next ones.
        process = subprocess.Popen([sys.executable, str(script), str(killed), "2"], start_new_session=True)
        while process.poll() is None and len(list(killed.glob("trials/*.parquet"))) < 2 * kill:
            time.sleep(0.01)
        time.sleep(moments.uniform(0.0, 0.3))
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert 8 <= len(list(killed.glob("trials/*.parquet"))) < 18
    subprocess.run([sys.executable, str(script), str(killed), "2"], check=True)
    assert sha(killed / "trials.parquet") == sha(done / "trials.parquet")
    assert not [p for p in killed.iterdir() if p.suffix == ".part"]


def test_any_executor_runs_the_parts(tables: dict[str, PropertyTable], tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        path = sweep(study(n=[50], m=[20], replicates=2), tmp_path, workers=9, executor=pool, given=tables)
    assert len(pq.read_table(path)) == (2 + 2 * 2) * 2


def test_allowing_overlap_is_counted(tables: dict[str, PropertyTable], tmp_path: Path) -> None:
    spec = study(n=[600], m=[20], replicates=2, overlap="allow")
    with ThreadPoolExecutor(1) as pool:
        path = sweep(spec, tmp_path, workers=1, executor=pool, given=tables)
    used = pq.read_table(path).filter(pc.field("n") == 600)["overlap_used"].to_pylist()
    assert all(u > 0 for u in used)


def test_overlap_error_names_the_rows(tables: dict[str, PropertyTable], tmp_path: Path) -> None:
    with pytest.raises(LeakageError, match=r"20 materials stand in both .*'material 580' \(row 1 of"):
        sweep(study(overlap="error"), tmp_path / "run", workers=1, given=tables)
    assert not (tmp_path / "run").exists()


def test_another_study_does_not_continue_a_run(done: Path, tables: dict[str, PropertyTable]) -> None:
    with pytest.raises(StaleRunError, match="another study"):
        sweep(study(replicates=7), done, workers=1, given=tables)


def test_other_contents_do_not_continue_a_run(done: Path) -> None:
    with pytest.raises(StaleRunError, match="other contents of target-0"):
        sweep(study(), done, workers=1, given=synthetic_tables(noise=0.2))


def test_other_versions_do_not_continue_a_run(done: Path, tables: dict[str, PropertyTable], tmp_path: Path) -> None:
    shutil.copy(done / "study.toml", tmp_path)
    manifest = msgspec.json.decode((done / "manifest.json").read_bytes(), type=Manifest)
    older = msgspec.structs.replace(manifest, versions={**manifest.versions, "jax": "0.0.1"})
    (tmp_path / "manifest.json").write_bytes(msgspec.json.encode(older))
    with pytest.raises(StaleRunError, match=r"jax 0\.0\.1 but"):
        sweep(study(), tmp_path, workers=1, given=tables)


def test_a_damaged_part_is_said_and_made_again(done: Path, tables: dict[str, PropertyTable], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(done, folder)
    part = folder / "trials" / "00001.parquet"
    part.write_bytes(part.read_bytes()[:100])
    (folder / "trials.parquet").unlink()
    said: list[str] = []
    sweep(study(), folder, workers=1, given=tables, progress=lambda state: said.append(state.stage))
    assert any("00001.parquet is damaged" in s for s in said)
    assert sha(folder / "trials.parquet") == sha(done / "trials.parquet")


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        (
            "study.toml",
            lambda text: text.replace("tuning_steps = 50", "tuning_steps = 3"),
            "not the one the run began with",
        ),
        ("manifest.json", lambda text: text[: len(text) // 2], "is damaged"),
    ],
)
def test_a_run_whose_record_was_changed_is_not_continued(
    done: Path, tables: dict[str, PropertyTable], tmp_path: Path, file: str, change: Callable[[str], str], message: str
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(done, folder)
    before = (folder / file).read_text()
    assert change(before) != before
    (folder / file).write_text(change(before))
    with pytest.raises(StaleRunError, match=message):
        sweep(study(), folder, workers=1, given=tables)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"m": [500]}, "largest possible m is 96"),
        ({"n": [5000]}, "source 'simulation' has 600"),
        ({"test_fraction": 0.01}, "holds out 1"),
    ],
)
def test_sizes_beyond_the_tables_are_refused(
    tables: dict[str, PropertyTable], tmp_path: Path, settings: dict[str, object], message: str
) -> None:
    with pytest.raises(Exception, match=message):
        sweep(study(**settings), tmp_path / "run", workers=1, given=tables)
    assert not (tmp_path / "run").exists()


def test_a_diverged_training_is_kept_with_its_reason(tables: dict[str, PropertyTable], tmp_path: Path) -> None:
    raw = synthetic_study(n=(50,), m=(20,))
    raw["learner"] = {**raw["learner"], "tuning_rate": 1e38}  # type: ignore[dict-item]
    with ThreadPoolExecutor(1) as pool:
        path = sweep(study_from(raw, "study", Path()), tmp_path, workers=1, executor=pool, given=tables)
    networks = pq.read_table(path).filter(pc.field("learner") == "network").to_pylist()
    assert {t["status"] for t in networks} == {"failed"}
    assert all("diverged" in t["reason"] and t["mae"] is None for t in networks)


def test_shuffled_labels_are_a_control_at_the_largest_size(tables: dict[str, PropertyTable], tmp_path: Path) -> None:
    spec = study(n=[50, 400], m=[20], control="shuffled", baselines=[])
    path = sweep(spec, tmp_path, workers=2, given=tables)
    trials = pq.read_table(path).filter(pc.field("n") == 400)
    true = pc.mean(trials.filter(pc.field("control") == "")["mae"]).as_py()
    shuffled = pc.mean(trials.filter(pc.field("control") == "shuffled")["mae"]).as_py()
    assert shuffled > 1.3 * true


def test_unknown_settings_are_named() -> None:
    with pytest.raises(StudyError, match="unknown key 'replicate'"):
        study(replicate=3)
