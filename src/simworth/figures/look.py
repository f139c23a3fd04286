"""How a figure looks: its width, the sizes of its text and lines, its colours, its language."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal, get_args

from simworth.errors import InputError
from simworth.report.language import Both

Language = Literal["en", "ja"]

COLOURS = {
    "ink": "#1d2733",
    "muted": "#5b6674",
    "line": "#d5d9de",
    "transfer": "#0072B2",
    "blend": "#D55E01",
    "network": "#D55E00",
    "ridge": "#A03C78",
    "forest": "#00805C",
    "other": "#8A6D00",
    "control": "#6f7781",
    "database": "#0E7C71",
    "limit": "#1d2733",
    "paper": "#ffffff",
}
"""Role -> colour on white: the hues of Okabe and Ito's palette, darker where a thin line on white would be faint.

No meaning hangs on hue alone: lines differ in dashes, points in shape.
"""

DASHES: dict[str, Any] = {
    "blend": (0, (5, 2)),
    "network": (0, (1, 1.4)),
    "ridge": (0, (6, 1.8, 1.4, 1.8)),
    "forest": (0, (5, 2)),
}
"""Line style of each kind of direct learning."""

OTHER_DASHES: Any = (0, (3, 1.6))

INCH = 25.4
"""Millimetres."""

JAPANESE = (
    "IPAexGothic",
    "IPAGothic",
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Hiragino Sans",
    "Hiragino Kaku Gothic ProN",
    "Yu Gothic",
    "Meiryo",
    "MS Gothic",
    "TakaoGothic",
    "VL Gothic",
)
"""Fonts with Japanese characters, the best first; those that are installed are used."""


@dataclass(frozen=True)
class Look:
    """What decides how a figure is drawn.

    Attributes
    ----------
    name : str
        A key of `WIDTHS`, or the width as it was given.
    width, tallest : float
        Millimetres.
    text, small : float
        Points: of names and axes, and of ticks and legends.
    scale : float
        Of lines and marks.
    dots : int
        Pixels an inch of a PNG.
    language : str
        ``en`` or ``ja``.
    """

    name: str
    width: float
    text: float = 8.0
    small: float = 7.0
    scale: float = 1.0
    dots: int = 600
    tallest: float = 225.0
    language: Language = "en"

    @property
    def narrow(self) -> bool:
        """Whether two panels stand beside each other at most."""
        return self.width < 13.3 * self.text

    def columns(self, labels: Sequence[str], most: int = 4) -> int:
        """How many columns of a legend fit beside each other, judged by the numbers of characters."""
        wide = [sum(1.0 if ord(c) > 0x2E80 else 0.58 for c in label) + 4.4 for label in labels]
        for columns in range(min(most, len(labels)), 1, -1):
            # As matplotlib deals them out: the first columns are longer by one where it does not come out even.
            deep, more = divmod(len(labels), columns)
            ends = [i * deep + min(i, more) for i in range(columns + 1)]
            total = sum(max(wide[first:last]) for first, last in pairwise(ends))
            if self.small * total < self.width / INCH * 72:
                return columns
        return 1

    @property
    def slide(self) -> bool:
        """Whether it is to be seen from afar, without a caption."""
        return self.name == "slide"

    def say(self, words: Both | str) -> str:
        """Words in the figure's language."""
        if isinstance(words, str):
            return words
        return words.ja if self.language == "ja" and words.ja else words.en


WIDTHS = {
    "single": Look("single", 85.0),
    "double": Look("double", 170.0),
    "slide": Look("slide", 254.0, text=15.0, small=13.0, scale=1.9, dots=192, tallest=142.9),
}
"""One column of a journal, two columns, and a slide of 16 to 9."""

NARROWEST, WIDEST = 60.0, 400.0


def look_of(width: str, language: str) -> Look:
    """The look of a width (a key of `WIDTHS`, or millimetres) in a language.

    Raises
    ------
    InputError
        When either is not known, or no font for the language is installed.
    """
    if language not in get_args(Language):
        raise InputError(f"--language {language} is not known; use one of {', '.join(get_args(Language))}")
    look = WIDTHS.get(width) or Look(width, _millimetres(width))
    if language == "ja":
        if not japanese_fonts():
            raise InputError(
                "no font with Japanese characters is installed; install one, such as IPAexGothic or Noto Sans CJK JP, "
                "or draw with --language en"
            )
        return replace(look, language="ja")
    return look


def _millimetres(text: str) -> float:
    try:
        width = float(text)
    except ValueError:
        width = math.nan
    if not NARROWEST <= width <= WIDEST:
        raise InputError(
            f"--width {text}: use {', '.join(WIDTHS)}, or millimetres from {NARROWEST:g} to {WIDEST:g}"
        ) from None
    return width


def japanese_fonts() -> list[str]:
    """Those of `JAPANESE` that are installed."""
    from matplotlib import font_manager

    there = set(font_manager.get_font_names())
    return [name for name in JAPANESE if name in there]


@contextmanager
def drawing(look: Look, key: str) -> Iterator[None]:
    """Matplotlib's settings for the time of one figure; ``key`` makes its ids, the same every time."""
    import matplotlib as mpl

    asian = japanese_fonts()
    fonts = [*asian[:1], "DejaVu Sans"] if look.language == "ja" else ["DejaVu Sans", *asian[:1]]
    settings: Any = {
        "svg.hashsalt": key,
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
        "font.family": fonts,
        "font.size": look.text,
        "text.parse_math": False,  # a name may hold a dollar sign
        "axes.labelsize": look.text,
        "axes.titlesize": look.text,
        "axes.linewidth": 0.6 * look.scale,
        "axes.labelpad": 2.5 * look.scale,
        "xtick.labelsize": look.small,
        "ytick.labelsize": look.small,
        "xtick.major.width": 0.6 * look.scale,
        "xtick.major.size": 2.5 * look.scale,
        "xtick.major.pad": 2.5 * look.scale,
        "ytick.major.width": 0.6 * look.scale,
        "ytick.major.size": 2.5 * look.scale,
        "ytick.major.pad": 2.5 * look.scale,
        "legend.fontsize": look.small,
        "legend.frameon": False,
        "legend.handlelength": 2.2,
        "legend.columnspacing": 1.4,
        "legend.labelspacing": 0.35,
        "text.color": COLOURS["ink"],
        "axes.labelcolor": COLOURS["ink"],
        "axes.edgecolor": COLOURS["muted"],
        "xtick.color": COLOURS["muted"],
        "ytick.color": COLOURS["muted"],
        "xtick.labelcolor": COLOURS["ink"],
        "ytick.labelcolor": COLOURS["ink"],
        "grid.color": COLOURS["line"],
        "grid.linewidth": 0.5 * look.scale,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "path.simplify": False,
        "figure.constrained_layout.w_pad": 0.035 * look.scale,
        "figure.constrained_layout.h_pad": 0.03 * look.scale,
    }
    with mpl.rc_context(settings):
        yield
