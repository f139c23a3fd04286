"""Every trial of a study, fixed before anything runs."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from simworth.errors import InputError, StudyError
from simworth.learners.choose import learner_versions
from simworth.sweep.inputs import Inputs
from simworth.sweep.spec import StudySpec
from simworth.sweep.tunings import count_tunings

FEWEST_TEST = 5
"""Held-out materials below which an error means nothing."""


class Chunk(msgspec.Struct, frozen=True):
    """The unit of work: one batch of replicates at one source size, tuned at every m as often as the manifest says."""

    target: int
    source: int | None
    """Place of the arm in the study; None for direct learning."""
    learner: str
    control: Literal["", "shuffled"]
    n: int
    replicates: tuple[int, ...]


class Manifest(msgspec.Struct, frozen=True):
    """The sweep's whole work; ``chunks[i]`` is recorded in ``trials/i.parquet``."""

    study: str
    inputs: dict[str, str]
    """Digest of every table, by its file name."""
    units: tuple[str, ...]
    """Unit of each target's errors."""
    m: tuple[tuple[int, ...], ...]
    """Experimental training sizes of each target."""
    tunings: tuple[tuple[int, ...], ...]
    """Fine-tunings of a replicate at each of them."""
    width: tuple[tuple[int, ...], ...]
    """Largest source size of each (target, source)."""
    chunks: tuple[Chunk, ...]
    versions: dict[str, str]

    def path(self, folder: Path, index: int) -> Path:
        """Where chunk ``index`` is recorded."""
        return folder / "trials" / f"{index:05d}.parquet"

    def trials(self, index: int) -> int:
        """How many trials chunk ``index`` has."""
        chunk = self.chunks[index]
        return len(chunk.replicates) * sum(self.tunings[chunk.target])


def design(spec: StudySpec, inputs: Inputs) -> Manifest:
    """Lay out the sweep: whole curves of the first replicates first, so that an early stop has an answer.

    Raises
    ------
    InputError
        When a size asked for is larger than the table has.
    """
    m_sizes = tuple(_m_sizes(spec, inputs, t) for t in range(len(spec.target)))
    chunks: list[Chunk] = []
    widths = []
    curves: dict[tuple[int, int], tuple[int, ...]] = {}
    for t in range(len(spec.target)):
        for s in range(len(spec.source)):
            curves[t, s] = _n_sizes(spec, inputs, t, s)
        widths.append(tuple(max(curves[t, s]) for s in range(len(spec.source))))
    lanes = spec.sweep.lanes
    for first in range(0, spec.sweep.replicates, lanes):
        batch = tuple(range(first, min(first + lanes, spec.sweep.replicates)))
        for t in range(len(spec.target)):
            chunks += [Chunk(t, None, name, "", 0, batch) for name in (spec.learner.label, *spec.sweep.baselines)]
        # The largest sizes take longest: handing them out first keeps all workers busy to the end.
        cells = [(n, t, s) for (t, s), sizes in curves.items() for n in sizes]
        for n, t, s in sorted(cells, key=lambda c: (-c[0], c[1], c[2])):
            chunks.append(Chunk(t, s, spec.learner.label, "", n, batch))
            if spec.sweep.control == "shuffled" and n == max(curves[t, s]):
                chunks.append(Chunk(t, s, spec.learner.label, "shuffled", n, batch))
    units = tuple(table.unit(t.property) for t, table in zip(spec.target, inputs.targets, strict=True))
    tunings = tuple(_tunings(spec, inputs, t, m_sizes[t], curves) for t in range(len(spec.target)))
    return Manifest(
        spec.digest(), inputs.digests(), units, m_sizes, tunings, tuple(widths), tuple(chunks), versions(spec)
    )


def versions(spec: StudySpec) -> dict[str, str]:
    """What the numbers may depend on besides the study and its inputs."""
    names = ("simworth", "jax", "jaxlib", "optax", "numpy", "scikit-learn", "rdkit", "chemicals", "radonpy-pypi")
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found | learner_versions(spec.learner)


def _m_sizes(spec: StudySpec, inputs: Inputs, t: int) -> tuple[int, ...]:
    """Experimental training sizes of one target, increasing."""
    name, total, parts = spec.target[t].label, len(inputs.targets[t]), inputs.splits(t)
    tests, most = min(len(p.test) for p in parts), min(len(p.order) for p in parts)
    if tests < FEWEST_TEST or most < FEWEST_TEST:
        raise InputError(
            f"target {name!r} has {total} materials, of which sweep.test_fraction holds out {tests}; "
            f"both parts need at least {FEWEST_TEST}"
        )
    if spec.sweep.m == "auto":
        return tuple(sorted({max(FEWEST_TEST, most // 8), max(FEWEST_TEST, most // 3), most}))
    if max(spec.sweep.m) > most:
        raise StudyError(
            f"sweep.m asks for {max(spec.sweep.m)} experiments, but target {name!r} has {total} materials, "
            f"of which {tests} are held out; the largest possible m is {most}"
        )
    return tuple(sorted(spec.sweep.m))


def _tunings(
    spec: StudySpec, inputs: Inputs, t: int, m: tuple[int, ...], curves: dict[tuple[int, int], tuple[int, ...]]
) -> tuple[int, ...]:
    """Fine-tunings of a replicate at each m of one target, whose curves all have the same."""
    whole = min(len(p.order) for p in inputs.splits(t))
    n = [size for (target, _), sizes in curves.items() if target == t for size in sizes]
    return count_tunings(spec.sweep.tunings, spec.learner, m, whole, n)


def _n_sizes(spec: StudySpec, inputs: Inputs, t: int, s: int) -> tuple[int, ...]:
    """Source sizes of one arm, increasing; the largest is what every replicate has after exclusion."""
    most = inputs.available(t, s)
    name, total = spec.source[s].label, len(inputs.sources[s])
    if spec.sweep.n != "auto":
        if max(spec.sweep.n) > most:
            raise StudyError(
                f"sweep.n asks for {max(spec.sweep.n)} materials, but source {name!r} has {total}, "
                f"of which {most} remain without test materials"
            )
        return tuple(sorted(spec.sweep.n))
    if most < spec.sweep.smallest_n:
        raise StudyError(
            f"source {name!r} leaves {most} materials, fewer than sweep.smallest_n = {spec.sweep.smallest_n}"
        )
    sizes = np.geomspace(spec.sweep.smallest_n, most, spec.sweep.sizes)
    return tuple(sorted({*(_round(x) for x in sizes[:-1]), most}))


def _round(size: float) -> int:
    """Two significant digits: sizes are read by people."""
    unit = 10 ** max(int(np.floor(np.log10(size))) - 1, 0)
    return int(round(size / unit) * unit)
