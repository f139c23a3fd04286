"""Sources against each other: their errors now and in the limit, and how probably each is the best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simworth.figures.curve import STEPS
from simworth.figures.law import about_of
from simworth.figures.look import COLOURS, Look
from simworth.figures.picture import Found, LeftOut, Picture
from simworth.figures.sheet import Cell, Sheet, sheet
from simworth.figures.words import (
    AT_SIZE,
    BEST_WITH,
    FOR_BUDGET,
    IN_LIMIT,
    clean,
    error_axis,
    short_count,
)
from simworth.inference.words import say_error, say_probability
from simworth.report.folder import RunFolder
from simworth.report.japanese.numbers import probability
from simworth.report.language import Both
from simworth.report.wording import Entry

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KIND = "ranking"
COLUMNS = ("target", "learner", "m", "question", "source", "rank", "error", "low", "high", "best", "unit")
"""A row for each source and ``question``; ``best``: its probability to be the best; ``rank``: mean over the draws."""

QUESTIONS = ("ranking", "ranking_budget", "ranking_limit")


def ranking_pictures(run: RunFolder, look: Look) -> Found:
    """A figure for each target, m and learner whose sources the plan ranks: at the largest m."""
    groups: dict[tuple[str, str], dict[int, list[Entry]]] = {}
    for answer in run.plan["answers"]:
        if answer["question"] in QUESTIONS and answer["values"]:
            of_target = groups.setdefault((answer["target"], answer["learner"]), {})
            of_target.setdefault(answer["m"], []).append(answer)
    curves = [c for c in run.law["curves"] if not c["control"]]
    found: Found = []
    for target, learner in dict.fromkeys((c["target"], c["learner"]) for c in curves):
        mine = [c for c in curves if (c["target"], c["learner"]) == (target, learner)]
        ranked = groups.get((target, learner))
        if ranked:
            found.append(_picture(run, look, ranked[max(ranked)], mine[0]["unit"]))
        else:
            alone = len({c["arm"] for c in mine}) < 2
            why = "there is one source only" if alone else "fewer than two of its sources have a law at the same m"
            found.append(LeftOut(KIND, clean(target), why))
    return found


def ranking_sheet(answers: Sequence[Entry], unit: str) -> Sheet:
    """What the plan says, a row for each source and question, the best source of the first question first."""
    rows: list[tuple[Cell, ...]] = []
    for a in sorted(answers, key=lambda a: QUESTIONS.index(a["question"])):
        for key, value in a["values"].items():
            if key.startswith("error "):
                name = key.removeprefix("error ")
                rank, best = a["expected"][f"rank {name}"], a["probabilities"][f"best {name}"]
                head = (a["target"], a["learner"], int(a["m"]), a["question"], name, rank)
                rows.append((*head, value["median"], value["low"], value["high"], best, unit))
    return sheet(COLUMNS, rows)


def _picture(run: RunFolder, look: Look, answers: Sequence[Entry], unit: str) -> Picture:
    first = answers[0]
    numbers = ranking_sheet(answers, unit)
    names = [str(name) for name in numbers.where("question", numbers.kinds("question")[0]).kinds("source")]
    questions = [str(q) for q in numbers.kinds("question")]
    heads = {a["question"]: head_of(a) for a in answers}

    def draw(figure: Figure) -> None:
        shape = (len(questions), 1) if look.narrow else (1, len(questions))
        axes = figure.subplots(*shape, sharey=not look.narrow, squeeze=False).ravel()
        for ax, question in zip(axes, questions, strict=True):
            _panel(ax, numbers.where("question", question), names, look)
            ax.set_title(look.say(heads[question]), loc="left")
        figure.supxlabel(look.say(error_axis(run.metric, unit)), fontsize=look.text)

    each = 13.0 + 8.5 * len(names)
    height = look.tallest if look.slide else 8.0 + each * (len(questions) if look.narrow else 1)
    level = f"{100 * run.level:.3g} %"
    caption = (
        f"Sources for {clean(first['target'])}, with m = {short_count(first['m'])} experiments to train on: error with "
        f"{level} interval, and the probability to be the best. {' '.join(clean(a['sentence'], 2000) for a in answers)}"
    )
    return Picture(KIND, about_of(run, first, of_source=False), caption, numbers, min(height, look.tallest), draw)


def head_of(answer: Entry) -> Both:
    """What a panel is about."""
    if answer["question"] == "ranking_limit":
        return IN_LIMIT
    if answer["question"] == "ranking_budget":
        return FOR_BUDGET.format(say_error(answer["given"]["budget"]))
    return AT_SIZE.format(short_count(answer["given"]["n"]))


def _panel(ax: Axes, numbers: Sheet, names: Sequence[str], look: Look) -> None:
    from matplotlib.ticker import MaxNLocator

    sources = numbers.texts("source")
    places = np.array([names.index(s) for s in sources], float)
    error, low, high, best = (numbers.numbers(c) for c in ("error", "low", "high", "best"))
    style: Any = {"ms": 4.5 * look.scale, "elinewidth": 1.2 * look.scale, "color": COLOURS["transfer"]}
    ax.errorbar(error, places, xerr=np.array([error - low, high - error]), fmt="o", **style)
    for place, value, p in zip(places, error, best, strict=True):
        ax.annotate(
            look.say(BEST_WITH.format(Both(say_probability(float(p)), probability(float(p))))),
            (value, place),
            (0, 3.2 * look.scale),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=look.small,
            color=COLOURS["muted"],
        )
    ax.set_yticks(range(len(names)), [clean(n, 22 if look.narrow else 30) for n in names])
    ax.set_ylim(len(names) - 0.6, -0.75)
    ax.margins(x=0.14)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=STEPS))
    ax.grid(axis="x")
