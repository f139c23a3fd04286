"""axe-core finds no serious violation on the page: both themes, both languages, wide and narrow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core, from the package that carries it."""
    package = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    return (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "scheme", "language", "width"),
    [
        ("wide_page", "light", "en", 1200),
        ("wide_page", "dark", "ja", 420),
        ("plain_page", "dark", "en", 820),
        ("plain_page", "light", "ja", 1200),
    ],
)
def test_no_serious_violation(
    request: pytest.FixtureRequest, open_page: Any, axe: str, name: str, scheme: str, language: str, width: int
) -> None:
    page = open_page(request.getfixturevalue(name), scheme=scheme, width=width, locale=language)
    assert page.get_attribute("html", "lang") == language
    page.evaluate(axe)
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    told = [
        f"{v['id']} ({v['impact']}): {v['help']}; {[n['html'][:160] for n in v['nodes'][:3]]}"
        for v in found
        if v["impact"] in ("serious", "critical", "moderate")
    ]
    assert not told, "\n".join(told)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
