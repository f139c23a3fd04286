"""From a run to the model that it measured: what its learner made of the leading source, at the largest sizes.

It is that of the sweep's own trials, so the error, the gain and the coverage in the study are the model's.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from simworth.digest import digest_value
from simworth.documents import Document, read_document
from simworth.errors import InputError, SimworthError, TrialError
from simworth.inference.documents import SCHEMA as LAW
from simworth.learners.coverage import leave_one_replicate_out
from simworth.learners.intervals import Calibrated, by_material, calibrate
from simworth.learners.protocol import Materials
from simworth.learners.settings import BlendSpec, NetworkSpec
from simworth.model.adapting import Kept, adapt_chunk, chunks_of, kept_path, read_kept
from simworth.model.ask import Model
from simworth.model.blends import Blends, blends_of
from simworth.model.card import SCHEMA, Calibration, Card, Covered, Limits, Origin, Part
from simworth.model.domain import top, usual_distances, widest_spread
from simworth.model.elements import elements_of
from simworth.model.folder import load_model, read_card, save_model
from simworth.model.known import known_of
from simworth.model.networks import networks_of
from simworth.model.predictor import Predictor
from simworth.model.unlike import met_by
from simworth.report.arms import best_first, last_mean
from simworth.report.wording import headline
from simworth.sweep.counts import VOCABULARY
from simworth.sweep.design import Manifest, versions
from simworth.sweep.inputs import load_spec, load_target, prepare_inputs
from simworth.sweep.spec import StudySpec
from simworth.tables import PropertyTable
from simworth.workers import as_finished, process_pool

Float64 = NDArray[np.float64]
LEVEL = 0.9
"""Of the intervals whose coverage the card tells."""


def no_model(spec: StudySpec) -> str:
    """Why no model is kept of a study; empty where one is."""
    if isinstance(spec.learner, BlendSpec | NetworkSpec):
        return ""
    return f"no model folder is kept for the learner {spec.learner.label!r}: only simworth's own learners have one"


def write_model(
    run: Path,
    place: Path,
    t: int,
    s: int | None,
    *,
    workers: int,
    executor: Executor | None = None,
    say_stage: Callable[[str], None] = lambda line: None,
) -> Path:
    """Make the model of a finished run, for one target; what is there already and fits is kept. Returns its folder.

    Parameters
    ----------
    run, place
        The run folder, and where the model is to stand.
    t, s
        Places of target and source in the study; without a source, the one whose error is smallest at its largest size.

    Raises
    ------
    InputError
        When the run is not finished, the learner is none of simworth's own, or a source's trials failed.
    """
    spec, manifest = load_spec(run.resolve()), opened_manifest(run)
    if no_model(spec):
        raise InputError(f"{run}: {no_model(spec)}")
    if not (run / "law.json").exists():
        raise InputError(f"{run}: the run is not finished, it has no law.json; finish it with 'simworth run'")
    law = read_document(run / "law.json", LAW)
    entry = _entry(spec, manifest, law, t, s)
    s = [x.label for x in spec.source].index(entry["arm"])
    asked = digest_value([SCHEMA, manifest.study, manifest.inputs, law["digest"], versions(spec), t, s])
    if _is_there(place, asked):
        return place
    todo = chunks_of(spec, manifest, t, s)
    if not all((run / "work" / name).is_file() for name in _needed(spec, t, s)):
        _describe_again(spec, run, say_stage)
    say_stage("keeping the model")
    _adapt(run, todo, workers, executor)
    model = _gathered(run.resolve(), spec, manifest, entry, todo, t, s, asked)
    return save_model(place, model)


def opened_manifest(run: Path) -> Manifest:
    """The manifest of a run.

    Raises
    ------
    InputError
        When it is missing or damaged.
    """
    path = run / "manifest.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); name a run folder or a model folder") from None
    except msgspec.DecodeError:
        raise InputError(f"{path}: is damaged; restore the run's manifest") from None


def _entry(spec: StudySpec, manifest: Manifest, law: Document, t: int, s: int | None) -> dict[str, Any]:
    """The law's curve that the model belongs to: at the largest m, of the source asked for or the best one."""
    about = {"target": spec.target[t].label, "m": manifest.m[t][-1], "learner": spec.learner.label, "control": ""}
    found = [c for c in law["curves"] if all(c[k] == v for k, v in about.items())]
    if s is not None:
        found = [c for c in found if c["arm"] == spec.source[s].label]
    ranked = best_first(found)
    if not ranked or last_mean(ranked[0]) is None:
        raise InputError(
            f"target {spec.target[t].label!r}: no trial of the largest sizes finished, so there is no model"
        )
    return dict(ranked[0])


