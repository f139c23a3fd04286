"""Fitted blends as named arrays, so that a file can hold them: plain numbers, nothing that runs.

What follows from other numbers is not kept: the scales of columns follow from the experiments learned from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.learners.blend.forest import Forest
from simworth.learners.blend.gaussian import MOST_ROWS, Blocks, Gaussian
from simworth.learners.blend.lane import READINGS, Fitted, Member, lines_of, process_of
from simworth.learners.blend.linear import Linear
from simworth.learners.blend.mixture import PARTS, Mixture
from simworth.learners.blend.packed import NAMES, Tensors, check, pack, unpack
from simworth.learners.blend.rows import Float64, Limits, Rows, Scale
from simworth.learners.settings import Member as Choice

FARTHEST = 100.0
"""Logarithm, of a variance or a length, that no tuning reaches."""
Given = Mapping[str, NDArray[Any]]


class Planned(NamedTuple):
    """A member that a blend may have."""

    name: str
    blocks: str
    """Of its line or process; empty for none."""
    line: bool
    forest: str
    """Which of the forests it reads; empty for none."""
    reading: str


def planned(chosen: Sequence[Choice], transfers: bool) -> list[Planned]:
    """Members in the order of `simworth.learners.blend.lane.fit_members`."""
    found = []
    for name, blocks in (("line", "source"), ("ridge", "ridge")) if transfers else (("ridge", "ridge"),):
        if name in chosen:
            found.append(Planned(name, blocks, True, "", ""))
        if "rest" in chosen:
            found += [Planned(f"rest of {name} {how}", blocks, True, f"rest of {name}", how) for how in READINGS]
    if "trees" in chosen:
        found += [Planned(f"trees {how}", "", False, "trees", how) for how in READINGS]
    if "gaussian" in chosen:
        found.append(Planned("gaussian", "gaussian", False, "", ""))
    return found


def all_planned(chosen: Sequence[Choice], transfers: bool) -> list[tuple[str, list[Planned]]]:
    """The parts of a blend, by name, and their members."""
    return [(part, planned(chosen, part == "transfer")) for part in (PARTS if transfers else PARTS[1:])]


def mixture_tensors(mixtures: Sequence[Mixture]) -> Tensors:
    """Mixtures of equally many rows and members as arrays, their leading axis the lane.

    Returns
    -------
    ``train`` (lanes, m), ``weights`` and ``misses`` (lanes, members), ``limits`` (lanes, 2). Of each part, with its
    name before: ``lines``, weights and intercept of every line in turn; ``logs``, ``dual``, ``terms`` of Gaussian
    processes; forests as `simworth.learners.blend.packed.pack` gives them.
    """
    found: Tensors = {
        "train": np.stack([mixture.train for mixture in mixtures]),
        "weights": np.stack([mixture.weights for mixture in mixtures]),
        "misses": np.stack([mixture.misses for mixture in mixtures]),
        "limits": np.array([tuple(mixture.parts[0].limits) for mixture in mixtures], np.float64),
    }
    count = len(mixtures[0].parts)
    for i, part in enumerate(PARTS[-count:]):
        found |= {f"{part}-{k}": v for k, v in _part_tensors([mixture.parts[i] for mixture in mixtures]).items()}
    return found


def mixtures_from(tensors: Given, chosen: Sequence[Choice], known: Rows, foreseen: Float64) -> list[Mixture]:
    """What `mixture_tensors` was given.

    Parameters
    ----------
    chosen
        The adaptations of the blend.
    known
        All experiments.
    foreseen
        (replicates, experiments, models) what source models say of them; lanes are replicates times tunings.

    Raises
    ------
    KeyError, ValueError
        When the arrays are no such mixtures.
    """
    train, weights, misses, limits = (tensors[k] for k in ("train", "weights", "misses", "limits"))
    transfers = foreseen.shape[2] > 0
    parts = all_planned(chosen, transfers)
    members = sum(len(own) for _, own in parts)
    check(train.ndim == 2 and train.dtype == np.int32 and train.shape[1] > 1)
    lanes, m = train.shape
    check(lanes > 0 and lanes % len(foreseen) == 0)
    check(bool(((train >= 0) & (train < len(known.size))).all()))
    for tensor, width in ((weights, members), (misses, members), (limits, 2)):
        check(tensor.shape == (lanes, width) and tensor.dtype == np.float64 and bool(np.isfinite(tensor).all()))
    check(bool((weights >= 0).all() and (np.abs(weights.sum(axis=1) - 1) < 1e-6).all() and (misses >= 0).all()))
    check(bool((limits[:, 0] <= limits[:, 1]).all()))
    rows = [known._replace(source=foreseen[i * len(foreseen) // lanes]).take(train[i]) for i in range(lanes)]
    first, found = 0, []
    for part, own in parts:
        say = weights[:, first : first + len(own)] > 0
        given = [row if part == "transfer" else row.alone() for row in rows]
        found.append(_part_from(_named(tensors, f"{part}-"), own, say, given, limits, m))
        first += len(own)
    return [Mixture(train[i], weights[i], misses[i], tuple(part[i] for part in found)) for i in range(lanes)]


def _part_tensors(lanes: Sequence[Fitted]) -> Tensors:
    """One part of all lanes."""
    lines: dict[int, Linear] = {}
    forests: dict[int, Forest] = {}
    processes: list[Gaussian] = []
    for member in (member for fitted in lanes for member in fitted.members):
        if member.line is not None:
            lines[id(member.line)] = member.line
        if member.forest is not None:
            forests[id(member.forest)] = member.forest
        if member.gaussian is not None:
            processes.append(member.gaussian)
    found: Tensors = {"lines": np.concatenate([np.zeros(0), *(_flat(line) for line in lines.values())])}
    if processes:
        found["logs"] = np.stack([process.logs for process in processes])
        found["dual"] = np.stack([process.dual for process in processes])
        found["terms"] = np.array([(*process.middle, process.centre, process.spread) for process in processes])
    return found | pack(list(forests.values()))


def _flat(line: Linear) -> Float64:
    return np.append(line.weights, line.intercept)


def _part_from(
    tensors: Given, own: list[Planned], say: NDArray[np.bool_], rows: list[Rows], limits: Float64, m: int
) -> list[Fitted]:
    """One part of all lanes, whose members ``own`` have the ``say`` (lanes, members)."""
    needed = [[member for member, told in zip(own, lane, strict=True) if told] for lane in say.tolist()]
    read = [list(dict.fromkeys(member.forest for member in lane if member.forest)) for lane in needed]
    width = rows[0].everything.shape[1]
    packed = {name: tensors[name] for name in NAMES}
    check(all(packed[name].dtype.name in kinds and packed[name].ndim == 1 for name, kinds in NAMES.items()))
    forests = iter(unpack(packed, sum(len(names) for names in read), width))
    lines, processes = _Tape(tensors["lines"]), _processes(tensors, say, own, m)
    found = []
    for i, (lane, names) in enumerate(zip(needed, read, strict=True)):
        grown = {name: next(forests) for name in names}
        drawn = {
            blocks: _line(lines, lines_of(blocks, rows[i]))
            for blocks in dict.fromkeys(member.blocks for member in lane if member.line)
        }
        members = []
        for member in lane:
            process = None if member.name != "gaussian" else next(processes)(process_of(rows[i]))
            line, forest = drawn.get(member.blocks) if member.line else None, grown.get(member.forest)
            members.append(Member(member.name, member.blocks, line, forest, member.reading, process))
        found.append(Fitted(Limits(*limits[i].tolist()), tuple(members)))
    lines.check_end()
    return found


class _Tape:
    """Numbers that are taken one stretch after another."""

    def __init__(self, numbers: NDArray[Any]) -> None:
        check(numbers.ndim == 1 and numbers.dtype == np.float64 and bool(np.isfinite(numbers).all()))
        self._numbers, self._at = numbers, 0

    def take(self, count: int) -> Float64:
        check(self._at + count <= len(self._numbers))
        self._at += count
        return self._numbers[self._at - count : self._at]

    def check_end(self) -> None:
        check(self._at == len(self._numbers))


def _line(tape: _Tape, blocks: list[Float64]) -> Linear:
    scales = tuple(Scale.of(block) for block in blocks)
    weights = tape.take(sum(int(scale.keep.sum()) for scale in scales))
    return Linear(scales, weights, float(tape.take(1)[0]))


def _processes(tensors: Given, say: NDArray[np.bool_], own: list[Planned], m: int) -> Any:
    """Gaussian processes in turn, each from the raw blocks of the rows it was fitted to."""
    count = int(sum(say[:, k].sum() for k, member in enumerate(own) if member.name == "gaussian"))
    check(("logs" in tensors) == (count > 0))
    if not count:
        return iter(())
    logs, dual, terms = (tensors[k] for k in ("logs", "dual", "terms"))
    check(logs.ndim == terms.ndim == 2)
    shapes = (count, logs.shape[-1]), (count, min(m, MOST_ROWS)), (count, terms.shape[-1])
    for tensor, shape in zip((logs, dual, terms), shapes, strict=True):
        check(tensor.shape == shape and tensor.dtype == np.float64 and bool(np.isfinite(tensor).all()))
    check(terms.shape[1] > 2 and bool((np.abs(logs) < FARTHEST).all()))
    check(bool((terms[:, :-2] > 0).all() and (terms[:, -1] > 0).all()))

    def made(i: int, blocks: Blocks) -> Gaussian:
        check(logs.shape[1] == len(blocks.lines) + 2 * len(blocks.local) + 1)
        check(terms.shape[1] == len(blocks.local) + 2)
        lines, local = (tuple(Scale.of(block) for block in part) for part in blocks.take(slice(MOST_ROWS)))
        *_, centre, spread = terms[i].tolist()
        return Gaussian(lines, local, logs[i], terms[i, :-2], dual[i], centre, spread)

    return iter([lambda blocks, i=i: made(i, blocks) for i in range(count)])


def _named(tensors: Given, prefix: str) -> Tensors:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
