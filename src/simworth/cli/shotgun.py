"""Commands of source choice: make a library of pretrained models, and rank it on a target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from simworth.cli.options import Json, Workers
from simworth.cli.output import emit, interruptible, note, say

if TYPE_CHECKING:
    from simworth.sweep.spec import OverlapPolicy

commands = typer.Typer()


@commands.command()
def pretrain(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="study file (TOML) with sources and targets")],
    library: Annotated[Path, typer.Option("--out", "-o", metavar="LIBRARY", help="folder of models; added to")],
    lanes: Annotated[int, typer.Option(min=1, metavar="N", help="networks a source")] = 4,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Pretrain networks on the whole of every source, without the targets' materials. Interrupt and rerun to continue.

    Example: simworth pretrain study.toml -o library
    """
    import msgspec

    from simworth.cli.progress import CampaignProgress
    from simworth.learners.library import card_sentence, read_card
    from simworth.shotgun.pretrain import pretrain_library
    from simworth.sweep.spec import read_study
    from simworth.workers import cores

    spec = read_study(study)
    with (
        interruptible(f"finished models are kept in {library}. The same command continues."),
        CampaignProgress() as progress,
    ):
        folders = pretrain_library(spec, library, workers=workers or cores(), lanes=lanes, say=note, progress=progress)
    cards = [read_card(folder) for folder in folders]
    if json:
        say(msgspec.json.encode(cards).decode())
        return
    for card in cards:
        say(card_sentence(card))


@commands.command()
def shotgun(
    library: Annotated[Path, typer.Argument(metavar="LIBRARY", help="folder of models, of 'simworth pretrain'")],
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="study file (TOML); its sources are not looked at")],
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="write the ranking (JSON)")] = None,
    overlap: Annotated[
        str | None,
        typer.Option(
            metavar="POLICY", help="of materials a model has seen: exclude, error or allow; default the study's"
        ),
    ] = None,
    level: Annotated[
        float, typer.Option(metavar="P", help="probability that no useless model is called better or worse")
    ] = 0.9,
    json: Json = False,
    workers: Workers = None,
) -> None:
    """Try every model of a library on a target: which source is worth transferring from?

    Example: simworth shotgun library study.toml -o ranking.json
    """
    from simworth.cli.progress import CampaignProgress
    from simworth.shotgun.ranking import rank_library, read_target
    from simworth.workers import cores

    spec = read_target(study)
    with interruptible("nothing was written."), CampaignProgress() as progress:
        document = rank_library(
            library,
            spec,
            workers=workers or cores(),
            overlap=cast("OverlapPolicy | None", overlap),
            level=level,
            say=note,
            progress=progress,
        )
    if out is not None:
        emit(document, out)
    if json:
        emit(document, None)
        return
    for target in document["targets"]:
        _show(target, document)


def _show(target: dict[str, Any], document: dict[str, Any]) -> None:
    """The ranking of one target: a table and what it means."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    unit = "" if target["unit"] == "1" else f" in {target['unit']}"
    leaks = any(row["seen_tested"] for row in target["ranking"])
    title = f"{target['target']}{unit}: {target['m']} experiments, {document['replicates']} splits"
    table = Table(title=title, box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("model", no_wrap=True)
    for name in ("error", "gain", "from", "to", "best", *(("seen",) if leaks else ())):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in target["ranking"]:
        gain, best = row["gain"], row["best"]
        what = row["name"] if row["kind"] == "model" else f"({row['name']})"
        told = (f"{gain['mean']:.3g}", f"{gain['low']:.2g}", f"{gain['high']:.2g}") if gain else ("", "", "")
        share = ">99 %" if best > 0.99 else "<1 %" if best < 0.01 else f"{100 * best:.0f} %"
        seen = (f"{row['seen_tested']:.3g} of {target['tested']:.3g}",) if leaks else ()
        table.add_row(what, f"{row['error']:.4g}", *told, share, *seen, WORDS[row["verdict"]])
    Console().print(table, highlight=False, markup=False)
    for line in _lines(target, document):
        say(line)


WORDS = {"better": "better", "worse": "worse", "untold": "", "reference": "reference", "direct": ""}


def _lines(target: dict[str, Any], document: dict[str, Any]) -> list[str]:
    """The ranking in sentences."""
    lines = [
        "In brackets: direct learning, from the experiments alone. From, to: the interval of the gain, "
        f"{100 * document['level']:.0f} %. Best: the probability to be so.",
        target["sentence"],
    ]
    lines += [target["procedure"]["sentence"], _advice(target)]
    best = target["ranking"][0]
    if best["kind"] == "model":
        lines.append("The first error in the table flatters: it is the least of many. Quote the one of choosing.")
    if target["seen"] and document["overlap"] == "allow":
        lines.append(
            f"Some model has seen {target['seen']} of the {target['materials']} materials; errors on them are no test."
        )
    elif target["seen"]:
        lines.append(
            f"{target['seen']} of the {target['materials']} materials stand in some model's source; none was tested on."
        )
    lines += [f"Left out: {x['model']} {x['reason']}." for x in target["left_out"]]
    lines += [f"Left out: {x['name']}, whose training diverged in {x['splits']} splits." for x in target["failed"]]
    return lines


def _advice(target: dict[str, Any]) -> str:
    row = next(row for row in target["ranking"] if row["name"] == target["choice"])
    has = "The least error within the training parts has"
    if row["kind"] == "direct":
        return f"{has} direct learning ({row['name']})."
    return f"{has} {row['name']}{'' if row['verdict'] == 'better' else ', which may be luck'}."
