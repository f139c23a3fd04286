"""Predictions against experiments: of each held-out material, the mean over all trials that tested it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simworth.figures.curve import STEPS
from simworth.figures.law import about_of, name_of
from simworth.figures.look import COLOURS, DASHES, Look
from simworth.figures.picture import Found, LeftOut, Picture
from simworth.figures.sheet import Cell, Sheet, sheet
from simworth.figures.words import (
    DIRECT,
    ERROR,
    MEASURED_VALUE,
    PREDICTED_VALUE,
    TRANSFER,
    in_unit,
    say_learner,
    short_count,
)
from simworth.inference.words import say_error
from simworth.report.folder import RunFolder
from simworth.report.language import Both
from simworth.report.parity import MANY, Parity, parities
from simworth.report.summary import largest_m
from simworth.report.wording import Entry

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KIND = "parity"
COLUMNS = ("target", "source", "learner", "m", "what", "of", "measured", "predicted", "unit")
"""``what``: transfer, or direct learning with the learner ``of``; a row is a material."""


def parity_pictures(run: RunFolder, look: Look) -> Found:
    """A figure for each target, source and learner, at the largest m and n."""
    found: Found = []
    for entry in largest_m(run.law["curves"]):
        truth = run.truths.get(entry["target"])
        if truth is None:
            found.append(LeftOut(KIND, name_of(entry), "the run kept no table of measured values"))
            continue
        pictures = parities(run.trials, entry, np.asarray(truth, float))
        if pictures:
            found.append(_picture(run, look, entry, pictures))
        else:
            found.append(LeftOut(KIND, name_of(entry), "no prediction was kept"))
    return found


def parity_sheet(entry: Entry, pictures: list[Parity]) -> Sheet:
    """Measured and predicted values."""
    head, unit = (entry["target"], entry["arm"], entry["learner"], int(entry["m"])), entry["unit"]
    rows: list[tuple[Cell, ...]] = []
    for p in pictures:
        transfer = p is pictures[-1]
        said = ("transfer", entry["learner"]) if transfer else ("direct", entry["gain"]["against"])
        points = zip(p.measured.tolist(), p.predicted.tolist(), strict=True)
        rows += [(*head, *said, measured, predicted, unit) for measured, predicted in points]
    return sheet(COLUMNS, rows)


def _picture(run: RunFolder, look: Look, entry: Entry, pictures: list[Parity]) -> Picture:
    numbers = parity_sheet(entry, pictures)
    ways = [str(w) for w in numbers.kinds("what")]

    def draw(figure: Figure) -> None:
        axes = figure.subplots(1, len(ways), sharex=True, sharey=True, squeeze=False).ravel()
        everything = np.concatenate([numbers.numbers("measured"), numbers.numbers("predicted")])
        low, high = float(everything.min()), float(everything.max())
        room = 0.04 * (high - low or 1.0)
        for ax, way in zip(axes, ways, strict=True):
            _panel(ax, numbers.where("what", way), (low - room, high + room), entry["unit"], look)
        figure.supxlabel(look.say(MEASURED_VALUE.format(in_unit(entry["unit"]))), fontsize=look.text)
        figure.supylabel(look.say(PREDICTED_VALUE.format(in_unit(entry["unit"]))), fontsize=look.text)

    height = look.tallest if look.slide else (look.width - 10.0) / len(ways) + 13.0
    finished = [p["n"] for p in entry["points"] if p["mean"] is not None]
    caption = (
        f"Predicted against measured values, {name_of(entry)}, n = {short_count(max(finished))}, "
        f"m = {short_count(entry['m'])}. Each point is a material; predictions are means over the trials that held "
        "it out. On the diagonal a prediction is exact. Errors are mean absolute errors of these mean predictions, a "
        "little below those of single trials."
    )
    return Picture(KIND, about_of(run, entry), caption, numbers, height, draw)


def _panel(ax: Axes, numbers: Sheet, bounds: tuple[float, float], unit: str, look: Look) -> None:
    from matplotlib.ticker import MaxNLocator

    measured, predicted = numbers.numbers("measured"), numbers.numbers("predicted")
    transfer, learner = numbers.kinds("what") == ["transfer"], str(numbers.kinds("of")[0])
    many = len(measured) > MANY
    title: Both = TRANSFER if transfer else DIRECT.format(say_learner(learner))
    colour = COLOURS["transfer" if transfer else learner if learner in DASHES else "other"]
    ax.plot(bounds, bounds, color=COLOURS["muted"], lw=0.7 * look.scale, zorder=1)
    style: Any = {"ms": (1.6 if many else 2.4) * look.scale, "mew": 0, "color": colour, "rasterized": many}
    style["alpha"] = float(np.clip(12 / len(measured) ** 0.5, 0.15, 0.6))
    ax.plot(measured, predicted, "o", zorder=2, **style)
    ax.set_xlim(*bounds)
    ax.set_ylim(*bounds)
    ax.set_aspect("equal")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(4, steps=STEPS))
    ax.grid(True)
    ax.set_title(look.say(title), loc="left")
    error = float(np.abs(predicted - measured).mean())
    told = look.say(ERROR.format(say_error(error, unit)))
    ax.text(0.04, 0.96, told, transform=ax.transAxes, va="top", fontsize=look.small, color=COLOURS["ink"])