def _is_there(place: Path, asked: str) -> bool:
    try:
        return read_card(place).asked == asked and bool(load_model(place))
    except InputError:
        return False


def _needed(spec: StudySpec, t: int, s: int) -> list[str]:
    counts = [VOCABULARY, f"target-{t}-counts.npz", f"source-{s}-counts.npz"]
    needed = [f"target-{t}.npy", f"source-{s}.npy", f"near-{t}-{s}.npy"]
    return [*needed, *(counts if isinstance(spec.learner, BlendSpec) else [])]


def _describe_again(spec: StudySpec, run: Path, say_stage: Callable[[str], None]) -> None:
    """Features of a run whose sweep is long over."""
    targets, sources = (
        tuple(PropertyTable.from_parquet(run / "inputs" / f"{role}-{i}.parquet") for i in range(len(tables)))
        for role, tables in (("target", spec.target), ("source", spec.source))
    )
    inputs = prepare_inputs(spec, targets, sources)
    inputs.write(run, inputs.features(say_stage))


def _adapt(run: Path, todo: list[int], workers: int, executor: Executor | None) -> None:
    calls = [(str(run.resolve()), i) for i in todo if not kept_path(run, i).exists()]
    if not calls:
        return
    with process_pool(min(workers, len(calls))) if executor is None else nullcontext(executor) as pool:
        for _, future in as_finished(pool, adapt_chunk, calls, 2 * workers):
            error = future.exception()
            if isinstance(error, SimworthError):
                raise error
            if error is not None:
                raise TrialError(f"the model stopped with {type(error).__name__}: {error}; run again") from error


def _gathered(
    run: Path, spec: StudySpec, manifest: Manifest, entry: dict[str, Any], todo: list[int], t: int, s: int, asked: str
) -> Model:
    """Everything of the model, from what the workers left."""
    target = load_target(run, manifest.inputs[f"target-{t}"], t)
    parts = [read_kept(run, i, len(manifest.chunks[i].replicates)) for i in todo]
    replicates = [r for i in todo for r in manifest.chunks[i].replicates]
    tests = [target.test[r] for r in replicates]
    held = [x for part in parts for x in part.held]
    whole = np.array([np.isfinite(x).all() for x in held])
    if not whole.any():
        raise InputError(f"target {entry['target']!r}: training diverged in every replicate, so there is no model")
    assert isinstance(spec.learner, BlendSpec | NetworkSpec)
    tunings, materials = len(held[0]), target.materials._replace(wide=None)
    predictor = _predictor(spec, parts, tunings, whole, materials)
    difference = _difference(run, entry, replicates, held)
    tests = [x for x, there in zip(tests, whole, strict=True) if there]
    held = [x for x, there in zip(held, whole, strict=True) if there]
    said = _matrix(held, tests, len(target.values))
    calibrated = calibrate(said, target.values)
    usual, away = usual_distances(predictor.see(materials), predictor.train, tests)
    widest, networks = widest_spread(said, calibrated.spread)
    tables = [PropertyTable.from_parquet(run / "inputs" / f"{name}.parquet") for name in (f"target-{t}", f"source-{s}")]
    known = known_of(tables[0], spec.target[t].property, tables[1], spec.source[s].property, spec.seed)
    elements = frozenset[str]().union(*(elements_of(x.kind, i) for x in tables for i in x.identities))
    seen, met = met_by(tables[0].kind, tables[0].identities, tables[1].identities)
    card = Card(
        study=spec.name,
        property=spec.target[t].property,
        unit=manifest.units[t],
        kind=tables[0].kind,
        descriptor=spec.descriptor,
        features=tables[0].about.features,
        width=materials.features.shape[1],
        counts=0 if predictor.vocabulary is None else len(predictor.vocabulary.small),
        target=_origin(tables[0], spec.target[t].label, spec.target[t].property),
        source=_origin(tables[1], spec.source[s].label, spec.source[s].property),
        n=manifest.width[t][s],
        m=manifest.m[t][-1],
        replicates=int(whole.sum()),
        tunings=tunings,
        learner=spec.learner,
        members=_members(predictor),
        elements=tuple(sorted(elements)),
        sample=len(known.computed),
        calibration=_calibration(calibrated),
        coverage=_covered(said, target.values),
        limits=Limits(farthest=top(away), widest=widest, networks=networks),
        range=seen,
        error=float(np.mean([np.abs(x - target.values[rows]).mean() for x, rows in zip(held, tests, strict=True)])),
        difference=difference,
        gain=headline(entry, LEVEL).en,
        verdict=str(entry["verdict"]["sentence"]),
        versions=versions(spec),
        asked=asked,
    )
    return Model(card, predictor, materials, known, calibrated, usual, met)


