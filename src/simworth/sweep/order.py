"""In which order a replicate takes materials from a source: nested subsets, paired across sizes and arms.

Every material has a random number that depends on its identity, the study's seed and the replicate alone.
Replicate r at size n uses the n materials of smallest number, so a larger n adds to a smaller one, another
arm with the same materials takes the same ones, and the order of rows in the file does not matter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simworth.digest import identity_keys as identity_keys
from simworth.seeds import seed_of


def random_ranks(keys: NDArray[np.uint64], seed: int, replicate: int) -> NDArray[np.uint64]:
    """Random numbers (rows,) of one replicate: the SplitMix64 finaliser of key + seed.

    Reference: Steele, Lea, Flood, OOPSLA 2014, doi 10.1145/2660193.2660195.
    """
    with np.errstate(over="ignore"):
        z = keys + np.uint64(seed_of("source-order", seed, replicate))
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def source_order(
    keys: NDArray[np.uint64],
    seed: int,
    replicate: int,
    excluded: NDArray[np.bool_],
    growth: NDArray[np.float64] | None,
) -> NDArray[np.int32]:
    """Rows of a source in the order a replicate takes them, without the ``excluded`` ones.

    Parameters
    ----------
    keys
        (rows,) from `identity_keys`.
    excluded
        (rows,) True for test materials of the replicate.
    growth
        (rows,) numbers by which the database grows, smallest first, ties at random; None for random growth.
    """
    ranks = random_ranks(keys, seed, replicate)
    order = np.lexsort((ranks,) if growth is None else (ranks, growth))
    return order[~excluded[order]].astype(np.int32)
