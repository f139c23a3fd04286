"""What a blend was made of, in words: its members, how each did, and what was tried where transfer brought nothing."""

from __future__ import annotations

from collections.abc import Sequence

from simworth.inference.words import say_error, say_percent
from simworth.report.cells import Cell, Table
from simworth.report.language import Both, join, same
from simworth.report.wording import NOTHING, Entry, say_learner

ALONE = "direct "
"""How the names of members begin that saw the experiments alone."""

_LINE = Both("a line through the source models", "ソースモデルの予測に対する線形回帰")
_RIDGE = Both("ridge regression", "リッジ回帰")
_TREES = Both("a forest of random trees", "ランダム化木の集合")
_REST = Both("{0}, and trees on what it leaves", "{0}とその残差に対するランダム化木")
_MEAN = Both("{0} (mean)", "{0}（平均）")
_MEDIAN = Both("{0} (median)", "{0}（中央値）")

MEMBERS = {
    "line": _LINE,
    "ridge": _RIDGE,
    "trees mean": _MEAN.format(_TREES),
    "trees median": _MEDIAN.format(_TREES),
    "rest of line mean": _MEAN.format(_REST.format(_LINE)),
    "rest of line median": _MEDIAN.format(_REST.format(_LINE)),
    "rest of ridge mean": _MEAN.format(_REST.format(_RIDGE)),
    "rest of ridge median": _MEDIAN.format(_REST.format(_RIDGE)),
    "gaussian": Both("a Gaussian process", "ガウス過程回帰"),
}
"""Name of a member, without what it saw -> words."""

NEGATIVE = ("no_transfer", "harmful", "plateau", "rising")
"""Verdicts with which it is told what was tried."""

HEAD = (
    Both("member", "構成要素"),
    Both("it saw", "学習に用いたもの"),
    Both("error on unseen experiments", "未使用の実験データでの誤差"),
    Both("weight with transfer", "転移ありの重み"),
    Both("weight in direct learning", "直接学習での重み"),
)
SIMULATIONS = Both("simulations and experiments", "シミュレーションと実験データ")
EXPERIMENTS = Both("experiments alone", "実験データのみ")


def say_member(name: str) -> Both:
    """A member as people call it, without what it saw; one of another name stays as it is."""
    bare = name.removeprefix(ALONE)
    return MEMBERS.get(bare, same(bare.replace("_", " ")))


def transferred(entry: Entry) -> list[Entry]:
    """Members of a curve that saw the simulations, the heaviest first."""
    return [x for x in entry.get("members") or () if not x["name"].startswith(ALONE)]


def alone(entry: Entry) -> list[Entry]:
    """Members of a curve's direct learning, the heaviest first."""
    return list(entry.get("direct_members") or ())


def best_of(members: Sequence[Entry]) -> Entry | None:
    """The member with the least error on experiments that it had not seen."""
    return min(members, key=lambda x: (x["miss"], x["name"]), default=None)


def strongest_part(entry: Entry) -> Both:
    """The best member of the direct learning that a gain is against; nothing where it is no blend."""
    best = best_of(alone(entry)) if entry["gain"] and entry["gain"]["against"] == entry["learner"] else None
    return NOTHING if best is None else say_member(best["name"])


def rival(entry: Entry) -> Both:
    """What the gain of a curve is against."""
    learner, part = say_learner(entry["gain"]["against"]), strongest_part(entry)
    if not part:
        return learner
    return Both(
        "direct learning, {0} that saw the experiments alone; its strongest part: {1}",
        "実験データのみで学習した{0}による直接学習（最良の構成要素：{1}）",
    ).format(learner, part)


def members_table(entry: Entry) -> Table | None:
    """Each member of a curve's blend and of its direct learning; None where a learner does not tell."""
    weights = {x["name"]: x["weight"] for x in entry.get("members") or ()}
    direct = {x["name"]: x["weight"] for x in alone(entry)}
    rows = []
    for saw, members in ((SIMULATIONS, transferred(entry)), (EXPERIMENTS, alone(entry))):
        for x in members:
            error = Cell(say_error(x["miss"], entry["unit"]))
            shares = [_share(shown.get(x["name"])) for shown in (weights, direct)]
            rows.append([Cell(say_member(x["name"])), Cell(saw), error, *shares])
    if not rows:
        return None
    caption = Both(
        "The members of the blend at the largest n, and those of direct learning",
        "最大の n でのブレンドの構成要素と、直接学習の構成要素",
    )
    return Table(caption, HEAD, rows)


