"""The scripts that the page carries, and the policy that lets these run and nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SCRIPTS = HERE / "scripts"

LIBRARIES = ("d3.min.js", "plot.umd.min.js")
"""Drawing libraries in ``vendor``, as they were published."""

OWN = (
    "start.js",
    "digits.js",
    "say.js",
    "quantiles.js",
    "forms.js",
    "slopes.js",
    "law.js",
    "questions/need.js",
    "questions/stop.js",
    "questions/growth.js",
    "questions/effects.js",
    "questions/equivalence.js",
    "questions/isoline.js",
    "questions/splits.js",
    "questions/budget.js",
    "questions/ranking.js",
    "charts/frame.js",
    "charts/law.js",
    "charts/parity.js",
    "charts/agreement.js",
    "charts/plane.js",
    "charts/split.js",
    "controls.js",
    "answers.js",
    "planner.js",
    "language.js",
    "copy.js",
    "page.js",
)
"""The page's own scripts, in the order in which they run."""


def words() -> dict[str, dict[str, str]]:
    """The texts that scripts show: key -> language -> text."""
    found: dict[str, dict[str, str]] = json.loads((SCRIPTS / "words.json").read_text(encoding="utf-8"))
    return found


def page_scripts() -> list[str]:
    """The text of each inline script: the libraries, then all of the page's own as one."""
    libraries = [(HERE / "vendor" / name).read_text(encoding="utf-8").strip() for name in LIBRARIES]
    own = "\n".join((SCRIPTS / name).read_text(encoding="utf-8").strip() for name in OWN)
    return [*libraries, f'"use strict";\n{own}']


def policy(scripts: list[str]) -> str:
    """Content security policy of a page with these inline scripts: they run, and nothing is loaded or sent."""
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


def embedded(data: Any) -> str:
    """Plain values as JSON that can stand in a script element, whatever the strings in it say."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
