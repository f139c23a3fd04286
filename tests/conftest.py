"""What holds for every test: no test is judged by its time, Ctrl-C reaches processes, and there is one browser."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# A shell makes jobs in the background deaf to Ctrl-C, and so whatever they start: tests that press it would wait.
signal.signal(signal.SIGINT, signal.default_int_handler)

CHROMIA = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium: named by SIMWORTH_CHROMIUM, or on PATH, or playwright's own."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = os.environ.get("SIMWORTH_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIA)), None)
    with sync_api.sync_playwright() as playwright:
        try:
            opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        except sync_api.Error as error:
            pytest.skip(f"no Chromium to be started: {str(error).splitlines()[0]}")
        yield opened
        opened.close()
