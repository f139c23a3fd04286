"""How a run was computed: every choice that was made, where the tables come from, and the digests of its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simworth.inference.words import say_count
from simworth.report.folder import RunFolder
from simworth.report.japanese.numbers import learner
from simworth.report.japanese.tables import notes, reading
from simworth.report.language import Both, join, same
from simworth.report.numbers import FORMS
from simworth.report.spent import say_spent
from simworth.tables.about import PRIVATE

ROLES = {"target": Both("Table (target)", "表（ターゲット）"), "source": Both("Table (source)", "表（ソース）")}

Row = tuple[Both, Both]

PRIVATE_PAGE = Both(
    f"The table “{{0}}” {PRIVATE}. This page lists some.",
    "表「{0}」は第三者に渡せません。表とその値を含むものは、自分の計算機だけに保管してください。このページにも値の一部が"
    "含まれます。",
)


def method_rows(run: RunFolder) -> list[Row]:
    """(what, how) of the computation, as the study and the manifest say it."""
    sweep = run.study.get("sweep", {})
    n = sorted({p["n"] for c in run.law["curves"] for p in c["points"]})
    m = sorted({c["m"] for c in run.law["curves"]})
    return [
        row
        for row in (
            (Both("Simulations used, n", "シミュレーション数 n"), _sizes(n)),
            (Both("Experiments to train on, m", "学習に使う実験数 m"), _sizes(m)),
            (Both("Replicates", "反復"), _replicates(sweep)),
            (Both("Fine-tunings", "ファインチューニング"), _tunings(run.manifest)),
            (Both("Held out", "ホールドアウト"), _held_out(sweep.get("test_fraction"))),
            (Both("Overlap policy", "重複の扱い"), same(str(sweep.get("overlap", "?")))),
            (Both("Near relatives", "近縁材料"), same(str(sweep.get("near", "")))),
            (Both("Control", "陰性対照"), same(str(sweep.get("control", "?")))),
            (Both("Direct learning", "直接学習"), _direct(sweep)),
            (Both("Learner", "学習器"), same(_settings(run.study.get("learner", {})))),
            (Both("Descriptor", "記述子"), same(str(run.study.get("descriptor", "")))),
            (Both("Growth of the source", "ソースの増やし方"), same(_growth(run.study))),
            (Both("Seed", "乱数シード"), same(str(run.study.get("seed", "?")))),
            (Both("Intervals", "区間"), _intervals(run.level)),
            (Both("Law", "スケーリング則"), _laws(run)),
            (Both("Plan", "計画"), same(_plan(run.study))),
            (Both("Versions", "バージョン"), same(_versions(run.manifest))),
            (Both("Computing time", "計算時間"), say_spent(run)),
        )
        if row[1]
    ]


def say_tunings(counts: Sequence[int]) -> Both:
    """How often a replicate is fine-tuned, to go on a sentence with; nothing where once at every m."""
    if max(counts, default=1) == 1:
        return same("")
    low, high = min(counts), max(counts)
    if low == high:
        return Both(f", {high} fine-tunings each", f"、各{high}回のファインチューニング")
    return Both(f", {low} to {high} fine-tunings each", f"、各{low}〜{high}回のファインチューニング")


def _sizes(sizes: Sequence[float]) -> Both:
    return same(", ".join(say_count(x) for x in sizes))


def _replicates(sweep: Mapping[str, Any]) -> Both:
    count = sweep.get("replicates", "?")
    return Both(
        f"{count}; replicate r holds out the same experiments at every n and arm",
        f"{count}回。反復rでは、すべてのnとソースで同じ実験データをホールドアウトします",
    )


def _tunings(manifest: Mapping[str, Any]) -> Both:
    """Fine-tunings of a replicate by m; nothing where once at every m."""
    pairs = {
        (m, k)
        for sizes, counts in zip(manifest.get("m", ()), manifest.get("tunings", ()), strict=False)
        for m, k in zip(sizes, counts, strict=False)
    }
    if max((k for _, k in pairs), default=1) == 1:
        return same("")
    each = ", ".join(f"{k} at m = {say_count(m)}" for m, k in sorted(pairs))
    japanese = "、".join(f"m = {say_count(m)}で{k}回" for m, k in sorted(pairs))
    return Both(
        f"{each}; the others of a replicate learn from other experiments of the same training part",
        f"{japanese}。同じ反復の二回目以降は、同じ学習用分割の別の実験データで学習します",
    )


def _held_out(fraction: Any) -> Both:
    if not isinstance(fraction, int | float):
        return Both("a part of the experiments in each replicate", "各反復で実験データの一部")
    share = f"{100 * fraction:.3g} %"
    return Both(f"{share} of the experiments in each replicate", f"各反復で実験データの{share}")


def _direct(sweep: Mapping[str, Any]) -> Both:
    return join(
        [Both("the same learner", "同じ学習器"), *(Both(str(b), learner(str(b))) for b in sweep.get("baselines", ()))],
        ", ",
        "、",
    )


def _settings(learner: Mapping[str, Any]) -> str:
    others = (f"{k.replace('_', ' ')} {_plain(v)}" for k, v in learner.items() if k != "name")
    return "; ".join([str(learner.get("name", "network")), *others])


def _growth(study: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{s.get('name') or s.get('property')}: {s.get('sampling', 'random')}" for s in study.get("source", ())
    )


def _intervals(level: float) -> Both:
    return Both(
        f"{100 * level:.0f} %: t intervals of means over replicates, credible intervals of laws",
        f"{100 * level:.0f} %：反復平均はt区間、スケーリング則は信用区間",
    )


def _laws(run: RunFolder) -> Both:
    """Which forms were weighed, and how many draws are kept."""
    laws = [c["law"] for c in run.law["curves"] if c["law"]]
    if not laws:
        return same("")
    names = dict.fromkeys(k for law in laws for k in law["p_forms"])
    forms, forms_ja = ", ".join(k.replace("_", " ") for k in names), "、".join(FORMS.get(k, k) for k in names)
    draws = max(len(law["draw_form"]) for law in laws)
    return Both(
        f"posterior over the forms {forms}; {draws:,} draws are kept of each law",
        f"次の関数形についての事後分布：{forms_ja}。各則につき{draws:,}個の事後標本を保存",
    )


def _plan(study: Mapping[str, Any]) -> str:
    return "; ".join(f"{k.replace('_', ' ')} {_plain(v)}" for k, v in study.get("plan", {}).items())


def _versions(manifest: Mapping[str, Any]) -> str:
    return ", ".join(f"{k} {v}" for k, v in manifest.get("versions", {}).items())


def _plain(value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    return ("-" if all(isinstance(v, int) for v in value) else ", ").join(map(str, value))


def provenance(run: RunFolder) -> list[tuple[Both, Both, list[Both], Both]]:
    """(role, how it was read, its own notes, licence and citation) of each kept table."""
    out = []
    for kept in run.tables:
        origin = kept.about.provenance
        licence = Both(f"licence {origin.licence}", f"ライセンス {origin.licence}") if origin.licence else same("")
        extra = join([same(origin.citation), licence], "; ", "；")
        out.append((ROLES[kept.role], reading(kept.about, kept.materials), notes(kept.about), extra))
    return out


def private_tables(runs: Sequence[RunFolder]) -> list[Both]:
    """One sentence of each kept table whose values may not be passed on."""
    names = dict.fromkeys(kept.about.name for run in runs for kept in run.tables if kept.about.provenance.private)
    return [PRIVATE_PAGE.format(name) for name in names]


def digests(run: RunFolder) -> list[tuple[Both, str]]:
    """(what, digest) of everything that the page was made from."""
    rows = [
        (Both("study", "スタディ"), str(run.manifest.get("study", ""))),
        *((Both(f"table {k}", f"表 {k}"), str(v)) for k, v in run.manifest.get("inputs", {}).items()),
        (same("trials.parquet"), str(run.law["parents"].get("trials", ""))),
        (same("law.json"), str(run.law["digest"])),
        (same("plan.json"), str(run.plan["digest"])),
        (same("quality.json"), "" if run.quality is None else str(run.quality["digest"])),
    ]
    return [(what, digest) for what, digest in rows if digest]
