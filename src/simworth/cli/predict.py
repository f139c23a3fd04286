"""The command that asks a model about candidates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simworth.cli.options import Json
from simworth.cli.output import check_out, emit, interruptible, note

commands = typer.Typer()
Place = Annotated[Path, typer.Argument(metavar="RUN", help="run folder, or a model's own folder")]
CandidateFile = Annotated[Path, typer.Argument(metavar="CANDIDATES", help="CSV file with a column of materials")]
Column = Annotated[str | None, typer.Option(metavar="NAME", help="of the materials; default a usual name")]
PairPartner = Annotated[str | None, typer.Option(metavar="NAME", help="column of the molecules (pairs only)")]
PairTemperature = Annotated[
    str | None, typer.Option(metavar="NAME[:UNIT]", help="column of temperatures, in K unless said (pairs only)")
]
TargetName = Annotated[str | None, typer.Option(metavar="NAME", help="of the study; default the first")]
SourceName = Annotated[str | None, typer.Option(metavar="NAME", help="of the study; default the best one")]


@commands.command()
@interruptible("nothing was written.")
def predict(
    run: Place,
    candidates: CandidateFile,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="file to write; default standard output")
    ] = None,
    column: Column = None,
    partner: PairPartner = None,
    temperature: PairTemperature = None,
    level: Annotated[float, typer.Option(metavar="P", help="share of measurements that intervals hold")] = 0.9,
    target: TargetName = None,
    source: SourceName = None,
    json: Json = False,
) -> None:
    """Predict the property of candidates with the model of a run: intervals, what lies outside, nearest experiments.

    Example: simworth predict runs/first candidates.csv -o predictions.csv
    """
    from simworth.cli.output import say
    from simworth.model.candidates import csv_text, read_candidates, write_rows
    from simworth.model.card import card_sentence
    from simworth.model.choose import open_model
    from simworth.model.predictions import predict_candidates, prediction_document

    check_out(out, run, candidates)
    model = open_model(run, target, source, note)
    table = read_candidates(candidates, model.card, column, partner, temperature)
    note(f"{card_sentence(model.card)}. {model.card.gain}")
    found = predict_candidates(model, table, level, _told)
    if json:
        emit(prediction_document(model, found, level), out)
        return
    names = [*table.names, *found.names]
    rows = [[*given, *said] for given, said in zip(table.rows, found.rows, strict=True)]
    if out is None:
        say(csv_text(names, rows).removesuffix("\n"))
    else:
        write_rows(out, names, rows)
        note(f"wrote {out}")
    note(_summary(found.rows))


def _told(done: int, total: int) -> None:
    if total > done or total > 10_000:
        note(f"predicted {done:,} of {total:,}")


def _summary(rows: list[list[str | float | int | bool | None]]) -> str:
    """How many rows were predicted, and how many of them are not to be trusted."""
    from simworth.model.predictions import NAMES

    inside = NAMES.index("inside")
    outside = sum(row[inside] is False for row in rows)
    unread, known = (sum(row[-2] == status for row in rows) for status in ("unreadable", "measured"))
    return (
        f"{len(rows) - unread:,} of {len(rows):,} candidates predicted; {outside:,} lie outside what the model knows, "
        f"{known:,} are measured already, {unread:,} could not be read"
    )
