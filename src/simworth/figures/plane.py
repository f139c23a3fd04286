"""The budget plane: the expected error over further simulations and experiments, budgets, and their best splits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from simworth.figures.curve import STEPS, legend
from simworth.figures.isolines import joint_laws
from simworth.figures.law import about_of, name_of
from simworth.figures.look import COLOURS, Look
from simworth.figures.picture import Found, LeftOut, Picture
from simworth.figures.sheet import Cell, Sheet, sheet
from simworth.figures.words import (
    AS_GOOD,
    BEST,
    EXPECTED,
    MORE_M,
    MORE_N,
    MULTIPLES,
    SPEND,
    clean,
    in_unit,
    short_count,
)
from simworth.inference.law import Law
from simworth.inference.words import say_error
from simworth.planning.answer import Answer
from simworth.planning.budget import FLAT, budget, splits
from simworth.planning.costs import Costs
from simworth.report.folder import RunFolder
from simworth.report.wording import Entry

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KIND = "budget"
COLUMNS = ("target", "source", "learner", "what", "budget", "share", "n", "m", "error", "low", "high", "unit")
"""``what``: "surface", the error expected over the draws at (n, m); "split", a way to spend the budget; "best", the way
of a budget with the least expected error, with the interval of that error. ``share`` goes to experiments."""

FACTORS = (0.25, 0.5, 1.0, 2.0)
"""The budgets that are drawn, in budgets asked for."""

POINTS = 41


def plane_pictures(run: RunFolder, look: Look, costs: Costs | None) -> Found:
    """A figure for each joint law that can tell a split of the budget."""
    laws, left_out = joint_laws(run, KIND)
    found: Found = list(left_out)
    for entry, law in laws:
        chosen = costs_for(run, entry, costs)
        if chosen is None:
            why = "the costs are not known; give the cost of a simulation and of an experiment, and the budget"
            found.append(LeftOut(KIND, name_of(entry), why))
            continue
        answer = budget(law, *chosen, unit=entry["unit"])
        if answer.expected:
            found.append(_picture(run, look, entry, law, chosen, answer))
        else:
            found.append(LeftOut(KIND, name_of(entry), answer.sentence))
    return found


def costs_for(run: RunFolder, entry: Entry, costs: Costs | None) -> tuple[float, float, float] | None:
    """Cost of a simulation, of an experiment, and the budget: each as given, else as the run's plan had it."""
    planned: Mapping[str, float] = {}
    for answer in run.plan["answers"]:
        same = all(answer[k] == entry[k] for k in ("target", "arm", "learner"))
        if answer["question"] == "budget" and same:
            planned = answer["given"]
    asked = costs or Costs()
    simulation = asked.simulation if asked.simulation is not None else planned.get("cost_simulation")
    experiment = asked.experiment if asked.experiment is not None else planned.get("cost_experiment")
    money = asked.budget if asked.budget is not None else planned.get("budget")
    if simulation is None or experiment is None or money is None:
        return None
    return simulation, experiment, money


def plane_sheet(entry: Entry, law: Law, costs: tuple[float, float, float]) -> Sheet:
    """The surface of the expected error, the splits of the budget, and the best split of several budgets."""
    simulation, experiment, money = costs
    head, unit = (entry["target"], entry["arm"], entry["learner"]), entry["unit"]
    now, materials = float(law.n.max()), float(law.m.max())
    most = max(FACTORS) * money
    n, m = (
        np.linspace(now, now + most / simulation, POINTS),
        np.linspace(materials, materials + most / experiment, POINTS),
    )
    rows: list[tuple[Cell, ...]] = []
    for size in m.tolist():
        mean = law.curve(n, np.full(POINTS, size)).mean(0).tolist()
        rows += [
            (*head, "surface", None, None, x, size, e, None, None, unit) for x, e in zip(n.tolist(), mean, strict=True)
        ]
    ways = splits(now, materials, simulation, experiment, money)
    spent = law.curve(ways.n, ways.m).mean(0)
    for share, x, y, e in zip(*(v.tolist() for v in (ways.share, ways.n, ways.m, spent)), strict=True):
        rows.append((*head, "split", money, share, x, y, e, None, None, unit))
    for factor in FACTORS:
        if factor * money >= min(simulation, experiment):
            a = budget(law, simulation, experiment, factor * money)
            x, y, v = a.expected["n"], a.expected["m"], a.values["error"]
            e = float(law.curve([x], [y]).mean())
            rows.append((*head, "best", factor * money, a.expected["share"], x, y, e, v.low, v.high, unit))
    return sheet(COLUMNS, rows)