def _predictor(
    spec: StudySpec, parts: list[Kept], tunings: int, whole: NDArray[np.bool_], materials: Materials
) -> Predictor:
    """What the replicates learned that are ``whole``."""
    tensors = [part.tensors for part in parts]
    if isinstance(spec.learner, NetworkSpec):
        return networks_of(tensors, spec.learner, tunings, whole)
    assert isinstance(spec.learner, BlendSpec)
    return blends_of(tensors, spec.learner, materials, [len(part.held) for part in parts], whole)


def _members(predictor: Predictor) -> tuple[Part, ...]:
    if not isinstance(predictor, Blends):
        return ()
    return tuple(Part(name=x.name, weight=min(x.weight, 1.0), error=x.miss) for x in predictor.standings())


def _matrix(held: list[Float64], tests: list[NDArray[np.int32]], materials: int) -> Float64:
    """Predictions (replicates, materials) of held-out experiments, each the mean of a replicate's tunings."""
    rows = [test for test, x in zip(tests, held, strict=True) for _ in x]
    replicates = [i for i, x in enumerate(held) for _ in x]
    return by_material(rows, [one for x in held for one in x], materials, replicates)


def _calibration(found: Calibrated) -> Calibration:
    spread = found.spread
    numbers = (None, None, None) if spread is None else (spread.shared, spread.weight, spread.usual)
    return Calibration(materials=len(found.errors), shared=numbers[0], weight=numbers[1], usual=numbers[2])


def _covered(said: Float64, measured: Float64) -> Covered | None:
    """Coverage on replicates that calibration did not see; None of too few."""
    try:
        found = leave_one_replicate_out(said, measured, LEVEL)
    except InputError:
        return None
    return Covered(level=LEVEL, asked=found.asked, covered=found.covered, width=found.width)


def _difference(run: Path, entry: dict[str, Any], replicates: list[int], held: list[Float64]) -> float | None:
    """Largest difference from the predictions that the sweep recorded, in its precision; None where it kept none."""
    from simworth.report.arms import last_point

    about = {k: entry[k] for k in ("target", "arm", "learner", "control", "m")}
    columns = [*about, "n", "replicate", "tuning", "predictions"]
    found = pq.read_table(run / "trials.parquet", columns=columns).to_pylist()
    point = last_point(entry)
    n = None if point is None else point["n"]
    largest = None
    for trial in found:
        if trial["n"] != n or any(trial[k] != v for k, v in about.items()):
            continue
        mine = held[replicates.index(trial["replicate"])][trial["tuning"]].astype(np.float32).astype(np.float64)
        gap = np.abs(mine - np.array(trial["predictions"], np.float64))
        largest = max(largest or 0.0, float(np.nanmax(gap)))
    return largest


def _origin(table: PropertyTable, label: str, name: str) -> Origin:
    about = table.provenance
    return Origin(
        label=label, name=table.name, property=name, materials=len(table), digest=table.digest,
        licence=about.licence, citation=about.citation, private=about.private,
    )  # fmt: skip
