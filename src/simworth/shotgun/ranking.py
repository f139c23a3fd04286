"""Try every model of a library on a study's targets and rank them: which source is worth using?

The least of many measured errors flatters its candidate. So the ranking says for every model whether it is surely
better than direct learning, all of them considered at once, and what error the *procedure* has that chooses by the
training part alone: that is what a user of the library may expect.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, as_completed
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from simworth.documents import Document, seal
from simworth.errors import InputError, LeakageError, StudyError
from simworth.identity import Descriptor
from simworth.learners.library import Model, load_model, model_folders
from simworth.learners.protocol import Materials
from simworth.learners.settings import NetworkSpec
from simworth.shotgun.attempts import BASELINES, KERNEL, NETWORK, Candidate, Errors, Task, attempt, make_parts
from simworth.shotgun.compare import shared
from simworth.shotgun.pretrain import with_network
from simworth.shotgun.probes import check_probe, make_probe
from simworth.shotgun.verdict import judge
from simworth.sweep.design import design
from simworth.sweep.inputs import Inputs, prepare_inputs
from simworth.sweep.order import identity_keys
from simworth.sweep.spec import OverlapPolicy, StudySpec, read_study, study_from
from simworth.sweep.tables import load_tables
from simworth.tables import PropertyTable
from simworth.workers import process_pool

SCHEMA = "simworth-shotgun/1"
FEWEST_REPLICATES = 4
"""Splits below which nothing can be told from luck."""


class Tried(NamedTuple):
    """A model that fits a target, and which of the target's materials (M,) it has seen."""

    folder: Path
    model: Model
    seen: np.ndarray[Any, np.dtype[np.bool_]]


def read_target(path: Path) -> StudySpec:
    """A study file of which the targets alone matter; it need not have a source.

    Raises
    ------
    StudyError
        As `simworth.sweep.spec.read_study`.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        raw = {"source": True}  # whatever is wrong, the reader of study files says it
    targets = raw.get("target")
    if "source" in raw or not (isinstance(targets, list) and targets and isinstance(targets[0], dict)):
        spec = read_study(path)
    else:
        # A study has a source; the target itself stands in for it while the rest is checked.
        stand_in = {k: v for k, v in targets[0].items() if k != "group"}
        spec = study_from({**raw, "source": [stand_in]}, str(path), path.parent)
    return msgspec.structs.replace(spec, source=())


def rank_library(
    library: Path,
    spec: StudySpec,
    *,
    workers: int,
    overlap: OverlapPolicy | None = None,
    level: float = 0.9,
    executor: Executor | None = None,
    given: Mapping[str, PropertyTable] | None = None,
    say: Callable[[str], None] = lambda line: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Document:
    """Try every model on every target of a study.

    Parameters
    ----------
    spec
        Splits, sizes and the way of adaptation; its sources are not looked at, and the largest m counts.
    overlap
        Materials that some model has seen: never tested on (``"exclude"``), refused (``"error"``), or tested on and
        said beside every number (``"allow"``); default the study's ``sweep.overlap``.
    level
        Probability that no model of a target is called better or worse where none is.
    executor
        Any `concurrent.futures.Executor`; default: ``workers`` single-threaded processes.

    Returns
    -------
    A document of the kind ``simworth-shotgun/1``.

    Raises
    ------
    InputError
        For unusable input, a damaged model, or a library of which no model fits a target.
    LeakageError
        Under ``"error"`` when a model has seen a material of a target.
    """
    policy = overlap or spec.sweep.overlap
    if policy == "exclude-test":  # what a model has seen cannot be taken out of it, so that both are the same here
        policy = "exclude"
    spec = with_network(msgspec.structs.replace(spec, source=()))
    learner = _check(spec, policy, level)
    folders = model_folders(library)
    models = [load_model(folder) for folder in folders]
    inputs = prepare_inputs(spec, *load_tables(spec, given or {}, say))
    sizes = design(spec, inputs).m
    described = inputs.features(say)
    tasks, parents = [], {m.card.name: m.card.weights for m in models}
    for t, target in enumerate(inputs.targets):
        features = described[f"target-{t}"]
        tried, unfit = _fitting(folders, models, target, features.shape[1], learner.members, spec.descriptor)
        _refuse(policy, tried, target)
        seen = np.any([x.seen for x in tried], axis=0) & (policy != "allow")
        parts = make_parts(target, inputs.splits(t), sizes[t][-1], spec.target[t].group, seen, spec.seed)
        materials = Materials(features, tuple(target.identities), target.kind)
        task = Task(materials, target.values(spec.target[t].property), *parts, learner, spec.seed)
        tasks.append((task, tried, unfit))
        parents[f"target-{t}"] = target.digest
    found = _run(spec, tasks, workers, executor, progress)
    body = [_target(spec, inputs, t, *tasks[t], found[t], policy, level) for t in range(len(tasks))]
    settings = {
        "adaptation": learner.adaptation,
        "members": learner.members,
        "overlap": policy,
        "replicates": spec.sweep.replicates,
    }
    return seal(SCHEMA, parents, {"study": spec.digest(), "level": level, **settings, "targets": body})


def _check(spec: StudySpec, policy: str, level: float) -> NetworkSpec:
    """The learner of a study that can be asked."""
    assert isinstance(spec.learner, NetworkSpec)
    if policy not in ("exclude", "error", "allow"):
        raise InputError(f"--overlap is {policy!r}; use exclude, error or allow")
    if not 0 < level < 1:
        raise InputError(f"the level is {level:g}; it must lie between 0 and 1")
    if spec.sweep.replicates < FEWEST_REPLICATES:
        raise StudyError(f"sweep.replicates is {spec.sweep.replicates}; a ranking needs at least {FEWEST_REPLICATES}")
    return spec.learner


def _check_members(model: Model, members: int) -> None:
    if members > model.card.lanes:
        raise InputError(
            f"learner.members is {members} but model {model.card.name!r} has {model.card.lanes} networks; lower it, or "
            f"make the library with --lanes {members}"
        )


def _fitting(
    folders: list[Path], models: list[Model], target: PropertyTable, width: int, members: int, descriptor: Descriptor
) -> tuple[list[Tried], list[dict[str, str]]]:
    """The models that can read a target's materials, and why the others cannot."""
    here, keys = make_probe(target.kind, width, descriptor), identity_keys(list(target.subjects))
    fit, unfit = [], []
    for folder, model in zip(folders, models, strict=True):
        if model.card.kind != target.kind:
            unfit.append({"model": model.card.name, "reason": f"is for materials of kind {model.card.kind!r}"})
        elif (model.card.features, model.card.descriptor) != (target.about.features, descriptor):
            unfit.append({"model": model.card.name, "reason": "was trained on other features"})
        else:
            check_probe(model, here)
            _check_members(model, members)
            fit.append(Tried(folder, model, np.isin(keys, model.seen)))
    if not fit:
        raise InputError(
            f"no model of the library fits target {target.name!r}: {unfit[0]['model']} {unfit[0]['reason']}"
        )
    return fit, unfit


