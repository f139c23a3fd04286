"""Run long work with progress; Ctrl-C says what is kept."""

from __future__ import annotations

from pathlib import Path

from simworth.campaign.produce import produce
from simworth.campaign.spec import read_campaign
from simworth.campaign.table import write_table
from simworth.cli.output import interruptible, say, say_json
from simworth.cli.progress import CampaignProgress, StudyProgress
from simworth.documents import read_document
from simworth.examples.tables import write_example_tables
from simworth.inference.documents import SCHEMA as LAW
from simworth.planning.documents import SCHEMA as PLAN
from simworth.report.summary import summary_lines
from simworth.study import Study
from simworth.sweep.run import sweep
from simworth.workers import cores


def run_study(study: Study, out: Path, workers: int | None, json: bool) -> None:
    """Run a study and print its answer and where the page is, or with ``json`` where all its files are."""
    with interruptible(_kept(out)), StudyProgress(study.spec) as progress:
        run = study.run(out, workers=workers, progress=progress)
    lines = summary_lines(read_document(run.law, LAW), read_document(run.plan, PLAN))
    if json:
        files = {key: str(path.resolve()) for key, path in run._asdict().items() if path is not None}
        say_json({"files": files, "sentences": lines})
        return
    for line in lines:
        say(line)
    say(f"The page: {run.report.resolve()}")


def sweep_study(study: Study, out: Path, workers: int | None, json: bool) -> None:
    """Run the trials alone."""
    with interruptible(_kept(out)), StudyProgress(study.spec) as progress:
        trials = sweep(study.spec, out, workers=workers or cores(), progress=progress)
    if json:
        say_json({"trials": str(trials.resolve())})
    else:
        say(str(trials))


def run_campaign(campaign: Path, out: Path, workers: int | None, json: bool) -> None:
    """Produce a table and say what became of every candidate."""
    spec = read_campaign(campaign)
    with interruptible(_kept(out)), CampaignProgress() as progress:
        produce(spec, out, workers or cores(), progress)
    lines = write_table(spec, out)
    if json:
        say_json({"folder": str(out.resolve()), "table": str((out / "table.parquet").resolve()), "sentences": lines})
        return
    for line in lines:
        say(line)


def write_tables(name: str, folder: Path, rows: int, json: bool) -> None:
    """Write the tables of a shipped study as CSV files."""
    made = write_example_tables(name, folder, rows)
    if json:
        say_json({part: str(path.resolve()) for part, path in made._asdict().items()})
        return
    for path in made:
        say(f"wrote {path}")


def _kept(out: Path) -> str:
    return f"what is finished is kept in {out}. The same command continues."
