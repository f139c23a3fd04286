"""The commands and their options."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from simworth.cli.describing import commands as describing_commands
from simworth.cli.doctor import commands as doctor_commands
from simworth.cli.figures import commands as figures_commands
from simworth.cli.get import commands as get_commands
from simworth.cli.importing import commands as importing_commands
from simworth.cli.init import commands as init_commands
from simworth.cli.options import Json, OutFile, RunFolder, StudyFile, Workers, demos
from simworth.cli.output import check_out, emit, problem, say, say_json
from simworth.cli.overlap import commands as overlap_commands
from simworth.cli.predict import commands as predict_commands
from simworth.cli.screen import commands as screen_commands
from simworth.cli.serve import commands as serve_commands
from simworth.cli.shotgun import commands as shotgun_commands
from simworth.cli.suggest import commands as suggest_commands
from simworth.cli.tables import commands as tables_commands
from simworth.errors import InputError, SimworthError

HELP = """What is a computed property database worth for predicting experiments, and should it grow?

With two tables of your own, a measured and a computed one:

\b
  simworth init measured.csv computed.csv -o study.toml
  simworth check study.toml
  simworth run study.toml -o runs/mine
  simworth predict runs/mine candidates.csv -o predictions.csv

'simworth COMMAND --help' says more of each command. Example: simworth demo
"""
app = typer.Typer(
    name="simworth",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=HELP,
)


@app.command()
def demo(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="enthalpy, dipole or arms", autocompletion=demos)
    ] = "enthalpy",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="run folder; default runs/NAME")
    ] = None,
    tables: Annotated[
        Path | None, typer.Option(metavar="DIR", help="run nothing; write its tables and some candidates as CSV files")
    ] = None,
    rows: Annotated[int, typer.Option(metavar="N", help="computed materials that --tables writes")] = 3000,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Run a study that simworth brings along: what are its GFN2-xTB simulations worth for measurements?

    Example: simworth demo
    """
    from simworth.cli.running import run_study, write_tables
    from simworth.examples import example_path
    from simworth.study import Study

    if tables is not None:
        write_tables(name, tables, rows, json)
        return
    run_study(Study.read(example_path(name)), out or Path("runs") / name, workers, json)


@app.command()
def run(study: StudyFile, out: RunFolder, workers: Workers = None, json: Json = False) -> None:
    """Run a study: tables, leakage check, sweep, law, plan and report. Interrupt and rerun to continue.

    Example: simworth run study.toml -o runs/first
    """
    from simworth.cli.running import run_study
    from simworth.study import Study

    run_study(Study.read(study), out, workers, json)


@app.command()
def check(study: StudyFile, json: Json = False) -> None:
    """Read the tables of a study, report overlap and the layout of the sweep, and compute nothing.

    Example: simworth check study.toml
    """
    from simworth.study import Study

    lines = Study.read(study).check()
    if json:
        say_json({"study": str(study), "sentences": lines})
        return
    for line in lines:
        say(line)


@app.command()
def sweep(study: StudyFile, out: RunFolder, workers: Workers = None, json: Json = False) -> None:
    """Run the trials of a study alone: writes DIR/trials.parquet.

    Example: simworth sweep study.toml -o runs/first
    """
    from simworth.cli.running import sweep_study
    from simworth.study import Study

    sweep_study(Study.read(study), out, workers, json)


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

    check_out(out, trials)
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

    check_out(out, law)
    costs = Costs(cost_simulation, cost_experiment, budget, value)
    text = sys.stdin.buffer.read() if str(law) == "-" else _bytes(law)
    where = "standard input" if str(law) == "-" else str(law)
    emit(plan_document(decode_document(text, where, SCHEMA), error, worthwhile, costs), out)


@app.command()
def report(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="run folders; several make one page")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="page to write; default DIR/report.html")
    ] = None,
    json: Json = False,
) -> None:
    """Write the page of a run again, or one page of several runs in which their databases are ranked.

    Example: simworth report runs/first runs/second -o compared.html
    """
    from simworth.report.page import write_page

    if out is None and len(folders) > 1:
        raise InputError("several runs make one page: name it with --out, such as --out compared.html")
    check_out(out, *folders)
    written = write_page(folders, out or folders[0] / "report.html")
    if json:
        say_json({"report": str(written.resolve())})
    else:
        say(str(written))


@app.command()
def produce(
    campaign: Annotated[Path, typer.Argument(metavar="CAMPAIGN", help="campaign file (TOML)")],
    out: RunFolder,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Compute a property table with a simulation engine. Interrupt and rerun to continue.

    Example: simworth produce campaign.toml -o tables/mine
    """
    from simworth.cli.running import run_campaign

    run_campaign(campaign, out, workers, json)


app.add_typer(init_commands)
app.add_typer(doctor_commands)
app.add_typer(get_commands)
app.add_typer(overlap_commands)
app.add_typer(predict_commands)
app.add_typer(screen_commands)
app.add_typer(suggest_commands)
app.add_typer(shotgun_commands)
app.add_typer(tables_commands)
app.add_typer(importing_commands)
app.add_typer(describing_commands)
app.add_typer(serve_commands)
app.add_typer(figures_commands)


@app.command()
def version(json: Json = False) -> None:
    """Print the version.

    Example: simworth version
    """
    import importlib.metadata

    found = importlib.metadata.version("simworth")
    if json:
        say_json({"simworth": found})
    else:
        say(found)


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
