"""The picture of a curve: every trial, means, the law and where it leads, direct learning, control, limit."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simworth.inference.words import say_count
from simworth.inference.written import law_of
from simworth.report.database import ALONE, DatabaseCurve, database_curve
from simworth.report.language import Both, same
from simworth.report.svg import COLOURS, learner_colour, learner_dashes
from simworth.report.wording import Entry

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

SIZES = Both("simulated materials n", "シミュレーション材料数 n")
FORECAST = Both("forecast", "外挿予測")
METRICS = {
    "mae": Both("mean absolute error", "平均絶対誤差"),
    "rmse": Both("root mean square error", "二乗平均平方根誤差"),
}

AHEAD = 10
"""The law is drawn up to this many times the database."""


@dataclass(frozen=True, eq=False)
class LawPicture:
    """What is drawn of one curve.

    Attributes
    ----------
    entry, control : the curve's entry in the law document and its control's, if any.
    n, error : replicates, each the mean of its finished tunings, (replicates at every n,).
    x, median, low, high : the law's band, each (grid,); empty without a law.
    database : the database's own curve; None where the learner does not tell it.
    """

    entry: Entry
    control: Entry | None
    n: Array
    error: Array
    x: Array
    median: Array
    low: Array
    high: Array
    database: DatabaseCurve | None = None

    @property
    def largest(self) -> float:
        """The largest n that was visited."""
        return float(max(p["n"] for p in self.entry["points"]))

    @property
    def limit(self) -> Mapping[str, Any] | None:
        """C with its interval, where known."""
        law = self.entry["law"]
        found = law["parameters"].get("C") if law else None
        return found if found and found["low"] is not None else None


def law_picture(entry: Entry, control: Entry | None, trials: Any, metric: str, level: float) -> LawPicture:
    """Gather what is drawn of one curve from its entry and the trials (an Arrow table, one row a trial)."""
    n, error = curve_replicates(trials, entry, metric)
    measured = [p for p in entry["points"] if p["mean"] is not None]
    law = law_of({**entry, "points": measured}, level)
    nothing = np.zeros(0)
    if law is None:
        own = database_curve(entry, level, nothing)
        return LawPicture(entry, control, n, error, nothing, nothing, nothing, nothing, own)
    sizes = [p["n"] for p in entry["points"]]
    seen, ahead = np.geomspace(min(sizes), max(sizes), 61), np.geomspace(max(sizes), AHEAD * max(sizes), 31)
    x = np.concatenate([seen, ahead[1:]])
    prediction = law.predict(x)
    low, high = prediction.interval()
    # The form itself is smooth; the median of the mixture wiggles by the accident of its draws.
    middle = np.median(law.curve(x), axis=0)
    return LawPicture(entry, control, n, error, x, middle, low, high, database_curve(entry, level, x))


def curve_replicates(trials: Any, entry: Entry, metric: str) -> tuple[Array, Array]:
    """n, and the mean error of a replicate's finished tunings, of every replicate of a curve at every n."""
    import pyarrow as pa
    import pyarrow.compute as pc

    keys = ("target", "arm", "learner", "control", "m")
    same = [pc.equal(trials[k], pa.scalar(entry[k], trials.schema.field(k).type)) for k in keys]
    keep = functools.reduce(pc.and_, [*same, pc.greater(trials["n"], 0), pc.equal(trials["status"], "ok")])
    found = trials.filter(keep).group_by(["n", "replicate"], use_threads=False).aggregate([(metric, "mean")])
    return found["n"].to_numpy().astype(float), found[f"{metric}_mean"].to_numpy().astype(float)


def vertical_range(pictures: list[LawPicture]) -> tuple[float, float]:
    """Bounds of the error axis that hold everything but stray replicates."""
    values: list[float] = []
    for p in pictures:
        drawn = (*(p.control["points"] if p.control else ()), *(p.database.points if p.database else ()))
        for point in (*p.entry["points"], *p.entry["direct"], *drawn):
            values += [point[k] for k in ("low", "high") if point[k] is not None]
        if len(p.error):
            values += np.quantile(p.error, [0.02, 0.98]).tolist()
        if len(p.x):
            values += [float(p.low.min()), float(p.high.max())]
        if p.limit:
            values += [p.limit["low"], p.limit["high"]]
    low, high = min(values), max(values)
    room = 0.06 * (high - low or high or 1.0)
    return max(low - room, 0.0), high + room


def outside(picture: LawPicture, bounds: tuple[float, float]) -> int:
    """Replicates that lie outside the bounds of the drawing."""
    return int(((picture.error < bounds[0]) | (picture.error > bounds[1])).sum())


def draw_law(ax: Axes, picture: LawPicture, bounds: tuple[float, float], small: bool = False) -> None:
    """Draw one curve; things carry labels, so that a legend can be made."""
    _axes(ax, picture, bounds, small)
    _direct(ax, picture)
    _law(ax, picture)
    thick = 0.8 if small else 1.0
    _database(ax, picture, 7.6 * thick)
    ax.plot(
        picture.n,
        picture.error,
        "o",
        ms=3.4 * thick,
        mew=0,
        alpha=0.32,
        color=COLOURS["transfer"],
        label="one replicate",
    )
    _means(ax, picture.entry, "transfer", "o", 6.0 * thick, "mean of the replicates with its interval")
    if picture.control is not None:
        _means(ax, picture.control, "control", "s", 5.5 * thick, "control: shuffled labels")


