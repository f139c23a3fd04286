"""What the run's tables say of each other, as tables of the page: agreement, coverage, relatives, leakage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simworth.inference.words import say_error, say_percent
from simworth.report.cells import Cell, Table, cells
from simworth.report.folder import RunFolder
from simworth.report.language import Both

NEARNESS = {
    "same": Both("the same material", "同じ材料"),
    "condition": Both("the same at another condition", "条件だけが異なる同じ材料"),
    "name": Both("the same by name", "名称が同じ材料"),
    "entry": Both("the same database entry", "同じデータベース項目"),
    "stereo": Both("stereoisomers", "立体異性体"),
    "isotope": Both("isotopologues", "同位体置換体"),
    "salt": Both("salts", "塩"),
    "tautomer": Both("tautomers", "互変異性体"),
    "rounding": Both("rounded formulas", "丸めた組成式"),
    "description": Both("equal descriptions", "記述子が等しい材料"),
}
"""Kinds of relatives, as quality.json calls them."""


def quality_tables(run: RunFolder, target: str) -> list[Table]:
    """Every source against one target; nothing where the run did not compare its tables."""
    if run.quality is None:
        return []
    pairs = [p for p in run.quality["pairs"] if p["target"] == target]
    unit = next((c["unit"] for c in run.law["curves"] if c["target"] == target), "")
    tables = [_agreement(pairs), _outliers(pairs, unit), _coverage(pairs), _leakage(run, pairs)]
    return [t for t in tables if t.rows]


def _agreement(pairs: list[Mapping[str, Any]]) -> Table:
    rows = []
    for pair in pairs:
        a = pair["agreement"]
        slope = None if a["line"] is None else a["line"]["slope"]
        numbers = [_told(a[k], a["unit"]) for k in ("bias", "mae", "rmse")] + [
            _told(a[k]) for k in ("pearson", "spearman")
        ]
        rows.append(cells(pair["source"], f"{a['materials']:,}", *numbers, _told(slope)))
    head = (
        Both("source", "ソース"),
        Both("materials in both", "両方にある材料"),
        Both("bias", "バイアス"),
        Both("mean absolute difference", "平均絶対差"),
        Both("root mean square difference", "二乗平均平方根差"),
        Both("correlation", "相関係数"),
        Both("rank correlation", "順位相関係数"),
        Both("slope", "傾き"),
    )
    caption = Both("Simulation against experiment, where both are known", "両方に値がある材料での計算値と実測値の比較")
    return Table(caption, head, rows)


def _outliers(pairs: list[Mapping[str, Any]], unit: str) -> Table:
    rows = [
        cells(
            o["material"],
            pair["source"],
            say_error(o["source"], pair["agreement"]["unit"]),
            say_error(o["target"], unit),
        )
        for pair in pairs
        for o in pair["agreement"]["outliers"][:5]
    ]
    head = (Both("material", "材料"), Both("source", "ソース"), Both("computed", "計算値"), Both("measured", "実測値"))
    caption = Both(
        "Farthest from the best line: a mistake in either table, or a material the simulation fails for",
        "回帰直線から最も離れた材料（どちらかの表の誤り、または計算の合わない材料）",
    )
    return Table(caption, head, rows)


def _coverage(pairs: list[Mapping[str, Any]]) -> Table:
    rows = []
    for pair in pairs:
        c = pair["coverage"]
        if c is not None:
            far = ", ".join(f["material"] for f in c["farthest"][:3])
            ratio = "—" if c["ratio"] is None else f"{c['ratio']:.2g}"
            outside = (
                Cell(say_percent(c["outside"]), tone="bad", shade=16)
                if c["outside"] > 0.25
                else Cell(say_percent(c["outside"]))
            )
            rows.append([Cell(pair["source"]), outside, Cell(ratio), Cell(far)])
    head = (
        Both("source", "ソース"),
        Both("experiments outside (5 % would be usual)", "範囲外の実験材料（通常は5 %）"),
        Both("distance, in the source’s own", "距離（ソース内部との比）"),
        Both("farthest", "最も遠い材料"),
    )
    caption = Both("How well the simulations cover the materials measured", "実測材料に対する計算材料の被覆範囲")
    return Table(caption, head, rows)


def _leakage(run: RunFolder, pairs: list[Mapping[str, Any]]) -> Table:
    used = {c["arm"]: int(c["overlap"]["used_max"]) for c in run.law["curves"] if not c["control"]}
    removed = {c["arm"]: float(c["overlap"]["removed_mean"]) for c in run.law["curves"] if not c["control"]}
    rows = []
    for pair in pairs:
        o, arm = pair["overlap"], pair["source"]
        leaked = used.get(arm, 0)
        shown = Cell(str(leaked), tone="bad", shade=20) if leaked else Cell("0", tone="good", shade=14)
        for kind, count in o["counts"].items():
            apart = Both("yes", "あり") if kind in o["kept_apart"] else Both("no", "なし")
            rows.append(
                [
                    Cell(arm),
                    Cell(NEARNESS.get(kind, kind)),
                    Cell(f"{count:,}"),
                    Cell(apart),
                    Cell(f"{removed.get(arm, 0.0):.1f}"),
                    shown,
                ]
            )
    head = (
        Both("source", "ソース"),
        Both("relation", "関係"),
        Both("experiments with one in the source", "ソースに該当がある実験材料"),
        Both("kept apart", "分離の有無"),
        Both("source materials removed, a trial", "除外したソース材料数（試行当たり）"),
        Both("test materials used in training", "学習に使われたテスト材料"),
    )
    caption = Both(
        "Leakage: measured materials, and near relatives of them, that stand in the source",
        "リーケージ：ソースにも含まれる実測材料とその近縁材料",
    )
    return Table(caption, head, rows)


def _told(value: float | None, unit: str = "") -> str:
    return "—" if value is None else say_error(value, unit)
