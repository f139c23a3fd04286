"""The answer of a run in a few lines for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simworth.inference.words import say_count, say_error, say_percent
from simworth.report.database import say_database
from simworth.report.language import join
from simworth.report.members import blamed, compared, rival, strongest_part
from simworth.report.wording import (
    Entry,
    badge,
    count_interval,
    percent_range,
    say_control,
    say_learner,
    signed_percent,
    turned,
    with_interval,
)

MOST_LINES = 9
"""Of several pairs, a line each."""
DETAILED = 1
"""Up to this many (target, source) pairs get every number, in at most eleven lines; more get one line each."""


def summary_lines(law: Mapping[str, Any], plan: Mapping[str, Any]) -> list[str]:
    """The answer in a few lines: of each target and source at the largest m.

    Parameters
    ----------
    law, plan
        The documents law.json and plan.json.
    """
    curves = largest_m(law["curves"])
    if len(curves) <= DETAILED:
        return [line for c in curves for line in _detailed(c, law["curves"], plan["answers"])]
    lines = [_short(c, plan["answers"]) for c in curves]
    if len(lines) <= MOST_LINES:
        return lines
    left = len(lines) - MOST_LINES + 1
    return [*lines[: MOST_LINES - 1], f"… and {left} more targets and sources: see the report"]


def largest_m(curves: Sequence[Entry]) -> list[Entry]:
    """The curves, without controls, at the largest m of each (target, arm, learner), in the file's order."""
    most: dict[tuple[str, str, str], Entry] = {}
    for c in curves:
        key = (c["target"], c["arm"], c["learner"])
        if not c["control"] and (key not in most or c["m"] > most[key]["m"]):
            most[key] = c
    return list(most.values())


def answers_of(entry: Entry, answers: Sequence[Entry], question: str) -> list[Entry]:
    """A plan's answers to one question about a curve; those of a joint law (m is null) count for every m."""
    keys = ("target", "arm", "learner")
    return [
        a
        for a in answers
        if a["question"] == question
        and all(a.get(k, entry[k]) == entry[k] for k in keys)
        and a["m"] in (None, entry["m"])
    ]


def control_of(entry: Entry, curves: Sequence[Entry]) -> Entry | None:
    """The control of a curve, if one was run."""
    keys = ("target", "arm", "m", "learner")
    return next((c for c in curves if c["control"] and all(c[k] == entry[k] for k in keys)), None)


def _detailed(c: Entry, curves: Sequence[Entry], answers: Sequence[Entry]) -> list[str]:
    unit = c["unit"]
    lines = [f"{c['target']} from {_arm(c)}, {say_count(c['m'])} experiments: {badge(c['verdict']['code'])[1]}"]
    if c["law"]:
        p = c["law"]["parameters"]
        shape = f"error = D n^-α + C, α = {with_interval(p['alpha'])}"
        if p["alpha"]["median"] is None:
            shape = f"not D n^-α + C; likeliest form: {c['law']['form'].replace('_', ' ')}"
        lines.append(f"  law      {shape}, limit C = {with_interval(p['C'], unit)}")
    database, attempts = say_database(c), join([compared(c), blamed(c)])
    if database:
        lines.append(f"  database {database}")
    if c["gain"]:
        lines.append(f"  gain     {_gain(c)} against {rival(c)}")
    if attempts:
        lines.append(f"  tried    {attempts}")
    control = control_of(c, curves)
    if control is not None:
        lines.append(f"  control  {say_control(control, c['learner']).en.removeprefix('Control ')}")
    for growth in answers_of(c, answers, "growth")[:1]:
        if growth["values"]:
            lines.append(f"  growth   {_growth(growth, unit)}")
    lines += [f"  need     {_need(a, unit)}" for a in answers_of(c, answers, "need")[:1] if a["values"]]
    for stop in answers_of(c, answers, "stop")[:1]:
        if stop["values"]:
            lines.append(f"  advice   {stop['sentence']}")
    lines += [f"  worth    {a['sentence']}" for a in answers_of(c, answers, "equivalence")[:1]]
    lines.append(f"  leakage  {_leakage(c)}")
    if not c["law"]:
        lines.insert(1, f"  {c['verdict']['sentence']}")
    return lines


def _leakage(c: Entry) -> str:
    """What became of test materials that stand in the source; loud where they were used."""
    said = str(c["overlap"]["sentence"])
    return f'WARNING, overlap = "allow": {said}' if c["overlap"]["policy"] == "allow" else said


def _short(c: Entry, answers: Sequence[Entry]) -> str:
    parts = [f"{c['target']} from {_arm(c)}, m = {say_count(c['m'])}: {badge(c['verdict']['code'])[1]}"]
    if c["gain"]:
        against = "direct learning" if strongest_part(c) else say_learner(c["gain"]["against"])
        parts.append(f"{_gain(c)} against {against}")
    if c["law"]:
        parts.append(f"limit {with_interval(c['law']['parameters']['C'], c['unit'])}")
    for growth in answers_of(c, answers, "growth")[:1]:
        if "cut_at_10x" in growth["values"]:
            parts.append(f"10× {_cut(growth, 10)}")
    if c["overlap"]["policy"] == "allow":
        parts.append("WARNING: test materials stood in the source")
    return "; ".join(parts)


def _arm(c: Entry) -> str:
    largest = max((p["n"] for p in c["points"]), default=0)
    return f"{c['arm'] or 'the source'} (up to {say_count(largest)})"


def _gain(c: Entry) -> str:
    """The change of the error against direct learning, negative where transfer helps."""
    share = c["gain"]["relative"]
    spread = f" ({percent_range(-share['high'], -share['low'])})" if share["low"] is not None else ""
    return f"{signed_percent(-share['median'])} error{spread}"


def _cut(growth: Entry, factor: int) -> str:
    cut = growth["values"][f"cut_at_{factor}x"]
    return signed_percent(turned(cut["median"]))


def _growth(growth: Entry, unit: str) -> str:
    parts = [
        f"{f}× as many: {with_interval(growth['values'][f'error_at_{f}x'], unit)}, {_cut(growth, f)}"
        for f in (2, 10)
        if f"error_at_{f}x" in growth["values"]
    ]
    return "; ".join(parts)


def _need(need: Entry, unit: str) -> str:
    wanted, n = say_error(need["given"]["target_error"], unit), need["values"]["n"]
    never = need["probabilities"].get("unreachable", 0.0)
    if n["median"] is None:
        return f"{wanted}: more likely than not out of reach (probability {say_percent(never)})"
    return f"{wanted}: about {say_count(n['median'])} simulations ({count_interval(n)})"
