"""The door: who comes in, under which name, from where, with how much and how slowly."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simworth.serve.guard import allowed_host
from simworth.serve.key import Key
from simworth.serve.running import LOOPBACK, hosts_of

READS = ("/", "/now", "/new", "/runs/one", "/runs/one/now", "/runs/one/report.html", "/runs/one/files/law.json")
CHANGES = ("/new", "/runs/one/describe", "/runs/one/stop", "/runs/one/continue", "/runs/one/discard")


@pytest.fixture(autouse=True)
def _one(add_run: Callable[[str], Path]) -> None:
    add_run("one")


def test_the_key_opens_and_leaves_the_address(served: Any) -> None:
    answer = served.get(f"/enter?token={served.key.token}", {"Cookie": None})
    assert answer.status == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} < set(cookie.split("; "))
    assert served.key.token not in cookie
    assert served.get("/", {"Cookie": cookie.partition(";")[0]}).status == 200


def test_nothing_is_shown_without_the_key(served: Any) -> None:
    for path in (*READS, "/nothing", "/docs", "/openapi.json", "/redoc"):
        for cookie in (None, "x=y", "simworth-1=z", f"{served.key.cookie}=", "\x7f;=;"):
            answer = served.get(path, {"Cookie": cookie})
            assert answer.status == 403, (path, cookie)
            assert "boiling" not in answer.text
            assert str(served.root) not in answer.text


def test_a_wrong_key_is_refused(served: Any) -> None:
    for token in ("", "x", "é", "\udce9", "%00", served.key.session, served.key.token[:-1]):
        assert not served.key.fits(token)
    answer = served.get("/enter?token=wrong", {"Cookie": None})
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


def test_keys_differ_by_start_and_are_not_shown() -> None:
    one, two = Key(1), Key(1)
    assert len({one.token, two.token, one.session, two.session, one.form, two.form}) == 6
    assert one.token not in repr(one)
    assert one.session not in repr(one)
    assert not two.holds(f"simworth-1={one.session}")


def test_another_name_is_refused_even_with_the_key(served: Any) -> None:
    # A page at evil.example whose name was turned to 127.0.0.1 sends its own name (DNS rebinding).
    for host in ("evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example", "", "0.0.0.0"):
        for path in (*READS, f"/enter?token={served.key.token}", "/assets/live.js"):
            answer = served.get(path, {"Host": host})
            assert answer.status == 421, (host, path)
            assert "boiling" not in answer.text
            assert "set-cookie" not in answer.headers


def test_names_of_this_machine() -> None:
    assert allowed_host("127.0.0.1:8765", LOOPBACK)
    assert allowed_host("localhost", LOOPBACK)
    assert allowed_host("[::1]:9", LOOPBACK)
    assert not allowed_host("10.0.0.5:8765", LOOPBACK)
    lab = hosts_of("0.0.0.0", ["lab"])
    assert allowed_host("10.0.0.5:8765", lab)
    assert allowed_host("LAB:8765", lab)
    assert not allowed_host("evil.example:8765", lab)


@given(st.text(min_size=1).filter(lambda t: t.lower() not in LOOPBACK))
def test_no_text_but_the_names_is_this_machine(name: str) -> None:
    name = name.replace(":", "").strip("[]")
    assert not allowed_host(f"x{name}:8765", LOOPBACK)


FOREIGN: tuple[dict[str, str | None], ...] = (
    {"Origin": None},
    {"Origin": "null"},
    {"Origin": "http://evil.example"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://localhost"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
)


def test_forms_of_other_pages_do_nothing(served: Any) -> None:
    before = sorted(served.root.rglob("*"))
    for path in CHANGES:
        for headers in FOREIGN:
            assert served.post(path, {"do": "start"}, headers).status == 403, (path, headers)
        for mark in ("", "0" * 64, "é"):
            assert served.post(path, {"mark": mark}).status == 403, (path, mark)
    assert sorted(served.root.rglob("*")) == before


def test_reading_changes_nothing(served: Any) -> None:
    for path in ("/runs/one/stop", "/runs/one/discard", "/runs/one/continue", "/runs/one/describe"):
        assert served.get(path).status in (404, 405)


def test_other_methods_are_refused(served: Any) -> None:
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"):
        assert served.ask(method, "/runs/one").status in (400, 405), method


def test_every_answer_has_the_headers(served: Any) -> None:
    for path in (*READS, "/nothing", "/enter?token=x", "/assets/live.js", "/assets/../app.py", "/runs/%2e%2e"):
        served.get(path)
    served.get("/", {"Cookie": None})
    served.get("/", {"Host": "evil.example"})
    served.post("/new", {"mark": ""})
    for answer in served.answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "sandbox" in policy or "unsafe" not in policy
        assert "server" not in answer.headers


def test_a_length_that_is_too_large_or_none_is_refused_unread(served: Any) -> None:
    for length in (2**30, -1, "many", "+5"):
        with socket.create_connection(("127.0.0.1", served.port), 10) as line:
            line.sendall(_head(served, "/new", f"Content-Length: {length}\r\n"))
            assert line.recv(100).split()[1] in (b"413", b"400")


def test_chunks_without_end_are_refused(served: Any) -> None:
    with socket.create_connection(("127.0.0.1", served.port), 10) as line:
        line.sendall(
            _head(served, "/new", "Transfer-Encoding: chunked\r\nContent-Type: multipart/form-data; boundary=x\r\n")
        )
        begin = b'--x\r\nContent-Disposition: form-data; name="measured"; filename="a"\r\n\r\n'
        block = begin + b"a" * 65536
        sent = 0
        line.settimeout(0.02)
        answer = b""
        while not answer and sent < 2**25:
            try:
                line.sendall(b"%x\r\n%s\r\n" % (len(block), block))
                sent += len(block)
                answer = line.recv(100)
            except TimeoutError:
                continue
            block = b"a" * 65536
        assert answer.split()[1] == b"413"
        assert sent < 2**22
    assert not [p for p in served.root.iterdir() if p.name != "one"]


class TestSlow:
    @pytest.fixture
    def bounds(self) -> dict[str, float]:
        return {"upload": 2**20, "idle": 0.3, "whole": 1.0}

    def test_a_body_that_stops_coming_is_given_up(self, served: Any) -> None:
        with socket.create_connection(("127.0.0.1", served.port), 10) as line:
            line.sendall(
                _head(served, "/new", "Content-Length: 1000\r\nContent-Type: multipart/form-data; boundary=x\r\n")
            )
            assert line.recv(100).split()[1] == b"408"

    def test_a_body_that_drips_is_given_up(self, served: Any) -> None:
        kind = "Content-Type: application/x-www-form-urlencoded\r\n"
        with socket.create_connection(("127.0.0.1", served.port), 10) as line:
            line.sendall(_head(served, "/runs/one/stop", f"Content-Length: 1000\r\n{kind}"))
            line.settimeout(0.1)
            answer = b""
            for _ in range(60):
                try:
                    line.sendall(b"a")
                    answer = line.recv(100)
                    break
                except TimeoutError:
                    continue
            assert answer.split()[1] == b"408"
        assert served.get("/").status == 200


def test_long_headers_are_refused(served: Any) -> None:
    with socket.create_connection(("127.0.0.1", served.port), 10) as line:
        line.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * 200_000)
        assert line.recv(100).split()[1] in (b"400", b"431")


def test_only_so_many_uploads_at_a_time(served: Any) -> None:
    head = _head(served, "/new", "Content-Length: 1000\r\nContent-Type: multipart/form-data; boundary=x\r\n")
    lines = [socket.create_connection(("127.0.0.1", served.port), 10) for _ in range(2)]
    try:
        for line in lines:
            line.sendall(head + b"--x\r\n")
        time.sleep(0.2)
        assert served.upload().status == 503
        assert served.get("/").status == 200
    finally:
        for line in lines:
            line.close()


def _head(served: Any, path: str, more: str) -> bytes:
    host = f"127.0.0.1:{served.port}"
    return (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {served.cookie}\r\n{more}\r\n"
    ).encode()
