"""The figures of the page, each drawn twice (wide and narrow) and told in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simworth.inference.words import say_count, say_error
from simworth.report.database import ALONE, TWO_CURVES, database_alt
from simworth.report.folder import RunFolder
from simworth.report.language import Both, join
from simworth.report.lawplot import (
    SIZES,
    LawPicture,
    axis_words,
    draw_law,
    drawn_texts,
    law_picture,
    outside,
    vertical_range,
)
from simworth.report.parity import draw_parity, parities, parity_alt
from simworth.report.parity import drawn_texts as parity_texts
from simworth.report.summary import control_of
from simworth.report.svg import COLOURS, Plot, inline
from simworth.report.wording import NOTHING, Entry, at_m, interval, number, say_learner, with_interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDE, NARROW = 640, 350
"""Widths in CSS pixels: of a column on a desktop, and of a telephone."""


def main_plot(run: RunFolder, entry: Entry, control: Entry | None, slug: str) -> Plot:
    """The curve that the first screen speaks of."""
    picture = law_picture(entry, control, run.trials, run.metric, run.level)
    bounds = vertical_range([picture])

    def draw(figure: Figure) -> None:
        ax = figure.subplots()
        draw_law(ax, picture, bounds)
        ax.set_xlabel(SIZES.en)
        ax.set_title(
            axis_words(run.metric, entry["unit"]).en, loc="left", fontsize=11.5, color=COLOURS["muted"], pad=20
        )

    texts = drawn_texts(picture, run.metric)
    return Plot(
        inline(draw, WIDE, 440, f"{slug}-law-w", texts),
        inline(draw, NARROW, 340, f"{slug}-law-n", texts),
        WIDE + 60,
        law_alt(picture),
        caption=_caption(entry, outside(picture, bounds)),
        legend=legend(picture),
    )


def _caption(entry: Entry, left_out: int) -> Both:
    said = Both("{0}, m = {1} experiments to train on.", "{0}、学習に用いた実験はm = {1}件。")
    stray = NOTHING
    if left_out:
        stray = Both(f"{left_out} replicates lie outside the drawing.", f"{left_out}個の反復は図の範囲外。")
    curves = TWO_CURVES if entry.get("database") else NOTHING
    return join([said.format(entry["arm"], number(entry["m"])), curves, stray])


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
        figure.supxlabel(SIZES.en, fontsize=11.5, color=COLOURS["muted"])
        figure.supylabel(axis_words(run.metric, pictures[0].entry["unit"]).en, fontsize=11.5, color=COLOURS["muted"])

    columns = min(len(pictures), 3)
    wide = 460 if columns == 1 else 2 * WIDE - 60 if columns == 3 else 940
    height = 290 * -(-len(pictures) // columns)
    texts = [t for p in pictures for t in drawn_texts(p, run.metric)]
    return Plot(
        inline(lambda f: panels(f, columns), wide, height, f"{key}-w", texts),
        inline(lambda f: panels(f, 1), NARROW, 270 * len(pictures), f"{key}-n", texts),
        wide,
        join(law_alt(p) for p in pictures),
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
    wide, texts = 400 * len(pictures), parity_texts(pictures, unit)
    return Plot(
        inline(lambda f: draw_parity(f, pictures, unit, stacked=False), wide, 420, f"{slug}-parity-w", texts),
        inline(
            lambda f: draw_parity(f, pictures, unit, stacked=True),
            NARROW,
            350 * len(pictures),
            f"{slug}-parity-n",
            texts,
        ),
        wide,
        parity_alt(pictures, unit),
        caption=PARITY,
    )


PARITY = Both(
    "Each point is a material, predicted only in replicates that held it out; its mean prediction is shown. On the "
    "diagonal a prediction is exact. Errors here are of mean predictions, so they are a little below those of single "
    "trials.",
    "各点は材料一件を表し、その材料をホールドアウトした反復での予測値の平均を示します。対角線上では予測が正確です。"
    "ここでの誤差は平均予測値の誤差であるため、個々の試行の誤差よりやや小さくなります。",
)


def legend(picture: LawPicture) -> tuple[tuple[str, Both], ...]:
    """(mark, words) of what stands in a drawing."""
    marks = [
        ("trial", Both("one replicate", "個々の反復")),
        ("mean", Both("mean with its interval", "平均とその区間")),
    ]
    if len(picture.x):
        marks.append(
            ("band", Both("law with its credible band; dashed: forecast", "スケーリング則と信用帯（破線は外挿予測）"))
        )
    if picture.limit:
        marks.append(("limit", Both("limit C with its interval", "極限値 C とその区間")))
    if picture.database is not None:
        marks.append(("database", ALONE))
    alone = Both("experiments alone: {}", "実験データのみ：{}")
    marks += [(f"direct-{d['learner']}", alone.format(say_learner(d["learner"]))) for d in picture.entry["direct"]]
    if picture.control is not None:
        marks.append(("control", Both("control: shuffled labels", "陰性対照：シャッフルしたラベル")))
    return tuple(marks)


def law_alt(picture: LawPicture) -> Both:
    """A curve's numbers in words."""
    c = picture.entry
    unit = c["unit"]
    opening = Both("Error against the number of simulations, {0}. {1}.", "シミュレーション数に対する誤差、{0}。{1}。")
    points = join([_point(p, unit) for p in c["points"]], "; ", "；")
    parts = [opening.format(at_m(c), points)]
    if c["law"]:
        p = c["law"]["parameters"]
        law = Both(
            "Law D n^-α + C with α = {0} and limit C = {1}.", "スケーリング則D n^-α + C：α = {0}、極限値C = {1}。"
        )
        parts.append(law.format(with_interval(p["alpha"]), with_interval(p["C"], unit)))
    parts.append(database_alt(c))
    for d in c["direct"]:
        direct = Both("Direct learning with {0}: {1} ({2}).", "{0}による直接学習：{1}（{2}）。")
        parts.append(direct.format(say_learner(d["learner"]), say_error(d["mean"], unit), interval(d)))
    if picture.control is not None:
        shuffled = Both("Control with shuffled labels at n = {0}: {1}.", "n = {0}でのシャッフルしたラベルの対照：{1}。")
        parts += [
            shuffled.format(number(p["n"]), say_error(p["mean"], unit))
            for p in picture.control["points"]
            if p["mean"] is not None
        ]
    return join(parts)


def _point(p: Entry, unit: str) -> Both:
    if p["mean"] is None:
        return Both("n = {}: all trials failed", "n = {}：すべての試行が失敗").format(number(p["n"]))
    return Both("n = {0}: {1} ({2})", "n = {0}：{1}（{2}）").format(
        number(p["n"]), say_error(p["mean"], unit), interval(p)
    )
