"""The command that proposes what to measure or simulate next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simworth.cli.options import Json
from simworth.cli.output import check_out, emit, interruptible, note
from simworth.cli.predict import CandidateFile, Column, PairPartner, PairTemperature, Place, SourceName, TargetName
from simworth.cli.screen import High, Level, Low, told, write_table

commands = typer.Typer()
LISTS = (".smi", ".txt")
"""Endings of files that are written as a list of materials."""


@commands.command()
@interruptible("nothing was written.")
def suggest(
    run: Place,
    candidates: CandidateFile,
    count: Annotated[int, typer.Option("--count", "-k", metavar="K", min=1, help="size of the batch")] = 10,
    low: Low = None,
    high: High = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help=".csv, or .smi or .txt for a list that 'produce' reads"),
    ] = None,
    explore: Annotated[
        float, typer.Option(metavar="P", help="with a window: share of the batch that is to learn from")
    ] = 0.2,
    simulate: Annotated[
        bool, typer.Option("--simulate", help="the batch is to be simulated: leave out what is computed, not measured")
    ] = False,
    inside: Annotated[bool, typer.Option("--inside", help="leave out what lies outside what the model knows")] = False,
    column: Column = None,
    partner: PairPartner = None,
    temperature: PairTemperature = None,
    level: Level = 0.9,
    target: TargetName = None,
    source: SourceName = None,
    json: Json = False,
) -> None:
    """Propose candidates to measure or simulate next: near a target window, unlike each other, worth learning from.

    Example: simworth suggest runs/first candidates.csv -k 12 --low 1.1 --high 1.7 -o next.csv
    """
    from simworth.model.candidates import read_candidates
    from simworth.model.card import card_sentence
    from simworth.model.choose import open_model
    from simworth.model.gather import gather
    from simworth.model.proposal import computed_already, proposal_document, proposal_sentence, propose
    from simworth.model.window import check_window

    if low is not None or high is not None:
        check_window(low, high)
    check_out(out, run, candidates)
    model = open_model(run, target, source, note)
    table = read_candidates(candidates, model.card, column, partner, temperature)
    note(card_sentence(model.card))
    answers = gather(model, table, level, told)
    computed = computed_already(run, model) if simulate else None
    found = propose(model, table, answers, count, low, high, explore, computed, inside)
    if json:
        emit(proposal_document(model, found), out)
    elif out is not None and out.suffix in LISTS:
        write_list(out, found.identities)
    else:
        write_table(out, found.names, found.rows)
    note(proposal_sentence(found))


def write_list(out: Path, identities: list[str]) -> None:
    """One material a line."""
    from simworth.files import write_text

    write_text(out, "".join(f"{identity}\n" for identity in identities))
    note(f"wrote {out}")
