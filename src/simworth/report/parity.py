"""Predictions against experiments: of each held-out material, the mean over all trials that tested it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simworth.inference.words import say_error
from simworth.report.heldout import mean_predictions
from simworth.report.language import Both, join
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

    title: Both
    colour: str
    measured: Array
    predicted: Array
    rows: NDArray[np.int64]
    """Places of the materials in the target table."""

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
    wanted: list[tuple[Both, str, tuple[str, ...], str, int]] = []
    if entry["gain"]:
        against = entry["gain"]["against"]
        name = Both("direct learning: {}", "直接学習：{}").format(say_learner(against))
        wanted.append((name, learner_colour(against), ("", entry["arm"]), against, 0))
    wanted.append(
        (
            Both("transfer from {}", "{}からの転移").format(entry["arm"]),
            COLOURS["transfer"],
            (entry["arm"],),
            entry["learner"],
            max(finished),
        )
    )
    out = []
    for title, colour, arms, learner, n in wanted:
        rows, predicted = mean_predictions(trials, entry, arms, learner, n, len(truth))
        if len(rows):
            out.append(Parity(title, colour, truth[rows], predicted, rows))
    return out


def draw_parity(figure: Figure, pictures: list[Parity], unit: str, stacked: bool) -> None:
    """One panel a way of learning, on common axes."""
    shape = (len(pictures), 1) if stacked else (1, len(pictures))
    panels = figure.subplots(*shape, sharex=True, sharey=True, squeeze=False).ravel()
    everything = np.concatenate([v for p in pictures for v in (p.measured, p.predicted)])
    low, high = float(everything.min()), float(everything.max())
    room = 0.04 * (high - low or 1.0)
    for ax, picture in zip(panels, pictures, strict=True):
        _panel(ax, picture, (low - room, high + room), unit)
    measured, predicted = axes_words(unit)
    figure.supxlabel(measured.en, fontsize=11.5, color=COLOURS["muted"])
    figure.supylabel(predicted.en, fontsize=11.5, color=COLOURS["muted"])


def axes_words(unit: str) -> tuple[Both, Both]:
    """What the axes say: measured, and predicted."""
    words = Both("measured", "実測値"), Both("predicted", "予測値")
    if not unit:
        return words
    measured, predicted = (Both(f"{w.en} ({unit})", f"{w.ja}（{unit}）") for w in words)
    return measured, predicted


def told(picture: Parity, unit: str) -> Both:
    """The error that stands in a panel."""
    return Both("error {}", "誤差 {}").format(say_error(picture.error, unit))


def drawn_texts(pictures: list[Parity], unit: str) -> list[Both]:
    """Every label of the drawing that is said in both languages."""
    return [*axes_words(unit), *(t for p in pictures for t in (title(p), told(p, unit)))]


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
    ax.set_title(title(picture).en, loc="left", fontsize=11.5, color=COLOURS["ink"])
    r = picture.correlation
    words = told(picture, unit).en + ("" if r is None else f"\nr = {r:.2f}")
    ax.text(0.04, 0.96, words, transform=ax.transAxes, va="top", fontsize=11, color=COLOURS["muted"])


def title(picture: Parity) -> Both:
    """A panel's title, cut where it is too long for it."""
    return Both(_shorter(picture.title.en, 42), _shorter(picture.title.ja, 32))


def _shorter(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def parity_alt(pictures: list[Parity], unit: str) -> Both:
    """The figure's numbers in words."""
    parts = []
    for p in pictures:
        error, count = say_error(p.error, unit), f"{len(p.measured):,}"
        r, r_ja = "", ""
        if p.correlation is not None:
            r, r_ja = f", correlation {p.correlation:.2f}", f"、相関係数{p.correlation:.2f}"
        parts.append(
            Both(
                f"{p.title.en}: mean absolute error of the mean predictions {error}{r}, {count} materials",
                f"{p.title.ja}では、平均予測値の平均絶対誤差{error}{r_ja}、材料{count}件",
            )
        )
    listed = join(parts, "; ", "；")
    return Both(
        f"Predicted against measured values of held-out materials. {listed.en}.",
        f"ホールドアウトした材料の予測値と実測値。{listed.ja}。",
    )