def _axes(ax: Axes, picture: LawPicture, bounds: tuple[float, float], small: bool) -> None:
    from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

    sizes = [p["n"] for p in picture.entry["points"]]
    first, last = min(sizes) / 1.3, (AHEAD * max(sizes) if len(picture.x) else max(sizes)) * 1.25
    if picture.limit:
        last *= (last / first) ** 0.09
    ax.set_xscale("log")
    ax.set_xlim(first, last)
    ax.set_ylim(*bounds)
    tens = [10.0**k for k in range(math.ceil(math.log10(first)), math.floor(math.log10(last)) + 1)]
    ax.xaxis.set_major_locator(FixedLocator(tens or [min(sizes), max(sizes)]))
    ax.xaxis.set_major_formatter(lambda value, _: short_count(value))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_locator(MaxNLocator(4 if small else 6))
    ax.grid(axis="y")
    ax.tick_params(axis="y", length=0)
    if len(picture.x):
        ax.axvline(picture.largest, color=COLOURS["muted"], lw=0.8, zorder=1)
        where = ax.get_xaxis_transform()
        size = 10 if small else 11
        for words, side, role in ((now(picture).en, -1, "muted"), (FORECAST.en, 1, "transfer")):
            ax.annotate(
                words,
                (picture.largest, 1.0),
                (5 * side, 4),
                xycoords=where,
                textcoords="offset points",
                ha="right" if side < 0 else "left",
                va="bottom",
                fontsize=size,
                color=COLOURS[role],
            )


def now(picture: LawPicture) -> Both:
    """What stands at the present size."""
    return Both("now {}", "現在 {}").format(short_count(picture.largest))


def axis_words(metric: str, unit: str) -> Both:
    """What the error axis says."""
    words = METRICS.get(metric, same(metric))
    return Both(f"{words.en} ({unit})", f"{words.ja}（{unit}）") if unit else words


def drawn_texts(picture: LawPicture, metric: str) -> list[Both]:
    """Every label of a drawing that is said in both languages."""
    return [SIZES, FORECAST, now(picture), axis_words(metric, picture.entry["unit"])]


def _direct(ax: Axes, picture: LawPicture) -> None:
    for d in picture.entry["direct"]:
        colour = learner_colour(d["learner"])
        ax.axhspan(d["low"], d["high"], color=colour, alpha=0.12, lw=0)
        ax.axhline(d["mean"], color=colour, lw=1.6, ls=learner_dashes(d["learner"]), label=f"direct: {d['learner']}")


def _database(ax: Axes, p: LawPicture, size: float) -> None:
    """The database's own curve: triangles, and its law without a band."""
    if p.database is None:
        return
    _means(ax, {"points": p.database.points}, "database", "^", size, ALONE.en, line=0.9)
    for part, dashes in (
        (p.database.x <= p.largest, (0, (8, 1.5, 1.5, 1.5))),
        (p.database.x >= p.largest, (0, (2, 2))),
    ):
        if part.any():
            ax.plot(p.database.x[part], p.database.median[part], color=COLOURS["database"], lw=1.4, ls=dashes)


def _law(ax: Axes, p: LawPicture) -> None:
    colour = COLOURS["transfer"]
    for part, alpha, dashes in ((p.x <= p.largest, 0.24, "-"), (p.x >= p.largest, 0.13, (0, (4, 2)))):
        if part.any():
            ax.fill_between(p.x[part], p.low[part], p.high[part], color=colour, alpha=alpha, lw=0)
            label = "the law and its band" if dashes == "-" else None
            ax.plot(p.x[part], p.median[part], color=colour, lw=1.8, ls=dashes, label=label)
    if p.limit:
        at = ax.get_xlim()[1] * (ax.get_xlim()[0] / ax.get_xlim()[1]) ** 0.03
        low, mid, high = (p.limit[k] for k in ("low", "median", "high"))
        ax.errorbar(
            [at],
            [mid],
            [[mid - low], [high - mid]],
            fmt="D",
            ms=5,
            color=COLOURS["limit"],
            elinewidth=1.6,
            capsize=3,
            label="limit C",
            clip_on=False,
        )
        ax.annotate(
            "C",
            (at, high),
            (0, 4),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=COLOURS["limit"],
            fontstyle="italic",
        )


def _means(ax: Axes, entry: Entry, role: str, marker: str, size: float, label: str, line: float = 1.5) -> None:
    points = [p for p in entry["points"] if p["mean"] is not None]
    if not points:
        return
    n, mean, low, high = (np.array([p[k] for p in points], float) for k in ("n", "mean", "low", "high"))
    ax.errorbar(
        n,
        mean,
        [mean - low, high - mean],
        fmt=marker,
        ms=size,
        color=COLOURS[role],
        mfc=COLOURS[role],
        mec=COLOURS["paper"],
        mew=1.0,
        elinewidth=line,
        label=label,
        zorder=4,
    )


def short_count(n: float) -> str:
    """A size on an axis: 300, 10,000, 2M."""
    if n >= 1e6:
        return f"{n / 1e6:.3g}M"
    return say_count(n)
