from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simworth.sweep.order import identity_keys, random_ranks, source_order

NAMES = [f"material {i}" for i in range(50)]


def order(names: list[str], replicate: int = 0, excluded: set[str] = frozenset(), growth=None) -> list[str]:
    out = np.array([n in excluded for n in names])
    return [names[i] for i in source_order(identity_keys(names), 7, replicate, out, growth)]


@given(st.permutations(NAMES), st.integers(0, 5))
def test_the_order_of_rows_in_the_file_does_not_matter(names: list[str], replicate: int) -> None:
    assert order(names, replicate) == order(NAMES, replicate)


@given(st.sets(st.sampled_from(NAMES), max_size=40))
def test_excluding_materials_leaves_the_others_in_their_order(excluded: set[str]) -> None:
    assert order(NAMES, excluded=excluded) == [n for n in order(NAMES) if n not in excluded]


def test_replicates_take_different_materials() -> None:
    assert order(NAMES, 0) != order(NAMES, 1)
    assert sorted(order(NAMES, 1)) == sorted(NAMES)


def test_a_grown_database_is_taken_in_its_order_with_ties_at_random() -> None:
    growth = np.arange(50) // 10.0
    taken = order(NAMES, growth=growth)
    assert [NAMES.index(n) // 10 for n in taken] == sorted(i // 10 for i in range(50))
    assert taken[:10] != NAMES[:10]


def test_ranks_are_spread_evenly() -> None:
    ranks = random_ranks(identity_keys([str(i) for i in range(20_000)]), 0, 0) / 2**64
    counts, _ = np.histogram(ranks, bins=10, range=(0, 1))
    assert abs(counts / 2000 - 1).max() < 0.1
