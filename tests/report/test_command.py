from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from simworth.cli.app import app
from simworth.errors import InputError


def test_one_page_of_several_runs(plain_run: Path, wide_run: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = CliRunner().invoke(app, ["report", str(plain_run), str(wide_run), "-o", str(page), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"report": str(page.resolve())}
    assert page.read_text(encoding="utf-8").count('class="run"') == 2


def test_several_runs_need_a_name_for_the_page(plain_run: Path, wide_run: Path) -> None:
    done = CliRunner().invoke(app, ["report", str(plain_run), str(wide_run)])
    assert isinstance(done.exception, InputError)
    assert "--out" in str(done.exception)
