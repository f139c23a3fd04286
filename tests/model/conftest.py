from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from simworth.documents import write_document
from simworth.inference.documents import fit_trials
from simworth.model.ask import Model
from simworth.model.choose import keep_model
from simworth.model.folder import load_model
from simworth.sweep.run import sweep as work_off
from simworth.sweep.spec import study_from
from simworth.testing import synthetic_study, synthetic_tables

MakeRun = Callable[..., list[str]]


@pytest.fixture(scope="session")
def make_run() -> MakeRun:
    """Trials, law and model of a known law, made in this process in seconds; what was said meanwhile.

    Settings of the sweep and of the learner may be given.
    """

    def make(
        folder: Path, sweep: Mapping[str, Any] | None = None, learner: Mapping[str, Any] | None = None
    ) -> list[str]:
        raw: dict[str, Any] = synthetic_study(n=(560,), m=(60,))
        raw["sweep"] |= {"tunings": 2, "baselines": [], **(sweep or {})}
        own = learner is None or "name" not in learner
        network = {**raw["learner"], "name": "network", "most_steps": 500}
        raw["learner"] = (network if own else {}) | dict(learner or {})
        said: list[str] = []
        with ThreadPoolExecutor(1) as pool:
            spec = study_from(raw, "study", Path())
            tables = synthetic_tables(target=160)
            trials = work_off(spec, folder, workers=1, executor=pool, given=tables, keep_work=True)
            write_document(folder / "law.json", fit_trials(trials))
            keep_model(spec, folder, 1, pool, said.append)
        return said

    return make


SMALL = {"name": "blend", "trees": 10, "members": 2, "hidden": [16], "most_steps": 300}
"""Settings of a blend that is learned in seconds."""


@pytest.fixture(scope="session")
def blend_run(tmp_path_factory: pytest.TempPathFactory, make_run: MakeRun) -> Path:
    folder = tmp_path_factory.mktemp("blend") / "run"
    make_run(folder, {"n": [300], "replicates": 4}, SMALL)
    return folder


@pytest.fixture(scope="session")
def blend(blend_run: Path) -> Model:
    return load_model(blend_run / "model")


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory, make_run: MakeRun) -> Path:
    folder = tmp_path_factory.mktemp("model") / "run"
    make_run(folder)
    return folder


@pytest.fixture(scope="session")
def model(run: Path) -> Model:
    return load_model(run / "model")
