"""What the page says of the tables themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simworth.documents import seal, write_document
from simworth.errors import StaleRunError
from simworth.report.folder import read_folder
from simworth.report.page import render
from simworth.report.quality import near_policy, quality_checks
from simworth.tables.quality import SCHEMA

AGREEMENT: dict[str, Any] = {
    **{"materials": 60, "unit": "debye", "bias": 0.1, "mae": 0.2, "rmse": 0.3, "pearson": 0.9, "spearman": 0.8},
    **{"line": {"slope": 1.1, "offset": 0.0, "scatter": 0.2}, "outlying": 0, "outliers": []},
}
SENTENCES = ["of 60 materials with a value in both: a <b>bias</b>", "13 % lie farther", "9 materials near; they go"]


def with_quality(
    run: Path, outside: float = 0.13, near: str = "exclude", parents: dict[str, str] | None = None
) -> Path:
    inputs = json.loads((run / "manifest.json").read_bytes())["inputs"]
    pair = {
        "target": "dipole moment",
        "source": "quantum chemistry",
        "agreement": AGREEMENT,
        "coverage": {"outside": outside, "ratio": 1.2, "farthest": []},
        "overlap": {"near": [{"nearness": "stereo"}], "counts": {"stereo": 9}, "kept_apart": ["stereo"]},
        "sentences": SENTENCES,
    }
    body: dict[str, Any] = {"study": "x", "overlap": "exclude", "near": near, "pairs": [pair]}
    write_document(run / "quality.json", seal(SCHEMA, inputs if parents is None else parents, body))
    return run


def test_the_page_says_it_and_escapes_it(tmp_path: Path, make_run: Callable[..., Path], settings: Any) -> None:
    run = make_run(tmp_path / "run", settings())
    assert quality_checks(read_folder(run), "dipole moment", "quantum chemistry") == []
    text = render(read_folder(with_quality(run)))
    assert "Of 60 materials with a value in both: a &lt;b&gt;bias&lt;/b&gt;." in text
    assert "Source against experiment" in text
    checks = quality_checks(read_folder(with_quality(run)), "dipole moment", "quantum chemistry")
    assert [(title.en, tone) for title, _, tone in checks] == [
        ("Source against experiment", ""), ("Domain", ""), ("Near relatives", "")
    ]  # fmt: skip
    far = quality_checks(read_folder(with_quality(run, 0.9, "report")), "dipole moment", "quantum chemistry")
    assert [tone for _, _, tone in far] == ["", "warn", "warn"]
    assert quality_checks(read_folder(run), "another", "quantum chemistry") == []


def test_quality_of_other_tables_is_refused(tmp_path: Path, make_run: Callable[..., Path], settings: Any) -> None:
    run = with_quality(make_run(tmp_path / "run", settings()), parents={"target-0": "other"})
    with pytest.raises(StaleRunError, match="about other tables"):
        read_folder(run)


def test_policies_are_told() -> None:
    assert "go with it" in near_policy({"sweep": {"overlap": "exclude", "near": "exclude"}}).en
    assert "stay in the source" in near_policy({"sweep": {"overlap": "exclude", "near": "report"}}).en
    assert not near_policy({"sweep": {"overlap": "allow", "near": "exclude"}})
    assert not near_policy({"sweep": {"overlap": "exclude"}})
