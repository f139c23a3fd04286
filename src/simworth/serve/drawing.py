"""The drawing of a curve so far: an SVG file that is light or dark as the page is."""

from __future__ import annotations

import io
import threading

from simworth.inference.words import say_count
from simworth.report.svg import COLOURS, house_style
from simworth.serve.sofar import SoFar

_ONE = threading.Lock()
"""Matplotlib keeps its settings for the whole process."""
_DARK = {"ink": "#e7ebef", "muted": "#9eabb8", "line": "#323c47", "transfer": "#5cb3ee"}
SIZES = {"wide": (7.6, 4.0), "narrow": (4.7, 3.6)}
"""Inches, of 72 CSS pixels: text is about as large as the page's."""


def draw_so_far(found: SoFar, size: str) -> str:
    """An SVG document of one of the `SIZES`."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with _ONE, house_style("so-far"):
        figure = Figure(figsize=SIZES[size], dpi=72, layout="constrained")
        FigureCanvasSVG(figure)
        ax = figure.subplots()
        ax.set_xscale("log")
        ax.grid(axis="y")
        if len(found.x):
            ax.fill_between(found.x, found.low, found.high, color=COLOURS["transfer"], alpha=0.16, lw=0)
            ax.plot(found.x, found.median, color=COLOURS["transfer"], lw=1.8)
        ax.plot(found.n, found.error, "o", ms=5, mew=0, alpha=0.5, color=COLOURS["transfer"])
        ax.xaxis.set_major_formatter(lambda value, _: say_count(value))
        ax.xaxis.set_minor_formatter(lambda value, _: "")
        ax.set_xlabel("simulated materials n")
        ax.set_ylabel(f"mean error ({_plain(found.unit)})" if found.unit else "mean error")
        buffer = io.StringIO()
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(buffer, format="svg", metadata=nothing, transparent=True)
    return _themed(buffer.getvalue())


def _plain(text: str) -> str:
    """A text that matplotlib does not take for a formula."""
    return text.replace("\\", "\\\\").replace("$", r"\$")


def _themed(svg: str) -> str:
    """Colours as variables: those of a dark page where it is dark."""
    for role, light in COLOURS.items():
        if role in _DARK:
            svg = svg.replace(light, f"var(--{role})")
    light = "".join(f"--{role}:{COLOURS[role]};" for role in _DARK)
    dark = "".join(f"--{role}:{colour};" for role, colour in _DARK.items())
    style = (
        f"<style>:root{{color-scheme:light dark;{light}}} @media (prefers-color-scheme:dark){{:root{{{dark}}}}} "
        "text{font-family:system-ui,'Liberation Sans',Arial,sans-serif !important}</style>"
    )
    start = svg.index(">", svg.index("<svg")) + 1
    return svg[:start] + style + svg[start:]
