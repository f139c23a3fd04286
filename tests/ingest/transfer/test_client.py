"""Keys stay where they belong, certificates are verified, limits hold."""

from __future__ import annotations

import datetime
import pickle
import shutil
import ssl
import subprocess
import sys
import threading
import types
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.ingest.transfer.addresses import base_address, follow, home_of
from simworth.ingest.transfer.client import Client
from simworth.ingest.transfer.keys import find_key
from simworth.ingest.transfer.policy import PageError, Policy, RefusedError, Secret, TransferError
from simworth.ingest.transfer.waiting import backoff, retry_after

QUICK = Policy(tries=3, first_wait=0.001, longest_wait=0.002, interval=0.0, read_seconds=1.0)
NOW = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)


def whole(body: bytes) -> bytes:
    return body


def test_a_key_is_sent_to_its_host_alone(loopback: Any, api_key: str) -> None:
    other = loopback("oqmd", 3)
    server = loopback("materials-project", 3, faults={0: "redirect away"}, elsewhere=other.base)
    client = Client(server.base, QUICK, key=Secret(api_key))
    with pytest.raises(TransferError, match=r"another host .*must not get the key"):
        client.get(f"{server.base}/materials/summary/?_fields=material_id&_limit=3&_skip=0", whole)
    assert server.keys == [api_key]
    assert other.asked == []


def test_a_reply_that_holds_the_key_is_not_kept(loopback: Any, api_key: str) -> None:
    server = loopback("materials-project", 3, faults={0: "key"})
    client = Client(server.base, QUICK, key=Secret(api_key))
    with pytest.raises(TransferError, match="sends the API key back") as caught:
        client.get(f"{server.base}/materials/summary/?_fields=material_id&_limit=3&_skip=0", whole)
    assert api_key not in str(caught.value)


def test_a_key_is_not_sent_in_the_clear() -> None:
    with pytest.raises(InputError, match="a key is sent by https alone"):
        Client("http://example.org", QUICK, key=Secret("abc"))


def test_a_wrong_key_is_told_without_showing_it(loopback: Any) -> None:
    server = loopback("materials-project", 3)
    client = Client(server.base, QUICK, key=Secret("wrong-key-123"))
    with pytest.raises(RefusedError, match="the API key was refused") as caught:
        client.get(f"{server.base}/materials/summary/?_limit=3&_skip=0&_fields=material_id", whole)
    assert "wrong-key-123" not in str(caught.value)


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret("abc")
    assert "abc" not in f"{secret} {secret!r} {[secret]} {vars(Secret)}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_keys_come_from_the_environment_or_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_KEY", " abc ")
    assert find_key("x", "X_KEY").reveal() == "abc"
    monkeypatch.setenv("X_KEY", "a\nb")
    with pytest.raises(InputError, match="no key has"):
        find_key("x", "X_KEY")
    monkeypatch.delenv("X_KEY")

    class KeyringError(Exception):
        pass

    ring = types.ModuleType("keyring")
    ring.get_password = lambda service, user: f"{service}/{user}"  # type: ignore[attr-defined]
    errors = types.ModuleType("keyring.errors")
    errors.KeyringError = KeyringError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", ring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    assert find_key("x", "X_KEY").reveal() == "simworth/x"

    def locked(service: str, user: str) -> str:
        raise KeyringError

    ring.get_password = locked  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="needs an API key; set the environment variable X_KEY"):
        find_key("x", "X_KEY")
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(InputError, match="needs an API key"):
        find_key("x", "X_KEY")


def test_retry_after() -> None:
    assert retry_after("120", NOW) == 120
    assert retry_after("0.5", NOW) == 0.5
    assert retry_after("Wed, 01 Jan 2025 00:01:00 GMT", NOW) == 60
    assert retry_after("Wed, 01 Jan 2020 00:01:00 GMT", NOW) == 0
    assert retry_after(None, NOW) is None
    assert retry_after("-5", NOW) is None
    assert retry_after("9" * 40, NOW) is None


@given(st.text(max_size=60))
def test_retry_after_reads_anything(text: str) -> None:
    found = retry_after(text, NOW)
    assert found is None or found >= 0


def test_retry_after_is_obeyed(loopback: Any) -> None:
    waits: list[float] = []
    said: list[str] = []
    server = loopback("oqmd", 3, faults={0: "503", 1: "429", 2: "500"})
    policy = Policy(first_wait=2.0, interval=0.0)
    client = Client(server.base, policy, sleep=waits.append, say=said.append)
    client.get(f"{server.base}/oqmdapi/formationenergy?fields=name", whole)
    assert waits[:2] == [0.0, 0.0]  # what the server asked for
    assert 4 <= waits[2] <= 8  # the third wait, of its own
    assert said == [f"the server answers 500; asking again in {waits[2]:.0f} s"]


