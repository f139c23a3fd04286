"""Parametric forms of an error against sizes: one form a file.

Every form is linear in non-negative coefficients once its exponents are fixed, which is what the inference uses:
``basis`` gives the columns. ``value`` and ``gradient`` are for everything downstream.
"""
