"""Fail when a built page would ask another host for anything but a link that a reader clicks.

Run as ``python docs/check_offline.py site``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

TAG = re.compile(r"<(?!a\b)[a-z]+[^>]*\s(?:src|href|srcset|data|action)\s*=\s*[\"']?(?:https?:)?//", re.IGNORECASE)
STYLE = re.compile(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", re.IGNORECASE)


def requests_of(page: Path) -> list[str]:
    """What ``page`` (HTML or CSS) would fetch from elsewhere."""
    text = page.read_text(encoding="utf-8")
    patterns = (TAG, STYLE) if page.suffix == ".html" else (STYLE,)
    return [match.group()[:120] for pattern in patterns for match in pattern.finditer(text)]


def main(site: Path) -> None:
    """Exit with the list of offending pages, or with nothing when there is none."""
    pages = [p for suffix in ("html", "css") for p in sorted(site.rglob(f"*.{suffix}"))]
    if not pages:
        sys.exit(f"{site} holds no pages; build the documentation first")
    found = [f"{page}: {request}" for page in pages for request in requests_of(page)]
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
