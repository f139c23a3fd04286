"""The page of a run: one file that opens anywhere, without a network, a script or a second file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from simworth.files import write_text
from simworth.inference.words import say_count
from simworth.report.appendix import failures_table, map_table
from simworth.report.folder import RunFolder, read_folder
from simworth.report.view import TargetView, target_views

TEMPLATES = Path(__file__).parent / "templates"

CITATIONS = (
    (
        "Minami et al., Scaling law of Sim2Real transfer learning in expanding computational materials databases "
        "for real-world predictions, npj Comput. Mater. 11, 146 (2025)",
        "https://doi.org/10.1038/s41524-025-01606-5",
        "the law, its uses, and the equivalent sample size",
    ),
    (
        "Mikami et al., arXiv 2108.11018",
        "https://arxiv.org/abs/2108.11018",
        "the law's theory, in both sample sizes",
    ),
)
"""(reference, address, what for)."""


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


def render(run: RunFolder) -> str:
    """The page as HTML; every name of the user's is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    views = target_views(run)
    text = environment.get_template("page.html").render(
        css=Markup((TEMPLATES / "page.css").read_text(encoding="utf-8")),
        svg=Markup,  # drawings come from matplotlib, which escapes the text in them
        study=str(run.study.get("name", "study")),
        counts=_counts(run, views),
        level=f"{100 * run.level:.0f} %",
        metric=run.metric.upper(),
        views=views,
        map=map_table(run.law, [v.name for v in views], arms_of(run)),
        failures=failures_table(run.trials),
        method=_method(run),
        provenance=_provenance(run),
        citations=CITATIONS,
        digests=_digests(run),
    )
    return text if text.endswith("\n") else text + "\n"


def _counts(run: RunFolder, views: Sequence[TargetView]) -> str:
    replicates = len(set(run.trials["replicate"].to_pylist()))
    tunings = [k for counts in run.manifest.get("tunings", ()) for k in counts]
    return (
        f"{_many(len(views), 'target')}, {_many(len(arms_of(run)), 'source')}, "
        f"{_many(run.trials.num_rows, 'trial')} in {_many(replicates, 'replicate')}{say_tunings(tunings)}"
    )


def arms_of(run: RunFolder) -> list[str]:
    """Names of the sources that have a curve, in the study's order."""
    found = dict.fromkeys(c["arm"] for c in run.law["curves"])
    order = [str(s.get("name") or s["property"]) for s in run.study.get("source", ())]
    return sorted(found, key=lambda name: order.index(name) if name in order else len(order))


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _method(run: RunFolder) -> list[tuple[str, str]]:
    """(what, how) of the computation, as the study and the manifest say it."""
    sweep, learner = run.study.get("sweep", {}), run.study.get("learner", {})
    n = sorted({p["n"] for c in run.law["curves"] for p in c["points"]})
    m = sorted({c["m"] for c in run.law["curves"]})
    rows = [
        ("Simulations used, n", ", ".join(say_count(x) for x in n)),
        ("Experiments to train on, m", ", ".join(say_count(x) for x in m)),
        (
            "Replicates",
            f"{sweep.get('replicates', '?')}; replicate r holds out the same experiments at every n and arm",
        ),
        ("Fine-tunings", _tunings(run.manifest)),
        ("Held out", f"{_percent(sweep.get('test_fraction'))} of the experiments in each replicate"),
        ("Overlap policy", str(sweep.get("overlap", "not told"))),
        ("Near relatives", str(sweep.get("near", ""))),
        ("Control", str(sweep.get("control", "not told"))),
        ("Direct learning", ", ".join(["the same learner", *(str(b) for b in sweep.get("baselines", ()))])),
        ("Learner", _settings(learner)),
        (
            "Growth of the source",
            "; ".join(f"{s.get('name')}: {s.get('sampling', 'random')}" for s in run.study.get("source", ())),
        ),
        ("Seed", str(run.study.get("seed", "not told"))),
        (
            "Intervals",
            f"{100 * run.level:.0f} %: t intervals of means over replicates, credible intervals of laws",
        ),
    ]
    versions = run.manifest.get("versions", {})
    rows.append(("Versions", ", ".join(f"{k} {v}" for k, v in versions.items())))
    return [(what, how) for what, how in rows if how]


def say_tunings(counts: Sequence[int]) -> str:
    """How often a replicate is fine-tuned, to go on a sentence with; nothing where once at every m."""
    if max(counts, default=1) == 1:
        return ""
    low, high = min(counts), max(counts)
    return f", {high} fine-tunings each" if low == high else f", {low} to {high} fine-tunings each"


def _tunings(manifest: Mapping[str, Any]) -> str:
    """Fine-tunings of a replicate by m; nothing where once at every m."""
    pairs = {
        (m, k)
        for sizes, counts in zip(manifest.get("m", ()), manifest.get("tunings", ()), strict=False)
        for m, k in zip(sizes, counts, strict=False)
    }
    if max((k for _, k in pairs), default=1) == 1:
        return ""
    each = ", ".join(f"{k} at m = {say_count(m)}" for m, k in sorted(pairs))
    return f"{each}; the others of a replicate learn from other experiments of the same training part"


def _settings(learner: Mapping[str, Any]) -> str:
    others = (f"{k.replace('_', ' ')} {_plain(v)}" for k, v in learner.items() if k != "name")
    return "; ".join([str(learner.get("name", "network")), *others])


def _sentence(text: str) -> str:
    """A note with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def _percent(value: Any) -> str:
    return f"{100 * value:.3g} %" if isinstance(value, int | float) else "a part"


def _plain(value: Any) -> str:
    return "-".join(str(v) for v in value) if isinstance(value, list) else str(value)


def _provenance(run: RunFolder) -> list[tuple[str, str, str]]:
    """(role, how it was read, licence and citation) of each kept table."""
    out = []
    for kept in run.tables:
        origin = kept.about.provenance
        extra = "; ".join(t for t in (origin.citation, f"licence {origin.licence}" if origin.licence else "") if t)
        out.append(
            (
                kept.role,
                " ".join([f"{kept.about.sentence(kept.materials)}.", *map(_sentence, kept.about.notes)]),
                extra,
            )
        )
    return out


def _digests(run: RunFolder) -> list[tuple[str, str]]:
    rows = [
        ("study", str(run.manifest.get("study", ""))),
        *((f"table {k}", str(v)) for k, v in run.manifest.get("inputs", {}).items()),
        ("trials.parquet", str(run.law["parents"].get("trials", ""))),
        ("law.json", str(run.law["digest"])),
        ("plan.json", str(run.plan["digest"])),
        ("quality.json", "" if run.quality is None else str(run.quality["digest"])),
    ]
    return [(what, digest) for what, digest in rows if digest]
