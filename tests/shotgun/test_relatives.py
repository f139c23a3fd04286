"""A library's models have not seen near relatives of the materials they are to be tried on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from simworth.shotgun.pretrain import plan_model, with_network
from simworth.sweep.inputs import prepare_inputs
from simworth.sweep.spec import study_from
from simworth.tables import PropertyTable, read_table


def table(name: str, formulas: list[str]) -> PropertyTable:
    data = pa.table({"m": formulas, "y": np.arange(float(len(formulas)))})
    return read_table(data, kind="composition", material="m", properties={"y": ("y", "eV")}, name=name)


@pytest.mark.parametrize(
    ("sweep", "gone"), [({}, 2), ({"near": "report"}, 1), ({"overlap": "exclude-test"}, 2), ({"overlap": "allow"}, 0)]
)
def test_relatives_leave_a_source_with_the_targets_materials(sweep: dict[str, str], gone: int, tmp_path: Path) -> None:
    target = table("t", ["FeNi2", "NaCl", "KF"])
    source = table("s", ["Fe0.333Ni0.667", "ClNa", *(f"Al{i}Cu{i + 1}" for i in range(1, 200))])
    raw = {
        "name": "near",
        "target": [{"table": "given:t", "property": "y"}],
        "source": [{"table": "given:s", "property": "y"}],
        "sweep": sweep,
    }
    inputs = prepare_inputs(with_network(study_from(raw, "study", Path())), (target,), (source,))
    card = plan_model(inputs, 0, 1, tmp_path).card
    assert (card.left_out, card.materials) == (gone, len(source) - gone)
