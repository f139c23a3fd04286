"""A real server over a folder of runs, and a study command that does as it is told."""

from __future__ import annotations

import http.client
import json
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simworth.documents import write_document
from simworth.inference.documents import fit_trials
from simworth.planning.documents import plan_law
from simworth.serve.jobs import UPLOADED, UPLOADS, Job, Jobs
from simworth.serve.key import Key
from simworth.serve.process import Processes
from simworth.serve.running import LOOPBACK, listen
from simworth.sweep.records import SCHEMA

pytest.importorskip("fastapi", reason="the extra 'serve' is not installed")
pytest.importorskip("uvicorn", reason="the extra 'serve' is not installed")

STUDY = """
import pathlib, signal, sys, time
def stopped(*_):
    print("Interrupted; what is finished is kept", flush=True)
    sys.exit(130)
signal.signal(signal.SIGINT, stopped)
print("reading tables", flush=True)
go = pathlib.Path("go")
while not go.exists():
    time.sleep(0.02)
what = go.read_text()
if what == "fail":
    sys.exit("simworth: row 3: 'abc' is not a number; correct it")
pathlib.Path("report.html").write_text("<!doctype html><title>done</title>")
"""
MEASURED = "smiles,boiling point (K)\n" + "".join(f"{'C' * i}O,{330 + 10 * i}\n" for i in range(1, 61))
COMPUTED = "smiles,boiling point (K)\n" + "".join(f"{'C' * i}N,{300 + 11 * i}\n" for i in range(1, 201))


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


@dataclass
class Served:
    """A server that runs, and a browser of few words that has its key."""

    root: Path
    jobs: Jobs
    key: Key
    port: int
    cookies: bool = True
    answers: list[Answer] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def door(self) -> str:
        return f"{self.origin}/enter?token={self.key.token}"

    @property
    def cookie(self) -> str:
        return f"{self.key.cookie}={self.key.session}"

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str | None] | None = None
    ) -> Answer:
        """One request; a header of None is left out."""
        usual = {"Cookie": self.cookie, "Origin": self.origin if method == "POST" else None}
        sent = {k: v for k, v in {**usual, **(headers or {})}.items() if v is not None}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, sent)
            got = connection.getresponse()
            answer = Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        finally:
            connection.close()
        self.answers.append(answer)
        return answer

    def get(self, path: str, headers: Mapping[str, str | None] | None = None) -> Answer:
        return self.ask("GET", path, None, headers)

    def post(
        self, path: str, fields: Mapping[str, str] | None = None, headers: Mapping[str, str | None] | None = None
    ) -> Answer:
        """A form of the server's own, unless ``fields`` has another mark."""
        body = urlencode({"mark": self.key.form, **(fields or {})}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, body, {**kind, **(headers or {})})

    def upload(
        self,
        title: str = "boiling points",
        measured: bytes = MEASURED.encode(),
        computed: bytes = COMPUTED.encode(),
        names: tuple[str, str] = ("m.csv", "c.csv"),
        headers: Mapping[str, str | None] | None = None,
    ) -> Answer:
        body, kind = form_with_files(
            {"mark": self.key.form, "title": title},
            {"measured": (names[0], measured), "computed": (names[1], computed)},
        )
        return self.ask("POST", "/new", body, {"Content-Type": kind, **(headers or {})})


