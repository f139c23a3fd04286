"""Compute one chunk of a manifest: read the study's inputs, train one batch, write one file.

Sharing a filesystem is all a worker needs, so any `concurrent.futures.Executor` can run `run_chunk`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.learners.choose import make_learner
from simworth.learners.protocol import Blending, Learner, Told
from simworth.learners.settings import Baseline, BlendSpec, NetworkSpec
from simworth.seeds import seed_of, stream
from simworth.sweep.blending import blended_lanes
from simworth.sweep.design import Chunk, Manifest
from simworth.sweep.inputs import Arm, TargetData, load_arm, load_spec, load_target
from simworth.sweep.networks import keep_networks
from simworth.sweep.order import source_order
from simworth.sweep.records import Trial, trial_table, write_trials
from simworth.sweep.spec import StudySpec
from simworth.sweep.tunings import tuned_order
from simworth.workers import single_threaded

Answers = NDArray[np.float64] | list[Told]
"""Predictions (lanes, test), or what a learner of parts tells of each lane."""


def run_chunk(folder: str, index: int) -> None:
    """Compute chunk ``index`` of the run in ``folder`` and write its file whole; a second call does nothing.

    Raises
    ------
    StaleRunError
        When an input file is not the one the manifest was made from.
    """
    root = Path(folder)
    manifest, spec = opened(folder)
    path = manifest.path(root, index)
    if path.exists():
        return
    with single_threaded():
        _compute(root, manifest, spec, index, path)


def _compute(root: Path, manifest: Manifest, spec: StudySpec, index: int, path: Path) -> None:
    """The trials of a chunk, written to ``path``."""
    chunk = manifest.chunks[index]
    target = load_target(root, manifest.inputs[f"target-{chunk.target}"], chunk.target)
    if chunk.source is None:
        trials = _direct(root, spec, manifest, chunk, target)
    else:
        digests = manifest.inputs[f"source-{chunk.source}"], manifest.inputs[f"target-{chunk.target}"]
        arm = load_arm(root, *digests, chunk.target, chunk.source)
        pretrained, counts = pretrain_chunk(spec, manifest, chunk, target, arm)
        if is_largest(spec, manifest, chunk):
            keep_networks(root, index, pretrained)
        trials = _transfer(root, spec, manifest, chunk, target, pretrained, counts)
    write_trials(path, trial_table(trials, target.values), {"study": manifest.study, "chunk": index})


@functools.lru_cache(maxsize=2)
def opened(folder: str) -> tuple[Manifest, StudySpec]:
    """The run's manifest and study, read once a worker (both are fixed before any chunk starts)."""
    root = Path(folder)
    manifest = msgspec.json.decode((root / "manifest.json").read_bytes(), type=Manifest)
    return manifest, load_spec(root)


def _direct(root: Path, spec: StudySpec, manifest: Manifest, chunk: Chunk, target: TargetData) -> list[Trial]:
    """Learn from experiments alone, at every m."""
    test = padded([target.test[r] for r in chunk.replicates])
    learner = make_learner(spec.learner) if chunk.learner == spec.learner.label else None
    trials = []
    for m, tuning in _visits(manifest, chunk):
        train = train_rows(spec, chunk, target, m, tuning)
        seeds = trial_seeds(spec, chunk, "direct", m, tuning)
        if isinstance(learner, Blending):
            told: Answers = _blended(root, spec, learner, chunk, None, target, m, tuning)
        elif learner is not None:
            told = _adapted(learner, chunk, None, target, train, test, seeds)
        else:
            told = np.stack([_baseline(chunk, target, *z) for z in zip(train, test, seeds, strict=True)])
        trials += _trials(spec, chunk, m, tuning, target, told, np.zeros((len(test), 2), dtype=int))
    return trials


def _blended(
    root: Path, spec: StudySpec, learner: Blending, chunk: Chunk, foreseen: object | None, target: TargetData, m: int,
    tuning: int,
) -> list[Told]:  # fmt: skip
    """What a learner of parts tells of every lane; what experiments alone tell is shared by all n and arms."""
    return blended_lanes(
        root / "work" / "direct",
        learner,
        foreseen,
        target,
        train_rows(spec, chunk, target, m, tuning),
        [target.test[r] for r in chunk.replicates],
        [f"{chunk.target}-{r}-{m}-{tuning}" for r in chunk.replicates],
        trial_seeds(spec, chunk, "direct", m, tuning),
    )


def _visits(manifest: Manifest, chunk: Chunk) -> Iterator[tuple[int, int]]:
    """Every (m, tuning) of a chunk."""
    for m, count in zip(manifest.m[chunk.target], manifest.tunings[chunk.target], strict=True):
        yield from ((m, tuning) for tuning in range(count))


def train_rows(spec: StudySpec, chunk: Chunk, target: TargetData, m: int, tuning: int) -> NDArray[np.int32]:
    """Rows (lanes, m) to learn from: the same at every n, arm and learner, so that trials are paired."""
    return np.stack([tuned_order(target.train[r], spec.seed, r, tuning)[:m] for r in chunk.replicates])


