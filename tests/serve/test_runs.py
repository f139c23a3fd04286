"""What a folder shows of its runs, whoever made them."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simworth.serve.jobs import Job, Jobs
from simworth.serve.runs import FRESH, Runs, shown
from simworth.serve.sofar import read_so_far


@pytest.fixture
def runs(jobs: Jobs) -> Runs:
    return Runs(jobs.root, jobs)


def test_a_finished_run_has_its_answer(runs: Runs, add_run: Callable[[str], Path]) -> None:
    add_run("one")
    [view], more = runs.all()
    assert (view.name, view.title, view.state, view.done, view.total, more) == (
        "one",
        "boiling points",
        "finished",
        2,
        2,
        0,
    )
    assert view.answer[0][1].startswith("bp from GFN2-xTB")
    assert {"law", "gain", "growth"} <= {what for what, _ in view.answer}


def test_what_is_no_run_is_not_listed(runs: Runs, add_run: Callable[[str], Path]) -> None:
    real = add_run("one")
    (runs.root / "empty").mkdir()
    (runs.root / "file").write_text("x", encoding="utf-8")
    (runs.root / "link").symlink_to(real)
    shutil.copytree(real, runs.root / ".hidden")
    assert [v.name for v in runs.all()[0]] == ["one"]


def test_a_run_from_elsewhere_counts_as_running_while_it_writes(jobs: Jobs, add_run: Callable[[str], Path]) -> None:
    folder = add_run("one")
    for name in ("report.html", "law.json", "plan.json", "trials.parquet", "trials/00001.parquet"):
        (folder / name).unlink()
    [view], _ = Runs(jobs.root, jobs).all()
    assert (view.state, view.done, view.total, view.live) == ("elsewhere", 1, 2, True)
    [view], _ = Runs(jobs.root, jobs, clock=lambda: time.time() + FRESH + 1).all()
    assert (view.state, view.words, view.live) == ("stopped", "unfinished", False)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "law is no JSON": lambda f: (f / "law.json").write_text("{"),
    "law is deep": lambda f: (f / "law.json").write_text("[" * 200_000),
    "law is a list": lambda f: (f / "law.json").write_text("[]"),
    "plan is another document": lambda f: shutil.copy(f / "law.json", f / "plan.json"),
    "plan is a link": lambda f: _link(f / "plan.json", "/etc/passwd"),
    "law is a device": lambda f: _link(f / "law.json", "/dev/zero"),
    "law was sealed by a stranger": lambda f: _sealed(f),
    "manifest has no chunks": lambda f: (f / "manifest.json").write_text("{}"),
    "manifest is a number": lambda f: (f / "manifest.json").write_text("1"),
    "study is deep": lambda f: (f / "study.toml").write_text("a = " + "[" * 100_000),
    "study is no text": lambda f: (f / "study.toml").write_bytes(b"\xff\xfe\x00"),
    "study has no name": lambda f: (f / "study.toml").write_text("name = 1"),
    "trials are no Parquet": lambda f: (f / "trials" / "00000.parquet").write_bytes(b"PAR1" * 100),
    "trials is a link": lambda f: (shutil.rmtree(f / "trials"), (f / "trials").symlink_to("/tmp")),
}


def _link(path: Path, to: str) -> None:
    path.unlink()
    path.symlink_to(to)


def _sealed(folder: Path) -> None:
    from simworth.documents import seal, write_document
    from simworth.inference.documents import SCHEMA

    write_document(folder / "law.json", seal(SCHEMA, {}, {"curves": [{"target": None, "control": ""}, 7]}))


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_run_is_a_run_without_an_answer(runs: Runs, add_run: Callable[[str], Path], damage: str) -> None:
    add_run("sound")
    DAMAGE[damage](add_run("other"))
    views = {v.name: v for v in runs.all()[0]}
    assert views["sound"].state == "finished"
    assert views["other"].title
    read_so_far(runs, "other")


def test_documents_are_read_again_when_they_change(runs: Runs, add_run: Callable[[str], Path]) -> None:
    folder = add_run("one")
    assert runs.view("one").title == "boiling points"
    (folder / "study.toml").write_text('name = "melting points"', encoding="utf-8")
    assert runs.view("one").title == "melting points"


def test_the_curve_so_far(runs: Runs, add_run: Callable[[str], Path]) -> None:
    folder = add_run("one")
    found = read_so_far(runs, "one")
    assert found is not None
    assert (found.target, found.arm, found.m) == ("bp", "GFN2-xTB", 60)
    assert [row[:2] for row in found.rows] == [("100", 6), ("300", 6), ("1,000", 6), ("3,000", 6), ("10,000", 6)]
    assert "falls" in found.sentence
    (folder / "trials" / "00001.parquet").unlink()
    fewer = read_so_far(runs, "one")
    assert fewer is not None
    assert fewer.rows[0][1] == 3


def test_no_trials_no_curve(runs: Runs, add_run: Callable[[str], Path]) -> None:
    shutil.rmtree(add_run("one") / "trials")
    assert read_so_far(runs, "one") is None


def test_a_part_that_would_unpack_to_much_is_left_out(runs: Runs, add_run: Callable[[str], Path]) -> None:
    path = add_run("one") / "trials" / "00001.parquet"
    schema = pq.read_schema(path)
    long = pa.array(["x" * 1_000_000]).dictionary_encode()
    rows = 200_000
    columns: dict[str, Any] = {f.name: pa.nulls(rows, f.type) for f in schema}
    columns["target"] = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), long.dictionary)
    pq.write_table(pa.table(columns), path)  # a few kilobytes for 200 GB of text
    assert path.stat().st_size < 2_000_000
    found = read_so_far(runs, "one")
    assert found is not None
    assert found.rows[0][1] == 3


def test_a_job_that_runs_or_ended(runs: Runs, draft: Callable[[str], Job], wait: Any) -> None:
    jobs = runs.jobs
    one, two = draft("first"), draft("second")
    assert runs.view("first").state == "draft"
    jobs.ask(one)
    jobs.ask(two)
    wait(lambda: runs.view("first").said == "reading tables")
    assert runs.view("first").state == "running"
    assert (runs.view("second").state, runs.view("second").said[:8]) == ("waiting", "Number 1")
    (runs.root / "first" / "go").write_text("fail", encoding="utf-8")
    wait(lambda: not jobs.alive("first"))
    view = runs.view("first")
    assert (view.state, view.said) == ("stopped", "row 3: 'abc' is not a number; correct it")
    (runs.root / "first" / "log.txt").write_text("reading\ntrials: 1 of 8 parts\n", encoding="utf-8")
    assert "without a word" in runs.view("first").said


def test_text_is_shown_on_one_line() -> None:
    assert shown("a\nb\x1b[31mc\u202ed", 100) == "a b [31mc d"
    assert shown("x" * 1000, 10) == "x" * 9 + "…"


def test_many_runs_are_counted(runs: Runs, add_run: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simworth.serve.runs.MOST_RUNS", 2)
    for i in range(4):
        (runs.root / f"r{i}").mkdir()
        (runs.root / f"r{i}" / "manifest.json").write_text(json.dumps({"chunks": []}), encoding="utf-8")
    views, more = runs.all()
    assert (len(views), more) == (2, 2)


def test_a_name_that_is_no_text_does_no_harm(runs: Runs, add_run: Callable[[str], Path]) -> None:
    shutil.copytree(add_run("one"), runs.root / os.fsdecode(b"caf\xe9"))
    assert [v.name for v in runs.all()[0]] == ["one"]
