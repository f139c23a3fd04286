"""Numbers in Japanese sentences: the same digits as in `simworth.inference.words`, with Japanese words about them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from simworth.inference.words import say_count, say_error, say_percent, say_probability

Entry = Mapping[str, Any]

LEARNERS = {
    "blend": "複数モデルのブレンド",
    "network": "同じニューラルネットワーク",
    "ridge": "リッジ回帰",
    "forest": "ランダムフォレスト",
    "boosting": "勾配ブースティング",
    "gaussian_process": "ガウス過程回帰",
    "the same learner": "同じ学習器",
}


def learner(name: str) -> str:
    """A learner as people call it; one of another name stays as it is."""
    return LEARNERS.get(name, name)


def quoted(name: str) -> str:
    """A name given by a user, set off from the sentence."""
    return f"「{name}」"


def ranged(low: float, high: float, unit: str = "") -> str:
    """An interval: "0.12〜0.34 debye"."""
    return f"{say_error(low)}〜{say_error(high, unit)}"


def count(n: float | None) -> str:
    """A number of materials, three significant digits, in 万 and 億 from a million on; null is without limit."""
    if n is None or not math.isfinite(n):
        return "上限なし"
    if 1e6 <= n < 1e12:
        size, name = (1e8, "億") if n >= 1e8 else (1e4, "万")
        return f"{float(f'{n / size:.3g}'):,.10g}{name}"
    return say_count(n)


def counted(low: float | None, high: float | None) -> str:
    """An interval of numbers of materials, whose ends may be infinite (null)."""
    if low is None:
        return "到達不可"
    return f"{count(low)}件以上（上限なし）" if high is None else f"{count(low)}〜{count(high)}件"


def percents(low: float, high: float) -> str:
    """An interval of shares as percents, each with its sign as it is."""
    return f"{say_percent(low)}〜{say_percent(high)}"


def probability(p: float) -> str:
    """A probability as percent that never claims certainty."""
    said = say_probability(p)
    if said.startswith("over "):
        return f"{said.removeprefix('over ')}超"
    if said.startswith("under "):
        return f"{said.removeprefix('under ')}未満"
    return said


def spread(value: Entry, unit: str = "") -> str:
    """The interval of an estimate of a document."""
    return ranged(value["low"], value["high"], unit)
