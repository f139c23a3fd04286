from __future__ import annotations

import re
from xml.etree import ElementTree

from matplotlib.figure import Figure

from simworth.report.svg import COLOURS, inline


def draw(figure: Figure) -> None:
    ax = figure.subplots()
    ax.plot([0, 1], [0, 1], "o-", color=COLOURS["transfer"], label="<b>&")
    ax.set_title("<b> & 'quotes'")


def test_colours_become_variables_and_names_are_text() -> None:
    svg = inline(draw, 300, 200, "k")
    assert "var(--transfer)" in svg
    assert not [c for c in COLOURS.values() if c in svg]
    assert "&lt;b&gt; &amp;" in svg
    assert "<style" not in svg
    assert "DejaVu" not in svg
    assert "http" not in svg
    ElementTree.fromstring(svg)


def test_two_figures_share_no_id() -> None:
    first, second = (set(re.findall(r' id="([^"]+)"', inline(draw, 300, 200, key))) for key in ("a", "b"))
    assert first
    assert not first & second


def test_same_key_same_bytes() -> None:
    assert inline(draw, 300, 200, "k") == inline(draw, 300, 200, "k")
