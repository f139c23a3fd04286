"""From a path that a user names to a model: a model folder, or a run folder, whose model is made if need be."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path

from simworth.errors import InputError
from simworth.files import alone
from simworth.model.ask import Model
from simworth.model.fit import no_model, write_model
from simworth.model.folder import CARD, load_model, read_card
from simworth.sweep.inputs import clear_work, load_spec
from simworth.sweep.spec import NamedTable, StudySpec
from simworth.workers import cores

FOLDER = "model"
"""Of the model that a run leaves: its first target, its leading source."""


def open_model(
    place: Path,
    target: str | None = None,
    source: str | None = None,
    say_stage: Callable[[str], None] = lambda line: None,
) -> Model:
    """The model of a run or a model folder.

    Parameters
    ----------
    place
        A folder made by ``simworth run``, or a model's own folder.
    target, source
        What the study calls them; default: its first target and the source with the smallest error.
    say_stage
        Told what is done, where a model must be made first.

    Raises
    ------
    InputError
        When there is no such run or model, or it is damaged.
    """
    if (place / CARD).exists():
        _check_names(place, target, source)
        return load_model(place)
    if not (place / "study.toml").is_file():
        raise InputError(f"{place}: is neither a run folder nor a model folder; name one that 'simworth run' made")
    spec = load_spec(place.resolve())
    t = 0 if target is None else _place(spec.target, target, "target", place)
    s = None if source is None else _place(spec.source, source, "source", place)
    folder = place / model_name(t, s)
    if not folder.exists():
        _make(place, folder, t, s, say_stage)
    try:
        return load_model(folder)
    except InputError as error:
        raise InputError(f"{error} (where the folder {folder} is removed, it is made again)") from None


def _make(place: Path, folder: Path, t: int, s: int | None, say_stage: Callable[[str], None]) -> None:
    """Make the model, unless another process is about to; then wait for it."""
    if not os.access(place, os.W_OK):
        raise InputError(
            f"{place}: its model is not made yet and nothing may be written there; copy the run folder and name the "
            "copy"
        )
    with alone(place, lambda: say_stage("waiting for another process that works on this run's model")):
        if not folder.exists():
            write_model(place, folder, t, s, workers=cores(), say_stage=say_stage)
            clear_work(place)


def keep_model(
    spec: StudySpec,
    run: Path,
    workers: int,
    executor: Executor | None = None,
    say_stage: Callable[[str], None] = lambda line: None,
) -> Path | None:
    """The model that ``simworth run`` leaves; afterwards features and networks are cleared away.

    Where no model can be kept, the reason is said and the run goes on. Interrupted, everything stays for the next time.
    """
    why, found = no_model(spec), None
    if not why:
        try:
            found = write_model(run, run / FOLDER, 0, None, workers=workers, executor=executor, say_stage=say_stage)
        except InputError as error:
            why = f"no model is kept: {error}"
    if why:
        say_stage(why)
    clear_work(run)
    return found


def model_name(t: int, s: int | None) -> str:
    """The folder of a model in its run's."""
    return "-".join([FOLDER, *([f"target{t}"] if t else []), *([] if s is None else [f"source{s}"])])


def _place(tables: Sequence[NamedTable], name: str, role: str, run: Path) -> int:
    labels = [table.label for table in tables]
    if name not in labels:
        raise InputError(f"{run}: has no {role} {name!r}; it has {', '.join(map(repr, labels))}")
    return labels.index(name)


def _check_names(place: Path, target: str | None, source: str | None) -> None:
    """A model folder holds one model."""
    card = read_card(place)
    for role, wanted, there in (("target", target, card.target.label), ("source", source, card.source.label)):
        if wanted not in (None, there):
            raise InputError(f"{place}: is a model of the {role} {there!r}, not of {wanted!r}; name the run folder")
