"""The laws' equations as a page sets them: raised exponents that no line break cuts off.

What is heard, searched and copied stays as it was written: the ^ is there, unseen.
"""

from __future__ import annotations

import re

from simworth.laws import JOINT, SINGLE

EQUATIONS = sorted({law.EQUATION for law in (*SINGLE.values(), *JOINT.values()) if "^" in law.EQUATION}, key=len)[::-1]
"""Those with an exponent, the longest first."""

FOUND = re.compile("|".join(map(re.escape, EQUATIONS)))
POWER = re.compile(r"([\w)]+)\^(-?\w|\([^()]*\))")
"""The end of a base and its exponent, which may be in parentheses."""
SHORT = 12
"""Characters up to which an equation fits any line."""


def set_equations(escaped: str) -> str:
    """Set every equation of a law in a text whose markup is escaped already; all other text stays as it is."""
    return FOUND.sub(lambda found: _set(found[0]), escaped) if "^" in escaped else escaped


def _set(equation: str) -> str:
    """Raise exponents; base and exponent stay together, and so does all of a short equation."""
    if len(equation) <= SHORT:
        return f'<span class="power">{POWER.sub(_raised, equation)}</span>'
    return POWER.sub(lambda found: f'<span class="power">{_raised(found)}</span>', equation)


def _raised(found: re.Match[str]) -> str:
    return f'{found[1]}<span class="unseen">^</span><sup>{found[2]}</sup>'
