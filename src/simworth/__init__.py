"""What is a simulation worth? Scaling laws of Sim2Real transfer, from property tables to decisions.

The names below are the public Python surface; each is loaded when it is first used, so that importing
simworth is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simworth.inference.backtest import Backtest, backtest
    from simworth.inference.fit import fit_law
    from simworth.inference.law import Law
    from simworth.inference.verdict import Verdict
    from simworth.model.regressor import TransferRegressor
    from simworth.study import Run, Study
    from simworth.tables import PropertyTable, read_table

__all__ = [
    "Backtest",
    "Law",
    "PropertyTable",
    "Run",
    "Study",
    "TransferRegressor",
    "Verdict",
    "backtest",
    "fit_law",
    "read_table",
]

_HOMES = {
    "Backtest": "simworth.inference.backtest",
    "Law": "simworth.inference.law",
    "PropertyTable": "simworth.tables",
    "Run": "simworth.study",
    "Study": "simworth.study",
    "TransferRegressor": "simworth.model.regressor",
    "Verdict": "simworth.inference.verdict",
    "backtest": "simworth.inference.backtest",
    "fit_law": "simworth.inference.fit",
    "read_table": "simworth.tables",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'simworth' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
