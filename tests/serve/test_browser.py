"""The server in a real browser: live pages, and pages of strangers that attack it."""

from __future__ import annotations

import base64
import hashlib
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest


class Watched:
    """A page that has the key, with what it said and asked for."""

    def __init__(self, page: Any, origin: str) -> None:
        self.page, self.origin = page, origin
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda m: self.said.append(m.text))
        page.on("pageerror", lambda e: self.said.append(str(e)))
        page.on("request", lambda r: self.asked.append(r.url))
        page.on("dialog", lambda d: (self.said.append(f"dialog {d.message}"), d.dismiss()))

    def go(self, path: str) -> None:
        self.page.goto(self.origin + path)

    @property
    def strays(self) -> list[str]:
        return [url for url in self.asked if not url.startswith(self.origin + "/")]


@pytest.fixture
def watched(browser: Any, served: Any) -> Iterator[Watched]:
    context = browser.new_context()
    page = context.new_page()
    found = Watched(page, served.origin)
    page.goto(served.door)
    yield found
    context.close()


@pytest.fixture
def elsewhere() -> Iterator[Any]:
    """Another server on this machine: the same site to cookies, another origin."""

    class Handler(BaseHTTPRequestHandler):
        page = b""
        seen: list[dict[str, str]] = []  # noqa: RUF012

        def do_GET(self) -> None:
            Handler.seen.append({k.lower(): v for k, v in self.headers.items()})
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(Handler.page)

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    Handler.url = f"http://127.0.0.1:{server.server_port}/"  # type: ignore[attr-defined]
    yield Handler
    server.shutdown()
    server.server_close()


def test_the_key_is_not_in_the_address(watched: Watched, served: Any) -> None:
    assert watched.page.url == f"{served.origin}/"
    assert served.key.token not in watched.page.content()
    assert watched.page.evaluate("document.cookie") == ""


def test_pages_ask_nobody_else_and_break_no_rule(watched: Watched, served: Any, add_run: Callable[[str], Path]) -> None:
    folder = add_run("one")
    (folder / "report.html").unlink()
    (folder / "law.json").unlink()
    served.upload()
    for path in ("/", "/new", "/runs/one", "/runs/boiling-points"):
        watched.go(path)
        watched.page.wait_for_load_state("networkidle")
    assert watched.said == []
    assert watched.strays == []
    assert any("curve.svg" in url for url in watched.asked)


def test_a_page_follows_its_run(watched: Watched, served: Any, draft: Any, finished: Path) -> None:
    job = draft("Live <b>study</b>")
    served.jobs.ask(job)
    watched.go(f"/runs/{job.name}")
    page, folder = watched.page, served.root / job.name
    page.wait_for_selector("text=reading tables")
    (folder / "trials").mkdir()
    for name in ("manifest.json", "study.toml", "trials/00000.parquet"):
        shutil.copy(finished / name, folder / name)
    page.wait_for_selector("text=1 of 2 parts", timeout=30_000)
    page.wait_for_selector("img[alt*='Mean error']")
    page.wait_for_selector("figure img:visible")
    page.locator("figure img").screenshot()  # waits until it is drawn
    page.focus("#do-stop")
    shutil.copy(finished / "trials/00001.parquet", folder / "trials/00001.parquet")
    page.wait_for_selector("text=2 of 2 parts", timeout=30_000)
    assert page.evaluate("document.activeElement.id") == "do-stop"
    page.click("#do-stop")
    page.wait_for_selector("text=stopped", timeout=30_000)
    page.wait_for_selector("#do-continue")
    assert watched.said == []


