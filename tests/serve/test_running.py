"""The command: it prints the address, serves, and ends when it is told to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from simworth.errors import MissingExtraError
from simworth.serve.running import serve

Begin = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Start the command over a folder; whatever becomes of the test, it ends."""
    begun: list[subprocess.Popen[str]] = []

    def start(folder: Path) -> subprocess.Popen[str]:
        environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path)}
        command = [sys.executable, "-m", "simworth", "serve", str(folder), "--port", "0"]
        begun.append(
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )
        return begun[-1]

    yield start
    for server in begun:
        if server.poll() is None:
            server.kill()
        server.communicate()


def test_the_command(tmp_path: Path, finished: Path, begin: Begin) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "one").symlink_to(finished)
    server = begin(tmp_path / "runs")
    assert server.stdout is not None
    address = server.stdout.readline().strip()
    assert address.startswith("http://127.0.0.1:")
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with browser.open(address, timeout=20) as answer:
        assert answer.url.endswith("/")
        assert b"Runs" in answer.read()
    second = begin(tmp_path / "runs")
    said = second.communicate(timeout=60)[1]
    assert second.returncode == 2
    assert "is served already" in said
    server.send_signal(signal.SIGINT)
    rest, said = server.communicate(timeout=60)
    assert server.returncode == 0
    assert rest == ""
    assert "Traceback" not in said
    assert address.partition("token=")[2] not in said
    assert not list((tmp_path / "runs").glob(".*"))


def test_what_cannot_be_served_is_a_sentence(tmp_path: Path, finished: Path, begin: Begin) -> None:
    for folder, why in ((tmp_path / "nothing", "no such folder"), (finished, "is a run")):
        server = begin(folder)
        said = server.communicate(timeout=60)[1]
        assert server.returncode == 2
        assert why in said
        assert "Traceback" not in said


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(MissingExtraError, match=r"simworth\[serve\]"):
        serve(tmp_path, say=lambda line: None)


def test_a_connection_that_says_nothing_is_closed(served: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simworth.serve.running.HEADERS_WITHIN", 0.2)
    port = served.port  # type: ignore[attr-defined]
    with (
        socket.create_connection(("127.0.0.1", port), 10) as silent,
        socket.create_connection(("127.0.0.1", port), 10) as half,
    ):
        half.sendall(b"GET / HTTP/1.1\r\nHost: 127")
        began = time.monotonic()
        assert silent.recv(10) == b""
        assert half.recv(10) == b""
        assert time.monotonic() - began < 10
