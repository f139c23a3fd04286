"""Part `full`: the default with whole sources, where these are larger than in part `accuracy`; and many experiments."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.learners import part_accuracy
from benchmarks.learners.context import Context, Figures
from benchmarks.learners.pairs import PAIRS

PAIRS_OF_LARGE_SOURCES = ("formation_enthalpy", "band_gap")
MANY = {"band_gap": 3000}
"""A further m."""


def run(context: Context) -> Figures:
    """As part `accuracy`, without the earlier designs."""
    for name, m in MANY.items():
        if m not in PAIRS[name].m:
            PAIRS[name] = replace(PAIRS[name], m=(*PAIRS[name].m, m))
    return part_accuracy.run_pairs(context, PAIRS_OF_LARGE_SOURCES, 10**9, rivals=False)
