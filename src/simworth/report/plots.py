"""The figures of the page, each drawn twice (wide and narrow) and told in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simworth.inference.words import say_count, say_error
from simworth.report.folder import RunFolder
from simworth.report.lawplot import LawPicture, draw_law, law_picture, outside, vertical_range
from simworth.report.parity import draw_parity, parities, parity_alt
from simworth.report.summary import control_of
from simworth.report.svg import COLOURS, Plot, inline
from simworth.report.wording import Entry, interval, say_learner, with_interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDE, NARROW = 640, 350
"""Widths in CSS pixels: of a column on a desktop, and of a telephone."""

METRICS = {"mae": "mean absolute error", "rmse": "root mean square error"}


def main_plot(run: RunFolder, entry: Entry, control: Entry | None, slug: str) -> Plot:
    """The curve that the first screen speaks of."""
    picture = law_picture(entry, control, run.trials, run.metric, run.level)
    bounds = vertical_range([picture])

    def draw(figure: Figure) -> None:
        ax = figure.subplots()
        draw_law(ax, picture, bounds)
        ax.set_xlabel("simulated materials n")
        ax.set_title(axis_words(run.metric, entry["unit"]), loc="left", fontsize=11.5, color=COLOURS["muted"], pad=20)

    left_out = outside(picture, bounds)
    stray = f" {left_out} replicates lie outside the drawing." if left_out else ""
    return Plot(
        inline(draw, WIDE, 440, f"{slug}-law-w"),
        inline(draw, NARROW, 340, f"{slug}-law-n"),
        WIDE + 60,
        law_alt(picture),
        caption=f"{entry['arm']}, m = {say_count(entry['m'])} experiments to train on.{stray}",
        legend=legend(picture),
    )


def other_plots(
    run: RunFolder, curves: Sequence[Entry], everything: Sequence[Entry], lead: Entry, slug: str
) -> list[Plot]:
    """Small multiples, a source a figure: its curves at every m but the one on the first screen."""
    out: list[Plot] = []
    for i, (arm, learner) in enumerate(dict.fromkeys((c["arm"], c["learner"]) for c in curves)):
        mine = [c for c in curves if (c["arm"], c["learner"]) == (arm, learner) and c is not lead]
        if mine:
            pictures = [law_picture(c, control_of(c, everything), run.trials, run.metric, run.level) for c in mine]
            out.append(_multiples(run, pictures, f"{slug}-more{i}", first=not out))
    return out


def _multiples(run: RunFolder, pictures: list[LawPicture], key: str, first: bool) -> Plot:
    bounds = vertical_range(pictures)

    def panels(figure: Figure, columns: int) -> None:
        rows = -(-len(pictures) // columns)
        axes = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
        for ax, picture in zip(axes, pictures, strict=False):
            draw_law(ax, picture, bounds, small=True)
            ax.set_title(f"m = {say_count(picture.entry['m'])}", loc="left", fontsize=11.5, pad=20)
        for ax in axes[len(pictures) :]:
            ax.set_visible(False)
        figure.supxlabel("simulated materials n", fontsize=11.5, color=COLOURS["muted"])
        figure.supylabel(axis_words(run.metric, pictures[0].entry["unit"]), fontsize=11.5, color=COLOURS["muted"])

    columns = min(len(pictures), 3)
    wide = 460 if columns == 1 else 2 * WIDE - 60 if columns == 3 else 940
    height = 290 * -(-len(pictures) // columns)
    return Plot(
        inline(lambda f: panels(f, columns), wide, height, f"{key}-w"),
        inline(lambda f: panels(f, 1), NARROW, 270 * len(pictures), f"{key}-n"),
        wide,
        " ".join(law_alt(p) for p in pictures),
        title=pictures[0].entry["arm"],
        legend=legend(pictures[0]) if first else (),
    )


def parity_plot(run: RunFolder, entry: Entry, slug: str) -> Plot | None:
    """Predictions against experiments at the largest n; None where the measured values were not kept."""
    truth = run.truths.get(entry["target"])
    pictures = [] if truth is None else parities(run.trials, entry, np.asarray(truth, float))
    if not pictures:
        return None
    unit = entry["unit"]
    wide = 400 * len(pictures)
    return Plot(
        inline(lambda f: draw_parity(f, pictures, unit, stacked=False), wide, 420, f"{slug}-parity-w"),
        inline(
            lambda f: draw_parity(f, pictures, unit, stacked=True),
            NARROW,
            350 * len(pictures),
            f"{slug}-parity-n",
        ),
        wide,
        parity_alt(pictures, unit),
        caption="Each point is a material, predicted only in replicates that held it out; its mean prediction is "
        "shown. On the diagonal a prediction is exact. Errors here are of mean predictions, so they are a little below "
        "those of single trials.",
    )


def legend(picture: LawPicture) -> tuple[tuple[str, str], ...]:
    """(mark, words) of what stands in a drawing."""
    marks = [("trial", "one replicate"), ("mean", "mean with its interval")]
    if len(picture.x):
        marks.append(("band", "law with its credible band; dashed: forecast"))
    if picture.limit:
        marks.append(("limit", "limit C with its interval"))
    marks += [
        (f"direct-{d['learner']}", f"experiments alone: {say_learner(d['learner'])}") for d in picture.entry["direct"]
    ]
    if picture.control is not None:
        marks.append(("control", "control: shuffled labels"))
    return tuple(marks)


def law_alt(picture: LawPicture) -> str:
    """A curve's numbers in words."""
    c = picture.entry
    unit = c["unit"]
    points = "; ".join(
        f"n = {say_count(p['n'])}: {say_error(p['mean'], unit)} ({interval(p)})"
        if p["mean"] is not None
        else f"n = {say_count(p['n'])}: all trials failed"
        for p in c["points"]
    )
    parts = [f"Error against the number of simulations, {c['arm']}, m = {say_count(c['m'])}. {points}."]
    if c["law"]:
        p = c["law"]["parameters"]
        parts.append(
            f"Law D n^-α + C with α = {with_interval(p['alpha'])} and limit C = {with_interval(p['C'], unit)}."
        )
    for d in c["direct"]:
        parts.append(f"Direct learning with {d['learner']}: {say_error(d['mean'], unit)} ({interval(d)}).")
    if picture.control is not None:
        for p in picture.control["points"]:
            if p["mean"] is not None:
                parts.append(f"Control with shuffled labels at n = {say_count(p['n'])}: {say_error(p['mean'], unit)}.")
    return " ".join(parts)


def axis_words(metric: str, unit: str) -> str:
    """What the error axis says."""
    return METRICS.get(metric, metric) + (f" ({unit})" if unit else "")
