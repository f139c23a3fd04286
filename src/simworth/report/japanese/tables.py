"""How a table was read, in Japanese."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simworth.report.japanese.numbers import quoted
from simworth.report.language import Both
from simworth.tables import About
from simworth.tables.about import PRIVATE

REASONS: Sequence[tuple[str, str]] = (
    (r"no value", "値がない"),
    (r"no value of the feature '(.+)'", "特徴量「{}」の値がない"),
    (r"no value of '?(.+?)'?", "「{}」の値がない"),
    (r"unreadable material", "読めない材料"),
    (r"unreadable SMILES", "読めないSMILES"),
    (r"charged", "電荷をもつ"),
    (r"radical", "ラジカル"),
    (r"several fragments", "複数の分子からなる"),
    (r"other elements", "対象外の元素を含む"),
    (r"no structure known for the CAS number", "CAS番号に対応する構造が不明"),
    (r"no temperature stated", "温度の記載がない"),
    (r"not between (\S+) and (.+)", "{}〜{}の範囲外"),
    (r"reference of computed enthalpies", "計算エンタルピーの基準物質"),
    (r"calculation failed", "計算の失敗"),
    (r"same molecule again", "同じ分子の重複"),
    (r"entries that do not satisfy --where", "条件（--where）を満たさない"),
    (r"rows that do not satisfy --where", "条件（--where）を満たさない"),
    (r"entries sent twice", "重複して送られた"),
    (r"damaged entries", "破損している"),
    (r"'(.+)' other than '(.+)'", "「{}」が「{}」以外"),
)
"""Reasons why rows are left out, by pattern; what is not here is said in English."""


NOTES: Sequence[tuple[str, str]] = (
    (
        re.escape(PRIVATE),
        "この表は第三者に渡せません。表とその値を含むものは、自分の計算機だけに保管してください。",
    ),
    (r"gas phase, one conformer, (.+), settings (.+)", "気相、配座は一つ、{}、設定{}。"),
    (r"left out as unreadable: (.+)", "読めないため除外：{}。"),
    (
        r"(.+); where compilations differ the value of the first of (.+) is taken and the spread is kept",
        "{}。文献集の間で値が異なる場合は、{}のうち最初のものの値を採用し、ばらつきを保持しています。",
    ),
)
"""Notes that simworth writes itself, by pattern."""

SUBJECTS = {
    "standard enthalpy of formation of the ideal gas at 298.15 K": "298.15 Kにおける理想気体の標準生成エンタルピー",
    "norm of the permanent electric dipole moment, gas phase where the compilation distinguishes": (
        "永久電気双極子モーメントの大きさ（文献集が区別する場合は気相）"
    ),
    "refractive index of the liquid at the sodium D line, 293 to 298 K": "液体の屈折率（ナトリウムD線、293〜298 K）",
}
"""What the experiments that come with simworth are."""


def reason(english: str) -> str:
    """Why rows were left out, as a noun; the English where it is not known."""
    return _known(REASONS, english, english)


def _known(patterns: Sequence[tuple[str, str]], english: str, otherwise: str) -> str:
    """The Japanese of the first pattern that a text is of."""
    for pattern, japanese in patterns:
        found = re.fullmatch(pattern, english)
        if found:
            return japanese.format(*(SUBJECTS.get(part, part) for part in found.groups()))
    return otherwise


def reading(about: About, materials: int) -> Both:
    """How the rows that were read became the materials of a table."""
    gone = "".join(f"、{n:,}行を除外（{reason(why)}）" for why, n in about.left_out.items())
    merged = f"、{about.merged:,}行を同じ材料の行と統合" if about.merged else ""
    said = f"{quoted(about.name)}：{about.rows_read:,}行を読み込み{gone}{merged}、材料は{materials:,}件です。"
    return Both(f"{about.sentence(materials)}.", said)


def notes(about: About) -> list[Both]:
    """A table's own notes; those that are not of simworth's making are in English only."""
    return [Both(_sentence(note), _known(NOTES, note, "")) for note in about.notes]


def _sentence(text: str) -> str:
    """A note with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


FAILURES = {"training diverged: a prediction is not finite": "学習が発散（有限でない予測値）"}


def failure(english: str) -> Both:
    """Why a trial failed."""
    return Both(english, FAILURES.get(english, ""))