def _baseline(
    chunk: Chunk, target: TargetData, train: NDArray[np.int32], test: NDArray[np.int32], seed: int
) -> NDArray[np.float64]:
    """One baseline of one replicate: predictions (test,)."""
    from simworth.learners.baselines import fit_predict

    features = target.materials.features
    return fit_predict(cast(Baseline, chunk.learner), features[train], target.values[train], features[test], seed)


def is_largest(spec: StudySpec, manifest: Manifest, chunk: Chunk) -> bool:
    """Whether a chunk learned from all there is of a source, in a way that a model may be made of."""
    if chunk.source is None or chunk.control or not isinstance(spec.learner, BlendSpec | NetworkSpec):
        return False
    return chunk.n == manifest.width[chunk.target][chunk.source]


def pretrain_chunk(
    spec: StudySpec, manifest: Manifest, chunk: Chunk, target: TargetData, arm: Arm
) -> tuple[object, NDArray[np.int_]]:
    """Pretrain on n source materials once a replicate.

    Returns
    -------
    What the learner made, and for each replicate how many source materials were removed because of its test materials,
    and how many of the latter were used (replicates, 2).
    """
    assert chunk.source is not None
    width = manifest.width[chunk.target][chunk.source]
    rows, labels, counts = [], [], []
    for r in chunk.replicates:
        tested, excluded = arm.links.same(target.test[r]), arm.links.barred(target.test[r])
        order = source_order(arm.keys, spec.seed, r, excluded, arm.growth)[:width]
        label = arm.labels[order].copy()
        if chunk.control == "shuffled":
            stream("shuffled-labels", spec.seed, r).shuffle(label[: chunk.n])
        rows.append(order)
        labels.append(label)
        counts.append((int(excluded.sum()), int(tested[order[: chunk.n]].sum())))
    seeds = trial_seeds(spec, chunk, "pretrain", 0, 0)
    learner = make_learner(spec.learner)
    return learner.pretrain(arm.materials, np.stack(labels), np.stack(rows), chunk.n, seeds), np.array(counts)


def _transfer(
    root: Path,
    spec: StudySpec,
    manifest: Manifest,
    chunk: Chunk,
    target: TargetData,
    pretrained: object,
    counts: NDArray[np.int_],
) -> list[Trial]:
    """Adapt at every m as often as the manifest says."""
    learner = make_learner(spec.learner)
    test = padded([target.test[r] for r in chunk.replicates])
    foreseen = learner.foresee(pretrained, target.materials) if isinstance(learner, Blending) else None
    trials = []
    for m, tuning in _visits(manifest, chunk):
        if isinstance(learner, Blending):
            told: Answers = _blended(root, spec, learner, chunk, foreseen, target, m, tuning)
        else:
            train, seeds = train_rows(spec, chunk, target, m, tuning), trial_seeds(spec, chunk, "adapt", m, tuning)
            told = _adapted(learner, chunk, pretrained, target, train, test, seeds)
        trials += _trials(spec, chunk, m, tuning, target, told, counts)
    return trials


def _adapted(
    learner: Learner,
    chunk: Chunk,
    state: object | None,
    target: TargetData,
    train: NDArray[np.int32],
    test: NDArray[np.int32],
    seeds: list[int],
) -> NDArray[np.float64]:
    """Predictions (lanes, test), of that shape whoever wrote the learner."""
    predicted = np.asarray(learner.adapt_and_predict(state, target.materials, target.values, train, test, seeds))
    if predicted.shape != test.shape:
        raise InputError(
            f"learner {chunk.learner!r}: adapt_and_predict gave an array of shape {predicted.shape}; it must have one "
            f"row a lane and one column a material asked for, {test.shape}"
        )
    return predicted


def padded(rows: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    """Rows of different lengths (grouped splits) as one array; the filling is predicted and thrown away."""
    longest = max(len(r) for r in rows)
    return np.stack([np.pad(r, (0, longest - len(r)), mode="edge") for r in rows])


def trial_seeds(spec: StudySpec, chunk: Chunk, purpose: str, m: int, tuning: int) -> list[int]:
    """One seed a replicate. The same for every n and arm, so that curves differ by their data alone."""
    further = (tuning,) if tuning else ()
    return [seed_of(purpose, spec.seed, chunk.learner, m, r, *further) for r in chunk.replicates]


def _trials(
    spec: StudySpec,
    chunk: Chunk,
    m: int,
    tuning: int,
    target: TargetData,
    told: Answers,
    counts: NDArray[np.int_],
) -> list[Trial]:
    """The records of a chunk at one m; of arrays (lanes, test) only what is no filling."""
    lanes = [x if isinstance(x, Told) else Told(x, np.zeros(0), None, ()) for x in told]
    return [
        Trial(
            target=spec.target[chunk.target].label,
            arm="" if chunk.source is None else spec.source[chunk.source].label,
            learner=chunk.learner,
            control=chunk.control,
            n=chunk.n,
            m=m,
            replicate=r,
            tuning=tuning,
            overlap_removed=int(counts[i, 0]),
            overlap_used=int(counts[i, 1]),
            test_rows=target.test[r],
            predictions=lanes[i].predictions[: len(target.test[r])],
            database=lanes[i].database,
            members=lanes[i].members,
        )
        for i, r in enumerate(chunk.replicates)
    ]