def test_waits_grow_and_depend_on_the_address_alone() -> None:
    policy = Policy(first_wait=1.0, longest_wait=60.0)
    waits = [backoff(policy, "http://a", i) for i in range(12)]
    assert waits == [backoff(policy, "http://a", i) for i in range(12)]
    assert waits != [backoff(policy, "http://b", i) for i in range(12)]
    assert all(0.5 * min(60, 2**i) <= w <= min(60, 2**i) for i, w in enumerate(waits))


def test_requests_keep_their_distance(loopback: Any) -> None:
    waits: list[float] = []
    server = loopback("oqmd", 3)
    client = Client(server.base, Policy(interval=30.0), sleep=waits.append)
    for _ in range(3):
        client.get(f"{server.base}/oqmdapi/formationenergy?fields=name", whole)
    assert len(waits) == 2
    assert all(25 < w <= 30 for w in waits)


def test_all_bytes_together_are_bounded(loopback: Any) -> None:
    server = loopback("oqmd", 100)
    client = Client(server.base, Policy(total_bytes=40_000, interval=0.0))
    address = f"{server.base}/oqmdapi/formationenergy?fields=name&limit=100"
    for _ in range(3):
        client.get(address, whole)
    before = client.received
    client.received = 40_000 - 10
    with pytest.raises(TransferError, match="in all; narrow it"):
        client.get(address, whole)
    assert 0 < before < 40_000


def test_through_a_proxy(loopback: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy gets whole addresses and its own password; this machine is asked directly."""
    server = loopback("oqmd", 3)
    monkeypatch.setenv("http_proxy", server.base.replace("//", "//me:secret@"))
    monkeypatch.delenv("no_proxy", raising=False)
    client = Client("http://db.example", QUICK)
    body, _ = client.get("http://db.example/oqmdapi/formationenergy?fields=name", whole)
    assert b"Li1Na2" in body
    assert server.asked == ["http://db.example/oqmdapi/formationenergy?fields=name"]
    other = loopback("oqmd", 3)
    Client(other.base, QUICK).get(f"{other.base}/oqmdapi/formationenergy?fields=name", whole)
    assert len(server.asked) == len(other.asked) == 1


BAD_BASES = (
    "", "example.org", "ftp://example.org", "file:///etc/passwd", "http://", "https://a:b@example.org", "http://[::1",
    "https://example.org/?api_key=3", "https://example.org/#x", "http://exa mple.org", "http://h:99999", "http://h:0",
    "http://h/" + "x" * 20_000, "javascript:alert(1)", "http://h\n.org",
)  # fmt: skip


@pytest.mark.parametrize("text", BAD_BASES)
def test_addresses_that_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="--url"):
        base_address(text)


def test_links() -> None:
    home = home_of("https://x.org/v1")
    origin = "https://x.org/v1/structures?a=1"
    assert follow("?a=2", origin, home, True) == "https://x.org/v1/structures?a=2"
    assert follow("http://x.org/v1?b=1", origin, home, True) == "https://x.org/v1?b=1"
    assert follow("https://y.org/v1", origin, home, False) == "https://y.org/v1"
    for link, keyed in (
        ("https://y.org/v1", True), ("https://x.org:8443/v1", True), ("http://y.org/", False),
        ("https://a@y.org/", False), ("file:///etc/passwd", False), ("https://localhost/", False), ("//[", False),
        ("https://127.0.0.1/", False), ("https://192.168.0.1/", False),
        ("https://[fe80::1]/", False), ("http://h\\n", False),
    ):  # fmt: skip
        with pytest.raises(PageError):
            follow(link, origin, home, keyed)


@given(st.text(max_size=80), st.booleans())
def test_any_link_is_followed_home_or_refused(link: str, keyed: bool) -> None:
    home = home_of("https://x.org/v1")
    try:
        found = follow(link, "https://x.org/v1/structures", home, keyed)
    except PageError:
        return
    assert home_of(found).scheme == "https"
    assert not keyed or home_of(found) == home


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates")
def test_certificates_are_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(made, check=True, capture_output=True)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.headers.get("x-api-key", "none").encode()[::-1])

        def log_message(self, *args: object) -> None:
            """Quiet."""

    class Quiet(HTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that does not trust us goes away."""

    server = Quiet(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    port = server.server_address[1]
    try:
        with pytest.raises(TransferError, match="its certificate is not trusted"):
            Client(f"https://localhost:{port}", QUICK, key=Secret("abc")).get(f"https://localhost:{port}/", whole)
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))
        client = Client(f"https://localhost:{port}", QUICK, key=Secret("abc"))
        assert client.get(f"https://localhost:{port}/", whole)[0] == b"cba"
        with pytest.raises(TransferError, match="its certificate is not trusted"):  # another name
            Client(f"https://127.0.0.1:{port}", QUICK).get(f"https://127.0.0.1:{port}/", whole)
    finally:
        server.shutdown()
        server.server_close()
