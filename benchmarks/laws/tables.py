"""Tables as text: the same in a terminal and in Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchmarks.laws.scores import Score, Summary, summarise

Cell = str | float | int | None


def show(value: Cell, form: str = "{}") -> str:
    """A cell; what there is none of is a dash."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    return form.format(value) if not isinstance(value, str) else value


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with aligned columns: the first to the left, numbers to the right."""
    widths = [max(3, *(len(r[i]) for r in [heads, *rows])) for i in range(len(heads))]

    def line(cells: Sequence[str]) -> str:
        padded = [c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True))]
        return "| " + " | ".join(padded) + " |"

    rule = "|" + "|".join("-" * (w + 2) if i == 0 else "-" * (w + 1) + ":" for i, w in enumerate(widths)) + "|"
    return "\n".join([line(heads), rule, *(line(r) for r in rows)])


SUMMARY_HEADS = (
    "method",
    "RMSLE",
    "± s.e.",
    "skill",
    "better",
    "log-lik.",
    "its median",
    "cover 90 %",
    "width",
    "failed",
    "median ms",
    "mean ms",
)


def _summary_row(s: Summary) -> list[str]:
    return [
        s.method,
        show(s.rmsle, "{:.4f}"),
        show(s.standard_error, "{:.4f}"),
        show(s.skill, "{:+.2f}"),
        show(s.better, "{:.2f}"),
        show(s.log_likelihood, "{:.3f}"),
        show(s.median_log_likelihood, "{:.3f}"),
        show(s.coverage, "{:.2f}"),
        show(s.width, "{:.3f}"),
        str(s.failures),
        show(1000 * s.median_seconds, "{:.1f}"),
        show(1000 * s.mean_seconds, "{:.1f}"),
    ]


def summary_table(scores: Sequence[Score]) -> str:
    """One row a method."""
    return table(SUMMARY_HEADS, [_summary_row(s) for s in summarise(scores)])


def domain_table(scores: Sequence[Score]) -> str:
    """Mean RMSLE (and log-likelihood, where there is one) of each method in each domain."""
    domains = sorted({s.domain for s in scores})
    by_domain = {d: {s.method: s for s in summarise([s for s in scores if s.domain == d])} for d in domains}
    methods = list(dict.fromkeys(s.method for s in scores))
    heads = ["RMSLE (log-lik.)"] + [f"{d} ({next(iter(by_domain[d].values())).curves})" for d in domains]
    rows = []
    for method in methods:
        cells = []
        for domain in domains:
            s = by_domain[domain][method]
            likelihood = "" if s.log_likelihood is None else f" ({s.log_likelihood:.3f})"
            cells.append(show(s.rmsle, "{:.4f}") + likelihood)
        rows.append([method, *cells])
    return table(heads, rows)
