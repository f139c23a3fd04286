"""Several runs in one page: databases that were tested on the same experiments, ranked against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simworth.inference.gains import Gain, paired_gain, shared_variance
from simworth.inference.law import Law
from simworth.inference.words import say_count, say_error, say_probability
from simworth.inference.written import law_of
from simworth.planning.answer import Answer
from simworth.planning.ranking import rank_at, rank_in_limit
from simworth.report.arms import errors_at, last_mean, last_point
from simworth.report.cells import Cell, Table
from simworth.report.folder import RunFolder
from simworth.report.japanese.plan import answer as say_answer
from simworth.report.language import Both
from simworth.report.wording import Entry, interval, with_interval

PAIRED = Both(
    "The runs held out the same experiments in every replicate, so differences are paired within replicates.",
    "どの反復でも同じ実験データをホールドアウトしているため、差は反復ごとに対にして比較しています。",
)
UNPAIRED = Both(
    "The runs held out other experiments of the same table, so differences also hold the luck of the splits.",
    "同じ表の別の実験データをホールドアウトしているため、差には分割の偶然も含まれます。",
)


@dataclass(frozen=True)
class Comparison:
    """Runs that share a target table: what was found, whether pairs were made, and everything ranked."""

    target: str
    sentences: Sequence[Both]
    pairing: Both
    table: Table


@dataclass(frozen=True, eq=False)
class Candidate:
    """A curve of one run, under a name that no other candidate has."""

    name: str
    run: RunFolder
    entry: Entry

    @property
    def law(self) -> Law | None:
        """Its law from the stored draws."""
        return law_of(self.entry, self.run.level)


def comparisons(runs: Sequence[tuple[str, RunFolder]]) -> list[Comparison]:
    """Each target table that at least two of the runs share, at the largest m that two of them share.

    Parameters
    ----------
    runs
        (name, run), each name once.
    """
    groups: dict[tuple[str, ...], list[Candidate]] = {}
    for study, run in runs:
        for entry in run.law["curves"]:
            if not entry["control"] and last_mean(entry) is not None:
                groups.setdefault(_same_experiments(run, entry), []).append(Candidate(study, run, entry))
    largest: dict[tuple[str, ...], tuple[float, list[Candidate]]] = {}
    for key, members in groups.items():
        m = float(members[0].entry["m"])
        if len({id(c.run) for c in members}) > 1 and m > largest.get(key[:-1], (0.0, []))[0]:
            largest[key[:-1]] = m, members
    return [_comparison(_named(members)) for _, members in largest.values()]


def _same_experiments(run: RunFolder, entry: Entry) -> tuple[str, ...]:
    """What must be equal for errors to be comparable: the table, the property, the metric, and m."""
    targets = [str(t.get("name") or t["property"]) for t in run.study.get("target", ())]
    place = targets.index(entry["target"]) if entry["target"] in targets else -1
    told = run.manifest.get("inputs", {}).get(f"target-{place}")
    digest = str(told) if told else f"unknown {id(run)}"
    wanted = run.study["target"][place]["property"] if place >= 0 else entry["target"]
    return digest, str(wanted), run.metric, str(entry["unit"]), str(entry["m"])


def _named(members: Sequence[Candidate]) -> list[Candidate]:
    """Sources by their own name where that tells them apart, by source and run otherwise."""
    arms = [(str(c.entry["arm"]), str(c.entry["learner"])) for c in members]
    out = []
    for candidate, (arm, learner) in zip(members, arms, strict=True):
        alone = sum(a == arm for a, _ in arms) == 1
        same_run = sum(c.name == candidate.name and a == arm for c, (a, _) in zip(members, arms, strict=True)) == 1
        name = arm if alone else f"{arm} ({candidate.name})" if same_run else f"{arm}, {learner} ({candidate.name})"
        out.append(Candidate(name, candidate.run, candidate.entry))
    return out


def _comparison(members: list[Candidate]) -> Comparison:
    members = sorted(members, key=lambda c: (last_mean(c.entry) or 0.0, c.name))
    paired = same_splits(members)
    ranked = _rankings(members, paired)
    best_in_limit = {} if len(ranked) < 2 else ranked[1].probabilities
    level = members[0].run.level
    unit = str(members[0].entry["unit"])
    sentences = [say_answer(_told(a, members[0].entry), unit, level) for a in ranked]
    rows = [_row(place, c, members[0], paired, best_in_limit) for place, c in enumerate(members, start=1)]
    head = (
        Both("source", "ソース"),
        Both("materials", "材料数"),
        Both("error now", "現在の誤差"),
        Both("behind the best", "最良との差"),
        Both("limit C", "極限値 C"),
        Both("best in the limit", "極限で最良である確率"),
    )
    m = say_count(members[0].entry["m"])
    caption = Both(
        f"Databases of all runs, ranked by the error at their largest size, m = {m} experiments",
        f"すべての実行結果のデータベース（最大サイズでの誤差の順、実験数m = {m}）",
    )
    return Comparison(
        str(members[0].entry["target"]), sentences, PAIRED if paired else UNPAIRED, Table(caption, head, rows)
    )


def _rankings(members: Sequence[Candidate], paired: bool) -> list[Answer]:
    """At one size and in the limit, where two laws at least are known."""
    laws = {c.name: law for c in members if (law := c.law) is not None}
    if len(laws) < 2:
        return []
    shifted = paired and all(law.shift.any() for law in laws.values())
    unit = str(members[0].entry["unit"])
    return [rank_at(laws, paired=shifted, unit=unit), rank_in_limit(laws, paired=shifted, unit=unit)]


def _told(answer: Answer, entry: Entry) -> Mapping[str, Any]:
    """An answer as plan.json writes it, as far as sentences need."""
    return {
        "question": answer.question,
        "sentence": answer.sentence,
        "verdict": None,
        "target": entry["target"],
        "values": {k: {"median": v.median, "low": v.low, "high": v.high} for k, v in answer.values.items()},
        "given": answer.given,
        "probabilities": answer.probabilities,
        "expected": answer.expected,
        "facts": answer.facts,
    }


def _row(place: int, c: Candidate, best: Candidate, paired: bool, in_limit: Mapping[str, float]) -> list[Cell]:
    point, law, unit = last_point(c.entry), c.entry["law"], c.entry["unit"]
    p = in_limit.get(f"best {c.name}")
    return [
        Cell(f"{place}. {c.name}"),
        Cell(say_count(point["n"]) if point else "—"),
        Cell(say_error(point["mean"], unit), interval(point)) if point else Cell("—"),
        Cell(Both("best", "最良")) if place == 1 else _behind(c, best, paired),
        Cell(with_interval(law["parameters"]["C"], unit)) if law else Cell("—"),
        Cell("—" if p is None else say_probability(p)),
    ]


def _behind(c: Candidate, best: Candidate, paired: bool) -> Cell:
    """How much larger the error is than the best one's: within replicates where they are shared."""
    here, there = last_point(c.entry), last_point(best.entry)
    if here is None or there is None:
        return Cell("—")
    unit = str(c.entry["unit"])
    if not paired:
        return Cell(f"+{say_error(here['mean'] - there['mean'], unit)}", Both("not paired", "対にならない"))
    mine = errors_at(c.run.trials, c.entry, here["n"], c.run.metric)
    other = errors_at(best.run.trials, best.entry, there["n"], best.run.metric)
    spare = shared_variance(float(c.entry["m"]), float(np.mean(c.run.trials["n_test"].to_numpy())))
    found: Gain | None = paired_gain(c.name, here["n"], mine, other, c.run.level, spare)
    if found is None or found.low is None or found.high is None:
        return Cell("—", Both("too few shared replicates", "共通の反復が不足"))
    low, high = say_error(found.low), say_error(found.high)
    sure = found.low > 0
    note = Both(
        f"{low} to {high}{'' if sure else '; may be equal'}", f"{low}〜{high}{'' if sure else '；同等の可能性あり'}"
    )
    return Cell(f"+{say_error(found.difference, unit)}", note)


def same_splits(members: Sequence[Candidate]) -> bool:
    """Whether every replicate that two candidates share held out the same rows of the table in both."""
    known: dict[int, tuple[int, ...]] = {}
    shared = 0
    for run in {id(c.run): c.run for c in members}.values():
        target = next(c.entry["target"] for c in members if c.run is run)
        for replicate, rows in _held_out(run, target).items():
            if replicate in known:
                shared += 1
                if known[replicate] != rows:
                    return False
            known.setdefault(replicate, rows)
    return shared > 1


def _held_out(run: RunFolder, target: str) -> dict[int, tuple[int, ...]]:
    """Replicate -> rows held out, of one target."""
    import pyarrow.compute as pc

    found = run.trials.filter(pc.and_(pc.equal(run.trials["target"], target), pc.equal(run.trials["status"], "ok")))
    first: dict[int, int] = {}
    for i, replicate in enumerate(found["replicate"].to_pylist()):
        first.setdefault(replicate, i)
    rows = found["test_rows"].take(list(first.values())).to_pylist() if first else []
    return {r: tuple(sorted(held or ())) for r, held in zip(first, rows, strict=True)}
