"""How long to wait before asking again."""

from __future__ import annotations

import datetime
import email.utils
import re

from simworth.ingest.transfer.policy import Policy
from simworth.seeds import stream

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504, 507, 520, 521, 522, 523, 524})
"""HTTP statuses that may be gone the next time."""


def backoff(policy: Policy, url: str, attempt: int) -> float:
    """Seconds before try ``attempt + 1``: doubling, with jitter that depends on the address alone."""
    whole = min(policy.longest_wait, policy.first_wait * 2.0 ** min(attempt, 30))
    return whole * float(0.5 + 0.5 * stream("transfer", url, attempt).random())


def retry_after(text: str | None, now: datetime.datetime) -> float | None:
    """Seconds a ``Retry-After`` header asks for (RFC 9110, 10.2.3: seconds or a date); None where it cannot be read."""
    if text is None:
        return None
    text = text.strip()
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", text, re.ASCII):
        return float(text)
    try:
        date = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=datetime.UTC)
    try:
        return max(0.0, (date - now).total_seconds())
    except OverflowError:
        return None
