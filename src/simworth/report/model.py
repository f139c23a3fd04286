"""The model that a run keeps, as its page tells it: from the card alone, without reading a number of the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from simworth.documents import read_document
from simworth.errors import InputError, StaleRunError
from simworth.identity import Kind
from simworth.inference.words import say_error, say_percent
from simworth.report.folder import RunFolder
from simworth.report.language import Both, join
from simworth.report.wording import NOTHING, number, spaced

SCHEMA = "simworth-model/2"
CARD = Path("model") / "card.json"
COMMAND = "simworth predict RUN candidates.csv -o predictions.csv"
"""``RUN`` stands for the run folder: pages of equal runs are equal wherever they lie."""

OWN = ("blend", "network")
"""Learners that leave a model."""
KINDS: dict[Kind, Both] = {
    "molecule": Both("molecules", "分子"),
    "polymer": Both("polymers", "高分子"),
    "composition": Both("compositions", "組成"),
    "pair": Both("pairs of materials", "材料の組"),
    "features": Both("materials given by features", "特徴量で与える材料"),
}


NEVER = Both(
    "None is kept: the learner of this run is “{}”, and only simworth’s own learners leave a model.",
    "保存されていません。この実行の学習器は「{}」であり、モデルを残すのはsimworth自身の学習器だけです。",
)
NOT_YET = Both(
    "None is kept yet. The first call of this command learns it again and keeps it, or says why it cannot:",
    "まだ保存されていません。次のコマンドを初めて実行すると、再学習して保存します。保存できない場合はその理由を示します。",
)
OTHERS = Both(
    "Another target or source: --target NAME, --source NAME.",
    "別のターゲットやソースを選ぶには、--target NAME、--source NAMEを付けます。",
)


class Named(msgspec.Struct, frozen=True):
    """A table of the model."""

    label: str


class Chosen(msgspec.Struct, frozen=True):
    """The learner, and how many networks it has a trial."""

    name: str
    members: int


class Range(msgspec.Struct, frozen=True):
    """What the experiments have, of materials whose atoms are counted."""

    fewest: int
    charged: bool
    mixed: bool


class Held(msgspec.Struct, frozen=True):
    """How intervals fared on replicates that calibration did not see."""

    level: float
    asked: int
    covered: float
    width: float


class Bounds(msgspec.Struct, frozen=True):
    """Beyond which a candidate is outside; null where too few experiments tell."""

    farthest: float | None
    widest: float | None


class Kept(msgspec.Struct, frozen=True):
    """What the page tells of the card of a model, a document of the schema `SCHEMA`."""

    property: str
    unit: str
    kind: Kind
    n: int
    m: int
    replicates: int
    tunings: int
    learner: Chosen
    target: Named
    source: Named
    error: float
    coverage: Held | None
    limits: Bounds
    range: Range | None
    difference: float | None
    elements: tuple[str, ...]


@dataclass(frozen=True)
class ModelView:
    """The section of a model: what it is, line by line; without one, why there is none."""

    rows: Sequence[tuple[Both, Both]]
    why: Both
    command: str
    others: Both
    """How to ask for another target or source, where there are several."""


def model_view(run: RunFolder) -> ModelView:
    """What a run keeps to predict with.

    Raises
    ------
    InputError
        When its card is damaged.
    StaleRunError
        When the model is of other tables than the run's.
    """
    learner = str(run.study.get("learner", {}).get("name", "blend"))
    if learner not in OWN:
        return ModelView((), NEVER.format(learner), "", NOTHING)
    several = any(len(run.study.get(role, ())) > 1 for role in ("target", "source"))
    others = OTHERS if several else NOTHING
    if run.path is None or not (run.path / CARD).is_file():
        return ModelView((), NOT_YET, COMMAND, others)
    return ModelView(_rows(_card(run.path / CARD, run)), NOTHING, COMMAND, others)


def _card(path: Path, run: RunFolder) -> Kept:
    document = read_document(path, SCHEMA)
    try:
        card = msgspec.convert(document, Kept)
    except msgspec.ValidationError as error:
        raise InputError(f"{path}: {str(error).replace('$.', '')}; make the model again") from None
    tables = set(run.manifest.get("inputs", {}).values())
    if not {document["parents"].get("target"), document["parents"].get("source")} <= tables:
        raise StaleRunError(f"{path}: is a model of other tables than this run's; make the model again")
    return card


def _rows(card: Kept) -> list[tuple[Both, Both]]:
    return [
        (Both("Predicts", "予測対象"), _what(card)),
        (Both("Learned from", "学習データ"), _learned(card)),
        (Both("Blends", "ブレンド") if card.learner.name == "blend" else Both("Networks", "ネットワーク"), _made(card)),
        (Both("Error", "誤差"), _error(card)),
        (Both("Intervals", "区間"), _intervals(card)),
        (Both("Outside", "適用範囲外"), _outside(card)),
    ]


def _what(card: Kept) -> Both:
    unit = "" if card.unit == "1" else f" ({card.unit})"
    what = f"{spaced(card.target.label)}{unit}"
    return Both("{0} of {1}", "{1}：{0}").format(what, KINDS[card.kind])


def _learned(card: Kept) -> Both:
    return Both(
        "{0} simulations of {1}, then {2} experiments; each replicate holds out the rest",
        "{1}のシミュレーション{0}件、続いて実験データ{2}件。残りの実験データは各反復でホールドアウト",
    ).format(number(card.n), card.source.label, number(card.m))


def _made(card: Kept) -> Both:
    count = card.replicates * card.tunings * (1 if card.learner.name == "blend" else card.learner.members)
    said = Both("{}; a prediction is their mean", "{}個。予測値はその平均").format(number(count))
    if card.difference is None:
        return said
    if card.difference == 0:
        again = Both(
            "; this is what was measured here, number for number",
            "。ここで評価したものと同一（ホールドアウトの予測値が完全に一致）",
        )
    else:
        again = Both(
            "; learned again on another machine, and held-out predictions differ by up to {}",
            "。別の環境で再学習したもので、ホールドアウトの予測値の差は最大{}",
        ).format(say_error(card.difference, card.unit))
    return join([said, again], "", "")


def _error(card: Kept) -> Both:
    return Both(
        "{}: mean absolute error of each replicate on the experiments that it had not seen",
        "{}：各反復が学習に用いていない実験データでの平均絶対誤差",
    ).format(say_error(card.error, card.unit))


def _intervals(card: Kept) -> Both:
    held = card.coverage
    if held is None:
        return Both(
            "there are too few replicates or experiments to measure what they cover",
            "反復または実験データが少なすぎるため、被覆率を測定できません",
        )
    return Both(
        "{0} intervals held {1} of {2} held-out measurements; their median width is {3}",
        "{0}区間はホールドアウトした測定値{2}件の{1}を含みました。区間幅の中央値は{3}",
    ).format(say_percent(held.level), say_percent(held.covered), f"{held.asked:,}", say_error(held.width, card.unit))


def _outside(card: Kept) -> Both:
    """When a candidate is flagged, of the rules that this model can apply."""
    rules = []
    if card.elements:
        rules.append(Both("it has an element that no material it learned from has", "学習した材料にない元素を含む場合"))
    if card.range is not None:
        rules += _unlike(card.range)
    if card.limits.farthest is not None:
        rules.append(
            Both(
                "it is farther from the experiments it learned from than 99 % of the held-out ones were "
                "({} times the usual distance)",
                "学習に用いた実験データから、ホールドアウトした実験データの99 %より離れている場合（通常の距離の{}倍）",
            ).format(f"{card.limits.farthest:.2g}")
        )
    if card.limits.widest is not None:
        rules.append(
            Both(
                "the replicates disagree more than for 99 % of the held-out experiments ({})",
                "反復間の不一致が、ホールドアウトした実験データの99 %より大きい場合（{}）",
            ).format(say_error(card.limits.widest, card.unit))
        )
    if not rules:
        return Both("too few experiments to tell", "実験データが少なすぎるため判断できません")
    said = join([Both("a candidate is flagged where ", "次の候補材料に印を付けます："), join(rules, "; or ", "、")], "")
    return join([said, Both("Do not trust its interval.", "その区間は信用しないでください")], ". ", "。")


def _unlike(seen: Range) -> list[Both]:
    """What no experiment is, and a candidate may be."""
    found = [
        Both(
            "it has an atom type, bond or ring that no material it learned from has",
            "学習した材料にない原子の種類、結合、または環を含む場合",
        )
    ]
    if seen.fewest > 1:
        found.append(Both("it has one heavy atom", "重原子が1個だけの場合"))
    if not seen.charged:
        found.append(Both("it is charged", "電荷をもつ場合"))
    if not seen.mixed:
        found.append(Both("it has several parts that no bond joins", "結合していない複数の部分からなる場合"))
    return found
