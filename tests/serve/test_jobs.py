"""The queue: one at a time, in order, whatever becomes of the server; nothing runs that was not asked for here."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.serve.jobs import UPLOADED, Job, Jobs, slug
from simworth.serve.process import LOG, Processes, run_command
from simworth.serve.refusal import RefusedError

Draft = Callable[[str], Job]


def _go(jobs: Jobs, name: str, what: str = "finish") -> None:
    (jobs.root / name / "go").write_text(what, encoding="utf-8")


def test_one_runs_at_a_time_in_order(jobs: Jobs, draft: Draft, wait: Any) -> None:
    for title in ("c", "a", "b"):
        jobs.ask(draft(title))
    assert [jobs.alive(n) for n in "cab"] == [True, False, False]
    assert [job.name for job in jobs.waiting()] == ["a", "b"]
    _go(jobs, "c")
    wait(lambda: not jobs.alive("c"))
    jobs.tick()
    assert [jobs.alive(n) for n in "cab"] == [False, True, False]
    jobs.tick()
    assert not jobs.alive("b")


def test_a_run_outlives_the_server_and_the_queue_goes_on(
    jobs: Jobs, draft: Draft, wait: Any, tmp_path: Path, command: list[str]
) -> None:
    jobs.ask(draft("one"))
    jobs.ask(draft("two"))
    later = Jobs(jobs.root, tmp_path / "state", Processes(tmp_path / "state", command))
    later.tick()
    assert later.alive("one")
    assert not later.alive("two")
    _go(later, "one")
    wait(lambda: not later.alive("one"))
    later.tick()
    assert later.alive("two")
    wait(lambda: (jobs.root / "two" / LOG).read_text(encoding="utf-8"))
    later.stop(later.get("two") or draft("none"))
    wait(lambda: not later.alive("two"))
    later.tick()
    assert "Interrupted" in (jobs.root / "two" / LOG).read_text(encoding="utf-8")


def test_a_run_that_is_killed_is_known_to_be_dead(jobs: Jobs, draft: Draft, wait: Any, tmp_path: Path) -> None:
    jobs.ask(draft("one"))
    wait(lambda: (jobs.root / "one" / LOG).read_text(encoding="utf-8"))
    os.kill(int((tmp_path / "state" / "one.lock").read_text(encoding="ascii")), signal.SIGKILL)
    wait(lambda: not jobs.alive("one"))
    jobs.ask(jobs.get("one") or draft("none"))  # continued
    assert jobs.alive("one")


def test_workers_of_a_killed_run_end_with_it(jobs: Jobs, draft: Draft, wait: Any, tmp_path: Path) -> None:
    script = tmp_path / "state" / "work.py"
    script.write_text(
        "import subprocess, sys, time\n"
        "worker = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(100)'])\n"
        "print(worker.pid, flush=True)\ntime.sleep(100)",
        encoding="utf-8",
    )
    run = Processes(tmp_path / "state", [sys.executable, str(script)])
    job = draft("one")
    run.begin(job.name, jobs.root / job.name, "upload/study.toml")
    log = jobs.root / job.name / LOG
    wait(lambda: log.read_text(encoding="utf-8"))
    worker = int(log.read_text(encoding="utf-8"))
    os.kill(int((tmp_path / "state" / "one.lock").read_text(encoding="ascii")), signal.SIGKILL)
    wait(lambda: not run.alive(job.name))
    run.reap()
    wait(lambda: not _lives(worker))


def _lives(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text(encoding="utf-8").split()[2] != "Z"


def test_one_server_a_folder(jobs: Jobs, tmp_path: Path, command: list[str]) -> None:
    other = Jobs(jobs.root, tmp_path / "state", Processes(tmp_path / "state", command))
    with jobs.alone(), pytest.raises(InputError, match="is served already"), other.alone():
        pass
    with other.alone():
        pass


def test_files_that_changed_after_the_start_do_not_run(jobs: Jobs, draft: Draft) -> None:
    jobs.ask(draft("one"))
    two = draft("two")
    jobs.ask(two)
    (jobs.root / "two" / UPLOADED / "study.toml").write_text("[learner]\nname = 'evil:code'", encoding="utf-8")
    jobs.stop(jobs.get("one") or two)
    _go(jobs, "one")
    while jobs.alive("one"):
        pass
    jobs.tick()
    found = jobs.get("two")
    assert found is not None
    assert "were changed" in found.trouble
    assert not (jobs.root / "two" / LOG).exists()


def test_a_folder_from_elsewhere_asks_for_nothing(jobs: Jobs, draft: Draft, tmp_path: Path) -> None:
    # The whole of a run, with a record of it as the server would write one, comes from somebody else.
    evil = jobs.root / "evil"
    (evil / UPLOADED).mkdir(parents=True)
    (evil / UPLOADED / "study.toml").write_text("x", encoding="utf-8")
    record = msgspec.json.encode(Job(name="evil", title="evil", files={}, state="waiting", asked=1.0))
    for place in (evil, evil / UPLOADED, jobs.root):
        (place / "evil.json").write_bytes(record)
    jobs.tick()
    assert jobs.get("evil") is None
    assert jobs.waiting() == []
    assert not (evil / LOG).exists()


def test_nothing_of_the_runs_folder_is_imported(jobs: Jobs, draft: Draft, tmp_path: Path, wait: Any) -> None:
    script = tmp_path / "state" / "say.py"
    script.write_text("import json, sys; print(json.__file__, sys.path)", encoding="utf-8")
    run = Processes(tmp_path / "state", [*run_command(None)[:2], str(script)])
    job = draft("one")
    (jobs.root / job.name / "json.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    run.begin(job.name, jobs.root / job.name, "upload/study.toml")
    wait(lambda: not run.alive(job.name))
    run.reap()
    said = (jobs.root / job.name / LOG).read_text(encoding="utf-8")
    assert "imported" not in said
    assert str(jobs.root) not in said


def test_a_log_that_is_a_link_is_not_written_through(jobs: Jobs, draft: Draft, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("mine", encoding="utf-8")
    job = draft("one")
    (jobs.root / "one" / LOG).symlink_to(target)
    jobs.ask(job)
    found = jobs.get("one")
    assert found is not None
    assert found.trouble
    assert target.read_text(encoding="utf-8") == "mine"


def test_only_a_draft_is_discarded(jobs: Jobs, draft: Draft, tmp_path: Path) -> None:
    keep = tmp_path / "keep"
    keep.write_text("x", encoding="utf-8")
    one, two = draft("one"), draft("two")
    (jobs.root / "one" / UPLOADED / "link").symlink_to(keep)
    jobs.discard(one)
    assert not (jobs.root / "one").exists()
    assert keep.exists()
    jobs.ask(two)
    with pytest.raises(RefusedError, match="never ran"):
        jobs.discard(two)
    assert (jobs.root / "two" / UPLOADED).is_dir()


def test_a_waiting_study_is_taken_out_of_the_queue(jobs: Jobs, draft: Draft) -> None:
    jobs.ask(draft("one"))
    jobs.ask(draft("two"))
    jobs.stop(jobs.get("two") or draft("none"))
    assert jobs.waiting() == []


def test_titles_that_come_at_once_get_different_folders(jobs: Jobs) -> None:
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda _: jobs.reserve("The same"), range(16)))
    assert len(set(names)) == 16
    assert all((jobs.root / n / UPLOADED).is_dir() for n in names)


def test_open_studies_are_bounded(jobs: Jobs, draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simworth.serve.jobs.MOST_OPEN", 2)
    draft("one")
    draft("two")
    with pytest.raises(RefusedError, match="are open"):
        jobs.reserve("three")


def test_a_record_of_a_removed_folder_is_no_study(jobs: Jobs, draft: Draft) -> None:
    import shutil

    draft("one")
    shutil.rmtree(jobs.root / "one")
    assert jobs.get("one") is None
    assert jobs.reserve("one") == "one"
    assert jobs.get("one") is None


@given(st.text())
def test_a_title_never_makes_a_path(title: str) -> None:
    name = slug(title)
    assert 0 < len(name) <= 40
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not name.startswith("-")


def test_a_study_is_run_by_this_python() -> None:
    assert run_command(2) == [sys.executable, "-P", "-m", "simworth", "run", "--workers", "2"]
    assert run_command(None)[-1] == "run"