def _picture(
    run: RunFolder, look: Look, entry: Entry, law: Law, costs: tuple[float, float, float], answer: Answer
) -> Picture:
    numbers = plane_sheet(entry, law, costs)

    def draw(figure: Figure) -> None:
        ax = figure.subplots()
        _draw(figure, ax, numbers, costs, look)
        if look.slide:
            name = f"{clean(entry['target'], 28)}, {clean(entry['arm'], 28)}"
            figure.suptitle(name, x=0.01, ha="left", fontsize=look.text)
        legend(figure, [ax], look)

    height = look.tallest if look.slide else 80.0 if look.narrow else 100.0
    caption = (
        f"Expected error (mean over the draws of the law) after further simulations and experiments, {name_of(entry)}, "
        f"from n = {short_count(answer.given['n'])} and m = {short_count(answer.given['m'])}, at "
        f"{say_error(costs[0])} a simulation and {say_error(costs[1])} an experiment. Lines: what a budget buys, "
        f"solid for {say_error(costs[2])}, dashed for a quarter, half and twice of it; stars: their best splits; "
        f"thick: splits as good within 1 %. {answer.sentence}"
    )
    return Picture(KIND, about_of(run, entry), caption, numbers, height, draw)


def _draw(figure: Figure, ax: Axes, numbers: Sheet, costs: tuple[float, float, float], look: Look) -> None:
    from matplotlib.ticker import MaxNLocator

    simulation, experiment, money = costs
    surface = numbers.where("what", "surface")
    n0, m0 = surface.numbers("n").min(), surface.numbers("m").min()
    _surface(figure, ax, surface, (n0, m0), look)
    ink: Any = {"color": COLOURS["ink"]}
    for factor in FACTORS:
        named = {FACTORS[0]: MULTIPLES, 1.0: SPEND.format(say_error(money))}
        words = look.say(named[factor]) if factor in named else None
        ends = ([factor * money / simulation, 0.0], [0.0, factor * money / experiment])
        thick, dashes = (1.3, "-") if factor == 1 else (0.7, (0, (4, 2)))
        ax.plot(*ends, lw=thick * look.scale, ls=dashes, label=words, **ink)
    ways = numbers.where("what", "split")
    error = ways.numbers("error")
    good = error <= (1 + FLAT) * error.min()
    wide: Any = {"lw": 4 * look.scale, "alpha": 0.55, "color": COLOURS["network"], "solid_capstyle": "round"}
    ax.plot(ways.numbers("n")[good] - n0, ways.numbers("m")[good] - m0, label=look.say(AS_GOOD), **wide)
    best = numbers.where("what", "best")
    star: Any = {"ms": 8 * look.scale, "mew": 0.7 * look.scale, "mec": COLOURS["paper"], "color": COLOURS["network"]}
    at = (best.numbers("n") - n0, best.numbers("m") - m0)
    ax.plot(*at, "*", ls="", label=look.say(BEST), clip_on=False, zorder=5, **star)
    ax.set_xlim(0, max(FACTORS) * money / simulation)
    ax.set_ylim(0, max(FACTORS) * money / experiment)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(4 if look.narrow else 6, integer=True, steps=STEPS))
        axis.set_major_formatter(lambda value, _: short_count(value))
    ax.set_xlabel(look.say(MORE_N))
    ax.set_ylabel(look.say(MORE_M))


def _surface(figure: Figure, ax: Axes, surface: Sheet, origin: tuple[float, float], look: Look) -> None:
    """Shades of the expected error, darker where it is lower, with a bar that says how much they are."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.ticker import MaxNLocator

    shades = LinearSegmentedColormap.from_list("error", ["#5b9cc7", "#f6f9fb"])
    n, m, error = (surface.numbers(c).reshape(-1, POINTS) for c in ("n", "m", "error"))
    steps = MaxNLocator(9, steps=STEPS).tick_values(error.min(), error.max())
    drawn = ax.contourf(n - origin[0], m - origin[1], error, levels=steps, cmap=shades)
    drawn.set_edgecolor("face")  # no hairlines between shades
    lines: Any = {"colors": COLOURS["paper"], "linewidths": 0.6 * look.scale}
    ax.contour(n - origin[0], m - origin[1], error, levels=drawn.levels, **lines)
    bar = figure.colorbar(drawn, ax=ax, pad=0.02, aspect=28)
    bar.outline.set_visible(False)
    bar.locator = MaxNLocator(5, steps=STEPS)
    bar.update_ticks()
    words = EXPECTED.format(in_unit(str(surface.kinds("unit")[0])))
    bar.set_label(look.say(words), labelpad=4 * look.scale)
