"""Pages opened in a headless Chromium; the tests are skipped, and say so, where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simworth.inference.law import Law
from simworth.inference.written import DEPARTURES, law_of
from simworth.laws import JOINT, SINGLE
from simworth.report.data import draw_scores, law_data
from simworth.report.page import write_page
from simworth.seeds import stream

OPENED = Callable[..., Any]

DRAWS = 240
N, M = (100.0, 300.0, 1000.0, 3000.0, 10000.0), (50.0, 150.0, 500.0)


@pytest.fixture
def open_page(browser: Any) -> Iterator[OPENED]:
    """Open a file in a context of its own; ``.log`` holds errors of the console, and requests beside the file."""
    contexts = []

    def opened(
        path: Path, *, scheme: str = "light", width: int = 1200, locale: str = "en-GB", scripts: bool = True
    ) -> Any:
        context = browser.new_context(
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
            locale=locale,
            java_script_enabled=scripts,
        )
        context.set_offline(True)
        contexts.append(context)
        page = context.new_page()
        page.log = []
        page.on("console", lambda m: page.log.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: page.log.append(str(e)))
        page.on("request", lambda r: page.log.append(r.url) if r.url != path.as_uri() else None)
        page.goto(path.as_uri())
        if scripts:
            page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def plain_page(plain_run: Path) -> Path:
    """The page of one target and one source at two m."""
    return write_page([plain_run], plain_run.parent / "plain.html")


@pytest.fixture(scope="session")
def wide_page(wide_run: Path) -> Path:
    """The page of two targets and two sources with hostile names."""
    return write_page([wide_run], wide_run.parent / "wide.html")


@pytest.fixture(scope="session")
def mirror(browser: Any, plain_page: Path) -> Iterator[Any]:
    """A page whose functions take laws of as many draws as `made_law` gives."""
    opened = browser.new_page()
    opened.goto(plain_page.as_uri())
    opened.wait_for_selector("html[data-ready]", state="attached")
    opened.evaluate("([count, scores]) => { simworth.data.scores[count] = scores; }", [DRAWS, draw_scores(DRAWS)])
    yield opened
    opened.close()


def draws_of(form: str, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Possible draws of every parameter of a form; some coefficients are 0, as they are in a posterior."""

    def spread(low: float, high: float) -> np.ndarray:
        return np.exp(rng.uniform(np.log(low), np.log(high), DRAWS))

    none = rng.random(DRAWS) < 0.1
    C = np.where(none, 0.0, spread(0.1, 0.4))
    known = {
        "D": spread(0.5, 4.0),
        "alpha": spread(0.1, 0.9),
        "C": C,
        "s": spread(1.0, 400.0),
        "I": C + spread(0.2, 2.0),
        "n0": spread(10.0, 4000.0),
        "delta": rng.uniform(-0.08, 0.5, DRAWS),
        "b": spread(100.0, 20000.0),
        "tau": spread(50.0, 20000.0),
        "A": spread(0.5, 4.0),
        "B": spread(0.2, 2.0),
        "beta": spread(0.1, 0.8),
        "gamma": spread(0.2, 0.8),
        "k": np.where(none, 0.0, spread(0.01, 2.0)),
        "m0": spread(0.1, 100.0),
        "E": np.where(none, 0.0, spread(0.05, 0.2)),
    }
    registry: Any = {**SINGLE, **JOINT}
    return {name: known[name] for name in registry[form].PARAMETERS}


def entry_of(forms: tuple[str, ...], seed: int, verdict: str = "law") -> dict[str, Any]:
    """A curve or joint entry of a law document whose draws mix forms."""
    rng = stream("mirror", seed, *forms)
    joint = forms[0] in JOINT
    which = rng.integers(len(forms), size=DRAWS)
    parameters: dict[str, np.ndarray] = {}
    for i, form in enumerate(forms):
        for name, values in draws_of(form, rng).items():
            parameters.setdefault(name, np.zeros(DRAWS))[which == i] = values[which == i]
    departures = {
        "discrepancy": np.abs(rng.normal(0, 0.02, DRAWS)),
        "wander": np.abs(rng.normal(0, 0.03, DRAWS)),
        "bend": np.where(rng.random(DRAWS) < 0.5, 0.0, 0.01),
        "shift": rng.normal(0, 0.02, DRAWS),
        "noise": np.abs(rng.normal(0, 0.02, DRAWS)),
    }
    assert set(departures) == set(DEPARTURES)
    points = [{"n": n, "m": m, "mean": 1.0 + 10 / n} for n in N for m in (M if joint else (0,))]
    draws = {k: [float(f"{x:.6g}") for x in v] for k, v in (parameters | departures).items()}
    if joint:
        draws.setdefault("E", [0.0] * DRAWS)
    law = {
        "draw_form": [forms[i] for i in which],
        "draws": draws,
        "p_forms": {form: 1 / len(forms) for form in forms},
        "p_gap_zero": 0.1,
        "anchor": max(N),
        "replicates": 8.0,
    }
    return {"law": law, "points": points, "m": 0, "arm": "x", "unit": "eV", "verdict": {"code": verdict}}


def law_from(forms: tuple[str, ...], seed: int = 0) -> tuple[Law, dict[str, Any]]:
    entry = entry_of(forms, seed)
    law, written = law_of(entry, 0.9), law_data(entry, 0.9)
    assert law is not None
    assert written is not None
    return law, written


@pytest.fixture(scope="session")
def made_law() -> Callable[..., tuple[Law, dict[str, Any]]]:
    """A law of possible draws that mix the given forms, and the same as the page has it."""
    return law_from
