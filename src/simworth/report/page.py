"""The page of a run, or of several: one file that opens anywhere and needs nothing else, not even its own scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from simworth.errors import InputError
from simworth.files import write_text
from simworth.report.appendix import failures_table, map_table
from simworth.report.assets import embedded, page_scripts, policy
from simworth.report.cells import Table
from simworth.report.citations import CITATIONS, bibtex
from simworth.report.compare import comparisons
from simworth.report.data import left_out, page_data
from simworth.report.datasets import quality_tables
from simworth.report.folder import RunFolder, read_folder
from simworth.report.japanese.plan import answer as say_answer
from simworth.report.language import Both, join
from simworth.report.method import digests, method_rows, private_tables, provenance, say_tunings
from simworth.report.model import ModelView, model_view
from simworth.report.texts import TEXTS
from simworth.report.view import TargetView, target_views
from simworth.report.wording import at_m

TEMPLATES = Path(__file__).parent / "templates"

LIVE = (
    ("need", Both("What would a better prediction take?", "予測の改善には何件必要か")),
    ("growth", Both("What would a larger database bring?", "データベースを拡張すると何が得られるか")),
    ("stop", Both("Grow this database further?", "データベースをさらに拡張すべきか")),
    ("isoline", Both("Which numbers of both are as good?", "同じ誤差になる組み合わせは")),
    ("equivalence", Both("Simulate or measure?", "シミュレーションか実験か")),
    ("budget", Both("How to split a budget?", "予算をどう配分するか")),
    ("ranking", Both("Which source for this budget?", "この予算ではどのソースが良いか")),
)
"""Questions that the page's scripts answer, and what they are called where the plan has no answer to them."""

FORETOLD = Both("foretold from smaller sizes", "小さいサイズからの予測")

RANKINGS = ("ranking", "ranking_limit", "ranking_budget")


@dataclass(frozen=True)
class Part:
    """What the page says of one run; ``prefix`` opens its marks."""

    prefix: str
    study: str
    counts: Both
    views: Sequence[TargetView]
    map: Table | None
    failures: Table | None
    model: ModelView
    method: Sequence[tuple[Both, Both]]
    provenance: Sequence[tuple[Both, Both, Sequence[Both], Both]]
    digests: Sequence[tuple[Both, str]]
    quality: Mapping[str, Sequence[Table]]
    rankings: Mapping[str, Sequence[Both]]
    units: Mapping[str, str]
    draws: Mapping[str, int]

    def unasked(self, view: TargetView) -> list[tuple[str, Both]]:
        """Questions that scripts answer and that have no box of their own yet."""
        there = {a.question for a in view.advice}
        return [(question, title) for question, title in LIVE if question not in there]


def write_report(folder: Path) -> Path:
    """Write ``folder/report.html`` from the run's documents; give its path. Equal documents give equal bytes.

    Raises
    ------
    InputError
        When a document of the run is missing or damaged, or they do not belong together.
    """
    path = folder / "report.html"
    write_text(path, render(read_folder(folder)))
    return path


def write_page(folders: Sequence[Path], path: Path) -> Path:
    """Write one page of one run or several to ``path``; give it. Databases with the same experiments are ranked.

    Raises
    ------
    InputError
        When no run or one twice is named, or as `write_report`.
    """
    if not folders or len({f.resolve() for f in folders}) < len(folders):
        raise InputError("a page needs run folders, each named once")
    write_text(path, render_runs([read_folder(f) for f in folders]))
    return path


def render(run: RunFolder) -> str:
    """The page of one run as HTML; every name of the user's is escaped."""
    return render_runs([run])


