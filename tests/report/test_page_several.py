from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from simworth.errors import InputError
from simworth.report.citations import bibtex
from simworth.report.compare import comparisons
from simworth.report.folder import RunFolder, read_folder
from simworth.report.page import study_names, write_page


@pytest.fixture(scope="module")
def small(settings: Any) -> Any:
    return dataclasses.replace(
        settings(), sizes=(100, 300, 1000, 3000), m=(60,), replicates=6, materials=100, control=False, failed=0
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, small: Any, make_run: Callable[..., Path]) -> list[Path]:
    """Two databases studied apart on the same experiments; the second leaves a larger error."""
    truth = type(small.arms[0][1])
    folder = tmp_path_factory.mktemp("several")
    second = dataclasses.replace(small, arms=(("force field", truth(1.2, 0.35, 0.42)),))
    return [make_run(folder / "a", small), make_run(folder / "b", second)]


def read(runs: list[Path]) -> list[tuple[str, RunFolder]]:
    folders = [read_folder(r) for r in runs]
    return list(zip(study_names(folders), folders, strict=True))


def test_databases_of_several_runs_are_ranked_in_pairs(runs: list[Path]) -> None:
    (found,) = comparisons(read(runs))
    assert found.target == "dipole moment"
    assert "same experiments" in found.pairing.en
    assert [row[0].text for row in found.table.rows] == ["1. quantum chemistry", "2. force field"]
    assert "quantum chemistry is best" in found.sentences[0].en
    assert str(found.table.rows[1][3].text).startswith("+0.")
    assert "may be equal" not in str(found.table.rows[1][3].note)


def test_other_splits_are_not_paired_and_said_so(
    tmp_path: Path, small: Any, make_run: Callable[..., Path], runs: list[Path]
) -> None:
    other = make_run(tmp_path / "run", dataclasses.replace(small, seed=1))
    (found,) = comparisons(read([runs[0], other]))
    assert "luck of the splits" in found.pairing.en
    assert str(found.table.rows[1][3].note) == "not paired"
    assert [str(row[0].text) for row in found.table.rows] == [
        f"{i}. quantum chemistry (synthetic study ({k}))" for i, k in zip((1, 2), order_of(found), strict=True)
    ]


def order_of(found: Any) -> list[str]:
    return [re.findall(r"study \((\d)\)", str(row[0].text))[0] for row in found.table.rows]


def test_other_experiments_are_not_compared(
    tmp_path: Path, small: Any, make_run: Callable[..., Path], runs: list[Path]
) -> None:
    other = make_run(tmp_path / "run", dataclasses.replace(small, targets=("density",)))
    assert comparisons(read([runs[0], other])) == []
    page = write_page([runs[0], other], tmp_path / "page.html").read_text(encoding="utf-8")
    assert "cannot be set against each other" in page


def test_one_page_of_two_runs_has_marks_of_its_own(runs: list[Path], tmp_path: Path) -> None:
    text = write_page(runs, tmp_path / "page.html").read_text(encoding="utf-8")
    bare = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    ids = re.findall(r'\sid="([^"]+)"', bare)
    assert len(ids) == len(set(ids))
    assert {h[1:] for h in re.findall(r'href="(#[^"]+)"', bare)} <= set(ids)
    assert bare.count("<h1") == 1
    assert "Which of these databases is worth most?" in bare
    assert write_page(runs, tmp_path / "again.html").read_text(encoding="utf-8") == text


def test_runs_are_named_once(runs: list[Path], tmp_path: Path) -> None:
    for wrong in ([], [runs[0], runs[0]]):
        with pytest.raises(InputError, match="each named once"):
            write_page(wrong, tmp_path / "page.html")


def test_bibtex_of_what_tables_cite_cannot_break_out(runs: list[Path]) -> None:
    run = read_folder(runs[0])
    kept = run.tables[0]
    hostile = "Doe & Roe }, x = {\\input{a}} 100 % https://doi.org/10.1000/xyz_1.2"
    provenance = msgspec.structs.replace(kept.about.provenance, citation=hostile, licence="CC BY 4.0")
    about = msgspec.structs.replace(kept.about, provenance=provenance)
    text = bibtex([dataclasses.replace(run, tables=[kept._replace(about=about)])])
    entry = text[text.index("@misc{table1") :]
    assert entry.count("{") == entry.count("}")
    assert "\\input{" not in entry
    assert "doi   = {10.1000/xyz_1.2}" in entry
    assert "10.1038/s41524-025-01606-5" in text
