from __future__ import annotations

from typing import Any

from simworth.study import Study
from simworth.testing.tables import synthetic_study, synthetic_tables


def test_check_says_where_pretraining_is_cut_short() -> None:
    """32 looks at 400 materials in batches of 64 are 200 steps, at 200 materials 100."""
    settings: dict[str, Any] = synthetic_study(n=(100, 200, 400))
    settings["learner"] = {"hidden": [8], "epochs": 32, "least_steps": 10, "most_steps": 150}
    (line,) = [line for line in Study(settings, synthetic_tables()).check() if "most_steps" in line]
    assert line.startswith(
        "from n = 400 on pretraining ends after 150 steps (at n = 400 it has looked at each material 24"
    )
    settings["learner"]["most_steps"] = 200
    assert not [line for line in Study(settings, synthetic_tables()).check() if "most_steps" in line]
