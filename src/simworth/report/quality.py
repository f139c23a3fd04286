"""What the page says of the tables themselves: near relatives, agreement with experiment, domain coverage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simworth.report.folder import RunFolder

MOSTLY_OUTSIDE = 0.25
"""Share of a target outside its source's domain above which the page warns."""

NEAR = {
    "exclude": "Near relatives of a test material (stereoisomers, salts, tautomers, rounded formulas, …) go with it.",
    "report": "Near relatives of test materials stay in the source (near = “report”).",
    "allow": "Near relatives of test materials were not looked for (near = “allow”).",
}


def near_policy(study: Mapping[str, Any]) -> str:
    """What the study did with near relatives of test materials; empty where it does not say."""
    sweep = study.get("sweep", {})
    if sweep.get("overlap") == "allow":
        return ""
    return NEAR.get(str(sweep.get("near", "")), "")


def quality_checks(run: RunFolder, target: str, arm: str) -> list[tuple[str, str, str]]:
    """(title, sentence, tone) about one target and one source; nothing where the run did not compare its tables."""
    if run.quality is None:
        return []
    found = [p for p in run.quality["pairs"] if (p["target"], p["source"]) == (target, arm)]
    out = []
    for pair in found:
        outside = (pair["coverage"] or {}).get("outside", 0.0)
        compared, *others = pair["sentences"]
        out.append(("Source against experiment", _sentence(compared), ""))
        if pair["coverage"] is not None:
            covered, *others = others
            out.append(("Domain", _sentence(covered), "warn" if outside > MOSTLY_OUTSIDE else ""))
        out += [("Near relatives", _sentence(line), _near_tone(run.quality, pair)) for line in others]
    return out


def _near_tone(quality: Mapping[str, Any], pair: Mapping[str, Any]) -> str:
    stays = quality["near"] != "exclude" or quality["overlap"] == "allow"
    return "warn" if stays and pair["overlap"]["near"] else ""


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