def _share(weight: float | None) -> Cell:
    """A weight, darker where it is larger."""
    if weight is None:
        return Cell("—")
    return Cell(say_percent(weight), shade=round(6 + 54 * min(max(weight, 0.0), 1.0)))


def tried(entry: Entry) -> Both:
    """With a negative verdict, every member that was tried and how it did; nothing with another, or of no blend."""
    transfer, direct = transferred(entry), alone(entry)
    if entry["verdict"]["code"] not in NEGATIVE or not transfer or not direct:
        return NOTHING
    said = Both(
        "With the simulations, by the error on experiments that a member had not seen: {0}. "
        "With the experiments alone: {1}.",
        "シミュレーションを利用した構成要素と、それぞれの未使用の実験データでの誤差：{0}。実験データのみ：{1}。",
    )
    unit = entry["unit"]
    return join([said.format(_listed(transfer, unit), _listed(direct, unit)), _blended(entry), blamed(entry)])


def _blended(entry: Entry) -> Both:
    """What the blends of both kinds reach on the test experiments."""
    finished = [p["mean"] for p in entry["points"] if p["mean"] is not None]
    direct = [d["mean"] for d in entry["direct"] if d["learner"] == entry["learner"]]
    if not finished or not direct:
        return NOTHING
    return Both(
        "Blended, on the test experiments: {0} with the simulations, {1} without.",
        "ブレンドのテスト用実験データでの誤差：シミュレーションありで{0}、なしで{1}。",
    ).format(say_error(finished[-1], entry["unit"]), say_error(direct[0], entry["unit"]))


def compared(entry: Entry) -> Both:
    """With a negative verdict, the best member of either kind; nothing with another, or of no blend."""
    transfer, direct = best_of(transferred(entry)), best_of(alone(entry))
    if entry["verdict"]["code"] not in NEGATIVE or transfer is None or direct is None:
        return NOTHING
    unit = entry["unit"]
    return Both(
        "On unseen experiments the best member with simulations, {0}, is off by {1}; the best with the experiments "
        "alone, {2}, by {3}.",
        "未使用の実験データでの誤差は、シミュレーションを利用した最良の構成要素（{0}）が{1}、実験データのみの最良の"
        "構成要素（{2}）が{3}です。",
    ).format(
        say_member(transfer["name"]),
        say_error(transfer["miss"], unit),
        say_member(direct["name"]),
        say_error(direct["miss"], unit),
    )


def _listed(members: Sequence[Entry], unit: str) -> Both:
    """Members with their errors, the best first."""
    ordered = sorted(members, key=lambda x: (x["miss"], x["name"]))
    one = Both("{0} {1}", "{0} {1}")
    return join([one.format(say_member(x["name"]), say_error(x["miss"], unit)) for x in ordered], "; ", "；")


def blamed(entry: Entry) -> Both:
    """With a negative verdict, whether the members or the database fail; nothing where that is not known."""
    transfer, direct = best_of(transferred(entry)), best_of(alone(entry))
    if entry["verdict"]["code"] not in NEGATIVE or transfer is None or direct is None:
        return NOTHING
    if entry["verdict"]["code"] == "plateau":
        return _levelled(entry)
    if transfer["miss"] >= direct["miss"]:
        return Both(
            "No member that saw the simulations does better than the best without them, so it is not one learner that "
            "fails: as far as these members can tell, the database does not help with these experiments.",
            "シミュレーションを利用した構成要素はいずれも、それを利用しない最良の構成要素を上回りません。特定の学習器の問題ではなく、"
            "これらの構成要素で判断できる限り、データベースはこの実験データの予測に役立ちません。",
        )
    return Both(
        "At least one member that saw the simulations does better there than the best without them: the database may "
        "hold something that these trials are too few to tell.",
        "シミュレーションを利用した構成要素の少なくとも一つは、それを利用しない最良の構成要素を上回ります。データベースに有用な"
        "情報があっても、これらの試行では数が足りず判別できない可能性があります。",
    )


def _levelled(entry: Entry) -> Both:
    """What the database's own curve says of a blend that has levelled off."""
    database = entry.get("database")
    if not database:
        return NOTHING
    if database["verdict"]["code"] == "law":
        return Both(
            "The database alone still improves as it grows: what has levelled off is what these experiments can make "
            "of it.",
            "データベース単独の誤差は、拡大とともになお減少しています。頭打ちなのは、これらの実験データで引き出せる分です。",
        )
    if database["verdict"]["code"] == "plateau":
        return Both(
            "The database alone has levelled off too: more of the same simulations tell nothing new.",
            "データベース単独の誤差も頭打ちです。同種のシミュレーションを増やしても、新しい情報は得られません。",
        )
    return NOTHING
