from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def simworth(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "simworth", "figures", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_paths_go_to_output_and_reasons_to_advice(plain_run: Path, tmp_path: Path) -> None:
    done = simworth(str(plain_run), "-o", str(tmp_path), "--format", "SVG", "--only", "law,budget,ranking")
    assert done.returncode == 0
    assert [Path(line).name for line in done.stdout.splitlines()] == ["law.svg", "law.csv", "captions.txt"]
    reasons = done.stderr.splitlines()
    assert reasons[0].startswith("left out: budget of dipole moment from quantum chemistry: the costs are not known")
    assert reasons[1] == "left out: ranking of dipole moment: there is one source only"


def test_json_and_costs(plain_run: Path, tmp_path: Path) -> None:
    costs = ("--cost-simulation", "1", "--cost-experiment", "100", "--budget", "20000")
    done = simworth(str(plain_run), "-o", str(tmp_path), "-f", "svg", "--only", "budget,ranking", "--json", *costs)
    told = json.loads(done.stdout)
    assert [f["kind"] for f in told["figures"]] == ["budget"]
    assert all(Path(p).is_file() for p in (*told["figures"][0]["files"], told["captions"]))
    assert told["left_out"] == [{"kind": "ranking", "of": "dipole moment", "why": "there is one source only"}]


def test_mistakes_are_a_sentence(tmp_path: Path) -> None:
    done = simworth(str(tmp_path / "none"))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "law.json" in done.stderr


def test_a_place_that_cannot_be_written_is_refused_before_drawing(plain_run: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = simworth(str(plain_run), "-o", str(tmp_path / "file" / "figures"))
    assert done.returncode == 2
    assert "is a file and no folder" in done.stderr
    assert len(done.stderr.splitlines()) == 1
