"""Matplotlib figures as inline SVG: the same bytes every time, in the page's fonts and theme."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import escape

from simworth.report.language import Both

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {
    "ink": "#1d2733",
    "muted": "#5b6674",
    "line": "#cfd3d8",
    "transfer": "#0b66a3",
    "network": "#b4531a",
    "ridge": "#7b4fa3",
    "forest": "#3f7a34",
    "blend": "#b4531b",
    "database": "#12786f",
    "control": "#6f7781",
    "other": "#8c5a6b",
    "limit": "#1d2734",
    "paper": "#fffffe",
}
"""Role -> colour on white. Inline, each becomes the page's variable of that name, lighter in the dark.

No meaning hangs on hue alone: lines differ in dashes, points in shape, and each has words beside it.
"""

DASHES: dict[str, Any] = {
    "blend": (0, (6, 2.5)),
    "network": (0, (1, 1.6)),
    "ridge": (0, (7, 2, 1.5, 2)),
    "forest": (0, (6, 2.5)),
}
"""Line style of each kind of direct learning."""

Draw = Callable[["Figure"], None]


@dataclass(frozen=True)
class Plot:
    """A figure for a page: drawn for a wide and for a narrow column, and told in words."""

    wide: str
    narrow: str
    width: int
    """Largest sensible width of the wide drawing, in CSS pixels: its text is then of the page's size."""
    alt: Both
    title: Both | str = ""
    caption: Both | str = ""
    legend: tuple[tuple[str, Both], ...] = ()
    """(role or mark, words) of each thing drawn."""


def learner_colour(learner: str) -> str:
    """Colour of direct learning with a learner."""
    return COLOURS[learner if learner in DASHES else "other"]


def learner_dashes(learner: str) -> Any:
    """Line style of direct learning with a learner."""
    return DASHES.get(learner, (0, (3, 2)))


@contextmanager
def house_style(key: str) -> Iterator[None]:
    """Matplotlib's settings for the time of one drawing; text stays text."""
    import matplotlib as mpl

    settings: Any = {
        "svg.hashsalt": key,
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": 11.5,
        "axes.labelsize": 11.5,
        "xtick.labelsize": 11,
        "ytick.labelsize": 11,
        "text.color": COLOURS["ink"],
        "axes.labelcolor": COLOURS["muted"],
        "axes.edgecolor": COLOURS["line"],
        "xtick.color": COLOURS["line"],
        "ytick.color": COLOURS["line"],
        "xtick.labelcolor": COLOURS["muted"],
        "ytick.labelcolor": COLOURS["muted"],
        "grid.color": COLOURS["line"],
        "grid.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.axisbelow": True,
        "axes.unicode_minus": True,
        "path.simplify": False,
    }
    with mpl.rc_context(settings):
        yield


def inline(draw: Draw, width: int, height: int, key: str, texts: Sequence[Both] = ()) -> str:
    """An SVG element of ``width`` × ``height`` CSS pixels; ``key`` makes its ids differ from other figures'.

    It is drawn with English labels; those that ``texts`` hold stand in it twice, in English and in Japanese.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with house_style(key):
        figure = Figure(figsize=(width / 72, height / 72), dpi=72, layout="constrained")
        figure.patch.set_alpha(0.0)
        FigureCanvasSVG(figure)
        draw(figure)
        buffer = io.StringIO()
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(buffer, format="svg", metadata=nothing, transparent=True)
    return doubled(themed(buffer.getvalue(), key), texts)


def doubled(svg: str, texts: Sequence[Both]) -> str:
    """Put the Japanese of a label, in the same place, beside each label whose English is one of ``texts``."""
    known = {str(escape(t.en)): str(escape(t.ja)) for t in texts if t.ja and t.ja != t.en}

    def twice(found: re.Match[str]) -> str:
        japanese = known.get(_quotes(found[2]))
        if japanese is None:
            return found[0]
        return f'<text lang="en"{found[1]}>{found[2]}</text><text lang="ja"{found[1]}>{japanese}</text>'

    return re.sub(r"<text\b([^>]*)>([^<]*)</text>", twice, svg)


def _quotes(text: str) -> str:
    """An SVG writer's text as `escape` would write it: quotation marks too."""
    return text.replace('"', "&#34;").replace("'", "&#39;")


def themed(svg: str, key: str) -> str:
    """Fit an SVG file into a page: no prologue, no styles of its own, unique ids, colours as variables."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r' (xmlns|xmlns:xlink|version)="[^"]*"', "", svg)
    svg = svg.replace("xlink:href", "href")
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', svg))
    svg = re.sub(r' id="([^"]+)"', lambda m: f' id="{key}-{m[1]}"' if m[1] in used else "", svg)
    svg = re.sub(r'(href="|url\()#', rf"\1#{key}-", svg)
    svg = re.sub(r"font(-family)?: ?([^;\"]*?)'?DejaVu Sans'?[^;\"]*", _font, svg)
    for role, colour in COLOURS.items():
        svg = svg.replace(colour, f"var(--{role})")
    svg = re.sub(r"\n\s*", "\n", svg)
    return svg.replace("<svg", '<svg focusable="false"', 1).strip()


def _font(found: re.Match[str]) -> str:
    """Keep the size of a text, leave its family to the page."""
    size = re.search(r"([\d.]+)px", found[0])
    weight = "; font-weight: 600" if re.search(r"bold|[67]00", found[0]) else ""
    return f"font-size: {size[1]}px{weight}" if size else "font-weight: inherit"
