"""The study file: which experiments, which computed sources, which sizes, which learner."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import msgspec

from simworth.digest import digest_value
from simworth.errors import InputError, StudyError
from simworth.identity import Descriptor
from simworth.learners.settings import Baseline, BlendSpec, InContextSpec, LearnerSpec, NetworkSpec
from simworth.mistakes import say_mistake
from simworth.planning.costs import Costs
from simworth.tables import NearPolicy, Policy
from simworth.tables.spec import TableSpec
from simworth.tables.spec import is_file as names_file

Control = Literal["none", "shuffled"]
OverlapPolicy = Policy


class NamedTable(TableSpec, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of a study; answers call it by its label."""

    entry: str | None = None
    """Kept column of identifiers in a database; entries of equal identifier in a target and a source are relatives."""

    @property
    def label(self) -> str:
        """``name``, or the property where none was given."""
        return self.name or self.property


class TargetSpec(NamedTable, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[[target]]``: an experimental table."""

    group: str | None = None
    """A kept column, or ``"scaffold"``, ``"system"``, ``"backbone"``, ``"polymer"``, ``"solvent"`` or ``"near"``, which
    the materials name; materials of one group never stand on both sides of a split."""


class SourceSpec(NamedTable, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[[source]]``: one arm, a computed table and how materials are taken from it."""

    sampling: str = "random"
    """``"random"``, or ``"ascending:COLUMN"``, ``"descending:COLUMN"``: a database grown in that order."""
    proxy: bool = False
    """The computed property is another one than the target's, so its unit need not convert."""
    also: tuple[str, ...] = ()
    """Kept columns of numbers that the network learns along with the property, each where it is known; of a table that
    is no file, further properties of it."""
    partial: bool = False
    """Materials that have a column of ``also`` but not the property are learned from too; for tables that are no
    files."""


class SweepSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[sweep]``: the sizes to visit and how often."""

    n: tuple[int, ...] | Literal["auto"] = "auto"
    """Source sizes; ``"auto"`` is ``sizes`` of them, geometrically from ``smallest_n`` to all there are."""
    sizes: int = 8
    smallest_n: int = 100
    m: tuple[int, ...] | Literal["auto"] = "auto"
    """Experimental training sizes; ``"auto"`` is an eighth, a third and all of the training part."""
    replicates: int = 16
    tunings: int | Literal["auto"] = "auto"
    """Fine-tunings of each pretrained network, each on other experiments of its training part; ``"auto"`` chooses by
    cost."""
    test_fraction: float = 0.2
    overlap: OverlapPolicy = "exclude"
    """What to do with test materials that stand in a source."""
    near: NearPolicy = "exclude"
    """What to do with near relatives of a test material (stereoisomers, salts, rounded formulas, ...) in a source."""
    control: Control = "none"
    """``"shuffled"`` also transfers from the whole source with shuffled labels, which must not beat direct learning."""
    baselines: tuple[Baseline, ...] = ()
    """Further models that see the experiments alone, beside the study's own direct learning."""
    lanes: int = 8
    """Replicates trained as one batch; part of the design, since the last bits can depend on it."""


class PlanSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[plan]``: what to ask of the law besides the standing questions."""

    error: float | None = None
    """Target error in the target's unit; default: a tenth below the present one."""
    worthwhile: float = 0.02
    """Relative gain from doubling the database below which more data is not worth it."""
    cost_simulation: float | None = None
    """Of one more simulated material, in any currency; the other costs need it."""
    cost_experiment: float | None = None
    """Of one more experimental material."""
    budget: float | None = None
    """To be spent on both."""
    value: float | None = None
    """Worth of an error lower by one unit."""

    @property
    def costs(self) -> Costs:
        """The costs as the plan takes them; raises InputError where they do not fit together."""
        return Costs(self.cost_simulation, self.cost_experiment, self.budget, self.value)


class StudySpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole study file."""

    name: str
    target: tuple[TargetSpec, ...]
    source: tuple[SourceSpec, ...]
    sweep: SweepSpec = SweepSpec()
    learner: LearnerSpec = BlendSpec()
    descriptor: Descriptor = "usual"
    """How molecules and polymers are described: ``"usual"``, as their kind usually is; ``"forcefield"``, by the 190
    numbers of a force field; ``"both"``."""
    plan: PlanSpec = PlanSpec()
    seed: int = 0
    schema: Literal["simworth-study/1"] = "simworth-study/1"

    def digest(self) -> str:
        """Identity of what the trials depend on.

        The plan's questions are no part of it, nor is where a file lies: its content has a digest of its own.
        """
        plain: dict[str, Any] = msgspec.to_builtins(self)
        plain.pop("plan")
        plain["learner"].pop("checkpoint", None)
        for written in plain["source"]:
            if not written["partial"]:  # as before there was such a key, so that earlier runs can be continued
                written.pop("partial")
        for table, written in zip((*self.target, *self.source), (*plain["target"], *plain["source"]), strict=True):
            if is_file(table):
                written.pop("table")
        return digest_value(plain)


Table = TypeVar("Table", bound=NamedTable)


def read_study(path: Path) -> StudySpec:
    """Read and check a study file; relative table paths are relative to the file.

    Raises
    ------
    StudyError
        When the file is missing, is not TOML, or has unknown or impossible settings.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise StudyError(f"{path}: no such study file") from None
    except IsADirectoryError:
        raise StudyError(f"{path}: is a folder; name a study file (TOML)") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(f"{path}: not readable as TOML: {error}") from None
    return study_from(raw, str(path), path.parent)


def study_from(raw: Any, where: str, base: Path) -> StudySpec:
    """Turn plain values into a checked study; ``where`` opens every message.

    Raises
    ------
    StudyError
        For unknown or impossible settings.
    """
    try:
        spec = msgspec.convert(_with_learner(raw), StudySpec)
    except msgspec.ValidationError as error:
        raise StudyError(f"{where}: {say_mistake(str(error), StudySpec)}") from None
    endless = _not_finite(raw, "")
    if endless:
        raise StudyError(f"{where}: {endless} is not a finite number; write one (a bound may be as large as 1e300)")
    spec = msgspec.structs.replace(
        spec,
        target=tuple(_located(t, base) for t in spec.target),
        source=tuple(_located(s, base) for s in spec.source),
        learner=_placed(spec.learner, base),
    )
    _check(where, spec)
    return spec


def _with_learner(raw: Any) -> Any:
    """The same values; a ``[learner]`` without a name is the blend."""
    if isinstance(raw, Mapping) and isinstance(raw.get("learner"), Mapping):
        return {**raw, "learner": {"name": "blend", **raw["learner"]}}
    return raw


def _not_finite(value: Any, key: str) -> str | None:
    """Where in nested plain values an infinity or a NaN stands, if anywhere."""
    if isinstance(value, float):
        return None if math.isfinite(value) else key
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list | tuple) else ()
    found = (_not_finite(v, f"{key}.{k}" if key else str(k)) for k, v in items)
    return next((f for f in found if f), None)


