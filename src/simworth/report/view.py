"""What the page says of each target: chosen and worded here, drawn elsewhere, laid out by the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from simworth.inference.words import say_count, say_error, say_percent
from simworth.report import appendix, plots
from simworth.report.arms import arms_table, best_first, last_point
from simworth.report.cells import Table
from simworth.report.folder import RunFolder
from simworth.report.quality import near_policy, quality_checks
from simworth.report.summary import answers_of, control_of, largest_m
from simworth.report.svg import Plot
from simworth.report.wording import (
    Entry,
    badge,
    badges,
    count_interval,
    headline,
    interval,
    percent_range,
    say_control,
    say_learner,
    say_value,
    signed_percent,
    spaced,
)


@dataclass(frozen=True)
class Tile:
    """One number of the first screen."""

    label: str
    value: str
    spread: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Said:
    """A titled sentence; ``tone`` is "", "good", "bad" or "warn"."""

    title: str
    sentence: str
    tone: str = ""


@dataclass(frozen=True)
class TargetView:
    """One target's part of the page."""

    slug: str
    name: str
    question: str
    arm: str
    badges: Sequence[tuple[str, str]]
    """(tone, words)."""
    headline: str
    tiles: Sequence[Tile]
    law: Sequence[tuple[str, str, str, str]]
    """(symbol, value, interval, meaning) of each parameter."""
    advice: Sequence[Said]
    checks: Sequence[Said]
    """Control and leakage, beside the numbers."""
    verdicts: Sequence[Said]
    main: Plot
    others: Sequence[Plot]
    backtests: str
    backtest_table: Table | None
    grids: Sequence[Table]
    parity: Plot | None
    arms: Table | None
    tables: Sequence[Table] = field(default=())


def target_views(run: RunFolder) -> list[TargetView]:
    """Every target of a run, in the study's order."""
    found = list(dict.fromkeys(c["target"] for c in run.law["curves"]))
    order = [str(t.get("name") or t["property"]) for t in run.study.get("target", ())]
    found.sort(key=lambda name: order.index(name) if name in order else len(order))
    return [_view(run, name, f"t{i}") for i, name in enumerate(found)]


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
        question=f"What is {spaced(lead['arm'])} worth for predicting {spaced(name)}?",
        arm=lead["arm"],
        badges=badges(lead),
        headline=headline(lead, run.level),
        tiles=_tiles(lead, answers),
        law=_law(lead),
        advice=_advice(lead, answers),
        checks=[*_backtest(lead), *_control(control, lead), *_leakage(run, curves), *_quality(run, name, lead["arm"])],
        verdicts=[Said(_where(c), c["verdict"]["sentence"], badge(c["verdict"]["code"])[0]) for c in curves],
        main=plots.main_plot(run, lead, control, slug),
        others=plots.other_plots(run, curves, everything, lead, slug),
        backtests=_held(curves, run.level),
        backtest_table=appendix.backtest_table(curves),
        grids=appendix.grids(curves),
        parity=plots.parity_plot(run, lead, slug),
        arms=arms_table(rivals, answers, run.trials, run.metric, run.level) if len(rivals) > 1 else None,
        tables=appendix.number_tables(everything, answers),
    )


def _where(c: Entry) -> str:
    return f"{c['arm']}, m = {say_count(c['m'])}"


def _tiles(c: Entry, answers: Sequence[Entry]) -> list[Tile]:
    unit, gain, point = c["unit"], c["gain"], last_point(c)
    tiles = []
    if gain:
        share = gain["relative"]
        known = share["low"] is not None
        tone = "" if not known else "good" if share["low"] > 0 else "bad" if share["high"] < 0 else ""
        tiles.append(
            Tile(
                "Gain over experiments alone",
                say_percent(abs(share["median"])),
                percent_range(share["low"], share["high"]) if known else "one replicate",
                f"{'lower' if share['median'] >= 0 else 'higher'} error than {say_learner(gain['against'])}, "
                f"the best of {len(c['direct'])}",
                tone,
            )
        )
    if point:
        tiles.append(
            Tile(
                "Error now",
                say_error(point["mean"], unit),
                interval(point),
                f"with {say_count(point['n'])} simulations",
            )
        )
    for growth in answers_of(c, answers, "growth")[:1]:
        tiles += [_growth_tile(growth, f, unit) for f in (2, 10) if f"error_at_{f}x" in growth["values"]]
    if c["law"] and c["law"]["parameters"]["C"]["median"] is not None:
        C = c["law"]["parameters"]["C"]
        tiles.append(_limit_tile(C, unit))
    for answer in answers_of(c, answers, "equivalence")[:1]:
        tiles.append(_worth_tile(answer))
    return tiles


def _growth_tile(growth: Entry, factor: int, unit: str) -> Tile:
    error, cut = growth["values"][f"error_at_{factor}x"], growth["values"][f"cut_at_{factor}x"]
    return Tile(
        f"Database × {factor}",
        say_value(error["median"], unit),
        interval(error),
        _cut_words(cut["median"]),
    )


