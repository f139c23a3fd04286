"""Make a library: a few networks on the whole of every source of a study, none on a material of its targets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from simworth.digest import digest_bytes, digest_value
from simworth.errors import InputError, StudyError, TrialError
from simworth.features.table import table_features
from simworth.learners.library import SCHEMA, Card, Model, has_model, save_model
from simworth.learners.settings import BlendSpec, NetworkSpec
from simworth.seeds import seed_of
from simworth.shotgun.probes import make_probe
from simworth.sweep.design import versions
from simworth.sweep.inputs import Inputs, prepare_inputs
from simworth.sweep.leakage import barred
from simworth.sweep.order import identity_keys, source_order
from simworth.sweep.spec import StudySpec
from simworth.sweep.tables import load_tables
from simworth.tables import PropertyTable
from simworth.workers import as_finished, process_pool

LANES = 4
"""Networks a source."""
HELD_OUT = 0.1
MOST_HELD_OUT = 1000
"""Each network leaves out a tenth of the source, at most so many materials, and others than the next network."""
FEWEST = 20
"""Materials below which nothing can be both learned and held out."""


class Job(NamedTuple):
    """One model to be made; ``table`` holds what it may see."""

    folder: Path
    card: Card
    table: PropertyTable
    seed: int


def pretrain_library(
    spec: StudySpec,
    library: Path,
    *,
    workers: int,
    lanes: int = LANES,
    executor: Executor | None = None,
    given: Mapping[str, PropertyTable] | None = None,
    say: Callable[[str], None] = lambda line: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Path]:
    """Pretrain on every source of a study; models that are there already are kept. Returns their folders.

    Sources that are the same at full size are one model.

    Parameters
    ----------
    spec
        Its targets' materials (and near relatives of them, as ``sweep.near`` says) are left out of every source, unless
        ``sweep.overlap`` is ``"allow"``.
    lanes
        Networks a source.
    executor
        Any `concurrent.futures.Executor` whose workers see ``library``; default: ``workers`` single-threaded processes.
    given
        Tables by name, for a study made in Python.
    say, progress
        Told what is read, and how many models there are of how many.

    Raises
    ------
    InputError
        For unusable tables or settings, and for a learner that is no network, before anything is computed.
    TrialError
        When a training diverged; finished models are kept.
    """
    if library.exists() and not library.is_dir():
        raise InputError(f"{library}: is a file; name a folder for the library")
    spec = with_network(spec)
    if lanes < 1:
        raise InputError(f"{lanes} networks a source were asked for; ask for at least 1")
    inputs = prepare_inputs(spec, *load_tables(spec, given or {}, say))
    jobs = _different([plan_model(inputs, s, lanes, library) for s in range(len(inputs.sources))], say)
    todo = [job for job in jobs if not has_model(job.folder, job.card.asked)]
    progress(len(jobs) - len(todo), len(jobs))
    if todo:
        with process_pool(workers) if executor is None else nullcontext(executor) as pool:
            finished = as_finished(pool, make_model, [(job,) for job in todo], workers)
            for done, ((job,), future) in enumerate(finished, len(jobs) - len(todo) + 1):
                if isinstance(error := future.exception(), InputError | TrialError):
                    raise error
                if error is not None:
                    raise TrialError(
                        f"model {job.card.name!r} stopped with {type(error).__name__}: {error}; finished ones are kept"
                    ) from error
                progress(done, len(jobs))
    return [job.folder for job in jobs]


def with_network(spec: StudySpec) -> StudySpec:
    """The study with simworth's own network, which a library holds, in the place of the blend, the usual learner.

    Raises
    ------
    StudyError
        When the study names another learner.
    """
    if isinstance(spec.learner, BlendSpec):
        return msgspec.structs.replace(spec, learner=NetworkSpec())
    if not isinstance(spec.learner, NetworkSpec):
        raise StudyError(
            f'a library holds simworth\'s own networks, not {spec.learner.label!r}; set learner.name to "network"'
        )
    return spec


def plan_model(inputs: Inputs, s: int, lanes: int, library: Path) -> Job:
    """What is to be made of source ``s``: its materials without the targets', and a card to be completed.

    Raises
    ------
    InputError
        When too few materials are left.
    """
    spec, chosen, table = inputs.spec, inputs.spec.source[s], inputs.sources[s]
    assert isinstance(spec.learner, NetworkSpec)
    if not chosen.proxy:
        table = table.convert(chosen.property, inputs.targets[0].unit(spec.target[0].property))
    tested = spec.sweep.overlap != "allow"
    found = [barred(spec.sweep, inputs.related[t, s]).source_places for t in range(len(inputs.targets))]
    whole, digest = len(table), table.digest
    table = table.take(np.setdiff1d(np.arange(whole), np.concatenate(found)))
    if len(table) < FEWEST:
        raise InputError(
            f"source {chosen.label!r} has {len(table)} materials that are none of the targets'; "
            f"a library needs at least {FEWEST}"
        )
    network = pretraining_part(spec.learner)
    seen = np.sort(identity_keys(list(table.identities)))
    said = [SCHEMA, digest, digest_bytes(seen.astype("<u8").tobytes()), table.unit(chosen.property), *chosen.also]
    asked = digest_value([*said, msgspec.to_builtins(network), lanes, spec.seed, spec.descriptor])
    held_out = min(int(HELD_OUT * len(table)), MOST_HELD_OUT)
    card = Card(
        name=f"{_slug(chosen.label)}-{asked[:8]}", source=chosen.label, property=chosen.property,
        unit=table.unit(chosen.property), also=chosen.also, kind=table.kind, features=table.about.features,
        descriptor=spec.descriptor, width=0,
        materials=len(table), n=len(table) - held_out, held_out=held_out, error=0.0, ignorance=0.0,
        lanes=lanes, network=network, without=tuple(t.label for t in spec.target) if tested else (),
        left_out=whole - len(table), table=table.name, table_digest=digest, licence=table.provenance.licence,
        citation=table.provenance.citation, private=table.provenance.private, versions=versions(spec), asked=asked,
    )  # fmt: skip
    return Job(library / card.name, card, table, spec.seed)


def make_model(job: Job) -> None:
    """Train the networks of one model, measure them on what each left out, and write the folder.

    Raises
    ------
    TrialError
        When a training diverged.
    """
    from simworth.learners.network import pretrain, represent

    card, table = job.card, job.table
    features, values = table_features([table], card.descriptor)[0], table.values(card.property)
    keys = identity_keys(list(table.subjects))
    nothing = np.zeros(len(table), dtype=bool)
    rows = np.stack([source_order(keys, job.seed, lane, nothing, None) for lane in range(card.lanes)])
    seeds = [seed_of("library", job.seed, lane) for lane in range(card.lanes)]
    labels = np.stack([values, *(table.numbers(column) for column in card.also)], axis=1)
    networks = pretrain(card.network, features, labels[rows], rows, card.n, seeds)
    out = rows[:, card.n :]
    known = np.isfinite(values[out])
    missed = np.abs(represent(networks, features, out)[2] - values[out])[known]
    if not missed.size:
        raise TrialError(
            f"model {card.name!r}: no held-out material has {card.property}; give a source with more of it"
        )
    if not np.isfinite(missed).all():
        raise TrialError(f"model {card.name!r}: training diverged; lower learner.rate")
    centre = np.nanmean(values[rows[:, : card.n]], axis=1, keepdims=True)
    card = msgspec.structs.replace(
        card,
        width=features.shape[1],
        error=float(missed.mean()),
        ignorance=float(np.abs(values[out] - centre)[known].mean()),
    )
    probe = make_probe(table.kind, features.shape[1], card.descriptor)
    save_model(job.folder.parent, Model(card, networks, np.unique(keys), probe))


def _different(jobs: list[Job], say: Callable[[str], None]) -> list[Job]:
    """The jobs without repetitions: arms that differ in how they grow are one source at full size."""
    first: dict[str, Job] = {}
    for job in jobs:
        if first.setdefault(job.card.asked, job) is not job:
            say(
                f"{job.card.source}: the same as {first[job.card.asked].card.source} at full size, so one model is made"
            )
    return list(first.values())


def pretraining_part(spec: NetworkSpec) -> NetworkSpec:
    """The settings that one network's pretraining depends on; those of its use at their defaults, whatever they are."""
    usual, later = NetworkSpec(), ("members", "adaptation", "tuning")
    return msgspec.structs.replace(
        spec, **{k: getattr(usual, k) for k in spec.__struct_fields__ if k.startswith(later)}
    )


def _slug(label: str) -> str:
    """A label as the name of a folder."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-") or "model"
