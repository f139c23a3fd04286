"""Sentences of ``quality.json`` in Japanese: agreement with experiment, domain coverage and near relatives."""

from __future__ import annotations

from collections.abc import Mapping

from simworth.report.japanese.numbers import Entry, quoted
from simworth.tables import MEANING, NEARNESS, SAME, Nearness
from simworth.tables.nearness import NAMED
from simworth.tables.quality import FEWEST

KINDS: Mapping[Nearness, str] = {
    "same": "同一材料（表記の違いを除く）",
    "condition": "温度だけが異なる同じ組",
    "name": "大文字・空白・括弧だけが異なる名称",
    "stereo": "立体化学だけが異なるもの",
    "isotope": "同位体だけが異なるもの",
    "salt": "同じ母体の塩・電荷違い・溶媒和物",
    "tautomer": "同じ母体の互変異性体",
    "rounding": "丸めると同じ組成式",
    "description": "特徴量が同じ値のもの",
    "entry": "データベースの同じエントリー",
}
"""How near, in Japanese; a kind that is missing here is said in English."""

OUTLIERS = 3
"""Named in the sentence; the document holds more."""


def agreement(pair: Entry) -> str:
    """How the source's values compare with the measured ones; empty where the document does not tell."""
    told, source, target = pair["agreement"], quoted(pair["source"]), quoted(pair["target"])
    if "materials" not in told:
        return ""
    if told["materials"] < FEWEST:
        have = f"{told['materials']}件だけで、少なすぎて" if told["materials"] else "ないため、"
        return f"{source}と{target}の両方に値がある材料は{have}比較できません。"
    unit = f" {told['unit']}" if told["unit"] not in ("", "1") else ""
    parts = []
    if told["bias"] is not None and told["mae"] is not None:
        side = "高く" if told["bias"] > 0 else "低く"
        parts.append(
            f"{source}の値は{target}の値より平均{abs(told['bias']):.3g}{unit}{side}、MAEは{told['mae']:.3g}{unit}"
        )
    line = told["line"]
    if told["pearson"] is not None and line is not None:
        parts.append(f"相関係数は{told['pearson']:.3f}")
        parts.append(f"回帰直線の傾きは{line['slope']:.3g}、残差の標準偏差は{line['scatter']:.3g}{unit}")
    if told["outlying"]:
        named = told["outliers"][:OUTLIERS]
        more = f"、ほか{told['outlying'] - len(named)}件" if told["outlying"] > len(named) else ""
        parts.append(f"直線から大きく外れるのは{'、'.join(quoted(o['material']) for o in named)}{more}")
    said = "；".join(parts) or "一方の値が一定です"
    return f"両方に値がある材料{told['materials']}件について：{said}。"


def coverage(pair: Entry) -> str:
    """How far the target's materials lie from the source's; empty where the document does not tell."""
    told, source, target = pair["coverage"], quoted(pair["source"]), quoted(pair["target"])
    if told is None or "ratio" not in told:
        return ""
    times = "" if told["ratio"] is None else f"。最近傍距離の中央値は{source}内部での{told['ratio']:.2g}倍です"
    return (
        f"{target}の材料の{100 * told['outside']:.0f} %は、{source}内部の最近傍距離の95 %点よりも{source}から"
        f"離れています（{source}自身と同じ分布なら5 %）{times}。"
    )


def near(pair: Entry) -> str:
    """Which materials have near relatives in the source; empty where the document does not tell."""
    told, source, target = pair["overlap"], quoted(pair["source"]), quoted(pair["target"])
    if "near_touched" not in told:
        return ""
    if not told["near_touched"]:
        return f"{source}に、{target}の材料の近縁材料はほかにありません。"
    counts = [(kind, told["counts"].get(kind, 0)) for kind in NEARNESS if kind not in SAME]
    kinds = "、".join(f"{KINDS.get(kind, MEANING[kind])}{n}件" for kind, n in counts if n)
    named = "、".join(
        f"{quoted(row['target_material'])}（{target}の{row['target_row']}行目）と"
        f"{quoted(row['source_material'])}（{source}の{row['source_row']}行目）"
        for row in told["near"][:NAMED]
    )
    return f"{source}に近縁材料がある{target}の材料は{told['near_touched']}件です：{kinds}。例：{named}。"
