"""The addresses that start, stop, continue and discard studies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from simworth.serve.describe import QUICK, Answered
from simworth.serve.jobs import UPLOADED, UPLOADS, Job, Jobs, known
from simworth.serve.key import Key
from simworth.serve.pages import Pages, link
from simworth.serve.refusal import RefusedError
from simworth.serve.runs import Runs, RunView, shown
from simworth.serve.studies import fields, look_at, names_of, said_by
from simworth.serve.uploads import Form, file_name, reading_form, room_for, store
from simworth.sweep.spec import SweepSpec

LONGEST_TITLE = 120
EFFORTS = {
    "usual": f"usual: {SweepSpec().replicates} replicates at {SweepSpec().sizes} sizes",
    "quick": f"a quick look: {QUICK[0]} replicates at {QUICK[1]} sizes",
}


def add_changing(app: FastAPI, runs: Runs, pages: Pages, key: Key, most: int) -> None:
    """Add the addresses that change something; each takes a form of this server alone."""
    jobs = runs.jobs

    @asynccontextmanager
    async def sent(request: Request) -> AsyncIterator[Form]:
        async with reading_form(request) as form:
            if not key.own_form(form.text("mark")):
                raise RefusedError(
                    403, "This form is not of this start of the server; load the page and send it again."
                )
            yield form

    @app.get("/new")
    def new() -> Response:
        return HTMLResponse(pages.text("new.html", {"problem": "", "title": ""}))

    @app.post("/new")
    async def upload(request: Request) -> Response:
        room_for(jobs.root, most)
        async with sent(request) as form:
            title = shown(form.text("title").strip(), LONGEST_TITLE)
            try:
                name = await asyncio.to_thread(_draft, jobs, title, form)
            except RefusedError as refusal:
                text = pages.text("new.html", {"problem": str(refusal), "title": title})
                return HTMLResponse(text, refusal.status)
        return _to(name)

    @app.post("/runs/{name}/describe")
    async def describe(name: str, request: Request) -> Response:
        async with sent(request) as form:
            await asyncio.to_thread(_describe, jobs, _draft_of(jobs, name), form)
        return _to(name)

    @app.post("/runs/{name}/{action}")
    async def act(name: str, action: str, request: Request) -> Response:
        async with sent(request):
            job = known(jobs, name)
        if action == "stop":
            await asyncio.to_thread(jobs.stop, job)
        elif action == "discard":
            await asyncio.to_thread(jobs.discard, job)
            return RedirectResponse("/", 303)
        elif action in ("continue", "change"):
            await asyncio.to_thread(_again, runs, job, action == "change")
        else:
            raise RefusedError(404, "There is no such thing to do.")
        return _to(name)


def draft_page(pages: Pages, view: RunView) -> Response:
    """The form of a study that is not described yet."""
    assert view.job is not None
    told = msgspec.convert(view.job.told, Answered)
    values = {"run": view, "told": told, "parts": fields(told), "names": names_of(view.job.files), "efforts": EFFORTS}
    return HTMLResponse(pages.text("describe.html", values), 422 if told.problem else 200)


def _to(name: str) -> Response:
    return RedirectResponse(f"/runs/{link(name)}", 303)


def _draft(jobs: Jobs, title: str, form: Form) -> str:
    """Keep two uploaded tables and look at them."""
    uploads = [form.files.get(side) for side in ("measured", "computed")]
    if not title:
        raise RefusedError(422, "Give the study a name.")
    if any(u is None or not u.filename for u in uploads):
        raise RefusedError(422, "Choose two tables: one of experiments and one of simulations.")
    files = {file: file_name(u) for file, u in zip(UPLOADS, uploads, strict=True) if u is not None}
    name = jobs.reserve(title)
    folder = jobs.root / name / UPLOADED
    try:
        for file, uploaded in zip(UPLOADS, uploads, strict=True):
            assert uploaded is not None
            store(uploaded, folder / file)
        told = look_at(folder, names_of(files), {"name": title})
        if told.problem and not told.columns:
            raise RefusedError(422, told.problem)
    except (RefusedError, OSError):
        jobs.abandon(name)
        raise
    jobs.put(Job(name=name, title=title, files=files, told=_plain(told)))
    return name


def _draft_of(jobs: Jobs, name: str) -> Job:
    job = known(jobs, name)
    if job.state != "draft":
        raise RefusedError(409, "This study has been started already.")
    return job


def _describe(jobs: Jobs, job: Job, form: Form) -> None:
    """Take the answers; start the study when that is wanted and nothing is left to be asked."""
    before = msgspec.convert(job.told, Answered)
    start = form.text("do") == "start"
    said = said_by(form.texts, before)
    quick = form.text("effort") == "quick"
    told = look_at(jobs.root / job.name / UPLOADED, names_of(job.files), said, quick, write=start)
    title = shown(str(told.said.get("name") or job.title), LONGEST_TITLE)
    job = msgspec.structs.replace(job, told=_plain(told), title=title)
    jobs.put(job)
    if told.written:
        jobs.ask(job)


def _again(runs: Runs, job: Job, change: bool) -> None:
    """Continue a stopped run, or change what was said of one that has computed nothing."""
    if runs.view(job.name).state != "stopped":
        raise RefusedError(409, "Only a study that stopped is continued or changed.")
    if not change:
        runs.jobs.ask(job)
    elif runs.total(job.name):
        raise RefusedError(409, "This study has begun to compute; start another one to say something else.")
    else:
        runs.jobs.put(msgspec.structs.replace(job, state="draft", trouble=""))


def _plain(told: Answered) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(told)
    return plain
