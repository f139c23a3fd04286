"""Small multiples: every source at every number of experiments, on common axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from simworth.figures.curve import COLUMNS, curve_rows, draw_curve, legend, panel_name
from simworth.figures.law import about_of, marks, stray
from simworth.figures.look import Look
from simworth.figures.picture import Found, LeftOut, Picture
from simworth.figures.sheet import sheet
from simworth.figures.words import N_AXIS, clean, error_axis
from simworth.report.folder import RunFolder
from simworth.report.wording import Entry

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KIND = "grid"


def grid_pictures(run: RunFolder, look: Look) -> Found:
    """A figure for each target and learner, of all its sources and m; several where one cannot hold them."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in run.law["curves"]:
        if not entry["control"] and any(p["mean"] is not None for p in entry["points"]):
            groups.setdefault((entry["target"], entry["learner"]), []).append(entry)
    found: Found = []
    for (target, _), entries in groups.items():
        about = about_of(run, entries[0], of_source=False)
        if len(entries) < 2:
            found.append(LeftOut(KIND, clean(target), "there is one curve only, which the figure 'law' shows"))
            continue
        columns = columns_of(entries, look)
        most = columns * (2 if look.slide else 5 if look.narrow else 4)
        pages = [entries[i : i + most] for i in range(0, len(entries), most)]
        found += [
            _picture(run, look, page, columns, about if len(pages) == 1 else f"{about}-{i}")
            for i, page in enumerate(pages, start=1)
        ]
    return found


def columns_of(entries: Sequence[Entry], look: Look) -> int:
    """Panels in a row: the m of a source where they fit."""
    most = 2 if look.narrow else 3
    sizes = len({e["m"] for e in entries})
    if 1 < sizes <= most and len(entries) == sizes * len({e["arm"] for e in entries}):
        return sizes
    return 2 if len(entries) == 4 else min(most, len(entries))


def _picture(run: RunFolder, look: Look, entries: Sequence[Entry], columns: int, about: str) -> Picture:
    rows, bounds = curve_rows(run, entries)
    numbers = sheet(COLUMNS, rows)
    arms, sizes = len({e["arm"] for e in entries}), len({e["m"] for e in entries})
    deep = math.ceil(len(entries) / columns)

    def draw(figure: Figure) -> None:
        axes = figure.subplots(deep, columns, sharey=True, squeeze=False).ravel()
        for ax, e in zip(axes, entries, strict=False):
            own = numbers.where("source", e["arm"]).where("m", int(e["m"]))
            draw_curve(ax, own, bounds, look, run.level)
            ax.set_title(panel_name(e, arms, sizes), loc="left", pad=look.small + 5.5 * look.scale)
        free = axes[len(entries) :]
        for ax in free[: len(free) - 1]:
            ax.set_visible(False)
        for ax in axes[max(0, len(entries) - columns) : len(entries)]:  # nothing stands below
            ax.set_xlabel(look.say(N_AXIS))
        figure.supylabel(look.say(error_axis(run.metric, entries[0]["unit"])), fontsize=look.text)
        legend(figure, list(axes[: len(entries)]), look, free[-1] if len(free) else None)

    below = 4.0 if deep * columns > len(entries) else 20.0 if look.narrow else 14.0
    height = look.tallest if look.slide else min(look.tallest, below + deep * (42.0 if look.narrow else 52.0))
    level = f"{100 * run.level:.3g} %"
    each = "source" if sizes == 1 else "number m of experiments" if arms == 1 else "source and number m of experiments"
    shared = "" if arms > 1 else f" from {clean(entries[0]['arm'] or 'the source')}"
    caption = (
        f"Error of {clean(entries[0]['target'])}{shared} against the number n of simulated materials, for each "
        f"{each}. {marks(level, numbers)}{stray(numbers, bounds)}"
    )
    return Picture(KIND, about, caption, numbers, height, draw)
