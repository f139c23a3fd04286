"""The addresses that show what is there; none of them changes anything."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any, BinaryIO

from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response, StreamingResponse

from simworth.serve.changing import draft_page
from simworth.serve.drawing import SIZES, draw_so_far
from simworth.serve.inside import mark_inside, open_inside, read_inside, tail_inside
from simworth.serve.pages import Pages
from simworth.serve.process import LOG
from simworth.serve.refusal import missing
from simworth.serve.runs import PAGE, Runs, RunView, shown
from simworth.serve.sofar import SoFar, read_so_far

FILES = ("trials.parquet", "law.json", "plan.json", "quality.json", "manifest.json", "study.toml")
"""What a run lets be taken away, besides its page."""
MOST_PAGE = 64 * 2**20

PAGE_POLICY = (
    "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""For the page of a run, which may be anybody's.

The sandbox makes it a page of no origin: whatever its scripts do, they read no other page of the server, send no form
and hold no cookie. Its own, stricter policy in its head names the scripts that may run, and holds beside this one.
"""
DRAWING_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


class Drawn:
    """Curves so far: read and fitted once for every part that comes, one at a time, and drawn when asked for."""

    def __init__(self, runs: Runs) -> None:
        self._runs, self._one = runs, threading.Lock()
        self._kept: dict[str, tuple[tuple[str, ...], SoFar | None, dict[str, str]]] = {}

    def curve(self, name: str) -> SoFar | None:
        """The curve so far."""
        with self._one:
            return self._read(name)[0]

    def drawing(self, name: str, size: str) -> str:
        """Its drawing; empty where there is no curve."""
        with self._one:
            found, drawings = self._read(name)
            if found is not None and size not in drawings:
                drawings[size] = draw_so_far(found, size)
            return drawings.get(size, "")

    def _read(self, name: str) -> tuple[SoFar | None, dict[str, str]]:
        parts = tuple(self._runs.parts(name))
        kept = self._kept.get(name)
        if kept is None or kept[0] != parts:
            kept = (parts, read_so_far(self._runs, name) if parts else None, {})
            self._kept = {name: kept}  # one study runs at a time
        return kept[1], kept[2]


def add_reading(app: FastAPI, runs: Runs, pages: Pages) -> None:
    """Add the addresses of the list, the runs, their pages and files.

    All are plain functions: the framework runs them in threads, so that a slow disk holds nobody up.
    """
    drawn = Drawn(runs)

    @app.get("/")
    def home() -> Response:
        return HTMLResponse(pages.text("runs.html", _listing(runs)))

    @app.get("/now")
    def home_now() -> Response:
        return HTMLResponse(pages.text("runs-now.html", _listing(runs)))

    @app.get("/runs/{name}")
    def run(name: str) -> Response:
        view = find(runs, name)
        if view.state == "draft":
            return draft_page(pages, view)
        return HTMLResponse(pages.text("run.html", _run(runs, drawn, view)))

    @app.get("/runs/{name}/now")
    def run_now(name: str) -> Response:
        return HTMLResponse(pages.text("run-now.html", _run(runs, drawn, find(runs, name))))

    @app.get("/runs/{name}/curve.svg")
    def picture(name: str, size: str = "wide") -> Response:
        if size not in SIZES:
            raise missing("drawing")
        drawing = drawn.drawing(find(runs, name).name, size)
        if not drawing:
            raise missing("drawing")
        return Response(drawing, media_type="image/svg+xml", headers={"content-security-policy": DRAWING_POLICY})

    @app.get(f"/runs/{{name}}/{PAGE}")
    def page(name: str) -> Response:
        content = read_inside(runs.root, find(runs, name).name, PAGE, most=MOST_PAGE)
        # A page in a sandbox that also asked for an opener policy would be refused by browsers.
        headers = {"content-security-policy": PAGE_POLICY, "cross-origin-opener-policy": "unsafe-none"}
        return Response(content, media_type="text/html; charset=utf-8", headers=headers)

    @app.get("/runs/{name}/files/{file}")
    def take(name: str, file: str) -> Response:
        if file not in FILES:
            raise missing("file")
        opened = open_inside(runs.root, find(runs, name).name, file)
        headers = {
            "content-disposition": f'attachment; filename="{file}"',
            "content-length": str(os.fstat(opened.fileno()).st_size),
        }
        return StreamingResponse(_blocks(opened), media_type="application/octet-stream", headers=headers)


def find(runs: Runs, name: str) -> RunView:
    """The run of this name: one of those that are listed, compared and never joined to a path.

    Raises
    ------
    RefusedError
        When there is none.
    """
    if name not in runs.names():
        raise missing("run")
    return runs.view(name)


def _listing(runs: Runs) -> dict[str, Any]:
    views, more = runs.all()
    return {"runs": views, "more": more}


def _run(runs: Runs, drawn: Drawn, view: RunView) -> dict[str, Any]:
    curve = drawn.curve(view.name) if view.state != "finished" and view.done else None
    log = [shown(line, 400) for line in tail_inside(runs.root, view.name, LOG, most=16384).splitlines()]
    files = [f for f in FILES if mark_inside(runs.root, view.name, f) is not None]
    return {"run": view, "curve": curve, "log": log[-60:], "files": files}


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while block := file.read(2**18):
            yield block
