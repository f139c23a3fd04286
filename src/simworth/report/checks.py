"""What stands beside the numbers: backtest, control, leakage, and what the tables say of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simworth.report.folder import RunFolder
from simworth.report.japanese import law as japanese
from simworth.report.language import Both, join
from simworth.report.members import tried
from simworth.report.quality import near_policy, quality_checks
from simworth.report.wording import NOTHING, Entry, control_passed, say_control


@dataclass(frozen=True)
class Said:
    """A titled sentence; ``tone`` is "", "good", "bad" or "warn"."""

    title: Both
    sentence: Both
    tone: str = ""
    question: str = ""
    """The question of the plan that it answers, if any."""


POLICIES = {
    "exclude": Both(
        "Policy “exclude”: in every replicate, the held-out test materials leave the source first.",
        "方針“exclude”：どの反復でも、ホールドアウトしたテスト材料をまずソースから除外します。",
    ),
    "exclude-test": Both(
        "Policy “exclude-test”: materials that stand in a source are never held out as test.",
        "方針“exclude-test”：ソースに含まれる材料はテストに用いません。",
    ),
    "error": Both(
        "Policy “error”: the run would have stopped had any material stood in both tables.",
        "方針“error”：両方の表に含まれる材料があれば、実行は停止しました。",
    ),
    "allow": Both(
        "Policy “allow”: materials held out as test may stand in the source.",
        "方針“allow”：テスト材料がソースに含まれることを許します。",
    ),
}


def checks(run: RunFolder, target: str, lead: Entry, control: Entry | None, curves: Sequence[Entry]) -> list[Said]:
    """Every check of one target, about its leading curve."""
    return [
        _backtest(lead, run.level),
        _control(control, lead),
        _leakage(run, curves),
        *_tried(lead),
        *(Said(*said) for said in quality_checks(run, target, lead["arm"])),
    ]


def held(curves: Sequence[Entry], level: float) -> Both:
    """How many held-out sizes of all curves fell inside their forecast."""
    inside = [h["inside"] for c in curves if c["backtest"] for h in c["backtest"]["predicted"]]
    if not inside:
        return NOTHING
    within, total, sure = sum(inside), len(inside), f"{100 * level:.0f} %"
    return Both(
        f"{within} of {total} held-out sizes fell inside their {sure} forecast.",
        f"取り置いた{total}個のサイズのうち{within}個が{sure}予測区間に収まりました。",
    )


def _control(control: Entry | None, lead: Entry) -> Said:
    if control is None:
        return Said(
            Both("No control", "陰性対照なし"),
            Both(
                'No negative control was run; set control = "shuffled" in the study to have one.',
                '陰性対照は実行していません。実行するには、studyでcontrol = "shuffled"と設定してください。',
            ),
            "warn",
        )
    sentence, passed = say_control(control, lead["learner"]), control_passed(control)
    if passed is None:
        return Said(Both("Control", "陰性対照"), sentence, "warn")
    title = Both("Control passed", "陰性対照に合格") if passed else Both("Control failed", "陰性対照に不合格")
    rest, rest_ja = sentence.en.partition(": ")[2], sentence.ja.partition("：")[2]
    return Said(title, Both(rest[:1].upper() + rest[1:], rest_ja), "good" if passed else "bad")


def _tried(lead: Entry) -> list[Said]:
    """Every member that was tried, where transfer brought nothing or no more."""
    sentence = tried(lead)
    return [Said(Both("What was tried", "試した方法"), sentence, "warn")] if sentence else []


def _backtest(lead: Entry, level: float) -> Said:
    tested = lead["backtest"]
    if tested is None:
        return Said(
            Both("Forecast not tested", "外挿予測は未検証"),
            Both(
                "A backtest needs at least five sizes n; treat forecasts with care.",
                "バックテストには五つ以上のサイズnが必要です。外挿予測は慎重に扱ってください。",
            ),
            "warn",
        )
    passed = all(h["inside"] for h in tested["predicted"])
    title = Both("Backtest passed", "バックテストに合格") if passed else Both("Backtest missed", "バックテストに不合格")
    return Said(title, japanese.backtest(tested, level, lead["unit"]), "good" if passed else "warn")


def _leakage(run: RunFolder, curves: Sequence[Entry]) -> Said:
    policy = str(run.study.get("sweep", {}).get("overlap", ""))
    used = max(c["overlap"]["used_max"] for c in curves)
    told = dict.fromkeys(japanese.overlap(c["overlap"]) for c in curves)
    sentence = join([POLICIES.get(policy, NOTHING), near_policy(run.study), *told])
    if used:
        return Said(Both("Test materials were used in training", "テスト材料を学習に使用"), sentence, "bad")
    if policy == "allow":
        return Said(Both("Leakage allowed, none found", "混入を許可、該当なし"), sentence, "good")
    return Said(Both("No test material in the source", "ソースにテスト材料なし"), sentence, "good")
