"""Strategies in closed form as recipes: which line, which kernel, on which features; a fit, and its use.

=========  ==================================  =================================================
recipe     line through the source prediction  kernel ridge regression of the rest, on
=========  ==================================  =================================================
affine     yes                                 nothing
head       no                                  the last hidden layer, with a linear kernel
kernel     no                                  the last hidden layer
residual   yes                                 given features and the last hidden layer
direct     no                                  given features: no source at all
=========  ==================================  =================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from simworth.learners import kernels
from simworth.learners.network import Float32, Float64

BEYOND = 0.5
"""Of the range of the experiments: how far outside it a strategy in closed form may predict."""


class Rows(NamedTuple):
    """Some materials as a strategy in closed form sees them."""

    features: Float32
    """(rows, d)"""
    learned: Float64
    """(rows, h) last hidden layer of the source network."""
    source: Float64
    """(rows,) its prediction."""


class Lane(NamedTuple):
    """One replicate's experiments, with measured ``labels`` (m,)."""

    rows: Rows
    labels: Float64


class Recipe(NamedTuple):
    """What a strategy consists of."""

    line: bool
    features: bool
    learned: bool
    linear: bool = False

    @property
    def kernel(self) -> bool:
        """Whether there is a kernel ridge regression in it."""
        return self.features or self.learned


RECIPES: Mapping[str, Recipe] = {
    "affine": Recipe(line=True, features=False, learned=False),
    "head": Recipe(line=False, features=False, learned=True, linear=True),
    "kernel": Recipe(line=False, features=False, learned=True),
    "residual": Recipe(line=True, features=True, learned=True),
    "direct": Recipe(line=False, features=True, learned=False),
}


class Fit(NamedTuple):
    """A fitted recipe."""

    line: kernels.Line | None
    dual: kernels.Dual | None


def fit(recipe: Recipe, lane: Lane) -> tuple[Fit, Float64]:
    """Fit one lane: the fit, and predictions (m,) of each of its rows as if it were unseen."""
    rows, rest = lane.rows, lane.labels
    line, dual, out = None, None, np.zeros(len(rest))
    if recipe.line:
        line, out = kernels.fit_line(rows.source, rest)
        rest = rest - kernels.along(line, rows.source)
    if recipe.kernel:
        blocks = [own for own, _ in _blocks(recipe, rows, rows)]
        dual, more = kernels.fit_linear(blocks[0], rest) if recipe.linear else kernels.fit_exponential(blocks, rest)
        out = out + more
    return Fit(line, dual), out


def apply(recipe: Recipe, fitted: Fit, rows: Rows, asked: Rows) -> Float64:
    """Predictions (asked,); ``rows`` are those the recipe was fitted to."""
    found = np.zeros(len(asked.features))
    if fitted.line is not None:
        found = found + kernels.along(fitted.line, asked.source)
    if fitted.dual is not None:
        found = found + kernels.at(fitted.dual, _blocks(recipe, rows, asked))
    return found


def _blocks(recipe: Recipe, rows: Rows, asked: Rows) -> list[kernels.Block]:
    given = [kernels.standardised(rows.features, asked.features)] if recipe.features else []
    return [*given, *([kernels.standardised(rows.learned, asked.learned, damped=True)] if recipe.learned else [])]


def bounds(labels: Float64) -> tuple[float, float]:
    """Between which a fit to ``labels`` (m,) may predict: `BEYOND` times their range outside it."""
    low, high = float(labels.min()), float(labels.max())
    more = BEYOND * (high - low)
    return low - more, high + more
