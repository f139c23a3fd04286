"""Hand out a manifest's chunks, record what comes back, merge; interrupt and rerun to continue."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager, nullcontext
from pathlib import Path

import msgspec

from simworth.documents import write_document
from simworth.errors import InputError, StaleRunError, TrialError
from simworth.files import write_text
from simworth.sweep.chunk import run_chunk
from simworth.sweep.design import Manifest, design
from simworth.sweep.inputs import clear_work, load_spec, prepare_inputs, save_spec
from simworth.sweep.quality import quality_document
from simworth.sweep.records import is_readable, merge_trials, write_trials
from simworth.sweep.spec import StudySpec
from simworth.sweep.tables import load_tables
from simworth.sweep.times import Watch, timed
from simworth.tables import PropertyTable
from simworth.workers import as_finished, process_pool


class SweepState(msgspec.Struct, frozen=True):
    """What a progress display is told after every chunk."""

    stage: str
    done: int
    total: int
    finished: tuple[Path, ...] = ()
    """Chunk files there are, for whoever wants a look at the curve so far."""


Progress = Callable[[SweepState], None]


def sweep(
    spec: StudySpec,
    folder: Path,
    *,
    workers: int,
    executor: Executor | None = None,
    given: Mapping[str, PropertyTable] | None = None,
    progress: Progress | None = None,
    keep_work: bool = False,
    watch: Watch | None = None,
) -> Path:
    """Run every trial of a study that is not recorded yet; returns the path of trials.parquet.

    Parameters
    ----------
    executor
        Any `concurrent.futures.Executor` whose workers see ``folder``; default: ``workers`` single-threaded
        processes.
    given
        Tables by name, for a study made in Python.
    keep_work
        Leave features and networks in ``work/`` for what comes after the sweep.
    watch
        Counts the time of a longer session, whose owner writes it down; default: this call writes its own.

    Raises
    ------
    InputError
        For unusable tables or settings, before anything is computed.
    StaleRunError
        When ``folder`` holds another study's run or was begun with other library versions.
    """
    tell = progress or (lambda state: None)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file; name a folder for the run")
    own = Watch(None if executor else workers)
    with nullcontext() if watch else timed(folder, own):
        merged = _swept(spec, folder, workers, executor, given or {}, tell, watch or own)
    if not keep_work:
        clear_work(folder)
    return merged


def _swept(
    spec: StudySpec,
    folder: Path,
    workers: int,
    executor: Executor | None,
    given: Mapping[str, PropertyTable],
    tell: Progress,
    watch: Watch,
) -> Path:
    """`sweep`, with its time counted."""
    with watch.stage("tables"):
        manifest = prepare(spec, folder, given, tell)
    merged = folder / "trials.parquet"
    paths = [manifest.path(folder, i) for i in range(len(manifest.chunks))]
    todo = [i for i, p in enumerate(paths) if not p.exists()]
    with watch.stage("trials"):
        try:
            if todo:
                _compute(folder, todo, paths, workers, executor, tell)
        finally:
            watch.trials += sum(manifest.trials(i) for i in todo if paths[i].exists())
        units = {
            t.label: {"unit": unit, "property": t.property} for t, unit in zip(spec.target, manifest.units, strict=True)
        }
        if todo or not merged.exists():
            write_trials(merged, merge_trials(paths), {"study": manifest.study, "targets": units})
    return merged


def _compute(
    folder: Path, todo: list[int], paths: list[Path], workers: int, executor: Executor | None, tell: Progress
) -> None:
    """Run the chunks that are not recorded, telling after each what there is."""
    with _executor(executor, workers) as pool:
        calls = [(str(folder.resolve()), i) for i in todo]
        for (_, index), future in as_finished(pool, run_chunk, calls, 2 * workers):
            _raise_stopped(index, future)
            there = tuple(p for p in paths if p.exists())
            tell(SweepState("trials", len(there), len(paths), there))


def prepare(spec: StudySpec, folder: Path, given: Mapping[str, PropertyTable], tell: Progress) -> Manifest:
    """Read the tables, check them, lay out the work; or re-read a run that was begun.

    Nothing is written before every input has been read and found usable.
    """

    def say(what: str) -> None:
        tell(SweepState(what, 0, 0))

    targets, sources = load_tables(spec, given, say)
    inputs = prepare_inputs(spec, targets, sources)
    manifest = design(spec, inputs)
    path = folder / "manifest.json"
    if path.exists():
        _same_run(folder, _begun(path), manifest)
        _drop_damaged(manifest, folder, say)
    if any(not manifest.path(folder, i).exists() for i in range(len(manifest.chunks))):
        features = inputs.features(say)
        inputs.write(folder, features)
        write_document(folder / "quality.json", quality_document(inputs, features))
    if not path.exists():
        save_spec(spec, folder)
        write_text(path, json.dumps(msgspec.to_builtins(manifest), indent=1) + "\n")
    return manifest


def _begun(path: Path) -> Manifest:
    """The manifest of a run that was begun; the study beside it must be the one it was made for."""
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except msgspec.DecodeError:
        raise StaleRunError(f"{path}: is damaged; choose another output folder") from None
    if not (path.parent / "study.toml").exists() or load_spec(path.parent).digest() != manifest.study:
        raise StaleRunError(f"{path.parent}/study.toml is not the one the run began with; choose another output folder")
    return manifest


def _drop_damaged(manifest: Manifest, folder: Path, say: Callable[[str], None]) -> None:
    """Remove recorded files that cannot be read, so that they are made again, and say so."""
    recorded = [manifest.path(folder, i) for i in range(len(manifest.chunks))]
    for path in (*recorded, folder / "trials.parquet"):
        if path.exists() and not is_readable(path):
            say(f"{path} is damaged and is made again")
            path.unlink()


def _same_run(folder: Path, before: Manifest, now: Manifest) -> None:
    """Refuse to mix runs: same study, same inputs, same versions, same chunks."""
    if before.study != now.study:
        raise StaleRunError(f"{folder}: holds the run of another study; choose another output folder")
    changed = [f for f, d in now.inputs.items() if before.inputs.get(f) != d]
    if changed:
        raise StaleRunError(f"{folder}: was begun with other contents of {changed[0]}; choose another output folder")
    other = [k for k, v in now.versions.items() if before.versions.get(k) != v]
    if other:
        k = other[0]
        raise StaleRunError(
            f"{folder}: was begun with {k} {before.versions.get(k)} but {now.versions[k]} is installed; "
            "install that version or choose another output folder"
        )
    if (before.chunks, before.tunings) != (now.chunks, now.tunings):
        raise StaleRunError(f"{folder}: holds another layout of trials; choose another output folder")


@contextmanager
def _executor(executor: Executor | None, workers: int) -> Iterator[Executor]:
    if executor is not None:
        yield executor
    else:
        with process_pool(workers) as pool:
            yield pool


def _raise_stopped(index: int, future: Future[None]) -> None:
    """Say which part stopped and why; finished parts are kept."""
    error = future.exception()
    if isinstance(error, InputError):
        raise error
    if error is not None:
        raise TrialError(
            f"trials/{index:05d} stopped with {type(error).__name__}: {error}; "
            "finished trials are kept, run again to continue"
        ) from error