def _located(table: Table, base: Path) -> Table:
    """The same table with an absolute path where it is a file."""
    location = str((base / table.table).resolve()) if is_file(table) else table.table
    return msgspec.structs.replace(table, table=location)


def _placed(learner: LearnerSpec, base: Path) -> LearnerSpec:
    """The same learner with an absolute path of its checkpoint, where it has one."""
    if not isinstance(learner, InContextSpec):
        return learner
    return msgspec.structs.replace(learner, checkpoint=str((base / learner.checkpoint).resolve()))


def is_file(table: TableSpec) -> bool:
    """False for a table that is opened by name: shipped, of the package `chemicals`, or given in Python."""
    return names_file(table) and not table.table.startswith("given:")


def _check(where: str, spec: StudySpec) -> None:
    """Refuse settings that no data could satisfy."""
    sweep = spec.sweep
    for kind, tables in (("target", spec.target), ("source", spec.source)):
        if not tables:
            raise StudyError(f"{where}: there is no [[{kind}]]; name at least one")
        names = [t.label for t in tables]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise StudyError(f"{where}: two [[{kind}]] are called {twice[0]!r}; give each its own name")
    for table in (*spec.target, *spec.source):
        if table.features and is_file(table) and table.kind != "features":
            raise StudyError(
                f"{where}: {table.label!r} is of kind {table.kind!r}, whose features are made for it; "
                "leave out 'features'"
            )
        if table.sample is not None and table.sample < 1:
            raise StudyError(f"{where}: {table.label!r} has sample = {table.sample}; it must be at least 1")
    for key, value in (("replicates", sweep.replicates), ("sizes", sweep.sizes), ("lanes", sweep.lanes)):
        if value < 1:
            raise StudyError(f"{where}: sweep.{key} is {value}; it must be at least 1")
    if sweep.tunings != "auto" and sweep.tunings < 1:
        raise StudyError(f'{where}: sweep.tunings is {sweep.tunings}; it must be at least 1, or "auto"')
    if sweep.smallest_n < 10:
        raise StudyError(f"{where}: sweep.smallest_n is {sweep.smallest_n}; a network needs at least 10")
    if not 0 < sweep.test_fraction < 1:
        raise StudyError(f"{where}: sweep.test_fraction is {sweep.test_fraction}; it must lie between 0 and 1")
    for key, sizes, least in (("n", sweep.n, 10), ("m", sweep.m, 5)):
        if sizes == "auto":
            continue
        if not sizes or min(sizes) < least or len(set(sizes)) < len(sizes):
            raise StudyError(f"{where}: sweep.{key} must be different numbers of at least {least}")
    for source in spec.source:
        order, _, column = source.sampling.partition(":")
        if source.sampling != "random" and (order not in ("ascending", "descending") or not column):
            raise StudyError(
                f"{where}: source {source.label!r} has sampling {source.sampling!r}; "
                "use 'random', 'ascending:COLUMN' or 'descending:COLUMN'"
            )
        if source.partial and (not source.also or is_file(source)):
            raise StudyError(
                f"{where}: source {source.label!r} has partial = true, which needs columns under 'also' and a table "
                "that is no file, such as a stored one; store the table ('simworth import'), or leave it out"
            )
        if source.also and not isinstance(spec.learner, NetworkSpec | BlendSpec):
            raise StudyError(
                f"{where}: source {source.label!r} names columns to learn under 'also', which the learner "
                f"{spec.learner.label!r} cannot do; leave them out, or use the network"
            )
    if (spec.plan.error is not None and spec.plan.error <= 0) or not 0 < spec.plan.worthwhile < 1:
        raise StudyError(f"{where}: plan.error must be above zero and plan.worthwhile between 0 and 1")
    _check_costs(where, spec.plan)
    _check_learner(where, spec)


