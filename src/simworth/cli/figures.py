"""The command that draws the figures of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simworth.cli.output import check_out, interruptible, note, say

if TYPE_CHECKING:
    from simworth.figures.make import Figures

commands = typer.Typer()


@commands.command()
@interruptible("files that are there are whole.")
def figures(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="run folder")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="folder to write to; default DIR/figures")
    ] = None,
    formats: Annotated[
        str, typer.Option("--format", "-f", metavar="LIST", help="svg, pdf, png, with commas")
    ] = "svg,pdf,png",
    width: Annotated[
        str, typer.Option(metavar="WIDTH", help="single (85 mm), double (170 mm), slide (254 mm), or millimetres")
    ] = "single",
    only: Annotated[
        str | None,
        typer.Option(metavar="LIST", help="law, grid, isolines, budget, ranking, parity, with commas; default all"),
    ] = None,
    language: Annotated[str, typer.Option(metavar="NAME", help="en or ja")] = "en",
    cost_simulation: Annotated[
        float | None, typer.Option(metavar="COST", help="of one more simulated material; default as planned")
    ] = None,
    cost_experiment: Annotated[
        float | None, typer.Option(metavar="COST", help="of one more experimental material; default as planned")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(metavar="COST", help="to be spent on both; default as planned")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="print what was written as JSON")] = False,
) -> None:
    """Draw the figures of a run for a paper or a talk, each with its numbers as CSV, and captions.

    Example: simworth figures runs/first -o figures --format pdf,png --width double
    """
    import json as codec

    from simworth.figures.make import KINDS, draw_figures
    from simworth.planning.costs import Costs

    place = out or folder / "figures"
    check_out(place / "captions.txt")
    made = draw_figures(
        folder,
        place,
        formats=_list(formats),
        width=width,
        language=language,
        costs=Costs(cost_simulation, cost_experiment, budget),
        kinds=_list(only) if only is not None else KINDS,
    )
    if json:
        say(codec.dumps(_plain(made)))
        return
    for drawn in made.drawn:
        for path in drawn.files:
            say(str(path))
    say(str(made.captions))
    for gone in made.left_out:
        about = f" of {gone.about}" if gone.about else ""
        note(f"left out: {gone.kind}{about}: {gone.why.removesuffix('.')}")


def _list(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))


def _plain(made: Figures) -> dict[str, object]:
    return {
        "figures": [{"kind": d.kind, "caption": d.caption, "files": [str(p) for p in d.files]} for d in made.drawn],
        "left_out": [{"kind": g.kind, "of": g.about, "why": g.why} for g in made.left_out],
        "captions": str(made.captions),
    }