def _refuse(policy: str, tried: list[Tried], target: PropertyTable) -> None:
    for x in tried:
        if policy == "error" and x.seen.any():
            raise LeakageError(
                f"model {x.model.card.name!r} was trained on {int(x.seen.sum())} materials of target {target.name!r}, "
                f"such as {target.materials[int(x.seen.argmax())]!r}; make it again with this target in its study, or "
                "use --overlap exclude"
            )


def _run(
    spec: StudySpec,
    tasks: list[tuple[Task, list[Tried], list[dict[str, str]]]],
    workers: int,
    executor: Executor | None,
    progress: Callable[[int, int], None],
) -> list[dict[Candidate, Errors]]:
    """Every candidate of every target, direct learners first."""
    direct = [Candidate(name, None) for name in (NETWORK, KERNEL, *(spec.sweep.baselines or BASELINES))]
    wanted = [
        (t, candidate)
        for t, (_, tried, _) in enumerate(tasks)
        for candidate in (*direct, *(Candidate(x.model.card.name, x.folder.resolve()) for x in tried))
    ]
    with process_pool(workers) if executor is None else nullcontext(executor) as pool:
        futures = [pool.submit(attempt, tasks[t][0], candidate) for t, candidate in wanted]
        for done, _ in enumerate(as_completed(futures), 1):
            progress(done, len(futures))
        found: list[dict[Candidate, Errors]] = [{} for _ in tasks]
        for (t, candidate), future in zip(wanted, futures, strict=True):
            found[t][candidate] = future.result()
    return [_without_twin(errors) for errors in found]


def _without_twin(errors: dict[Candidate, Errors]) -> dict[Candidate, Errors]:
    """The same without the kernel ridge regression where the study's own direct learning comes to just that."""
    network, kernel = Candidate(NETWORK, None), Candidate(KERNEL, None)
    if np.array_equal(errors[network].outer, errors[kernel].outer):
        return {c: e for c, e in errors.items() if c != kernel}
    return errors


def _target(
    spec: StudySpec,
    inputs: Inputs,
    t: int,
    task: Task,
    tried: list[Tried],
    unfit: list[dict[str, str]],
    errors: Mapping[Candidate, Errors],
    policy: str,
    level: float,
) -> dict[str, Any]:
    """What the document says of one target."""
    target, asked, m = inputs.targets[t], float(task.outer.asked.mean()), task.outer.train.shape[1]
    seen = int(np.any([x.seen for x in tried], axis=0).sum())
    about = {
        "target": spec.target[t].label,
        "property": spec.target[t].property,
        "unit": target.unit(spec.target[t].property),
        "materials": len(target),
        "m": m,
        "tested": asked,
        "seen": seen,
    }
    cards = {x.model.card.name: x.model.card for x in tried}
    tested = [a[:n] for a, n in zip(task.outer.ask, task.outer.asked, strict=True)]
    leaked = {x.model.card.name: float(np.mean([x.seen[a].sum() for a in tested])) for x in tried}
    testable = len(target) - (0 if policy == "allow" else seen)
    return {**about, **judge(errors, cards, leaked, about, shared(asked, testable), level), "left_out": unfit}
