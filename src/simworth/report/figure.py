"""The law's picture as a file, for a paper or a README."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simworth.errors import InputError
from simworth.files import replacing
from simworth.inference.words import say_count
from simworth.report.lawplot import SIZES, axis_words, draw_law, law_picture, vertical_range
from simworth.report.summary import control_of
from simworth.report.svg import COLOURS, house_style

FORMATS = ("svg", "png", "pdf")
SIZE = (7.2, 5.4)
"""Inches."""
DOTS = 200
"""Pixels an inch of a PNG."""


def law_figure(law: Mapping[str, Any], trials: Any, path: Path, *, target: str, arm: str, m: int) -> Path:
    """Draw one curve with its law to ``path``, whose suffix says the format: .svg, .png or .pdf.

    Parameters
    ----------
    law
        The document law.json.
    trials
        The trials it was fitted to, as an Arrow table.
    target, arm, m
        Which curve; the first learner's, where several were used.

    Raises
    ------
    InputError
        When there is no such curve, or the suffix is another one.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise InputError(f"{path}: figures end in .svg, .png or .pdf; choose one of them")
    entry = _entry(law, target, arm, m)
    picture = law_picture(entry, control_of(entry, law["curves"]), trials, law["metric"], float(law["level"]))
    with house_style(f"{target}-{arm}-{m}", text="path"):
        figure = Figure(figsize=SIZE, layout="constrained")
        FigureCanvasAgg(figure)
        ax = figure.subplots()
        draw_law(ax, picture, vertical_range([picture]))
        ax.set_xlabel(SIZES.en)
        ax.set_ylabel(axis_words(law["metric"], entry["unit"]).en)
        ax.set_title(f"{target} from {arm}, m = {say_count(m)}", loc="left", fontsize=12, pad=22)
        figure.legend(loc="outside lower center", ncols=2, frameon=False, labelcolor=COLOURS["muted"], fontsize=10.5)
        with replacing(path) as temporary:
            figure.savefig(temporary, format=kind, dpi=DOTS, metadata=_undated(kind))
    return path


def _entry(law: Mapping[str, Any], target: str, arm: str, m: int) -> Mapping[str, Any]:
    found = [c for c in law["curves"] if (c["target"], c["arm"], c["m"], c["control"]) == (target, arm, m, "")]
    if not found:
        there = sorted({f"{c['target']!r} from {c['arm']!r} at m = {c['m']}" for c in law["curves"]})
        raise InputError(f"no curve of {target!r} from {arm!r} at m = {m}; there are {'; '.join(there)}")
    entry: Mapping[str, Any] = found[0]
    return entry


def _undated(kind: str) -> dict[str, Any]:
    """File metadata without a date, so that equal figures are equal files."""
    return {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {"Software": None}}[kind]
