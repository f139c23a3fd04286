"""The same trials one by one with scikit-learn's MLPRegressor: as many steps of as many rows, no early stopping.

It knows neither the Huber loss nor SiLU nor a decay of the rate, so it is timed with squares, ReLU and a constant rate.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from benchmarks.learners.trials import ASKED, Float64, Spent, Standard, Task, load, source_rows, target_rows
from simworth.learners.scaling import label_scaling
from simworth.seeds import stream

STEPS = 25
"""Steps in one call of ``partial_fit``."""


def by_sklearn(task: Task) -> Spent:
    """Each replicate of the task after the other, in this process."""
    from sklearn.neural_network import MLPRegressor

    data, spent, spec = load(task.folder), Spent(len(task.replicates)), task.spec
    for r in task.replicates:
        rows, order = source_rows(r, len(data.computed))[: task.n], target_rows(r, len(data.measured))
        with spent.clock():
            scaling = Standard.of(data.source[rows])
            centre, scale = label_scaling(data.computed[rows])
            x = scaling.apply(data.source[rows])
            model = MLPRegressor(
                hidden_layer_sizes=spec.hidden,
                batch_size=spec.batch,
                learning_rate_init=spec.rate,
                alpha=spec.decay,
                random_state=r,
            )
            places = stream("benchmark batches", r).integers(len(x), size=spec.pretraining_steps(task.n) * spec.batch)
            _descend(model, x, (data.computed[rows] - centre) / scale, places, spec.batch)
        ask = order[:ASKED]
        for m in task.m:
            with spent.clock(m):
                train = order[ASKED : ASKED + m]
                tuned = copy.deepcopy(model).set_params(batch_size=m, learning_rate_init=spec.tuning_rate, alpha=0.0)
                del tuned._optimizer  # its moments and its rate are those of pretraining
                centre, scale = label_scaling(data.measured[train])
                seen, asked = (scaling.apply(data.target[z]) for z in (train, ask))
                places = np.tile(np.arange(m), spec.tuning_steps)
                _descend(tuned, seen, (data.measured[train] - centre) / scale, places, m)
                predicted = tuned.predict(asked) * scale + centre
            spent.miss(m, predicted, data.measured[ask])
    return spent


def _descend(model: Any, x: Any, y: Float64, places: Any, batch: int) -> None:
    """One step for each ``batch`` of ``places``: ``partial_fit`` goes once through the rows it is given."""
    for first in range(0, len(places), STEPS * batch):
        rows = places[first : first + STEPS * batch]
        model.partial_fit(x[rows], y[rows].astype(np.float32))
