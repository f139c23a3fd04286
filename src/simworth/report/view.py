"""What the page says of each target: chosen and worded here, drawn elsewhere, laid out by the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from simworth.inference.words import say_error, say_percent
from simworth.report import appendix, checks, members, numbers, plots
from simworth.report.arms import arms_table, best_first, last_point
from simworth.report.cells import Table
from simworth.report.checks import Said
from simworth.report.folder import RunFolder
from simworth.report.japanese import law as japanese_law
from simworth.report.japanese import plan as japanese_plan
from simworth.report.language import Both, join, same
from simworth.report.summary import answers_of, control_of, largest_m
from simworth.report.svg import Plot
from simworth.report.wording import (
    NOTHING,
    UNKNOWN,
    Entry,
    at_m,
    badge,
    badges,
    count_interval,
    headline,
    interval,
    number,
    percent_range,
    say_change,
    say_learner,
    say_value,
    signed_percent,
    spaced,
)


@dataclass(frozen=True)
class Tile:
    """One number of the first screen."""

    label: Both
    value: Both
    spread: Both
    note: Both = NOTHING
    tone: str = ""


@dataclass(frozen=True)
class TargetView:
    """One target's part of the page."""

    slug: str
    name: str
    question: Both
    arm: str
    badges: Sequence[tuple[str, Both]]
    """(tone, words)."""
    headline: Both
    tiles: Sequence[Tile]
    law: Sequence[tuple[str, Both, Both, Both]]
    """(symbol, value, interval, meaning) of each parameter."""
    advice: Sequence[Said]
    checks: Sequence[Said]
    """Control and leakage, beside the numbers."""
    verdicts: Sequence[Said]
    main: Plot
    others: Sequence[Plot]
    backtests: Both
    backtest_table: Table | None
    grids: Sequence[Table]
    parity: Plot | None
    arms: Table | None
    members: Table | None
    tables: Sequence[Table] = field(default=())


def target_views(run: RunFolder, prefix: str = "") -> list[TargetView]:
    """Every target of a run, in the study's order; ``prefix`` makes their marks differ from another run's."""
    found = list(dict.fromkeys(c["target"] for c in run.law["curves"]))
    order = [str(t.get("name") or t["property"]) for t in run.study.get("target", ())]
    found.sort(key=lambda name: order.index(name) if name in order else len(order))
    return [_view(run, name, f"{prefix}t{i}") for i, name in enumerate(found)]


def lead_of(curves: Sequence[Entry]) -> Entry:
    """The curve of the first screen: the best source at the largest m; a control where there is nothing else."""
    return best_first(largest_m(curves) or curves)[0]


def _view(run: RunFolder, name: str, slug: str) -> TargetView:
    everything = [c for c in run.law["curves"] if c["target"] == name]
    curves = [c for c in everything if not c["control"]] or everything
    answers = [a for a in run.plan["answers"] if a["target"] == name]
    lead = lead_of(everything)
    rivals = [c for c in largest_m(curves) if c["m"] == lead["m"]]
    control = control_of(lead, everything)
    return TargetView(
        slug=slug,
        name=name,
        question=Both("What is {0} worth for predicting {1}?", "「{1}」の予測に「{0}」はどれほど役立つか").format(
            spaced(lead["arm"]), spaced(name)
        ),
        arm=lead["arm"],
        badges=badges(lead),
        headline=headline(lead, run.level),
        tiles=_tiles(lead, answers),
        law=_law(lead),
        advice=_advice(lead, answers, run.level),
        checks=checks.checks(run, name, lead, control, curves),
        verdicts=[_verdict(c) for c in curves],
        main=plots.main_plot(run, lead, control, slug),
        others=plots.other_plots(run, curves, everything, lead, slug),
        backtests=checks.held(curves, run.level),
        backtest_table=appendix.backtest_table(curves),
        grids=appendix.grids(curves),
        parity=plots.parity_plot(run, lead, slug),
        arms=arms_table(rivals, answers, run.trials, run.metric, run.level) if len(rivals) > 1 else None,
        members=members.members_table(lead),
        tables=numbers.number_tables(everything, answers),
    )


def _verdict(c: Entry) -> Said:
    sentence = join([japanese_law.verdict(c), members.compared(c)])
    return Said(at_m(c), sentence, badge(c["verdict"]["code"])[0])


def _tiles(c: Entry, answers: Sequence[Entry]) -> list[Tile]:
    unit, gain, point = c["unit"], c["gain"], last_point(c)
    tiles = []
    if gain:
        tiles.append(_gain_tile(gain, len(c["direct"]), members.strongest_part(c)))
    if point:
        note = Both("with {} simulations", "シミュレーション{}件").format(number(point["n"]))
        label = Both("Error now", "現在の誤差")
        tiles.append(Tile(label, same(say_error(point["mean"], unit)), interval(point), note))
    for growth in answers_of(c, answers, "growth")[:1]:
        tiles += [_growth_tile(growth, f, unit) for f in (2, 10) if f"error_at_{f}x" in growth["values"]]
    if c["law"] and c["law"]["parameters"]["C"]["median"] is not None:
        tiles.append(_limit_tile(c["law"]["parameters"]["C"], unit))
    for answer in answers_of(c, answers, "equivalence")[:1]:
        tiles.append(_worth_tile(answer))
    return tiles


