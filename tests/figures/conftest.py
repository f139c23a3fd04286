"""The synthetic runs that the page is tested with."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_PATH = Path(__file__).parent.parent / "report" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("synthetic_runs", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
_RUNS = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = _RUNS
_SPEC.loader.exec_module(_RUNS)

make_run, settings = _RUNS.make_run, _RUNS.settings
plain_run, wide_run, blend_run = _RUNS.plain_run, _RUNS.wide_run, _RUNS.blend_run