def _check_costs(where: str, plan: PlanSpec) -> None:
    """Refuse costs now that the plan would refuse after the run."""
    try:
        costs = plan.costs
    except InputError as error:
        raise StudyError(f"{where}: [plan]: {error}") from None
    least = min((c for c in (costs.simulation, costs.experiment) if c is not None), default=0.0)
    if costs.budget is not None and costs.budget < least:
        raise StudyError(f"{where}: plan.budget is {costs.budget:g}, which buys nothing; give a larger one")


SHARES = ("soluble_share", "computed_share")
FEWEST_ROWS = 10
"""In the context of an in-context learner."""
MAY_BE_ZERO = ("decay", "dropout", "validation", *SHARES)


def _check_learner(where: str, spec: StudySpec) -> None:
    learner = spec.learner
    settings: dict[str, Any] = msgspec.to_builtins(learner)
    for key, value in settings.items():
        for number in value if key == "hidden" and isinstance(value, list | tuple) else (value,):
            if isinstance(number, bool) or not isinstance(number, int | float):
                continue
            if number < 0 or (number == 0 and key not in MAY_BE_ZERO):
                raise StudyError(f"{where}: learner.{key} is {value}; it must be above zero")
    if not settings.get("hidden", True):
        raise StudyError(f"{where}: learner.hidden is empty; name the units of at least one layer")
    for key in ("dropout", "validation"):
        if settings.get(key, 0) >= 1:
            raise StudyError(f"{where}: learner.{key} is {settings[key]}; it must be below one")
    for key in SHARES:
        if settings.get(key, 0) > 1:
            raise StudyError(f"{where}: learner.{key} is {settings[key]}; it must be between 0 and 1")
    if settings.get("most_rows", FEWEST_ROWS) < FEWEST_ROWS:
        raise StudyError(f"{where}: learner.most_rows is {settings['most_rows']}; it must be at least {FEWEST_ROWS}")
    if settings.get("least_steps", 0) > settings.get("most_steps", 0):
        raise StudyError(f"{where}: learner.least_steps is above learner.most_steps")
    if learner.label in get_args(Baseline):
        raise StudyError(
            f"{where}: the learner would be called {learner.label!r}, like a baseline; give its class or function "
            "another name"
        )
