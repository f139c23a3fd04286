"""Known truths to test against: curves with a known law, tables with a known transfer."""

from __future__ import annotations

from simworth.testing.curves import synthetic_curve, synthetic_grid
from simworth.testing.tables import synthetic_study, synthetic_tables

__all__ = ["synthetic_curve", "synthetic_grid", "synthetic_study", "synthetic_tables"]