def render_runs(runs: Sequence[RunFolder]) -> str:
    """The page of one run or several as HTML."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    studies = study_names(runs)
    several = len(runs) > 1
    parts = [
        _part(run, name, f"r{i}-" if several else "") for i, (run, name) in enumerate(zip(runs, studies, strict=True))
    ]
    marks = [[(v.slug, target) for v, target in zip(p.views, p.units, strict=True)] for p in parts]
    scripts, data = page_scripts(), page_data(list(zip(runs, marks, strict=True)))
    text = environment.get_template("page.html").render(
        css=Markup((TEMPLATES / "page.css").read_text(encoding="utf-8")),
        svg=Markup,  # drawings come from matplotlib, which escapes the text in them
        aria=_aria,
        foretold=FORETOLD,
        text=TEXTS,
        title=" · ".join(studies),
        level=f"{100 * runs[0].level:.0f} %",
        metric=runs[0].metric.upper(),
        parts=parts,
        comparisons=comparisons(list(zip(studies, runs, strict=True))) if several else None,
        citations=CITATIONS,
        bibtex=bibtex(runs),
        policy=policy(scripts),
        data=Markup(embedded(data)),
        private=private_tables(runs),
        unplanned={slug: join(map(_name, curves), "; ", "；") for slug, curves in left_out(data).items()},
        scripts=[Markup(s) for s in scripts],
    )
    return text if text.endswith("\n") else text + "\n"


def study_names(runs: Sequence[RunFolder]) -> list[str]:
    """Names of the studies; equal ones are numbered."""
    names = [str(run.study.get("name", "study")) for run in runs]
    return [f"{name} ({i + 1})" if names.count(name) > 1 else name for i, name in enumerate(names)]


def _part(run: RunFolder, study: str, prefix: str) -> Part:
    views = target_views(run, prefix)
    targets = [v.name for v in views]
    curves = [[c for c in run.law["curves"] if c["target"] == name] for name in targets]
    return Part(
        prefix=prefix,
        study=study,
        counts=_counts(run, views),
        views=views,
        map=map_table(run.law, targets, arms_of(run)),
        failures=failures_table(run.trials),
        model=model_view(run),
        method=method_rows(run),
        provenance=provenance(run),
        digests=digests(run),
        quality={name: quality_tables(run, name) for name in targets},
        rankings={name: _rankings(run, name, mine[0]["unit"]) for name, mine in zip(targets, curves, strict=True)},
        units={name: mine[0]["unit"] for name, mine in zip(targets, curves, strict=True)},
        draws={
            name: max((len(c["law"]["draw_form"]) for c in mine if c["law"]), default=0)
            for name, mine in zip(targets, curves, strict=True)
        },
    )


def _name(curve: Mapping[str, Any]) -> Both:
    """A curve of the page's data, or a law over both sizes."""
    return at_m(curve) if "m" in curve else Both("{} over n and m", "{}（nとmの両方）").format(curve["arm"])


def _rankings(run: RunFolder, target: str, unit: str) -> list[Both]:
    """The plan's rankings of the sources of one target, at the largest m."""
    found = [a for a in run.plan["answers"] if a["target"] == target and a["question"] in RANKINGS and a["values"]]
    largest = max((a["m"] or 0 for a in found), default=0)
    return [say_answer(a, unit, run.level) for a in found if (a["m"] or 0) == largest]


def _aria(words: str | Both) -> Markup:
    """The words as the name of an element."""
    if isinstance(words, Both):
        return words.attribute("aria-label")
    return Markup(f'aria-label="{escape(words)}"')


def _counts(run: RunFolder, views: Sequence[TargetView]) -> Both:
    replicates = len(set(run.trials["replicate"].to_pylist()))
    tunings = say_tunings([k for counts in run.manifest.get("tunings", ()) for k in counts])
    targets, sources, trials = len(views), len(arms_of(run)), run.trials.num_rows
    return Both(
        f"{_many(targets, 'target')}, {_many(sources, 'source')}, {_many(trials, 'trial')} in "
        f"{_many(replicates, 'replicate')}{tunings.en}",
        f"ターゲット{targets}件、ソース{sources}件、試行{trials:,}件、反復{replicates}回{tunings.ja}",
    )


def arms_of(run: RunFolder) -> list[str]:
    """Names of the sources that have a curve, in the study's order."""
    found = dict.fromkeys(c["arm"] for c in run.law["curves"])
    order = [str(s.get("name") or s["property"]) for s in run.study.get("source", ())]
    return sorted(found, key=lambda name: order.index(name) if name in order else len(order))


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
