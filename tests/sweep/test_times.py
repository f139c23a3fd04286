"""How long a run took: written at the end of a session, never part of what must be equal bits."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest

from simworth.errors import InputError
from simworth.sweep.run import SweepState, sweep
from simworth.sweep.spec import StudySpec, study_from
from simworth.sweep.times import TIMES, Session, Times, Watch, note_session, read_times, timed
from simworth.testing import synthetic_study, synthetic_tables

SCRIPT = """
import sys
from pathlib import Path
from simworth.sweep.times import Watch, timed
import time

if __name__ == "__main__":
    watch = Watch(2)
    with timed(Path(sys.argv[1]), watch), watch.stage("trials"):
        watch.trials = 5
        print("begun", flush=True)
        time.sleep(60)
"""


def small() -> StudySpec:
    raw: dict[str, Any] = synthetic_study(n=(50, 100), m=(20,))
    raw["sweep"] |= {"replicates": 2, "baselines": [], "control": "none"}
    raw["learner"] |= {"hidden": [4], "least_steps": 4, "most_steps": 4, "tuning_steps": 2}
    return study_from(raw, "study", Path())


def run(folder: Path, stop_after: int | None = None) -> Path:
    def progress(state: SweepState) -> None:
        if state.done == stop_after:
            raise KeyboardInterrupt

    with ThreadPoolExecutor(1) as pool:
        return sweep(small(), folder, workers=1, executor=pool, given=synthetic_tables(), progress=progress)


def times(folder: Path) -> Times:
    found = read_times(folder)
    assert found is not None
    return found


def test_sessions_add_up_and_an_idle_one_leaves_no_trace(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "a", stop_after=1)
    (first,) = times(tmp_path / "a").sessions
    assert (first.ended, first.workers) == ("stopped", None)
    assert 2 <= first.trials < 6
    trials = run(tmp_path / "a")
    found = times(tmp_path / "a")
    assert [s.ended for s in found.sessions] == ["stopped", "finished"]
    assert 4 <= sum(s.trials for s in found.sessions) <= len(pq.read_table(trials)) == 6  # one was under way
    assert all(set(s.seconds) == {"tables", "trials"} for s in found.sessions)
    assert found.seconds == pytest.approx(sum(v for s in found.sessions for v in s.seconds.values()))

    before = (tmp_path / "a" / TIMES).read_bytes()
    run(tmp_path / "a")
    assert (tmp_path / "a" / TIMES).read_bytes() == before

    once = run(tmp_path / "b")
    assert once.read_bytes() == trials.read_bytes()
    shutil.copytree(tmp_path / "a", tmp_path / "c")
    (tmp_path / "c" / TIMES).unlink()
    assert run(tmp_path / "c").read_bytes() == trials.read_bytes()
    assert read_times(tmp_path / "c") is None


def test_an_unusable_study_writes_nothing(tmp_path: Path) -> None:
    tables = synthetic_tables()
    with pytest.raises(InputError):
        sweep(small(), tmp_path / "run", workers=1, given={"target": tables["target"]})
    assert not (tmp_path / "run").exists()


def test_a_model_alone_is_a_session(tmp_path: Path) -> None:
    watch = Watch(3)
    with timed(tmp_path, watch), watch.stage("model"):
        pass
    assert read_times(tmp_path) is None
    watch.made = True
    note_session(tmp_path, watch, "finished")
    (session,) = times(tmp_path).sessions
    assert (session.workers, session.trials, list(session.seconds)) == (3, 0, ["model"])
    assert session.begun.endswith("+00:00")


def test_a_killed_session_is_not_there_and_the_file_is_whole(tmp_path: Path) -> None:
    note = Watch(1)
    note.trials = 2
    note_session(tmp_path, note, "finished")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    for stop, ended in ((signal.SIGKILL, None), (signal.SIGINT, "stopped")):
        before = times(tmp_path).sessions
        process = subprocess.Popen(
            [sys.executable, str(script), str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        time.sleep(0.05)
        os.kill(process.pid, stop)
        process.communicate()
        assert [s.ended for s in times(tmp_path).sessions[len(before) :]] == ([ended] if ended else [])
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "simworth-times/9", "sessions": []}'])
def test_a_damaged_file_is_one_sentence_before_anything_is_computed(tmp_path: Path, text: str) -> None:
    (tmp_path / TIMES).write_text(text)
    with pytest.raises(InputError, match=r"times\.json: is damaged; remove it"):
        run(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [TIMES]


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    session = Session(begun="2026-01-02T03:04:05+00:00", ended="finished", workers=2, trials=3, seconds={"trials": 1.5})
    (tmp_path / TIMES).write_bytes(msgspec.json.encode(Times("simworth-times/1", (session,))))
    assert times(tmp_path).sessions == (session,)
