"""What the page says of the tables themselves: near relatives, agreement with experiment, domain coverage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simworth.report.folder import RunFolder
from simworth.report.japanese import quality as japanese
from simworth.report.language import Both

MOSTLY_OUTSIDE = 0.25
"""Share of a target outside its source's domain above which the page warns."""

NEAR = {
    "exclude": Both(
        "Near relatives of a test material (stereoisomers, salts, tautomers, rounded formulas, …) go with it.",
        "テスト材料の近縁材料（立体異性体、塩、互変異性体、丸めた組成式など）も同様に扱います。",
    ),
    "report": Both(
        "Near relatives of test materials stay in the source (near = “report”).",
        "テスト材料の近縁材料はソースに残ります（near = “report”）。",
    ),
    "allow": Both(
        "Near relatives of test materials were not looked for (near = “allow”).",
        "テスト材料の近縁材料は調べていません（near = “allow”）。",
    ),
}


def near_policy(study: Mapping[str, Any]) -> Both:
    """What the study did with near relatives of test materials; empty where it does not say."""
    sweep = study.get("sweep", {})
    nothing = Both("", "")
    if sweep.get("overlap") == "allow":
        return nothing
    return NEAR.get(str(sweep.get("near", "")), nothing)


def quality_checks(run: RunFolder, target: str, arm: str) -> list[tuple[Both, Both, str]]:
    """(title, sentence, tone) about one target and one source; nothing where the run did not compare its tables."""
    if run.quality is None:
        return []
    found = [p for p in run.quality["pairs"] if (p["target"], p["source"]) == (target, arm)]
    out = []
    for pair in found:
        outside = (pair["coverage"] or {}).get("outside", 0.0)
        compared, *others = pair["sentences"]
        title = Both("Source against experiment", "ソースと実験の比較")
        out.append((title, Both(_sentence(compared), japanese.agreement(pair)), ""))
        if pair["coverage"] is not None:
            covered, *others = others
            tone = "warn" if outside > MOSTLY_OUTSIDE else ""
            out.append((Both("Domain", "ドメインの被覆"), Both(_sentence(covered), japanese.coverage(pair)), tone))
        relatives = Both("Near relatives", "近縁材料")
        tone = _near_tone(run.quality, pair)
        out += [(relatives, Both(_sentence(line), japanese.near(pair)), tone) for line in others]
    return out


def _near_tone(quality: Mapping[str, Any], pair: Mapping[str, Any]) -> str:
    stays = quality["near"] != "exclude" or quality["overlap"] == "allow"
    return "warn" if stays and pair["overlap"]["near"] else ""


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
