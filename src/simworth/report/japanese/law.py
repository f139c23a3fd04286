"""Sentences of ``law.json`` in Japanese: verdicts, backtests and what became of test materials."""

from __future__ import annotations

from simworth.inference.verdict import LEVELLED
from simworth.inference.words import say_error, say_percent
from simworth.report.japanese.numbers import Entry, count, learner, probability, ranged
from simworth.report.language import Both


def verdict(entry: Entry) -> Both:
    """The verdict on an entry of ``curves`` or ``joint``."""
    said = entry["verdict"]
    facts = said.get("facts")
    if not facts:
        return Both(said["sentence"], "")
    if "sizes" in facts:
        return Both(
            said["sentence"],
            f"試行が完了したサイズは{facts['sizes']}種類です。スケーリング則の当てはめには4種類が必要なため、"
            "サイズを追加してください。",
        )
    if "points" in facts:
        return Both(said["sentence"], _joint(said["code"], facts))
    return Both(
        said["sentence"], _gained(said["code"], entry.get("gain"), entry["unit"]) + _trend(facts, entry["unit"])
    )


def _gained(code: str, gain: Entry | None, unit: str) -> str:
    """What stands before the trend where a gain was judged; empty where none was."""
    if gain is None or gain["difference"]["low"] is None or gain["difference"]["high"] is None:
        return ""
    change, where = gain["difference"], f"n = {count(gain['n'])}での誤差は"
    rival = f"{learner(gain['against'])}による直接学習"
    if gain["against"] == "blend":
        rival = f"直接学習（実験データのみで学習した{learner('blend')}）"
    between = ranged(change["low"], change["high"], unit)
    if code == "no_transfer":
        return f"転移の効果は検出できません。{where}{rival}と区別できません（改善幅の区間{between}はゼロを含みます）。"
    side = "低く" if change["median"] >= 0 else "高く"
    share = say_percent(abs(gain["relative"]["median"]))
    compared = f"{rival}より{say_error(abs(change['median']), unit)}（{share}）{side}なります"
    how = "逆効果" if code == "harmful" else "有効"
    return f"転移学習は{how}です。{where}{compared}（改善幅の区間{between}）。"


def _joint(code: str, facts: Entry) -> str:
    known = (
        f"（確率{probability(facts['probability'])}；{facts['points']}点、nは最大{count(facts['n_max'])}、"
        f"mは最大{count(facts['m_max'])}）"
    )
    if code == "law":
        return f"誤差はnとmの両方の増加とともに減少します{known}。"
    return f"mに加えてnも誤差に影響するかどうかは、これらの試行からは判断できません{known}。"


def _trend(facts: Entry, unit: str) -> str:
    """What the curve's shape says."""
    trend = facts["trend"]
    if trend == "law":
        limit = f"{say_error(facts['limit'], unit)}（{ranged(facts['limit_low'], facts['limit_high'], unit)}）"
        return (
            f"誤差は{_shape(facts)}減少し、その極限値は{limit}です。"
            f"データベースを倍増すると、誤差は{say_percent(facts['cut'])}減少する見込みです。"
        )
    sure = probability(facts["probability"])
    if trend == "plateau":
        level = f"{say_error(facts['error'], unit)}（{ranged(facts['error_low'], facts['error_high'], unit)}）"
        return (
            f"誤差は{level}で頭打ちです。データベースを倍増しても減少が{say_percent(LEVELLED)}未満にとどまる"
            f"確率は{sure}です。"
        )
    if trend == "rising":
        return (
            f"データベースが大きくなるほど誤差は増加します（確率{sure}）。拡張すると予測が悪化するため、"
            "後から加わる部分の内容を確認してください。"
        )
    return (
        f"データベースの拡大とともに誤差がなお減少するかどうかは、これらの試行からは判断できません（減少する"
        f"確率{sure}）。反復を増やすか、より大きなサイズを追加してください。"
    )


def _shape(facts: Entry) -> str:
    """How the error falls, to go on with 減少."""
    if "equation" in facts:
        return f"データベースの拡大とともに、D n^-α + Cではなく{facts['equation']}に従って"
    rate = f"{facts['alpha']:.2f}、{facts['alpha_low']:.2f}〜{facts['alpha_high']:.2f}"
    bound = "；探索範囲の端にあるため、値は解釈できません" if facts["at_bound"] else ""
    return f"D n^-α + C（α = {rate}{bound}）に従って"


def backtest(tested: Entry, level: float, unit: str) -> Both:
    """What the law, fitted to the smaller sizes, foretold of the larger ones."""
    parts = [
        f"n = {count(h['n'])}では{ranged(h['low'], h['high'], unit)}の予測に対し実測値は"
        f"{say_error(h['observed'], unit)}で{'区間内' if h['inside'] else '区間外'}"
        for h in tested["predicted"]
    ]
    passed = all(h["inside"] for h in tested["predicted"])
    end = "この則は検証に合格しました。" if passed else "測定済みのサイズを超えてこの則を信用しないでください。"
    japanese = (
        f"n = {count(max(tested['fitted_sizes']))}以下のサイズだけに当てはめた結果（{100 * level:.0f} %区間）："
        f"{'、'.join(parts)}。{end}"
    )
    return Both(tested["sentence"], japanese)


def overlap(told: Entry) -> Both:
    """What became of test materials that stand in the source."""
    policy = told["policy"]
    japanese = {"none": "ソースにテスト材料は含まれていません。"}.get(policy, "")
    if policy == "allow":
        japanese = (
            f"モデルの学習に用いたソースに、最大{told['used_max']}件のテスト材料が含まれていました。"
            "新しい材料に対する誤差の見積もりとしては楽観的すぎます。"
        )
    elif policy == "exclude":
        japanese = (
            f"テスト材料またはその近縁材料であるため、平均{told['removed_mean']:.1f}件のソース材料を除外しました。"
            "学習に用いたものはありません。"
        )
    elif policy == "unknown":
        japanese = "ソースにテスト材料が含まれていたかどうかは不明です。誤差の表からは判断できません。"
    return Both(told["sentence"], japanese)
