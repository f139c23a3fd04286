"""Put the demo's answer into the documentation: its picture, its lines, its numbers.

Run as ``python docs/demo_output.py runs/enthalpy`` after ``make demo``; what it writes is kept in the repository.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simworth.documents import read_document
from simworth.examples import example_path
from simworth.figures.make import draw_figures
from simworth.inference.documents import SCHEMA as LAW
from simworth.planning.documents import SCHEMA as PLAN
from simworth.report.summary import control_of, summary_lines
from simworth.study import Study

DOCS = Path(__file__).parent


def errors_table(law: Mapping[str, Any]) -> str:
    """Mean errors at the largest n, one row an m, as Markdown."""
    lines = [
        "| m | experiments alone | database alone | shuffled source | transfer |",
        "|---|---|---|---|---|",
    ]
    for c in law["curves"]:
        if not c["control"]:
            direct = {d["learner"]: d["mean"] for d in c["direct"]}
            control = control_of(c, law["curves"])
            alone = c["database"]["points"][-1]["mean"]
            means = [direct[c["learner"]], alone, control["points"][-1]["mean"], c["points"][-1]["mean"]]
            lines.append(f"| {c['m']} | " + " | ".join(f"{x:.1f}" for x in means) + " |")
    return "\n".join(lines) + "\n"


def main(run: Path) -> None:
    """Write docs/_static/demo.svg and the texts in docs/tutorial/demo."""
    study = Study.read(example_path("enthalpy"))
    if json.loads((run / "manifest.json").read_bytes())["study"] != study.spec.digest():
        sys.exit(f"{run} is not a run of the demo as it is now; run `make demo` again")
    law, plan = read_document(run / "law.json", LAW), read_document(run / "plan.json", PLAN)
    with tempfile.TemporaryDirectory() as folder:
        (drawn,) = draw_figures(run, folder, kinds=("law",), formats=("svg",), width="slide").drawn
        (DOCS / "_static" / "demo.svg").write_bytes(drawn.files[0].read_bytes())
    texts = {
        "check.txt": study.check(),
        "answer.txt": summary_lines(law, plan),
        "backtest.txt": [c["backtest"]["sentence"] for c in law["curves"] if c["backtest"]],
        "errors.md": errors_table(law).splitlines(),
    }
    for name, lines in texts.items():
        (DOCS / "tutorial" / "demo" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
