"""The command that ranks candidates for a target window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simworth.cli.options import Json, OutFile
from simworth.cli.output import check_out, emit, interruptible, note, say
from simworth.cli.predict import CandidateFile, Column, PairPartner, PairTemperature, Place, SourceName, TargetName

commands = typer.Typer()
Low = Annotated[
    float | None, typer.Option(metavar="X", help="lower end of the window, in the model's unit; open without")
]
High = Annotated[float | None, typer.Option(metavar="X", help="upper end of the window; open without")]
Level = Annotated[float, typer.Option(metavar="P", help="share of measurements that intervals hold")]


@commands.command()
@interruptible("nothing was written.")
def screen(
    run: Place,
    candidates: CandidateFile,
    low: Low = None,
    high: High = None,
    out: OutFile = None,
    top: Annotated[int | None, typer.Option(metavar="N", min=1, help="rows to write; default all")] = None,
    column: Column = None,
    partner: PairPartner = None,
    temperature: PairTemperature = None,
    level: Level = 0.9,
    target: TargetName = None,
    source: SourceName = None,
    json: Json = False,
) -> None:
    """Rank candidates by the probability that their property lies in a window.

    Example: simworth screen runs/first candidates.csv --low 1.1 --high 1.7 -o ranked.csv
    """
    from simworth.model.candidates import read_candidates
    from simworth.model.card import card_sentence
    from simworth.model.choose import open_model
    from simworth.model.gather import gather
    from simworth.model.screen import screen as rank
    from simworth.model.screen import screen_document
    from simworth.model.window import check_window

    check_window(low, high)
    check_out(out, run, candidates)
    model = open_model(run, target, source, note)
    table = read_candidates(candidates, model.card, column, partner, temperature)
    note(card_sentence(model.card))
    answers = gather(model, table, level, told, learned=False)
    found = rank(model, table, answers, low, high, top)
    if json:
        emit(screen_document(model, found, low, high), out)
    else:
        write_table(out, found.names, found.rows)
    note(f"{found.expected:.1f} of {len(table.texts):,} candidates are expected in the window and not measured yet")


def write_table(out: Path | None, names: list[str], rows: list[list[str | float | int | bool | None]]) -> None:
    """A table to its file, or to standard output."""
    from simworth.model.candidates import csv_text, write_rows

    if out is None:
        say(csv_text(names, rows).removesuffix("\n"))
    else:
        write_rows(out, names, rows)
        note(f"wrote {out}")


def told(done: int, total: int) -> None:
    """Progress of a long table."""
    if total > 10_000:
        note(f"predicted {done:,} of {total:,}")
