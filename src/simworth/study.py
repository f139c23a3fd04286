"""From a study to a run directory: tables, sweep, law, plan, report. The Python face of the tool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from simworth.documents import write_document
from simworth.inference.documents import fit_trials
from simworth.learners.settings import BlendSpec, NetworkSpec
from simworth.model.choose import FOLDER, keep_model
from simworth.planning.documents import plan_law
from simworth.report.page import write_report
from simworth.sweep.design import design
from simworth.sweep.inputs import Inputs, prepare_inputs
from simworth.sweep.leakage import leakage_sentences
from simworth.sweep.run import Progress, SweepState, sweep
from simworth.sweep.spec import StudySpec, read_study, study_from
from simworth.sweep.tables import load_tables
from simworth.sweep.times import Watch, timed
from simworth.tables import PropertyTable, groups_sentence, overlap
from simworth.workers import cores


class Run(NamedTuple):
    """A finished run directory; every member is a file another tool can read."""

    folder: Path
    trials: Path
    law: Path
    plan: Path
    report: Path
    model: Path | None = None
    """Folder of the model; None where the learner is not simworth's network."""

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from simworth.report.shown import run_html

        return run_html(self.folder, self.report)


class Study:
    """One or several computed sources against one or several experimental targets.

    Parameters
    ----------
    settings
        What a study file holds, as nested plain values (the keys of `StudySpec`) or as a `StudySpec`.
    tables
        Tables already in memory; a setting ``table = "given:NAME"`` refers to one by its name here.

    Raises
    ------
    StudyError
        For unknown or impossible settings.

    Examples
    --------
    >>> study = Study({"name": "demo", "target": [...], "source": [...]})  # doctest: +SKIP
    >>> run = study.run("runs/demo")  # doctest: +SKIP
    """

    def __init__(
        self, settings: StudySpec | Mapping[str, Any], tables: Mapping[str, PropertyTable] | None = None
    ) -> None:
        plain = msgspec.to_builtins(settings) if isinstance(settings, StudySpec) else dict(settings)
        self.spec = study_from(plain, "study", Path.cwd())
        self.tables = dict(tables or {})

    @classmethod
    def read(cls, path: str | Path) -> Study:
        """Read a study file (TOML)."""
        study = cls.__new__(cls)
        study.spec, study.tables = read_study(Path(path)), {}
        return study

    def check(self) -> list[str]:
        """Read every table and lay out the sweep without computing; what a user should know, as sentences.

        Raises
        ------
        InputError
            For unusable input.
        """
        targets, sources = load_tables(self.spec, self.tables, lambda what: None)
        inputs = prepare_inputs(self.spec, targets, sources)
        inputs.features(lambda what: None)
        manifest = design(self.spec, inputs)
        lines = [t.about.sentence(len(t)) for t in (*targets, *sources)]
        for t, target in enumerate(targets):
            lines.append(f"{self.spec.target[t].label}: m = {', '.join(map(str, manifest.m[t]))}")
            lines += _sides(inputs, t)
            lines.append(_replicates(self.spec.sweep.replicates, manifest.m[t], manifest.tunings[t]))
            for s, source in enumerate(sources):
                sizes = sorted({c.n for c in manifest.chunks if (c.target, c.source) == (t, s)})
                lines.append(f"{self.spec.source[s].label}: n = {', '.join(map(str, sizes))}")
                lines.append(overlap(source, target).sentence)
                lines += leakage_sentences(self.spec.sweep, inputs.related[t, s])
                lines += _steps(self.spec, sizes)
        trials = sum(manifest.trials(i) for i in range(len(manifest.chunks)))
        return [*lines, f"{trials} trials in {len(manifest.chunks)} parts"]

    def run(
        self,
        folder: str | Path,
        *,
        workers: int | None = None,
        executor: Executor | None = None,
        progress: Progress | None = None,
    ) -> Run:
        """Run the study into ``folder``, or continue it there.

        Parameters
        ----------
        workers
            Single-threaded processes; default: one a core.
        executor
            Any `concurrent.futures.Executor` instead, whose workers see ``folder``.
        progress
            Called with a `SweepState` after every unit of work.

        Raises
        ------
        InputError
            For unusable input, before anything is computed.
        """
        folder, count = Path(folder), workers or cores()
        tell = progress or (lambda state: None)
        watch = Watch(None if executor else count)
        with timed(folder, watch):
            trials = sweep(
                self.spec,
                folder,
                workers=count,
                executor=executor,
                given=self.tables,
                progress=progress,
                keep_work=True,
                watch=watch,
            )
            with watch.stage("law"):
                law, plan = self._answered(folder, trials, tell)
            fresh = not (folder / FOLDER).exists()
            with watch.stage("model"):
                model = keep_model(self.spec, folder, count, executor, lambda line: tell(SweepState(line, 0, 0)))
            watch.made = fresh and model is not None
        tell(SweepState("writing the page", 0, 0))
        return Run(folder, trials, law, plan, write_report(folder), model)

    def _answered(self, folder: Path, trials: Path, tell: Progress) -> tuple[Path, Path]:
        """Fit the law and plan with it; give both documents."""
        tell(SweepState("fitting the law", 0, 0))
        law, plan = folder / "law.json", folder / "plan.json"
        write_document(law, fit_trials(trials))
        write_document(plan, plan_law(law, self.spec.plan.error, self.spec.plan.worthwhile, self.spec.plan.costs))
        return law, plan


def _sides(inputs: Inputs, t: int) -> list[str]:
    """What is kept together when a target is split, and what is never tested."""
    lines, target, group, held = [], inputs.targets[t], inputs.spec.target[t].group, inputs.untested(t)
    if group is not None:
        lines.append(groups_sentence(target, group))
    if held is not None:
        lines.append(f"{held.sum()} of {len(target)} materials of {target.name} stand in a source and are never tested")
    return lines


def _steps(spec: StudySpec, sizes: list[int]) -> list[str]:
    """Where the network stops before it has looked at each material as often as it should: the curve may flatten."""
    learner = spec.learner
    short = [n for n in sizes if n and isinstance(learner, NetworkSpec | BlendSpec) and learner.cut_short(n)]
    if not short or not isinstance(learner, NetworkSpec | BlendSpec):
        return []
    epochs = learner.most_steps * learner.batch / short[-1]
    return [
        f"from n = {short[0]} on pretraining ends after {learner.most_steps} steps (at n = {short[-1]} it has looked "
        f"at each material {epochs:.2g} times); if the curve flattens there, it may be for this: learner.most_steps"
    ]


def _replicates(count: int, m: Sequence[int], tunings: Sequence[int]) -> str:
    """How many replicates, and how often each is fine-tuned."""
    replicates = "1 replicate" if count == 1 else f"{count} replicates"
    if max(tunings) == 1:
        return f"{replicates}, one fine-tuning each"
    if len(set(tunings)) == 1:
        return f"{replicates}, {tunings[0]} fine-tunings each"
    each = ", ".join(f"{k} at m = {size}" for size, k in zip(m, tunings, strict=True))
    return f"{replicates}, fine-tunings of each: {each}"
