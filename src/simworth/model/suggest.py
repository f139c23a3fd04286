"""Which candidates to measure or simulate next: a batch, some near a target window, the others to learn from.

**Near the target.** One after another, the candidate with the largest probability × nearness factor, which is the
distance to the nearest material that is known or already taken, over `CLOSE` usual distances, at most 1. So a candidate
that is all but the same as a known or a taken one has to be far more probable than others.

**To learn from.** The other candidates are divided into as many clusters as are wanted, with k-means in the learned
representation, each candidate weighted by how far replicates disagree about it × its nearness factor; of each cluster
the candidate nearest to its centre is taken (Zhdanov, arXiv 1901.05954, without the choice beforehand). Clusters make
the batch diverse, weights informative, and centres keep it away from oddities, which teach little about anything else.

What this is worth was measured on replayed campaigns; see the page "what next" for developers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.seeds import seed_of

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Floats = NDArray[np.floating]
Aim = Literal["target", "learn"]

CLOSE = 0.5
"""Usual distances within which a candidate counts as a repetition, the more the nearer."""
EXPLORE = 0.2
"""Share of a batch that is to learn from where there is a window."""
CLUSTERED = 20_000
"""Candidates that are clustered at most: of more, those with the widest spread."""
STARTS = 2
"""Of the clustering; the better one counts."""


@dataclass(frozen=True, eq=False)
class Batch:
    """What to do next, in the order of being taken; each (k,).

    Attributes
    ----------
    places
        Among the candidates.
    aims
        What each is for.
    distance
        To the nearest material that is known or taken before, in usual distances.
    """

    places: Int64
    aims: tuple[Aim, ...]
    distance: Float64


def suggest(
    k: int,
    learned: Floats,
    known: Floats,
    spread: Float64,
    probability: Float64 | None = None,
    explore: float = EXPLORE,
) -> Batch:
    """Choose the next batch.

    Parameters
    ----------
    k
        How many; all candidates where there are fewer.
    learned, known
        Learned representation of candidates (asked, h) and of materials that are known (T, h), in usual distances.
    spread
        (asked,) standard deviation of the networks' predictions.
    probability
        (asked,) of lying in the target window; None where there is none, and the whole batch is to learn from.
    explore
        Share of the batch that is to learn from, between 0 and 1; rounded to whole candidates.

    Raises
    ------
    InputError
        When k or the share is none, or a candidate has no finite numbers.
    """
    _check(k, learned, spread, probability, explore)
    k = min(k, len(learned))
    to_learn = k if probability is None else round(explore * k)
    away = distances(learned, known)
    taken: list[int] = []
    if probability is not None:
        taken, away = _near_target(k - to_learn, learned, probability, away)
    rest = np.setdiff1d(np.arange(len(learned)), taken)
    weight = spread * np.minimum(away / CLOSE, 1)
    more = rest[_to_learn(to_learn, learned[rest], weight[rest])]
    places = np.array([*taken, *more], np.int64)
    aims: list[Aim] = ["target" if i < len(taken) else "learn" for i in range(len(places))]
    return Batch(places, tuple(aims), _apart(learned[places], known))


def distances(learned: Floats, known: Floats) -> Float64:
    """Distance (asked,) of each candidate to the nearest known material; infinite where none is known."""
    from scipy.spatial.distance import cdist

    if not len(known):
        return np.full(len(learned), np.inf)
    parts = [cdist(learned[i : i + 1024], known).min(axis=1) for i in range(0, len(learned), 1024)]
    return np.concatenate([np.zeros(0), *parts])


def _near_target(count: int, learned: Floats, probability: Float64, away: Float64) -> tuple[list[int], Float64]:
    """Places taken near the target, and the distances of all candidates to what is known or taken then."""
    taken: list[int] = []
    for _ in range(count):
        worth = probability * np.minimum(away / CLOSE, 1)
        worth[taken] = -1
        # Where nothing is left that is probable and new: simply the most probable.
        best = int(np.argmax(worth if worth.max() > 0 else np.where(worth < 0, -1, probability)))
        taken.append(best)
        away = np.minimum(away, np.sqrt(((learned - learned[best]) ** 2).sum(axis=1, dtype=np.float64)))
    return taken, away


def _to_learn(count: int, learned: Floats, weight: Float64) -> Int64:
    """Places of the candidates nearest to the centres of weighted clusters, the heaviest cluster first."""
    if count == 0 or count >= len(learned):
        return np.argsort(-weight, kind="stable")[:count]
    some = np.sort(np.argsort(-weight, kind="stable")[:CLUSTERED])
    rows = np.asarray(learned[some], np.float64)
    # A little weight for all, so that candidates without any are taken where no others are left.
    weight = np.maximum(weight[some], 1e-6 * (weight.max() or 1.0))
    labels, off = _clusters(min(count, len(np.unique(rows, axis=0))), rows, weight)
    found = []
    for cluster in np.argsort(-np.bincount(labels, weights=weight), kind="stable"):
        members = np.flatnonzero(labels == cluster)
        found.append(int(members[np.argmin(off[members])]))
    left = np.setdiff1d(np.arange(len(rows)), found)  # of candidates that look the same there are fewer clusters
    found += left[np.argsort(-weight[left], kind="stable")][: count - len(found)].tolist()
    return np.asarray(some[found], np.int64)


def _clusters(count: int, rows: Float64, weight: Float64) -> tuple[NDArray[np.int32], Float64]:
    """The cluster of each row, and its squared distance from the centre of that."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # the order of sums, and with it the last bits, would depend on the number of threads
        seed = seed_of("suggest", count, len(rows)) % 2**32
        made = KMeans(count, n_init=STARTS, random_state=seed).fit(rows, sample_weight=weight)
    return made.labels_, np.asarray(((rows - made.cluster_centers_[made.labels_]) ** 2).sum(axis=1))


def _apart(taken: Floats, known: Floats) -> Float64:
    """Distance of each candidate taken to the nearest one known or taken before it."""
    from scipy.spatial.distance import cdist

    away = distances(taken, known)
    among = np.where(np.tri(len(taken), k=-1, dtype=bool), cdist(taken, taken), np.inf) if len(taken) else away[:, None]
    return np.asarray(np.minimum(away, among.min(axis=1)) if len(taken) else away, np.float64)


def _check(k: int, learned: Floats, spread: Float64, probability: Float64 | None, explore: float) -> None:
    if k < 1:
        raise InputError(f"a batch of {k} is none; ask for at least 1")
    if not 0 <= explore <= 1:
        raise InputError(f"the share of a batch that is to learn from is {explore:g}; it must lie between 0 and 1")
    columns = [learned.sum(axis=1), spread, *([] if probability is None else [probability])]
    if not all(np.isfinite(column).all() for column in columns):
        raise InputError("a candidate has no finite prediction; leave it out")
