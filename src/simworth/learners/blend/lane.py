"""The members of a blend, fitted to one replicate's experiments: what each says of others, and of rows it has not seen.

=========  ===============================================  ==================================================
member     direct learning                                  transfer: as well as, or beside, the source models
=========  ===============================================  ==================================================
line       (none)                                           ridge regression on their predictions alone
ridge      ridge regression on counts                       on predictions and counts
trees      extremely randomised trees on everything         the same, predictions among the columns
rest       ridge, and trees on what it leaves               line or ridge, and trees on what it leaves
gaussian   a Gaussian process: lines in counts, and local   lines in predictions and in counts, and local
=========  ===============================================  ==================================================

Trees are read by mean and by median, which count as two members. Every member predicts within `Limits`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, get_args

import numpy as np

from simworth.learners.blend.forest import Forest, fit_forest, middle
from simworth.learners.blend.gaussian import Blocks, Gaussian, fit_gaussian
from simworth.learners.blend.linear import Linear, fit_linear
from simworth.learners.blend.rows import Float32, Float64, Limits, Rows
from simworth.learners.settings import Member as Choice

READINGS = ("mean", "median")


class Member(NamedTuple):
    """One fitted member: a line of blocks, a forest on what it leaves, or a Gaussian process."""

    name: str
    blocks: str
    """Which columns the line or the process has; a key of `BLOCKS`, empty for none."""
    line: Linear | None
    forest: Forest | None
    reading: str
    gaussian: Gaussian | None


def lines_of(blocks: str, rows: Rows) -> list[Float64]:
    """Raw columns of a member's line, ``blocks`` being ``"source"`` or ``"ridge"``."""
    means = _predictions(rows)
    if blocks == "source":
        return means
    return [*means, rows.counts if rows.counts.shape[1] else rows.features]


def process_of(rows: Rows) -> Blocks:
    """Raw columns of a Gaussian process."""
    if not rows.counts.shape[1]:
        return Blocks((*_predictions(rows), rows.features), (rows.features,))
    each = rows.counts / np.maximum(rows.size, 1e-9)[:, None]
    return Blocks((*_predictions(rows), rows.counts, each), (rows.features, rows.counts))


def _predictions(rows: Rows) -> list[Float64]:
    """What source models say, and their mean; nothing in direct learning."""
    return [np.hstack([rows.source, rows.source.mean(axis=1, keepdims=True)])] if rows.source.shape[1] else []


class Fitted(NamedTuple):
    """Members fitted to one lane."""

    limits: Limits
    members: tuple[Member, ...]


def fit_members(
    rows: Rows, labels: Float64, seed: int, chosen: tuple[Choice, ...] = get_args(Choice)
) -> tuple[Fitted, Float64]:
    """Fit members of ``rows`` (m, …) to ``labels`` (m,): the fits, and what each says of unseen rows (m, members).

    With predictions of source models the members are those of transfer alone; without, those of direct learning.
    """
    limits, found, unseen = Limits.of(labels), [], []

    def keep(member: Member, out: Float64) -> None:
        found.append(member)
        unseen.append(limits.cut(np.where(np.isfinite(out), out, labels.mean())))

    def trees(name: str, blocks: str, line: Linear | None, base: Float64) -> None:
        forest, each = fit_forest(everything, labels - base, seed)
        for reading in READINGS:
            keep(Member(f"{name} {reading}", blocks, line, forest, reading, None), base + middle(each, reading))

    everything = rows.everything
    transfers = rows.source.shape[1] > 0
    lines = {blocks: fit_linear(lines_of(blocks, rows), labels) for blocks in _lines(transfers)}
    for blocks, (line, out) in lines.items():
        name = _NAMES[blocks]
        if name in chosen:
            keep(Member(name, blocks, line, None, "", None), out)
        if "rest" in chosen:
            trees(f"rest of {name}", blocks, line, out)
    if "trees" in chosen:
        trees("trees", "", None, np.zeros(len(labels)))
    if "gaussian" in chosen:
        gaussian, out = fit_gaussian(process_of(rows), labels)
        keep(Member("gaussian", "gaussian", None, None, "", gaussian), out)
    return Fitted(limits, tuple(found)), np.stack(unseen, axis=1)


_NAMES: Mapping[str, Choice] = {"source": "line", "ridge": "ridge"}
"""Lines by their blocks."""


def _lines(transfers: bool) -> tuple[str, ...]:
    return ("source", "ridge") if transfers else ("ridge",)


def say(fitted: Fitted, seen: Rows, asked: Rows, chosen: tuple[int, ...] | None = None) -> Float64:
    """What members say of ``asked``: (asked, members), or (asked, chosen) of those at the places ``chosen``.

    ``seen`` are the rows that they were fitted to.
    """
    members = fitted.members if chosen is None else tuple(fitted.members[k] for k in chosen)
    trees: dict[int, Float64] = {}
    everything: Float32 | None = None
    out = []
    for member in members:
        total = np.zeros(len(asked.size))
        if member.line is not None:
            total = total + member.line.predict(lines_of(member.blocks, asked))
        if member.gaussian is not None:
            total = total + member.gaussian.predict(process_of(asked), process_of(seen))
        if member.forest is not None:
            key = id(member.forest)
            if key not in trees:
                everything = asked.everything if everything is None else everything
                trees[key] = member.forest.each(everything)
            total = total + middle(trees[key], member.reading)
        out.append(fitted.limits.cut(total))
    return np.stack(out, axis=1) if out else np.zeros((len(asked.size), 0))