def _limit_tile(C: Entry, unit: str) -> Tile:
    """C; where none is more likely than one, how large it could still be."""
    if C["median"] > 0:
        return Tile("Limit", say_error(C["median"], unit), interval(C), "which no growth of the database undercuts")
    return Tile("Limit", "none seen", f"at most {say_error(C['high'], unit)}", "more data keeps helping, so far")


def _cut_words(cut: float | None) -> str:
    if cut is None:
        return "not known"
    if signed_percent(cut) == "0 %":
        return "no change"
    return f"{say_percent(abs(cut))} {'below' if cut > 0 else 'above'} the present error"


def _worth_tile(answer: Entry) -> Tile:
    worth = answer["values"].get("simulations_per_experiment")
    if worth is None or worth["median"] is None:
        return Tile("One experiment is worth", "not detectable", "", "see below")
    return Tile(
        "One experiment is worth",
        f"{say_count(worth['median'])}",
        count_interval(worth),
        "simulated materials, at the present sizes",
    )


def _law(c: Entry) -> list[tuple[str, str, str, str]]:
    if not c["law"]:
        return []
    p, unit = c["law"]["parameters"], c["unit"]
    meanings = (
        ("D", "D", "", "what simulations can remove, at n = 1"),
        ("α", "alpha", "", "decay rate: the larger, the faster"),
        ("C", "C", unit, "transfer gap: the limit"),
    )
    rows = []
    for symbol, key, of, what in meanings:
        value = p.get(key)
        if value and value["median"] is not None:
            rows.append((symbol, say_error(value["median"], of), interval(value), what))
    return rows


def _advice(c: Entry, answers: Sequence[Entry]) -> list[Said]:
    titles = (
        ("stop", "Grow this database further?"),
        ("need", "What would a better prediction take?"),
        ("rounds", "How much to collect next?"),
        ("limit", "How good can it get?"),
        ("equivalence", "Simulate or measure?"),
        ("isoline", "Which numbers of both are as good?"),
        ("budget", "How to split a budget?"),
        ("design", "Which trials would tell more?"),
    )
    out: list[Said] = []
    for question, title in titles:
        for a in answers_of(c, answers, question):
            if a["sentence"] not in {c["verdict"]["sentence"], *(s.sentence for s in out)}:
                out.append(Said(title, a["sentence"]))
    if not out:
        out.append(Said("First", c["verdict"]["sentence"]))
    return out


def _control(control: Entry | None, lead: Entry) -> list[Said]:
    if control is None:
        return [
            Said(
                "No control",
                'No negative control was run; set control = "shuffled" in the study to have one.',
                "warn",
            )
        ]
    sentence = say_control(control, lead["learner"])
    title, _, rest = sentence.partition(": ")
    if title == "Control passed":
        return [Said(title, rest[:1].upper() + rest[1:], "good")]
    if title == "Warning":
        return [Said("Control failed", rest[:1].upper() + rest[1:], "bad")]
    return [Said("Control", sentence, "warn")]


def _backtest(lead: Entry) -> list[Said]:
    tested = lead["backtest"]
    if tested is None:
        return [
            Said(
                "Forecast not tested",
                "A backtest needs at least five sizes n; treat forecasts with care.",
                "warn",
            )
        ]
    passed = all(h["inside"] for h in tested["predicted"])
    return [
        Said(
            "Backtest passed" if passed else "Backtest missed",
            tested["sentence"],
            "good" if passed else "warn",
        )
    ]


def _held(curves: Sequence[Entry], level: float) -> str:
    """How many held-out sizes of all curves fell inside their forecast."""
    inside = [h["inside"] for c in curves if c["backtest"] for h in c["backtest"]["predicted"]]
    return (
        f"{sum(inside)} of {len(inside)} held-out sizes fell inside their {100 * level:.0f} % forecast."
        if inside
        else ""
    )


def _quality(run: RunFolder, target: str, arm: str) -> list[Said]:
    return [Said(*said) for said in quality_checks(run, target, arm)]


POLICIES = {
    "exclude": "Policy “exclude”: in every replicate, the held-out test materials leave the source first.",
    "exclude-test": "Policy “exclude-test”: materials that stand in a source are never held out as test.",
    "error": "Policy “error”: the run would have stopped had any material stood in both tables.",
    "allow": "Policy “allow”: materials held out as test may stand in the source.",
}


def _leakage(run: RunFolder, curves: Sequence[Entry]) -> list[Said]:
    policy = str(run.study.get("sweep", {}).get("overlap", ""))
    used = max(c["overlap"]["used_max"] for c in curves)
    told = list(dict.fromkeys(c["overlap"]["sentence"] for c in curves))
    sentence = " ".join([POLICIES.get(policy, ""), near_policy(run.study), *told]).strip()
    if used:
        return [Said("Test materials were used in training", sentence, "bad")]
    return [
        Said("Leakage allowed, none found" if policy == "allow" else "No test material in the source", sentence, "good")
    ]
