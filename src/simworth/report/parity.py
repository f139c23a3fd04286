"""Predictions against experiments: of each held-out material, the mean over all trials that tested it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simworth.inference.words import say_error
from simworth.report.svg import COLOURS, learner_colour
from simworth.report.wording import Entry, say_learner

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

MANY = 1500
"""With more points than this they are drawn as an image, so that the page stays small."""


@dataclass(frozen=True, eq=False)
class Parity:
    """Measured and predicted values of the materials that were ever held out, each (materials,)."""

    title: str
    colour: str
    measured: Array
    predicted: Array

    @property
    def error(self) -> float:
        """Mean absolute error of the mean predictions."""
        return float(np.abs(self.predicted - self.measured).mean())

    @property
    def correlation(self) -> float | None:
        """Pearson's r; None where either side is constant."""
        if len(self.measured) < 3 or self.measured.std() == 0 or self.predicted.std() == 0:
            return None
        return float(np.corrcoef(self.measured, self.predicted)[0, 1])


def parities(trials: Any, entry: Entry, truth: Array) -> list[Parity]:
    """The best direct learning, where measured, and transfer at the largest finished n of a curve."""
    finished = [p["n"] for p in entry["points"] if p["mean"] is not None]
    if not finished:
        return []
    wanted: list[tuple[str, str, tuple[str, ...], str, int]] = []
    if entry["gain"]:
        against = entry["gain"]["against"]
        name = f"direct learning: {say_learner(against)}"
        wanted.append((name, learner_colour(against), ("", entry["arm"]), against, 0))
    wanted.append(
        (
            f"transfer from {entry['arm']}",
            COLOURS["transfer"],
            (entry["arm"],),
            entry["learner"],
            max(finished),
        )
    )
    out = []
    for title, colour, arms, learner, n in wanted:
        measured, predicted = _mean_predictions(trials, entry, arms, learner, n, truth)
        if len(measured):
            out.append(Parity(title, colour, measured, predicted))
    return out


def _mean_predictions(
    trials: Any, entry: Entry, arms: tuple[str, ...], learner: str, n: int, truth: Array
) -> tuple[Array, Array]:
    import pyarrow as pa
    import pyarrow.compute as pc

    same = {
        "target": entry["target"],
        "learner": learner,
        "control": "",
        "n": n,
        "m": entry["m"],
        "status": "ok",
    }
    tests = [pc.equal(trials[k], pa.scalar(v, trials.schema.field(k).type)) for k, v in same.items()]
    tests.append(pc.is_in(trials["arm"], pa.array(arms, pa.string())))
    found = trials.filter(functools.reduce(pc.and_, tests))
    total, count = np.zeros(len(truth)), np.zeros(len(truth))
    for rows, values in zip(found["test_rows"].to_pylist(), found["predictions"].to_pylist(), strict=True):
        if rows and values and len(rows) == len(values):
            np.add.at(total, rows, values)
            np.add.at(count, rows, 1.0)
    tested = count > 0
    return truth[tested], total[tested] / count[tested]


def draw_parity(figure: Figure, pictures: list[Parity], unit: str, stacked: bool) -> None:
    """One panel a way of learning, on common axes."""
    shape = (len(pictures), 1) if stacked else (1, len(pictures))
    panels = figure.subplots(*shape, sharex=True, sharey=True, squeeze=False).ravel()
    everything = np.concatenate([v for p in pictures for v in (p.measured, p.predicted)])
    low, high = float(everything.min()), float(everything.max())
    room = 0.04 * (high - low or 1.0)
    for ax, picture in zip(panels, pictures, strict=True):
        _panel(ax, picture, (low - room, high + room), unit)
    figure.supxlabel(f"measured ({unit})" if unit else "measured", fontsize=11.5, color=COLOURS["muted"])
    figure.supylabel(f"predicted ({unit})" if unit else "predicted", fontsize=11.5, color=COLOURS["muted"])


def _panel(ax: Axes, picture: Parity, bounds: tuple[float, float], unit: str) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.plot(bounds, bounds, color=COLOURS["muted"], lw=1, zorder=1)
    many = len(picture.measured) > MANY
    alpha = float(np.clip(12 / len(picture.measured) ** 0.5, 0.15, 0.6))
    ax.plot(
        picture.measured,
        picture.predicted,
        "o",
        ms=4 if not many else 2.5,
        mew=0,
        alpha=alpha,
        color=picture.colour,
        rasterized=many,
        zorder=2,
    )
    ax.set_xlim(*bounds)
    ax.set_ylim(*bounds)
    ax.set_aspect("equal")
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.grid(True)
    ax.tick_params(length=0)
    ax.set_title(_shorter(picture.title), loc="left", fontsize=11.5, color=COLOURS["ink"])
    r = picture.correlation
    told = f"error {say_error(picture.error, unit)}" + ("" if r is None else f"\nr = {r:.2f}")
    ax.text(0.04, 0.96, told, transform=ax.transAxes, va="top", fontsize=11, color=COLOURS["muted"])


def _shorter(title: str) -> str:
    return title if len(title) <= 42 else title[:41].rstrip() + "…"


def parity_alt(pictures: list[Parity], unit: str) -> str:
    """The figure's numbers in words."""
    parts = []
    for p in pictures:
        r = "" if p.correlation is None else f", correlation {p.correlation:.2f}"
        parts.append(
            f"{p.title}: mean absolute error of the mean predictions {say_error(p.error, unit)}{r}, "
            f"{len(p.measured):,} materials"
        )
    return "Predicted against measured values of held-out materials. " + "; ".join(parts) + "."
