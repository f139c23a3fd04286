"""What a run took to compute, as its page says it."""

from __future__ import annotations

from collections.abc import Mapping

from simworth.report.folder import RunFolder
from simworth.report.language import Both, join, same
from simworth.sweep.times import Stage, Times, read_times

STAGES: Mapping[Stage, Both] = {
    "tables": Both("tables and features", "表と特徴量"),
    "trials": Both("trials", "試行"),
    "law": Both("law and plan", "スケーリング則と計画"),
    "model": Both("model", "モデル"),
}
NOT_RECORDED = Both("not recorded", "記録なし")


def say_spent(run: RunFolder) -> Both:
    """The total with its stages, how many processes, and whether a session is missing."""
    times = None if run.path is None else read_times(run.path)
    if times is None or not times.sessions:
        return NOT_RECORDED
    counted = sum(s.trials for s in times.sessions)
    missing = counted < run.trials.num_rows
    least = Both("at least {}", "{}以上") if missing else same("{}")
    total = least.format(say_time(times.seconds))
    told = Both("{0}{1}: {2}", "{0}{1}：{2}").format(total, _with(times), join(_stages(times), ", ", "、"))
    if not missing:
        return told
    rest = Both(
        "The time of {0} of {1} trials was recorded; what was killed, or ran with an older version, is missing",
        "{1}件中{0}件の試行についてのみ時間が記録されています（強制終了した実行と旧版での実行は含まれません）",
    )
    return join([told, rest.format(f"{counted:,}", f"{run.trials.num_rows:,}")], ". ", "。")


def _with(times: Times) -> Both:
    count = len(times.sessions)
    workers = sorted({s.workers for s in times.sessions if s.workers})
    within = same("") if count == 1 else Both(f" in {count} sessions", f"（{count}回の実行）")
    if not workers:
        return within
    low, high = workers[0], workers[-1]
    many = str(high) if low == high else f"{low} to {high}"
    japanese = str(high) if low == high else f"{low}〜{high}"
    side = Both(f" with {many} worker{'' if high == 1 else 's'}", f"、ワーカー{japanese}個")
    return join([within, side], "", "")


def _stages(times: Times) -> list[Both]:
    sums = {stage: sum(s.seconds.get(stage, 0.0) for s in times.sessions) for stage in STAGES}
    return [Both("{0} {1}", "{0}{1}").format(STAGES[k], say_time(v)) for k, v in sums.items() if v > 0]


def say_time(seconds: float) -> Both:
    """A time in two digits or so: "8 s", "14 min", "2.5 h", "3.1 days"."""
    if seconds < 0.95:
        return Both("under 1 s", "1秒未満")
    if seconds < 99.5:
        return Both(f"{seconds:.0f} s", f"{seconds:.0f}秒")
    if seconds < 99.5 * 60:
        return Both(f"{seconds / 60:.2g} min", f"{seconds / 60:.2g}分")
    if seconds < 48 * 3600:
        return Both(f"{seconds / 3600:.2g} h", f"{seconds / 3600:.2g}時間")
    return Both(f"{seconds / 86400:.3g} days", f"{seconds / 86400:.3g}日")