def form_with_files(fields: Mapping[str, str], files: Mapping[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    """A form with files, as browsers send it."""
    parts = [f'--xx\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()]
    for key, (name, content) in files.items():
        shown = name.replace("\\", "\\\\").replace('"', "%22")
        head = f'--xx\r\nContent-Disposition: form-data; name="{key}"; filename="{shown}"\r\n'
        parts.append(head.encode() + b"Content-Type: text/csv\r\n\r\n" + content + b"\r\n")
    return b"".join(parts) + b"--xx--\r\n", "multipart/form-data; boundary=xx"


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for something that must come."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """A study command that waits for a file ``go`` in its run's folder."""
    script = tmp_path / "study.py"
    script.write_text(STUDY, encoding="utf-8")
    return [sys.executable, "-P", str(script)]


@pytest.fixture
def jobs(tmp_path: Path, command: list[str]) -> Iterator[Jobs]:
    root = tmp_path / "runs"
    root.mkdir()
    made = Jobs(root, tmp_path / "state", Processes(tmp_path / "state", command))
    yield made
    let_go(made)


def let_go(jobs: Jobs) -> None:
    """End what still runs."""
    for job in jobs.all():
        jobs.stop(job)
        until(lambda job=job: not jobs.alive(job.name))
    jobs.tick()


@pytest.fixture
def draft(jobs: Jobs) -> Callable[[str], Job]:
    """Make a described study, ready to run."""

    def make(title: str) -> Job:
        name = jobs.reserve(title)
        for file in (*UPLOADS, "study.toml"):
            (jobs.root / name / UPLOADED / file).write_text("x", encoding="utf-8")
        job = Job(name=name, title=title, files={})
        jobs.put(job)
        return job

    return make


@pytest.fixture
def wait() -> Callable[[Callable[[], object]], None]:
    """Wait for something that must come."""
    return until


@pytest.fixture
def multipart() -> Callable[..., tuple[bytes, str]]:
    """A form with files, and its content type."""
    return form_with_files


@pytest.fixture
def bounds() -> dict[str, float]:
    """What a test may set before its server starts."""
    return {"upload": 2**20, "idle": 10.0, "whole": 20.0}


@pytest.fixture
def served(jobs: Jobs, bounds: dict[str, float]) -> Iterator[Served]:
    from simworth.serve.guard import Bounds
    from simworth.serve.running import make_server

    listening = listen("127.0.0.1", 0)
    key = Key(listening.getsockname()[1])
    limits = Bounds(int(bounds["upload"]), idle=bounds["idle"], whole=bounds["whole"])
    server = make_server(jobs, key, LOOPBACK, limits)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    until(lambda: server.started)
    yield Served(jobs.root, jobs, key, key.port)
    server.should_exit = True
    thread.join(20)
    listening.close()
    assert not thread.is_alive()


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run, to be copied."""
    return write_run(tmp_path_factory.mktemp("finished") / "run", "boiling points", "GFN2-xTB")


@pytest.fixture
def add_run(jobs: Jobs, finished: Path) -> Callable[[str], Path]:
    """Copy the finished run into the folder, under a name."""
    return lambda name: Path(shutil.copytree(finished, jobs.root / name))


def write_run(folder: Path, title: str, arm: str) -> Path:
    """What a sweep leaves, of trials with a known law."""
    (folder / "trials").mkdir(parents=True)
    rng, sizes = np.random.default_rng(0), (100, 300, 1000, 3000, 10000)
    rows = []
    for r in range(6):
        for n, name in ((0, ""), *((n, arm) for n in sizes)):
            error = (0.2 + 1.5 * n**-0.4 if n else 0.5) * float(np.exp(0.03 * rng.standard_normal()))
            rows.append(
                {"target": "bp", "arm": name, "learner": "network", "control": "", "n": n, "m": 60, "replicate": r}
                | {"tuning": 0, "n_test": 20, "overlap_removed": 0, "overlap_used": 0, "mae": error, "rmse": error}
                | {"status": "ok", "reason": None, "test_rows": [0], "predictions": [1.0]}
            )
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    meta = {"schema": "simworth-trials/3", "study": "0" * 20, "targets": {"bp": {"unit": "K", "property": "bp"}}}
    pq.write_table(table.replace_schema_metadata({"simworth": json.dumps(meta)}), folder / "trials.parquet")
    for i in range(2):
        pq.write_table(table.slice(i * 18, 18), folder / "trials" / f"{i:05d}.parquet")
    (folder / "manifest.json").write_text(json.dumps({"chunks": [{}, {}]}), encoding="utf-8")
    study = f'name = {json.dumps(title)}\n[[target]]\nproperty = "bp"\nunit = "K"\n[[source]]\nproperty = "bp"\n'
    (folder / "study.toml").write_text(f"{study}name = {json.dumps(arm)}\n", encoding="utf-8")
    write_document(folder / "law.json", fit_trials(folder / "trials.parquet"))
    write_document(folder / "plan.json", plan_law(folder / "law.json"))
    (folder / "report.html").write_text("<!doctype html><title>page</title><p>the page", encoding="utf-8")
    return folder
