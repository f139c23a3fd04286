"""Parametric forms of an error against sizes: one form a file.

Every form is linear in non-negative coefficients once its other parameters are fixed, which is what the inference
uses: ``basis`` gives the columns, ``parameters`` the way back. ``value``, ``gradient`` and ``limit`` are for
everything downstream. What a form offers is described in `simworth.laws.form`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from simworth.laws import (
    additive,
    bounded,
    broken,
    effective,
    exponential,
    flat,
    power,
    product,
    product_shifted,
    shifted,
)
from simworth.laws.form import Form, JointForm, SingleForm

SINGLE: Mapping[str, SingleForm] = MappingProxyType(
    {
        power.NAME: power,
        shifted.NAME: shifted,
        bounded.NAME: bounded,
        broken.NAME: broken,
        exponential.NAME: exponential,
        flat.NAME: flat,
    }
)
"""Forms in n, by name."""

JOINT: Mapping[str, JointForm] = MappingProxyType(
    {
        product.NAME: product,
        product_shifted.NAME: product_shifted,
        effective.NAME: effective,
        additive.NAME: additive,
    }
)
"""Forms in n and m, by name."""

__all__ = ["JOINT", "SINGLE", "Form", "JointForm", "SingleForm"]
