"""Run long work with progress; Ctrl-C says what is kept."""

from __future__ import annotations

from pathlib import Path

from simworth.campaign.produce import produce
from simworth.campaign.spec import read_campaign
from simworth.campaign.table import write_table
from simworth.cli.output import interruptible, say
from simworth.cli.progress import CampaignProgress, StudyProgress
from simworth.documents import read_document
from simworth.inference.documents import SCHEMA as LAW
from simworth.planning.documents import SCHEMA as PLAN
from simworth.report.summary import summary_lines
from simworth.study import Study
from simworth.sweep.run import sweep
from simworth.workers import cores


def run_study(study: Study, out: Path, workers: int | None) -> None:
    """Run a study and print its answer and where the page is."""
    with interruptible(_kept(out)), StudyProgress(study.spec) as progress:
        run = study.run(out, workers=workers, progress=progress)
    for line in summary_lines(read_document(run.law, LAW), read_document(run.plan, PLAN)):
        say(line)
    say(f"The page: {run.report.resolve()}")


def sweep_study(study: Study, out: Path, workers: int | None) -> None:
    """Run the trials alone."""
    with interruptible(_kept(out)), StudyProgress(study.spec) as progress:
        trials = sweep(study.spec, out, workers=workers or cores(), progress=progress)
    say(str(trials))


def run_campaign(campaign: Path, out: Path, workers: int | None) -> None:
    """Produce a table and say what became of every candidate."""
    spec = read_campaign(campaign)
    with interruptible(_kept(out)), CampaignProgress() as progress:
        produce(spec, out, workers or cores(), progress)
    for line in write_table(spec, out):
        say(line)


def _kept(out: Path) -> str:
    return f"what is finished is kept in {out}. The same command continues."
