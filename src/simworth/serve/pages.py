"""Pages from templates: every value is escaped, an unknown one is an error."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from starlette.responses import HTMLResponse

from simworth.serve.key import Key
from simworth.serve.refusal import RefusedError

HERE = Path(__file__).parent
ASSETS = {"serve.css": "text/css", "live.js": "text/javascript", "icon.svg": "image/svg+xml"}
TONES = {
    "finished": "good", "running": "transfer", "elsewhere": "transfer", "waiting": "level", "draft": "warn",
    "stopped": "bad",
}  # fmt: skip


class Pages:
    """The templates, with what is the same on every page."""

    def __init__(self, key: Key, folder: str, most: int) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"link": link, "ago": ago, "stamp": stamp}
        self._environment.globals |= {"form_mark": key.form, "folder": folder, "most": most, "tones": TONES}

    def text(self, template: str, values: Mapping[str, Any]) -> str:
        """A page, or a part of one."""
        return self._environment.get_template(template).render(dict(values))

    def refusal(self, refusal: RefusedError) -> HTMLResponse:
        """Why a request is not answered. Who has no key sees no more than the sentence."""
        inside = refusal.status not in (403, 421)
        page = self.text("refusal.html", {"sentence": str(refusal), "inside": inside})
        return HTMLResponse(page, refusal.status)


def link(name: str) -> str:
    """A name as one part of an address."""
    return quote(name, safe="")


def ago(seconds: float) -> str:
    """How long ago a time was, in words."""
    if not seconds:
        return ""
    passed = max(time.time() - seconds, 0.0)
    for size, word in ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute")):
        if passed >= size:
            count = int(passed / size)
            return f"{count} {word}{'' if count == 1 else 's'} ago"
    return "just now"


def stamp(seconds: float) -> str:
    """A time as HTML's <time> has it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
