"""What stands in the figures, in both languages, and names made fit to stand there."""

from __future__ import annotations

import math
import re
import unicodedata

from simworth.inference.words import say_count
from simworth.report.language import Both

N_AXIS = Both("simulated materials n", "シミュレーション数 n")
M_AXIS = Both("experiments to train on, m", "訓練に使う実験数 m")
MORE_N = Both("further simulated materials", "追加するシミュレーション数")
MORE_M = Both("further experiments", "追加する実験数")
REPLICATE = Both("one replicate", "各反復")
MEAN = Both("mean, {} % interval", "平均と{} %区間")
LAW = Both("law, {} % band", "スケーリング則と{} %帯")
LIMIT = Both("limit C", "極限値 C")
DIRECT = Both("direct: {}", "直接学習：{}")
DATABASE = Both("database alone", "データベース単独")
CONTROL = Both("control: shuffled", "陰性対照：ラベル入れ替え")
MEASURED = Both("measured", "測定済み")
FORECAST = Both("forecast", "予測")
HERE = Both("present point", "現在の点")
SAME = Both("same error as now, {} % band", "今と同じ誤差、{} %帯")
LEVELS = Both("other errors", "他の誤差")
TRIED = Both("sizes measured", "測定した大きさ")
SPEND = Both("a budget of {}", "予算 {}")
BEST = Both("best split", "最良の配分")
MULTIPLES = Both("¼, ½ and 2 times of it", "その ¼、½、2 倍")
AS_GOOD = Both("as good within 1 %", "1 %以内で同等")
EXPECTED = Both("expected error{}", "期待される誤差{}")
BEST_WITH = Both("best: {}", "最良：{}")
AT_SIZE = Both("at n = {}", "n = {} では")
IN_LIMIT = Both("in the limit", "極限では")
FOR_BUDGET = Both("for a budget of {}", "予算 {} では")
MEASURED_VALUE = Both("measured{}", "実測値{}")
PREDICTED_VALUE = Both("predicted{}", "予測値{}")
TRANSFER = Both("transfer", "転移学習")
ERROR = Both("error {}", "誤差 {}")

METRICS = {
    "mae": Both("mean absolute error", "平均絶対誤差"),
    "rmse": Both("root mean square error", "二乗平均平方根誤差"),
}
LEARNERS = {
    "blend": Both("blend of models", "モデルのブレンド"),
    "network": Both("network", "ネットワーク"),
    "ridge": Both("ridge", "リッジ回帰"),
    "forest": Both("forest", "ランダムフォレスト"),
    "boosting": Both("boosting", "勾配ブースティング"),
    "gaussian_process": Both("Gaussian process", "ガウス過程回帰"),
}
LONGEST = 48
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def say_learner(name: str) -> Both | str:
    """A learner, shortly."""
    return LEARNERS.get(name) or clean(name)


def error_axis(metric: str, unit: str) -> Both:
    """What the error axis says."""
    words = METRICS.get(metric, Both(metric, metric))
    return Both(words.en + in_unit(unit), words.ja + in_unit(unit))


def in_unit(unit: str) -> str:
    """A unit behind a quantity: " (eV)"; a pure number has none."""
    return f" ({clean(unit)})" if unit not in ("", "1") else ""


def short_count(n: float) -> str:
    """A size on an axis: 300, 10,000, 2M."""
    return f"{n / 1e6:.3g}M" if 1e6 <= n < 1e9 else say_count(n)


def power_of_ten(n: float) -> str:
    """A power of ten on an axis: "10³"."""
    return "10" + str(round(math.log10(n))).translate(SUPERSCRIPT)


def clean(name: str, longest: int = LONGEST) -> str:
    """A name as one line that every format can hold: no control characters, and not too long."""
    text = " ".join("".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in name).split())
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cs", "Co", "Cn"))
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def slug(*names: str) -> str:
    """A part of a file name: small ASCII letters, digits and hyphens; empty where nothing of the names is left."""
    text = unicodedata.normalize("NFKD", " ".join(names)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", text)[:60].strip("-")
