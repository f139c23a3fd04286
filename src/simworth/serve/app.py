"""The application: addresses, and what answers at each."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from simworth.errors import SimworthError
from simworth.serve.changing import add_changing
from simworth.serve.guard import ENTER, Bounds, Guard
from simworth.serve.jobs import Jobs
from simworth.serve.key import Key
from simworth.serve.pages import ASSETS, HERE, Pages
from simworth.serve.reading import add_reading
from simworth.serve.refusal import RefusedError, missing
from simworth.serve.runs import Runs

TICK = 1.0
"""Seconds between looks at the queue."""


def make_app(jobs: Jobs, key: Key, hosts: frozenset[str], bounds: Bounds) -> Guard:
    """The whole application, with its guard outside.

    Parameters
    ----------
    hosts
        Names that requests may call the server by.
    """
    runs = Runs(jobs.root, jobs)
    pages = Pages(key, jobs.root.name, bounds.upload)

    @contextlib.asynccontextmanager
    async def queue(_: FastAPI) -> AsyncIterator[None]:
        looking = asyncio.create_task(_look_after(jobs))
        yield
        looking.cancel()

    app = FastAPI(
        openapi_url=None,  # and so no pages about the programming interface: they load scripts from elsewhere
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=queue,
        # Newer releases of the framework can send what passes to others; whatever the environment asks, they do not.
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )

    @app.exception_handler(SimworthError)
    async def refused(_: Request, error: SimworthError) -> Response:
        return pages.refusal(error if isinstance(error, RefusedError) else RefusedError(422, str(error)))

    @app.exception_handler(HTTPException)
    async def failed(_: Request, error: HTTPException) -> Response:
        sentence = str(missing()) if error.status_code == 404 else str(error.detail)
        return pages.refusal(RefusedError(error.status_code, sentence))

    @app.get(ENTER)
    async def enter(token: str = "") -> Response:
        if not key.fits(token):
            raise RefusedError(403, "The key in this address is not the right one; open the address printed last.")
        # The token leaves the address at once: it stands in no history, no referrer and no bookmark.
        answer = RedirectResponse("/", 303)
        answer.headers["set-cookie"] = key.set_cookie()
        return answer

    @app.get("/assets/{name}")
    async def asset(name: str) -> Response:
        if name not in ASSETS:
            raise missing()
        return Response((HERE / "assets" / name).read_bytes(), media_type=ASSETS[name])

    add_reading(app, runs, pages)
    add_changing(app, runs, pages, key, bounds.upload)
    return Guard(app, key, hosts, bounds, pages.refusal)


async def _look_after(jobs: Jobs) -> None:
    """Begin what waits, whenever nothing runs."""
    while True:
        with contextlib.suppress(OSError, SimworthError):  # a full disk may have room again
            await asyncio.to_thread(jobs.tick)
        await asyncio.sleep(TICK)
