"""A finished run as a notebook shows it."""

from __future__ import annotations

from pathlib import Path

from simworth.documents import read_document
from simworth.errors import InputError
from simworth.inference.documents import SCHEMA as LAW
from simworth.inference.shown import law_picture
from simworth.inference.written import law_of
from simworth.notebook import block, listed, paragraph
from simworth.planning.documents import SCHEMA as PLAN
from simworth.report.summary import largest_m, summary_lines

PICTURES = 3
"""Curves that are drawn."""


def run_html(folder: Path, page: Path) -> str:
    """The answer in a few lines, the first curves, and where the page is."""
    title, where = f"Run in {folder}", paragraph(f"The page: {page}")
    try:
        law, plan = read_document(folder / "law.json", LAW), read_document(folder / "plan.json", PLAN)
    except InputError as error:
        return block(title, paragraph(str(error)))
    pictures = []
    for entry in largest_m(law["curves"])[:PICTURES]:
        found = law_of(entry, float(law["level"]))
        if found is not None:
            pictures.append(paragraph(f"{entry['target']} from {entry['arm']}, m = {entry['m']}") + law_picture(found))
    return block(title, listed(summary_lines(law, plan)), *pictures, where)
