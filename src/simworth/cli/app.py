"""The commands and their options."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from simworth.cli.describing import commands as describing_commands
from simworth.cli.get import commands as get_commands
from simworth.cli.importing import commands as importing_commands
from simworth.cli.output import emit, problem, say
from simworth.cli.overlap import commands as overlap_commands
from simworth.cli.shotgun import commands as shotgun_commands
from simworth.cli.tables import commands as tables_commands
from simworth.errors import InputError, SimworthError

app = typer.Typer(
    name="simworth",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="What is a computed property database worth for predicting experiments, and should it grow?",
)

StudyFile = Annotated[Path, typer.Argument(metavar="STUDY", help="study file (TOML)")]
RunFolder = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="run folder; continued if begun")]
Workers = Annotated[
    int | None, typer.Option("--workers", "-w", min=1, metavar="N", help="processes; default one a core")
]
OutFile = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help="file to write; default standard output")
]


@app.command()
def demo(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="enthalpy, dipole or arms")] = "enthalpy",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="run folder; default runs/NAME")
    ] = None,
    workers: Workers = None,
) -> None:
    """Run a study that simworth brings along: what are its GFN2-xTB simulations worth for measurements?

    Example: simworth demo
    """
    from simworth.cli.running import run_study
    from simworth.examples import example_path
    from simworth.study import Study

    run_study(Study.read(example_path(name)), out or Path("runs") / name, workers)


@app.command()
def run(study: StudyFile, out: RunFolder, workers: Workers = None) -> None:
    """Run a study: tables, leakage check, sweep, law, plan and report. Interrupt and rerun to continue.

    Example: simworth run study.toml -o runs/first
    """
    from simworth.cli.running import run_study
    from simworth.study import Study

    run_study(Study.read(study), out, workers)


@app.command()
def check(study: StudyFile) -> None:
    """Read the tables of a study, report overlap and the layout of the sweep, and compute nothing.

    Example: simworth check study.toml
    """
    from simworth.study import Study

    for line in Study.read(study).check():
        say(line)


@app.command()
def sweep(study: StudyFile, out: RunFolder, workers: Workers = None) -> None:
    """Run the trials of a study alone: writes DIR/trials.parquet.

    Example: simworth sweep study.toml -o runs/first
    """
    from simworth.cli.running import sweep_study
    from simworth.study import Study

    sweep_study(Study.read(study), out, workers)


@app.command()
def fit(
    trials: Annotated[Path, typer.Argument(metavar="TRIALS", help="trials.parquet, or a CSV with n, error, …")],
    out: OutFile = None,
    metric: Annotated[str, typer.Option(metavar="NAME", help="mae or rmse (trials.parquet only)")] = "mae",
    level: Annotated[float, typer.Option(metavar="P", help="probability of every interval")] = 0.9,
    unit: Annotated[str, typer.Option(metavar="UNIT", help="unit of the errors (CSV only)")] = "",
) -> None:
    """Fit the scaling law error = D n^-alpha + C to recorded errors: writes law.json.

    Example: simworth fit curve.csv | simworth plan -
    """
    from simworth.inference.documents import fit_csv, fit_trials

    if trials.suffix == ".parquet":
        emit(fit_trials(trials, metric, level), out)
    else:
        emit(fit_csv(trials, level, unit), out)


@app.command()
def plan(
    law: Annotated[Path, typer.Argument(metavar="LAW", help="law.json, or - for standard input")],
    out: OutFile = None,
    error: Annotated[
        float | None, typer.Option(metavar="E", help="target error; default a tenth below the present one")
    ] = None,
    worthwhile: Annotated[
        float, typer.Option(metavar="X", help="least relative gain from doubling that is worth it")
    ] = 0.02,
    cost_simulation: Annotated[
        float | None, typer.Option(metavar="COST", help="of one more simulated material, in any currency")
    ] = None,
    cost_experiment: Annotated[
        float | None, typer.Option(metavar="COST", help="of one more experimental material")
    ] = None,
    budget: Annotated[float | None, typer.Option(metavar="COST", help="to be spent on both")] = None,
    value: Annotated[float | None, typer.Option(metavar="COST", help="worth of an error lower by one unit")] = None,
) -> None:
    """Answer from a law: data needed, limit, growth, when to stop, what to collect next, how to spend a budget.

    Example: simworth plan law.json --error 0.5
    """
    from simworth.documents import decode_document
    from simworth.inference.documents import SCHEMA
    from simworth.planning.costs import Costs
    from simworth.planning.documents import plan_document

    costs = Costs(cost_simulation, cost_experiment, budget, value)
    text = sys.stdin.buffer.read() if str(law) == "-" else _bytes(law)
    where = "standard input" if str(law) == "-" else str(law)
    emit(plan_document(decode_document(text, where, SCHEMA), error, worthwhile, costs), out)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="run folder")],
) -> None:
    """Write the page of a run again: DIR/report.html.

    Example: simworth report runs/first
    """
    from simworth.report.page import write_report

    say(str(write_report(folder)))


@app.command()
def produce(
    campaign: Annotated[Path, typer.Argument(metavar="CAMPAIGN", help="campaign file (TOML)")],
    out: RunFolder,
    workers: Workers = None,
) -> None:
    """Compute a property table with a simulation engine. Interrupt and rerun to continue.

    Example: simworth produce campaign.toml -o tables/mine
    """
    from simworth.cli.running import run_campaign

    run_campaign(campaign, out, workers)


app.add_typer(get_commands)
app.add_typer(overlap_commands)
app.add_typer(shotgun_commands)
app.add_typer(tables_commands)
app.add_typer(importing_commands)
app.add_typer(describing_commands)


@app.command()
def version() -> None:
    """Print the version."""
    import importlib.metadata

    say(importlib.metadata.version("simworth"))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from None


def main() -> None:
    """Run the command line; an error made on purpose is one sentence and its exit code."""
    try:
        app()
    except SimworthError as error:
        problem(str(error))
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        # A folder that cannot be written, a full disk: the system's words, with the place.
        place = f"{error.filename}: " if error.filename else ""
        problem(f"{place}{error.strerror or error}; choose another place or make room")
        raise SystemExit(InputError.exit_code) from None
