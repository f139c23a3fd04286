"""The benchmark of planted duplicates counts as it says; every small public table comes in with its one command."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # benchmarks/ is not part of the package

from benchmarks.databases import duplicates, imports  # noqa: E402
from benchmarks.databases.planting import PLANTS  # noqa: E402
from benchmarks.learners.context import data_folder  # noqa: E402

from simworth.identity import Kind  # noqa: E402

SMALL = 130_000
"""Bytes of the files that are imported here."""
MATERIALS: dict[Kind, tuple[list[str], list[str]]] = {
    "molecule": (
        ["C[C@H](N)C(=O)O", "Oc1ccccn1", "CC(=O)CC(C)=O", "F/C=C/Cl", "CC(=O)O", "NCc1ccccc1Cl"],
        ["CCCCCCCC", "O=S=O", "N#N"],
    ),
    "composition": (["Fe2O3", "NiAl3", "Mg(OH)2", "CaTiO3", "Cu5Zn8"], ["KCl", "PbTe"]),
    "polymer": (["*CC(c1ccccc1)*", "*C/C=C/C*", "*CCO*", "*NCCCCCC(=O)*"], ["*CC(Cl)*"]),
    "pair": (["*C/C=C/C*|CCO|300.00 K", "*CCO*|c1ccccc1|310.00 K"], ["*CC(Cl)*|CS|300.00 K"]),
}


@pytest.mark.parametrize("kind", list(MATERIALS))
def test_planted_duplicates_are_found_and_look_alikes_are_not(kind: Kind) -> None:
    measured, computed = MATERIALS[kind]
    source, target = duplicates.table(kind, "s", computed), duplicates.table(kind, "t", measured)
    rows = duplicates.try_plants(kind, source, target, 5)
    assert [r.plant for r in rows] == [p for p in PLANTS if p.kind == kind]
    for r in rows:
        assert r.planted == r.asked
        assert r.planted > 0
        assert r.found == (0 if r.plant.nearness is None else r.planted)
    lines = duplicates.report(duplicates.together([*rows, *rows]))
    planted = sum(2 * r.planted for r in rows if r.plant.nearness is not None)
    assert lines[-1] == f"Recall {planted} of {planted} (100.0 %); precision {planted} of {planted} (100.0 %)."


def test_there_are_twelve_kinds_of_duplicates_and_more() -> None:
    assert sum(p.nearness is not None for p in PLANTS) >= 12


@pytest.mark.shared
@pytest.mark.parametrize(("file", "options"), imports.COMMANDS)
def test_one_command_imports_a_public_table(file: str, options: str, tmp_path: Path) -> None:
    folder = data_folder()
    if folder is None:
        pytest.skip("no public tables (set SIMWORTH_SHARED)")
    if (folder / file).stat().st_size > SMALL:
        pytest.skip(f"{file} is large: python -m benchmarks.databases.imports imports it")
    said = imports.call(imports.import_words(folder, file, options, tmp_path))
    assert said.splitlines()[0].endswith("materials")
    assert (tmp_path / file.replace("/", "-").split(".")[0]).is_dir()
