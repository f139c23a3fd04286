"""Every address: what it shows, what it changes, and what it never does."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from simworth.errors import InputError
from simworth.serve.describe import Answered
from simworth.serve.jobs import UPLOADED
from simworth.serve.running import check_folder, is_loopback, listen, state_of

EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*191}}",
    "\u202egnp.exe",
    "x" * 200,
    "a'b&c\\d",
)
OUT = (
    *(
        "..",
        "../",
        "..%2f",
        "%2e%2e",
        "%2e%2e%2f%2e%2e%2fetc",
        "..%5c",
        "/etc",
        "%2fetc%2fpasswd",
        ".",
        "%00",
        "one%00",
    ),
    *("%ff%fe", "~", "one%2f..%2f..%2fsecret", "....//", "%252e%252e%252f", "con", "%20", "%0d%0aX-Evil:1"),
)
SHAPES = ("/runs/{}", "/runs/{}/now", "/runs/{}/report.html", "/runs/{}/curve.svg", "/runs/{}/files/law.json", "/{}")


def test_the_list_and_a_run(served: Any, add_run: Callable[[str], Path]) -> None:
    assert "no run in this folder yet" in served.get("/").text
    add_run("one")
    for path in ("/", "/now", "/runs/one", "/runs/one/now"):
        answer = served.get(path)
        assert answer.status == 200
        assert "bp from GFN2-xTB" in answer.text
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "the page" in served.get("/runs/one/report.html").text


def test_the_page_of_a_run_is_in_a_sandbox(served: Any, add_run: Callable[[str], Path]) -> None:
    add_run("one")
    headers = served.get("/runs/one/report.html").headers
    policy = headers["content-security-policy"]
    sandbox = policy.partition(";")[0].split()
    assert sandbox[0] == "sandbox"
    assert not {"allow-same-origin", "allow-forms", "allow-top-navigation"} & set(sandbox)
    assert "default-src 'none'" in policy
    assert "connect-src" not in policy
    assert headers["cross-origin-opener-policy"] == "unsafe-none"


def test_files_are_taken_away_and_never_shown(served: Any, add_run: Callable[[str], Path]) -> None:
    folder = add_run("one")
    answer = served.get("/runs/one/files/law.json")
    assert answer.body == (folder / "law.json").read_bytes()
    assert answer.headers["content-disposition"] == 'attachment; filename="law.json"'
    assert answer.headers["content-type"] == "application/octet-stream"
    (folder / "secret.txt").write_text("secret", encoding="utf-8")
    for file in ("secret.txt", "report.html", "trials", "upload", *OUT):
        answer = served.get(f"/runs/one/files/{file}")
        assert answer.status in (400, 403, 404, 405), file
        assert b"secret" not in answer.body


def test_no_parameter_is_a_path(served: Any, add_run: Callable[[str], Path]) -> None:
    add_run("one")
    (served.root.parent / "secret").mkdir()
    for name in ("report.html", "law.json", "manifest.json"):
        (served.root.parent / "secret" / name).write_text("secret", encoding="utf-8")
    for name in OUT:
        for shape in (*SHAPES, "/assets/{}"):
            answer = served.get(shape.format(name))
            assert answer.status in (200, 400, 404, 405), (shape, name)
            assert b"secret" not in answer.body
            assert b"root:" not in answer.body
            assert "x-evil" not in answer.headers
        for action in ("stop", "discard", "continue", "change", "describe", name):
            assert served.post(f"/runs/{name}/{action}").status in (404, 405), (name, action)
    assert (served.root / "one" / "law.json").exists()


def test_links_in_a_run_are_not_followed(served: Any, add_run: Callable[[str], Path]) -> None:
    folder = add_run("one")
    secret = served.root.parent / "secret"
    secret.write_text("secret", encoding="utf-8")
    for file in ("report.html", "law.json", "study.toml", "trials.parquet"):
        (folder / file).unlink()
        (folder / file).symlink_to(secret)
    (folder / "log.txt").symlink_to(secret)
    for path in ("/runs/one", "/runs/one/report.html", "/runs/one/files/law.json", "/runs/one/files/study.toml"):
        assert b"secret" not in served.get(path).body
    (served.root / "other").symlink_to(served.root.parent)
    assert served.get("/runs/other").status == 404


def test_names_of_strangers_are_text(served: Any, add_run: Callable[[str], Path], finished: Path) -> None:
    for i, name in enumerate(EVIL):
        folder = add_run(f"r{i}" if "/" in name else name)
        (folder / "study.toml").write_text(f"name = '''{name}'''\n", encoding="utf-8")
        (folder / "report.html").unlink()
        (folder / "log.txt").write_text(name * 3, encoding="utf-8")
        for path in ("/", "/now", f"/runs/{quote(folder.name, safe='')}", f"/runs/{quote(folder.name, safe='')}/now"):
            text = served.get(path).text
            assert served.answers[-1].status == 200
            assert "<script>alert" not in text
            assert "<img src=x" not in text
            assert "1337" not in text


def test_a_study_from_two_tables_to_its_page(served: Any, wait: Any) -> None:
    title = EVIL[0]
    answer = served.upload(title=title, names=("../../m<b>.csv", "c\u202e.csv"))
    assert answer.status == 303
    where = answer.headers["location"]
    assert where == "/runs/script-alert-1-script"
    text = served.get(where).text
    assert "Start the study" in text
    assert "<script>alert" not in text
    assert "m&lt;b&gt;.csv" in text
    name = where.rpartition("/")[2]
    assert sorted(p.name for p in (served.root / name / UPLOADED).iterdir()) == ["computed.csv", "measured.csv"]
    assert served.post(f"{where}/describe", {"do": "look", "measured_unit": "glorps"}).status == 303
    assert served.get(where).status == 422
    assert not served.jobs.alive(name)
    assert served.post(f"{where}/describe", {"do": "start", "name": "t", "effort": "quick"}).status == 303
    wait(lambda: "reading tables" in served.get(f"{where}/now").text)
    assert served.jobs.alive(name)
    assert served.post(f"{where}/describe", {"do": "start"}).status == 409
    assert served.post(f"{where}/discard").status == 409
    assert served.post(f"{where}/stop").status == 303
    wait(lambda: "Interrupted" in served.get(f"{where}/now").text)
    wait(lambda: not served.jobs.alive(name))
    (served.root / name / "go").write_text("fail", encoding="utf-8")
    assert served.post(f"{where}/continue").status == 303
    wait(lambda: "is not a number; correct it" in served.get(f"{where}/now").text)
    wait(lambda: not served.jobs.alive(name))
    (served.root / name / "go").unlink()
    assert served.post(f"{where}/change").status == 303
    assert "Start the study" in served.get(where).text
    assert served.post(f"{where}/discard").status == 303
    assert not (served.root / name).exists()


def test_tables_that_cannot_be_used_leave_nothing(served: Any) -> None:
    for measured, why in ((b"", "is empty"), (b"PK\x03\x04x", "zip"), (b"a\n1\n", "one column"), (b"\xff\xfe\xff", "")):
        answer = served.upload(measured=measured)
        assert answer.status in (415, 422), measured
        assert why in answer.text
        assert str(served.root) not in answer.text
    assert served.upload(title=" ").status == 422
    assert list(served.root.iterdir()) == []


def test_forms_that_are_no_forms(served: Any, multipart: Any) -> None:
    mark = {"mark": served.key.form, "title": "x"}
    many, kind = multipart(mark | {f"f{i}": "x" for i in range(200)}, {})
    assert served.ask("POST", "/new", many, {"Content-Type": kind}).status == 400
    files, kind = multipart(mark, {f"f{i}": ("a.csv", b"a") for i in range(5)})
    assert served.ask("POST", "/new", files, {"Content-Type": kind}).status == 400
    long, kind = multipart(mark | {"title": "x" * 10**5}, {})
    assert served.ask("POST", "/new", long, {"Content-Type": kind}).status == 400
    for broken in (b"", b"--xx", b"--xx\r\nContent-Disposition: form-data\r\n\r\n--xx--", b"\0" * 100):
        assert served.ask("POST", "/new", broken, {"Content-Type": "multipart/form-data; boundary=xx"}).status < 500
    assert served.ask("POST", "/new", b"{}", {"Content-Type": "application/json"}).status == 403
    # A text in the place of a file, and a file in the place of a text.
    odd, kind = multipart(mark | {"measured": "x", "computed": "y"}, {"title": ("a.csv", b"a")})
    assert served.ask("POST", "/new", odd, {"Content-Type": kind}).status == 422
    assert list(served.root.iterdir()) == []


def test_uploads_that_come_at_once_are_kept_apart(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simworth.serve.changing.look_at", lambda *_: Answered())
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda i: served.upload(title="same", measured=_table(i)), range(2)))
    places = {a.headers["location"].rpartition("/")[2] for a in answers}
    assert len(places) == 2
    assert {(served.root / p / UPLOADED / "measured.csv").read_bytes() for p in places} == {_table(0), _table(1)}


def _table(i: int) -> bytes:
    return b"smiles,bp (K)\n" + b"".join(b"%sO,%d\n" % (b"C" * k, 300 + k + i) for k in range(1, 40))


def test_a_folder_that_vanishes_is_said(served: Any, add_run: Callable[[str], Path]) -> None:
    add_run("one")
    shutil.rmtree(served.root / "one")
    assert served.get("/runs/one").status == 404
    shutil.rmtree(served.root)
    assert served.get("/").status == 200
    assert served.upload().status >= 500


def test_what_can_be_served(tmp_path: Path, finished: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        check_folder(tmp_path / "nothing")
    with pytest.raises(InputError, match="is a run"):
        check_folder(finished)
    assert state_of(tmp_path) != state_of(tmp_path / "x")
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback("0.0.0.0")
    assert not is_loopback("example.org")
    with listen("127.0.0.1", 0) as taken, pytest.raises(InputError, match="cannot listen"):
        listen("127.0.0.1", taken.getsockname()[1])


def test_the_log_holds_no_key(served: Any, capfd: pytest.CaptureFixture[str], add_run: Callable[[str], Path]) -> None:
    served.get(f"/enter?token={served.key.token}", {"Cookie": None})
    served.get("/nothing")
    said = "".join(capfd.readouterr())
    assert served.key.token not in said
    assert served.key.session not in said


class TestTelemetry:
    @pytest.fixture
    def bounds(self, bounds: dict[str, float], monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
        monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://evil.example")
        return bounds

    def test_nothing_is_sent_whatever_the_environment_asks(self, served: Any) -> None:
        assert served.get("/").status == 200  # with telemetry on, the server would not have started
