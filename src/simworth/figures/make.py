"""Every figure of a run, into a folder; those that cannot be drawn are told with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from simworth.errors import InputError
from simworth.figures.grid import grid_pictures
from simworth.figures.isolines import isoline_pictures
from simworth.figures.law import law_pictures
from simworth.figures.look import Look, look_of
from simworth.figures.parity import parity_pictures
from simworth.figures.picture import FORMATS, Found, LeftOut, Picture, write_picture
from simworth.figures.plane import plane_pictures
from simworth.figures.ranking import ranking_pictures
from simworth.files import write_text
from simworth.planning.costs import Costs
from simworth.report.folder import RunFolder, read_folder

CAPTIONS = "captions.txt"
KINDS = ("law", "grid", "isolines", "budget", "ranking", "parity")


@dataclass(frozen=True)
class Drawn:
    """A figure as files: its kind, its caption, and the paths of its drawings and of its numbers (the CSV, last)."""

    kind: str
    caption: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Figures:
    """The figures that were written, those that were left out, and the file of captions."""

    drawn: tuple[Drawn, ...]
    left_out: tuple[LeftOut, ...]
    captions: Path


def draw_figures(
    folder: str | Path,
    out: str | Path,
    *,
    formats: Sequence[str] = FORMATS,
    width: str = "single",
    language: str = "en",
    costs: Costs | None = None,
    kinds: Sequence[str] = KINDS,
) -> Figures:
    """Draw the figures of a run: law, grid, isolines, budget, ranking and parity.

    Parameters
    ----------
    folder
        The run folder.
    out
        The folder to write to; files of the same name are replaced.
    formats
        ``svg``, ``pdf``, ``png``.
    width
        ``single`` (85 mm), ``double`` (170 mm), ``slide`` (254 mm × 143 mm), or millimetres.
    language
        ``en`` or ``ja``; captions are in English.
    costs
        For the budget plane; default as the run's plan had them.
    kinds
        Which figures; default all.

    Raises
    ------
    InputError
        When the run cannot be read, or an argument is not known.
    """
    look, out = look_of(width, language), Path(out)
    if out.exists() and not out.is_dir():
        raise InputError(f"{out}: is a file; name a folder")
    if not formats or any(f not in FORMATS for f in formats):
        raise InputError(f"formats {', '.join(formats) or 'are missing'}: use one or several of {', '.join(FORMATS)}")
    if not kinds or any(k not in KINDS for k in kinds):
        raise InputError(f"figures {', '.join(kinds) or 'are missing'}: use one or several of {', '.join(KINDS)}")
    run = read_folder(Path(folder))
    found = _found(run, look, costs, kinds)
    pictures = [f for f in found if isinstance(f, Picture)]
    source = f"simworth {run.law['schema']} {run.law['digest']}"
    drawn = [
        Drawn(p.kind, p.caption, write_picture(p, look, out, stem, formats, source))
        for p, stem in zip(pictures, stems(pictures, found), strict=True)
    ]
    captions = out / CAPTIONS
    write_text(captions, "".join(f"{d.files[-1].stem}\n{d.caption}\n\n" for d in drawn) + _sources(run))
    return Figures(tuple(drawn), tuple(f for f in found if isinstance(f, LeftOut)), captions)


def _found(run: RunFolder, look: Look, costs: Costs | None, kinds: Sequence[str]) -> Found:
    """What there is of each kind, in the order of `KINDS`."""
    makers: dict[str, Callable[[], Found]] = {
        "law": lambda: law_pictures(run, look),
        "grid": lambda: grid_pictures(run, look),
        "isolines": lambda: isoline_pictures(run, look),
        "budget": lambda: plane_pictures(run, look, costs),
        "ranking": lambda: ranking_pictures(run, look),
        "parity": lambda: parity_pictures(run, look),
    }
    return [f for kind in KINDS if kind in kinds for f in makers[kind]()]


def stems(pictures: Sequence[Picture], found: Found) -> list[str]:
    """File names without endings, all different: the kind, and of what where the run has several of a kind."""
    of_kind = Counter(f.kind for f in found)
    taken: Counter[str] = Counter()
    names = []
    for p in pictures:
        name = p.kind if of_kind[p.kind] == 1 else f"{p.kind}-{p.about}".strip("-")
        taken[name] += 1
        while taken[name] > 1:
            name = f"{name}-{taken[name]}"
            taken[name] += 1
        names.append(name)
    return names


def _sources(run: RunFolder) -> str:
    """What the figures were made from, to be told with them."""
    return f"Made from law.json {run.law['digest']} and plan.json {run.plan['digest']}.\n"
