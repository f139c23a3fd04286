"""Lines of equal error over the numbers of simulations and of experiments, from the draws of a joint law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simworth.figures.curve import STEPS, legend, percent, tens
from simworth.figures.law import about_of, name_of
from simworth.figures.look import COLOURS, Look
from simworth.figures.picture import Found, LeftOut, Picture
from simworth.figures.sheet import Cell, Sheet, sheet
from simworth.figures.words import (
    HERE,
    LEVELS,
    M_AXIS,
    N_AXIS,
    SAME,
    TRIED,
    clean,
    in_unit,
    power_of_ten,
    short_count,
)
from simworth.inference.law import Law
from simworth.inference.words import say_error
from simworth.inference.written import law_of
from simworth.planning.answer import estimate, present, present_m
from simworth.planning.equivalence import equivalence
from simworth.planning.isoline import equal_m, isoline
from simworth.report.folder import RunFolder
from simworth.report.wording import Entry

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KIND = "isolines"
COLUMNS = ("target", "source", "learner", "what", "error", "n", "m", "low", "high", "unit")
"""``what``: "now", the m that gives the present error at n with its interval; "level", the same for another error;
"measured", a point of the trials and its mean error."""

AHEAD = 8.0
"""The plane reaches to this many times the present n, and to `MORE` times the present m."""
MORE = 3.0
POINTS = 49
LEVELS_WANTED = 6
NEAR = 0.04
"""An error within this share of the present one would lie on its line."""


def joint_laws(run: RunFolder, kind: str) -> tuple[list[tuple[Entry, Law]], list[LeftOut]]:
    """Joint laws with their entries, and why a figure ``kind`` of the others is left out."""
    entries = [e for e in run.law["joint"] if not e["control"]]
    if not entries:
        return [], [LeftOut(kind, "", "the run is at one number of experiments m; it needs two or more")]
    laws, out = [], []
    for entry in entries:
        law = law_of(entry, run.level)
        if law is None:
            out.append(LeftOut(kind, name_of(entry), clean(entry["verdict"]["sentence"], 1000)))
        else:
            laws.append((entry, law))
    return laws, out


def isoline_pictures(run: RunFolder, look: Look) -> Found:
    """A figure for each joint law in which both sizes matter."""
    laws, left_out = joint_laws(run, KIND)
    found: Found = list(left_out)
    for entry, law in laws:
        answer = isoline(law)
        if answer.values:
            found.append(_picture(run, look, entry, law))
        else:
            found.append(LeftOut(KIND, name_of(entry), answer.sentence))
    return found


def isoline_sheet(entry: Entry, law: Law) -> Sheet:
    """The lines: present error, other errors, and where trials were."""
    head = (entry["target"], entry["arm"], entry["learner"])
    unit, now, m = entry["unit"], present(law, None), present_m(law, None)
    grid = [float(f"{n:.8g}") for n in np.geomspace(law.n.min(), AHEAD * now, POINTS)]
    grid = sorted({*grid, now})
    error_now = float(np.median(law.curve([now], [m])))
    rows: list[tuple[Cell, ...]] = []
    for n, v in zip(grid, isoline(law, grid=grid).values.values(), strict=True):
        rows.append((*head, "now", error_now, n, v.median, v.low, v.high, unit))
    for level in _levels(law, grid, m, error_now):
        for n in grid:
            v = estimate(equal_m(law, n, np.full(len(law.draw_form), level), m), law.level)
            rows.append((*head, "level", level, n, v.median, v.low, v.high, unit))
    points = zip(law.mean.tolist(), law.n.tolist(), law.m.tolist(), strict=True)
    rows += [(*head, "measured", error, n, size, None, None, unit) for error, n, size in points]
    return sheet(COLUMNS, rows)


def _levels(law: Law, grid: list[float], m: float, now: float) -> list[float]:
    """Round errors that the plane holds, but for the present one."""
    from matplotlib.ticker import MaxNLocator

    corners = law.curve([grid[0], grid[-1]], [float(law.m.min()), MORE * m])
    highest, lowest = np.median(corners, axis=0).tolist()
    ticks = MaxNLocator(LEVELS_WANTED, steps=STEPS).tick_values(min(lowest, highest), max(lowest, highest))
    return [float(f"{t:.6g}") for t in ticks if t > 0 and abs(t - now) > NEAR * now]


def _picture(run: RunFolder, look: Look, entry: Entry, law: Law) -> Picture:
    numbers = isoline_sheet(entry, law)

    def draw(figure: Figure) -> None:
        ax = figure.subplots()
        _draw(ax, numbers, law, look)
        if look.slide:
            name = f"{clean(entry['target'], 28)}, {clean(entry['arm'], 28)}"
            figure.suptitle(name + in_unit(entry["unit"]), x=0.01, ha="left", fontsize=look.text)
        legend(figure, [ax], look)

    height = look.tallest if look.slide else 80.0 if look.narrow else 100.0
    level = f"{100 * run.level:.3g} %"
    error = say_error(float(numbers.where("what", "now").numbers("error")[0]), entry["unit"])
    caption = (
        f"Numbers of simulated materials n and of experiments m that give the same error, {name_of(entry)}. Thick: "
        f"the present error, {clean(error)}, with its {level} band; thin: other errors, by their labels"
        f"{in_unit(entry['unit'])}. Dots: sizes that were measured; star: the present point. "
        f"{equivalence(law).sentence}"
    )
    return Picture(KIND, about_of(run, entry), caption, numbers, height, draw)


def _draw(ax: Axes, numbers: Sheet, law: Law, look: Look) -> None:
    top, bottom = MORE * present_m(law, None), float(law.m.min()) / 1.5
    left, right = float(law.n.min()) / 1.2, AHEAD * present(law, None)
    measured, now = numbers.where("what", "measured"), numbers.where("what", "now")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top)
    _ticks(ax, (left, right), (bottom, top))
    n, (m, low, high) = now.numbers("n"), (np.minimum(now.numbers(c), 10 * top) for c in ("m", "low", "high"))
    colour = COLOURS["transfer"]
    label = look.say(percent(SAME, law.level))
    ax.fill_between(n, low, high, color=colour, alpha=0.2, lw=0)
    ax.plot(n, m, color=colour, lw=1.6 * look.scale, label=label)
    for i, level in enumerate(numbers.where("what", "level").kinds("error")):
        line = numbers.where("what", "level").where("error", level)
        _level(ax, line, (bottom, top), say_error(float(str(level))), look.say(LEVELS) if i == 0 else None, look)
    style: Any = {"ms": 2.4 * look.scale, "mew": 0, "color": COLOURS["muted"]}
    ax.plot(measured.numbers("n"), measured.numbers("m"), "o", label=look.say(TRIED), **style)
    star: Any = {"ms": 8 * look.scale, "mew": 0.7 * look.scale, "mec": COLOURS["paper"], "color": COLOURS["network"]}
    here = ([present(law, None)], [present_m(law, None)])
    ax.plot(*here, "*", ls="", label=look.say(HERE), zorder=5, **star)
    ax.set_xlabel(look.say(N_AXIS))
    ax.set_ylabel(look.say(M_AXIS))


def _level(ax: Axes, line: Sheet, bounds: tuple[float, float], words: str, label: str | None, look: Look) -> None:
    """One line of another error, with the error written on it where it is in sight."""
    n, m = line.numbers("n"), line.numbers("m")
    shown: NDArray[np.float64] = np.where(np.isfinite(m) & (m > 1), m, np.nan)
    ax.plot(n, shown, color=COLOURS["muted"], lw=0.7 * look.scale, label=label)
    inside = np.flatnonzero((shown > bounds[0] * 1.15) & (shown < bounds[1] / 1.15))
    if len(inside):
        at = inside[len(inside) // 2]
        box: Any = {"facecolor": COLOURS["paper"], "edgecolor": "none", "pad": 0.6 * look.scale, "alpha": 0.85}
        style: Any = {"fontsize": look.small, "color": COLOURS["muted"], "ha": "center", "va": "center"}
        ax.text(n[at], shown[at], words, bbox=box, zorder=4, clip_on=True, **style)


def _power(value: float, place: int | None) -> str:
    return power_of_ten(value)


def _count(value: float, place: int | None) -> str:
    return short_count(value)


def _ticks(ax: Axes, across: tuple[float, float], up: tuple[float, float]) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    for axis, (first, last) in ((ax.xaxis, across), (ax.yaxis, up)):
        found, say = tens(first, last), _power
        if len(found) < 3:  # less than three decades: 1, 2 and 5 of each
            wide = [k * t for t in tens(first / 10, last * 10) for k in (1, 2, 5)]
            found, say = [t for t in wide if first <= t <= last] or found, _count
        axis.set_major_locator(FixedLocator(found))
        axis.set_major_formatter(FuncFormatter(say))
        axis.set_minor_locator(NullLocator())
