from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simworth.cli import main
from simworth.seeds import stream

Command = Callable[..., tuple[int, str, str]]

STUDY = """
name = "small"

[[target]]
name = "experiment"
table = "target.csv"
kind = "features"
material = "id"
property = "y"
unit = "eV"
features = ["a", "b"]

[[source]]
name = "simulation"
table = "source.csv"
kind = "features"
material = "id"
property = "y"
unit = "eV"
features = ["a", "b"]

[sweep]
n = [30, 60, 120, 240]
m = [10]
replicates = 2
baselines = ["ridge"]

[learner]
name = "network"
hidden = [8]
least_steps = 50
most_steps = 50
tuning_steps = 10
"""


def table(rows: int, name: str, bias: float) -> str:
    rng = stream("cli-table", name)
    lines = ["id,a,b,y"]
    for i in range(rows):
        a, b = rng.normal(size=2)
        lines.append(f"{name}{i},{a:.4f},{b:.4f},{a - b + bias + 0.1 * rng.normal():.4f}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a good study and its two tables."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.toml").write_text(STUDY)
    (tmp_path / "source.csv").write_text(table(300, "s", 0.0))
    (tmp_path / "target.csv").write_text(table(40, "t", 0.5))
    return tmp_path


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command line in this process: exit code, standard output, standard error."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["simworth", *words])
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run