def _gain_tile(gain: Entry, rivals: int, part: Both = NOTHING) -> Tile:
    share = gain["relative"]
    known = share["low"] is not None
    side = Both("lower", "低い") if share["median"] >= 0 else Both("higher", "高い")
    strongest = Both("its strongest part: {}", "その最良の構成要素は{}").format(part) if part else NOTHING
    return Tile(
        Both("Gain over experiments alone", "実験データのみに対する改善"),
        same(say_percent(share["median"]) if share["median"] >= 0 else signed_percent(share["median"])),
        percent_range(share["low"], share["high"]) if known else Both("one replicate", "反復は一つだけ"),
        join([_compared(gain, rivals).format(side), strongest], "; ", "；"),
        "" if not known else "good" if share["low"] > 0 else "bad" if share["high"] < 0 else "",
    )


def _compared(gain: Entry, rivals: int) -> Both:
    """What the error is compared with, with a place for the side."""
    learner = say_learner(gain["against"])
    if rivals == 1:
        alone = Both("{{}} error than {0} with the experiments alone", "実験データのみで学習した{0}より誤差が{{}}")
        return alone.format(learner)
    best = Both("{{}} error than {0}, the best of {1}", "直接学習{1}種類のうち最良の{0}より誤差が{{}}")
    return best.format(learner, rivals)


def _growth_tile(growth: Entry, factor: int, unit: str) -> Tile:
    error, cut = growth["values"][f"error_at_{factor}x"], growth["values"][f"cut_at_{factor}x"]
    label = Both(f"Database × {factor}", f"データベース × {factor}")
    return Tile(label, say_value(error["median"], unit), interval(error), _cut_words(cut["median"]))


def _limit_tile(C: Entry, unit: str) -> Tile:
    """C; where none is more likely than one, how large it could still be."""
    label = Both("Limit", "極限値")
    if C["median"] > 0:
        note = Both("which no growth of the database undercuts", "データベースをいくら拡張しても下回らない値")
        return Tile(label, same(say_error(C["median"], unit)), interval(C), note)
    most = Both("at most {}", "最大{}").format(say_error(C["high"], unit))
    note = Both("more data keeps helping, so far", "今のところ、データを増やすほど改善")
    return Tile(label, Both("none seen", "見えない"), most, note)


def _cut_words(cut: float | None) -> Both:
    if cut is None:
        return UNKNOWN
    if say_change(cut).en == "0 %":
        return Both("no change", "変化なし")
    side = Both("below", "低い") if cut > 0 else Both("above", "高い")
    return Both("{0} {1} the present error", "現在の誤差より{0}{1}").format(say_percent(abs(cut)), side)


def _worth_tile(answer: Entry) -> Tile:
    worth = answer["values"].get("simulations_per_experiment")
    label = Both("One experiment is worth", "実験一件の価値")
    if worth is None or worth["median"] is None:
        return Tile(label, Both("not detectable", "検出できず"), NOTHING, Both("see below", "下記参照"))
    note = Both("simulated materials, at the present sizes", "シミュレーション材料に換算、現在のサイズで")
    return Tile(label, number(worth["median"]), count_interval(worth), note)


def _law(c: Entry) -> list[tuple[str, Both, Both, Both]]:
    if not c["law"]:
        return []
    p, unit = c["law"]["parameters"], c["unit"]
    rows = []
    for symbol, key, what in MEANINGS:
        value = p.get(key)
        if value and value["median"] is not None:
            said = say_error(value["median"], unit if key == "C" else "")
            rows.append((symbol, same(said), interval(value), what))
    return rows


MEANINGS = (
    ("D", "D", Both("what simulations can remove, at n = 1", "n = 1でシミュレーションにより減らせる誤差")),
    ("α", "alpha", Both("decay rate: the larger, the faster", "減衰率：大きいほど速く減少")),
    ("C", "C", Both("transfer gap: the limit", "転移ギャップ：誤差の極限値")),
)
"""(symbol, parameter, meaning)."""

TITLES = (
    ("stop", Both("Grow this database further?", "データベースをさらに拡張すべきか")),
    ("need", Both("What would a better prediction take?", "予測の改善には何件必要か")),
    ("rounds", Both("How much to collect next?", "次に何件収集すべきか")),
    ("limit", Both("How good can it get?", "どこまで改善できるか")),
    ("equivalence", Both("Simulate or measure?", "シミュレーションか実験か")),
    ("isoline", Both("Which numbers of both are as good?", "同じ誤差になる組み合わせは")),
    ("budget", Both("How to split a budget?", "予算をどう配分するか")),
    ("design", Both("Which trials would tell more?", "どの試行を追加すべきか")),
)
"""(question, title) in the order of the page."""


def _advice(c: Entry, answers: Sequence[Entry], level: float) -> list[Said]:
    out: list[Said] = []
    for question, title in TITLES:
        for a in answers_of(c, answers, question):
            if a["sentence"] not in {c["verdict"]["sentence"], *(s.sentence.en for s in out)}:
                out.append(Said(title, japanese_plan.answer(a, c["unit"], level), question=question))
    return out or [Said(Both("First", "まず"), japanese_law.verdict(c))]
