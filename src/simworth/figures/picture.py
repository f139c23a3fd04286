"""A figure before it is a file, why one is left out, and the files of one."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simworth.figures.look import INCH, Look, drawing
from simworth.figures.sheet import Sheet
from simworth.files import replacing, write_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("svg", "pdf", "png")


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure.

    Attributes
    ----------
    kind : str
        What it shows: law, grid, isolines, budget, ranking or parity.
    about : str
        Of what, as a part of a file name.
    caption : str
        What a reader must know, in English sentences.
    sheet : Sheet
        The numbers that it shows.
    height : float
        Millimetres.
    draw : callable
        Draws it into an empty figure.
    """

    kind: str
    about: str
    caption: str
    sheet: Sheet
    height: float
    draw: Callable[[Figure], None]


@dataclass(frozen=True)
class LeftOut:
    """A figure that cannot be drawn, of what, and why."""

    kind: str
    about: str
    why: str


Found = list[Picture | LeftOut]


def write_picture(
    picture: Picture, look: Look, folder: Path, stem: str, formats: Sequence[str], source: str
) -> tuple[Path, ...]:
    """Write a figure in every format and its numbers as CSV; ``source`` says in each file what it was made from."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    paths = []
    for kind in formats:
        path = folder / f"{stem}.{kind}"
        with drawing(look, stem), warnings.catch_warnings():
            # A name may hold characters that no installed font has; they become boxes.
            warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
            figure = Figure(figsize=(look.width / INCH, picture.height / INCH), layout="constrained")
            FigureCanvasAgg(figure)
            picture.draw(figure)
            with replacing(path) as temporary:
                figure.savefig(temporary, format=kind, dpi=look.dots, metadata=_metadata(kind, stem, source))
        paths.append(path)
    numbers = folder / f"{stem}.csv"
    write_text(numbers, picture.sheet.text())
    return (*paths, numbers)


def _metadata(kind: str, title: str, source: str) -> dict[str, str | None]:
    """What stands in the file beside the drawing; no date, so that equal figures are equal files."""
    if kind == "svg":
        return {"Date": None, "Title": title, "Source": source}
    if kind == "pdf":
        return {"CreationDate": None, "Title": title, "Subject": source}
    return {"Software": None, "Title": title, "Source": source}
