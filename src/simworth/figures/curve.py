"""One curve with its law: its numbers, and a panel that shows them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simworth.figures.look import COLOURS, DASHES, OTHER_DASHES, Look
from simworth.figures.sheet import Cell, Sheet
from simworth.figures.words import (
    CONTROL,
    DATABASE,
    DIRECT,
    FORECAST,
    LAW,
    LIMIT,
    MEAN,
    MEASURED,
    REPLICATE,
    clean,
    power_of_ten,
    say_learner,
    short_count,
)
from simworth.report.database import DatabaseCurve
from simworth.report.folder import RunFolder
from simworth.report.language import Both
from simworth.report.lawplot import AHEAD, law_picture, vertical_range
from simworth.report.summary import control_of
from simworth.report.wording import Entry

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = ("target", "source", "learner", "m", "what", "of", "n", "error", "low", "high", "unit")
"""What a row is (``what``): a replicate, a mean with its interval, the law with its band, the limit C, direct learning
with the learner ``of``, the control, or of the database alone a mean (``database``) or the law (``database_law``)."""

Bounds = tuple[float, float]

STEPS = (1, 2, 2.5, 5, 10)
"""What ticks of linear axes may be apart, but for powers of ten."""


def curve_rows(run: RunFolder, entries: Sequence[Entry]) -> tuple[list[tuple[Cell, ...]], Bounds]:
    """The numbers of some curves, and bounds of the error that hold them all but stray replicates."""
    pictures = [law_picture(e, control_of(e, run.law["curves"]), run.trials, run.metric, run.level) for e in entries]
    rows: list[tuple[Cell, ...]] = []
    for p in pictures:
        e = p.entry
        head, unit = (e["target"], e["arm"], e["learner"], int(e["m"])), e["unit"]
        order = np.lexsort((p.error, p.n))
        rows += [(*head, "replicate", "", float(p.n[i]), float(p.error[i]), None, None, unit) for i in order]
        rows += [_point(head, "mean", q, unit) for q in e["points"] if q["mean"] is not None]
        for d in e["direct"]:
            rows.append((*head, "direct", d["learner"], 0.0, d["mean"], d["low"], d["high"], unit))
        if p.control is not None:
            rows += [_point(head, "control", q, unit) for q in p.control["points"] if q["mean"] is not None]
        if p.database is not None:
            rows += _database(head, p.database, unit)
        law = zip(p.x.tolist(), p.median.tolist(), p.low.tolist(), p.high.tolist(), strict=True)
        rows += [(*head, "law", "", n, mid, low, high, unit) for n, mid, low, high in law]
        if p.limit:
            rows.append((*head, "limit", "", None, p.limit["median"], p.limit["low"], p.limit["high"], unit))
    return rows, vertical_range(pictures)


def _database(head: tuple[Cell, ...], own: DatabaseCurve, unit: str) -> list[tuple[Cell, ...]]:
    """Means and law of the database alone."""
    law = zip(own.x.tolist(), own.median.tolist(), strict=True)
    means = [_point(head, "database", p, unit) for p in own.points]
    return [*means, *((*head, "database_law", "", n, error, None, None, unit) for n, error in law)]


def _point(head: tuple[Cell, ...], what: str, point: Entry, unit: str) -> tuple[Cell, ...]:
    return (*head, what, "", float(point["n"]), point["mean"], point["low"], point["high"], unit)


def draw_curve(ax: Axes, sheet: Sheet, bounds: Bounds, look: Look, level: float) -> None:
    """Draw the curve that a sheet holds; things carry labels, so that a legend can be made."""
    _axes(ax, sheet, bounds, look)
    _direct(ax, sheet, look)
    _draw_database(ax, sheet, look)
    _law(ax, sheet, look, level)
    dots = sheet.where("what", "replicate")
    style: Any = {"ms": 2.3 * look.scale, "mew": 0, "alpha": 0.35, "color": COLOURS["transfer"]}
    ax.plot(dots.numbers("n"), dots.numbers("error"), "o", label=look.say(REPLICATE), **style)
    mean = percent(MEAN, level)
    _means(ax, sheet.where("what", "mean"), "transfer", "o", 4.2, look.say(mean), look)
    _means(ax, sheet.where("what", "control"), "control", "s", 3.8, look.say(CONTROL), look)


def percent(words: Both, level: float) -> Both:
    """Words with a level put in: "90"."""
    return words.format(f"{100 * level:.3g}")


def legend(figure: Figure, axes: Sequence[Axes], look: Look, free: Axes | None = None) -> None:
    """One legend, each thing once, points and their law first: below all panels, or in the place of a free one."""
    found: dict[str, Any] = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    first = [words.en.partition(",")[0] for words in (REPLICATE, MEAN, LAW)]
    firsts = [words.ja.partition("{")[0] for words in (REPLICATE, MEAN, LAW)]
    labels = sorted(found, key=lambda w: next((i for i in range(3) if w.startswith((first[i], firsts[i]))), 3))
    handles = [found[label] for label in labels]
    if free is not None:
        free.set_axis_off()
        free.legend(handles, labels, loc="center left", borderaxespad=0.0)
        return
    figure.legend(handles, labels, loc="outside lower center", ncols=look.columns(labels))


def tens(first: float, last: float) -> list[float]:
    """Powers of ten within bounds; the nearest one where there is none."""
    found = [10.0**k for k in range(math.ceil(math.log10(first)), math.floor(math.log10(last)) + 1)]
    return found or [10.0 ** round(math.log10(math.sqrt(first * last)))]


def _axes(ax: Axes, sheet: Sheet, bounds: Bounds, look: Look) -> None:
    from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

    sizes = sheet.where("what", "mean").numbers("n")
    lawful = bool(sheet.where("what", "law").rows)
    first, last = float(sizes.min()) / 1.3, float(sizes.max()) * (1.25 * AHEAD if lawful else 1.3)
    if sheet.where("what", "limit").rows:
        last *= (last / first) ** 0.1
    ax.set_xscale("log")
    ax.set_xlim(first, last)
    ax.set_ylim(*bounds)
    ax.xaxis.set_major_locator(FixedLocator(tens(first, last)))
    ax.xaxis.set_major_formatter(lambda value, _: power_of_ten(value))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=STEPS))
    ax.grid(axis="y")
    if not lawful:
        return
    ax.axvline(float(sizes.max()), color=COLOURS["muted"], lw=0.6 * look.scale, zorder=1)
    for words, side, role in ((MEASURED, -1, "muted"), (FORECAST, 1, "transfer")):
        ax.annotate(
            look.say(words),
            (float(sizes.max()), 1.0),
            (3 * side * look.scale, 1.5 * look.scale),
            xycoords=ax.get_xaxis_transform(),
            textcoords="offset points",
            ha="right" if side < 0 else "left",
            va="bottom",
            fontsize=look.small,
            color=COLOURS[role],
        )


def _direct(ax: Axes, sheet: Sheet, look: Look) -> None:
    direct = sheet.where("what", "direct")
    numbers = (direct.numbers(c) for c in ("error", "low", "high"))
    for name, error, low, high in zip(direct.texts("of"), *numbers, strict=True):
        colour = COLOURS[name if name in DASHES else "other"]
        if np.isfinite([low, high]).all():
            ax.axhspan(low, high, color=colour, alpha=0.1, lw=0)
        label = look.say(DIRECT.format(say_learner(name)))
        ax.axhline(error, color=colour, lw=1.1 * look.scale, ls=DASHES.get(name, OTHER_DASHES), label=label)


def _draw_database(ax: Axes, sheet: Sheet, look: Look) -> None:
    """The database alone: triangles, and its law without a band."""
    _means(ax, sheet.where("what", "database"), "database", "^", 5.0, look.say(DATABASE), look)
    law = sheet.where("what", "database_law")
    if law.rows:
        n, error = law.numbers("n"), law.numbers("error")
        largest = sheet.where("what", "mean").numbers("n").max()
        for part, dashes in ((n <= largest * (1 + 1e-9), (7, 1.5, 1.5, 1.5)), (n >= largest * (1 - 1e-9), (1.5, 1.5))):
            ax.plot(n[part], error[part], color=COLOURS["database"], lw=1.0 * look.scale, ls=(0, dashes))


def _law(ax: Axes, sheet: Sheet, look: Look, level: float) -> None:
    law, colour = sheet.where("what", "law"), COLOURS["transfer"]
    n, error, low, high = (law.numbers(c) for c in ("n", "error", "low", "high"))
    largest = sheet.where("what", "mean").numbers("n").max()
    # The grid holds the largest size but for rounding.
    beyond = largest * (1 - 1e-9)
    parts = ((n <= largest * (1 + 1e-9), 0.26, "-"), (n >= beyond, 0.13, (0, (4, 2))))
    for part, alpha, dashes in parts:
        if part.any():
            ax.fill_between(n[part], low[part], high[part], color=colour, alpha=alpha, lw=0)
            label = look.say(percent(LAW, level)) if dashes == "-" else None
            ax.plot(n[part], error[part], color=colour, lw=1.3 * look.scale, ls=dashes, label=label)
    limit = sheet.where("what", "limit")
    if limit.rows:
        left, right = ax.get_xlim()
        middle = limit.numbers("error")
        spread = np.array([middle - limit.numbers("low"), limit.numbers("high") - middle])
        style: Any = {"ms": 3.6 * look.scale, "elinewidth": 1.1 * look.scale, "capsize": 2 * look.scale}
        style |= {"color": COLOURS["limit"], "capthick": 1.1 * look.scale, "clip_on": False}
        ax.errorbar([right * (left / right) ** 0.035], middle, spread, fmt="D", label=look.say(LIMIT), **style)


def _means(ax: Axes, points: Sheet, role: str, marker: str, size: float, label: str, look: Look) -> None:
    if not points.rows:
        return
    mean = points.numbers("error")
    spread: NDArray[np.float64] = np.array([mean - points.numbers("low"), points.numbers("high") - mean])
    style: Any = {"ms": size * look.scale, "mew": 0.6 * look.scale, "elinewidth": 1.0 * look.scale, "zorder": 4}
    style |= {"color": COLOURS[role], "mfc": COLOURS[role], "mec": COLOURS["paper"]}
    ax.errorbar(points.numbers("n"), mean, np.nan_to_num(spread), fmt=marker, label=label, **style)


def panel_name(entry: Entry, arms: int, sizes: int) -> str:
    """What a panel among others is of: its m, its source, or both."""
    m = f"m = {short_count(entry['m'])}"
    arm = clean(entry["arm"], 30)
    return m if arms == 1 else arm if sizes == 1 else f"{arm}, {m}"
