"""The law: one curve with its law, at the largest number of experiments, a figure for each source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simworth.figures.curve import COLUMNS, Bounds, curve_rows, draw_curve, legend
from simworth.figures.look import Look
from simworth.figures.picture import Found, LeftOut, Picture
from simworth.figures.sheet import Sheet, sheet
from simworth.figures.words import N_AXIS, clean, error_axis, short_count, slug
from simworth.report.folder import RunFolder
from simworth.report.summary import largest_m
from simworth.report.wording import Entry

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KIND = "law"


def law_pictures(run: RunFolder, look: Look) -> Found:
    """A figure for each target, source and learner, at the largest m."""
    found: Found = []
    for entry in largest_m(run.law["curves"]):
        about = about_of(run, entry)
        if all(p["mean"] is None for p in entry["points"]):
            found.append(LeftOut(KIND, f"{name_of(entry)}", "every trial failed"))
        else:
            found.append(_picture(run, look, entry, about))
    return found


def about_of(run: RunFolder, entry: Entry, of_source: bool = True) -> str:
    """Of what a figure is, for its file: target, source and learner, each where the run has several."""
    keys = ("target", "arm", "learner") if of_source else ("target", "learner")
    return slug(*(entry[k] for k in keys if len({c[k] for c in run.law["curves"] if not c["control"]}) > 1))


def name_of(entry: Entry) -> str:
    """Target and source of a curve."""
    return f"{clean(entry['target'])} from {clean(entry['arm'] or 'the source')}"


def _picture(run: RunFolder, look: Look, entry: Entry, about: str) -> Picture:
    rows, bounds = curve_rows(run, [entry])
    numbers = sheet(COLUMNS, rows)

    def draw(figure: Figure) -> None:
        ax = figure.subplots()
        draw_curve(ax, numbers, bounds, look, run.level)
        ax.set_xlabel(look.say(N_AXIS))
        ax.set_ylabel(look.say(error_axis(run.metric, entry["unit"])))
        if look.slide:
            name = f"{clean(entry['target'], 28)}, {clean(entry['arm'], 28)}, m = {short_count(entry['m'])}"
            figure.suptitle(name, x=0.01, ha="left", fontsize=look.text)
        legend(figure, [ax], look)

    height = look.tallest if look.slide else 78.0 if look.narrow else 95.0
    return Picture(KIND, about, _caption(run, entry, numbers, bounds), numbers, height, draw)


def _caption(run: RunFolder, entry: Entry, numbers: Sheet, bounds: Bounds) -> str:
    level = f"{100 * run.level:.3g} %"
    said = (
        f"Error of {name_of(entry)} against the number n of simulated materials, with m = {short_count(entry['m'])} "
        f"experiments to train on. {marks(level, numbers)} {clean(entry['verdict']['sentence'], 1000)}"
    )
    return f"{said}{stray(numbers, bounds)}"


def marks(level: str, numbers: Sheet) -> str:
    """What the marks of curves mean, of those that are there."""
    what = set(numbers.kinds("what"))
    parts = [f"Small dots: replicates; large dots: their means with {level} intervals."]
    if "law" in what:
        parts.append(f"Line and band: the fitted law with its {level} credible band, dashed where it is a forecast.")
    if "limit" in what:
        parts.append(f"Diamond: the limit C with its {level} interval.")
    if "direct" in what:
        parts.append(f"Horizontal lines: learning from the experiments alone, with {level} intervals.")
    if "database" in what:
        parts.append("Triangles and their line: the database alone, through the best line to the experiments.")
    if "control" in what:
        parts.append("Squares: the control with shuffled labels.")
    return " ".join(parts)


def stray(numbers: Sheet, bounds: Bounds) -> str:
    """How many replicates lie outside the drawing."""
    error = numbers.where("what", "replicate").numbers("error")
    count = int(((error < bounds[0]) | (error > bounds[1])).sum())
    return f" Outside the drawing: {count} replicates." if count > 1 else " Outside the drawing: 1 replicate." * count