def test_a_study_is_started_by_keyboard_and_without_scripts(browser: Any, served: Any, tmp_path: Path) -> None:
    for name, end in (("m.csv", "O"), ("c.csv", "N")):
        rows = "".join(f"{'C' * i}{end},{300 + i}\n" for i in range(1, 150))
        (tmp_path / name).write_text("smiles,bp (K)\n" + rows, encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(served.door)
    page.click("text=Start a study")
    page.fill("#title", "By hand")
    page.set_input_files("#measured", tmp_path / "m.csv")
    page.set_input_files("#computed", tmp_path / "c.csv")
    page.focus("#title")
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/by-hand")
    page.focus("button[value=start]")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=running")
    assert served.jobs.alive("by-hand")
    context.close()


def test_files_that_are_too_large_are_said_before_they_are_sent(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_bytes(b"a" * 2**21)
    watched.go("/new")
    page = watched.page
    page.fill("#title", "x")
    for field in ("#measured", "#computed"):
        page.set_input_files(field, tmp_path / "m.csv")
    page.click("button")
    page.wait_for_selector("[data-too-large]:visible")
    assert page.url.endswith("/new")


HOSTILE = """<!doctype html><title>start</title><img src="/assets/icon.svg"><iframe src="/"></iframe>
<form method="post" action="/runs/one/discard"><button>x</button></form>
<script>
const out = {origin: self.origin};
const attempt = (name, what) => { try { out[name] = String(what()); } catch (e) { out[name] = "no"; } };
attempt("cookie", () => document.cookie);
attempt("storage", () => localStorage.length);
attempt("form", () => { document.forms[0].submit(); return "sent"; });
attempt("top", () => top.document.body.textContent);
attempt("opened", () => { const w = open("/"); return w && w.document.body.textContent; });
attempt("frame", () => frames[0].document.body.textContent);
Promise.allSettled([fetch("/"), fetch("/now", {credentials: "include", mode: "no-cors"}),
  new Promise((ok, no) => {
    const x = new XMLHttpRequest();
    x.onload = ok; x.onerror = no; x.open("GET", "/"); x.send();
  }), import("/assets/live.js")])
  .then((all) => {
    out.fetched = all.filter((a) => a.status === "fulfilled").length;
    document.title = JSON.stringify(out);
  });
</script>"""


def test_the_page_of_a_stranger_reads_nothing(watched: Watched, served: Any, add_run: Callable[[str], Path]) -> None:
    import json

    add_run("secret-run")
    (add_run("one") / "report.html").write_text(HOSTILE, encoding="utf-8")
    watched.go("/runs/one/report.html")
    watched.page.wait_for_function("document.title.startsWith('{')")
    out = json.loads(watched.page.title())
    assert out["origin"] == "null"
    assert out["cookie"] == out["storage"] == "no"
    assert out["fetched"] == 0
    assert "secret-run" not in json.dumps(out)
    assert watched.page.url.endswith("/report.html")
    assert (served.root / "one").is_dir()
    assert not [a for a in served.answers if a.status < 400]


def test_the_scripts_of_an_honest_page_run_and_no_others(watched: Watched, add_run: Callable[[str], Path]) -> None:
    script = "document.title = 'ran'"
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:"
    (add_run("one") / "report.html").write_text(
        f'<!doctype html><meta http-equiv="Content-Security-Policy" content="{policy}"><title>start</title>'
        f"<script>{script}</script><script>document.title = 'foreign'</script><b id='x' style='color:red'>x</b>",
        encoding="utf-8",
    )
    watched.go("/runs/one/report.html")
    assert watched.page.title() == "ran"
    assert watched.page.evaluate("getComputedStyle(document.getElementById('x')).color") == "rgb(255, 0, 0)"


def test_names_of_strangers_do_nothing(watched: Watched, served: Any, add_run: Callable[[str], Path]) -> None:
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    folder = add_run("<svg onload=alert(3)>")
    (folder / "report.html").unlink()
    (folder / "law.json").unlink()
    (folder / "trials" / "00001.parquet").unlink()
    text = (folder / "study.toml").read_text(encoding="utf-8").replace("boiling points", evil)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    (folder / "log.txt").write_text(evil, encoding="utf-8")
    watched.go("/")
    watched.page.wait_for_selector(f"text={evil}")
    watched.page.click("h2 a")
    watched.page.wait_for_selector("h1")
    watched.page.wait_for_timeout(2500)  # once through the live part
    assert watched.page.evaluate("document.querySelectorAll('main svg, main script').length") == 0
    assert watched.said == []
    assert watched.strays == []


def test_another_server_on_this_machine_starts_nothing(
    watched: Watched, served: Any, elsewhere: Any, draft: Any, multipart: Any
) -> None:
    draft("mine")
    elsewhere.page = f"""<form method=post action="{served.origin}/runs/mine/discard">
<input name=mark value=x></form><script>
fetch("{served.origin}/now", {{credentials: "include"}}).then(() => {{ document.title = "read" }}, () => {{}});
setTimeout(() => document.forms[0].submit(), 300)</script>""".encode()
    watched.page.goto(elsewhere.url)
    watched.page.wait_for_selector("text=This was not done")
    assert (served.root / "mine").is_dir()
    assert watched.page.title() != "read"


def test_no_other_page_frames_it_or_learns_where_one_was(watched: Watched, served: Any, elsewhere: Any) -> None:
    elsewhere.page = f'<iframe src="{served.origin}/"></iframe>'.encode()
    watched.page.evaluate(f"location = '{elsewhere.url}'")
    watched.page.wait_for_selector("iframe")
    watched.page.wait_for_load_state("networkidle")
    assert all("No run" not in f.content() for f in watched.page.frames if f.url.startswith(served.origin))
    assert any("frame" in text.lower() for text in watched.said)
    assert all(served.origin not in str(headers) for headers in elsewhere.seen)


def test_a_server_that_is_gone_is_said(watched: Watched, served: Any) -> None:
    watched.go("/")
    watched.page.route("**/now", lambda route: route.abort())
    watched.page.wait_for_selector("#lost:visible", timeout=30_000)
    watched.page.unroute("**/now")
    watched.page.wait_for_selector("#lost", state="hidden", timeout=30_000)
