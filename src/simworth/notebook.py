"""What a notebook shows of a value: its numbers and a small picture, as HTML without scripts.

Text that comes from outside, such as the name of a table, is escaped here and nowhere else: the functions take text and
give HTML. Colours are the notebook's own but for one blue, so that dark ones stay readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

LONGEST = 300
"""Characters of a name or a sentence that are shown."""

ROWS = 12
"""Rows of a list that are shown."""

BLUE = "#3b8bc2"


def shown(text: object) -> str:
    """A text as HTML, cut where it is very long."""
    words = " ".join(str(text).split())
    return escape(words if len(words) <= LONGEST else words[: LONGEST - 1] + "…")


def block(title: str, *parts: str) -> str:
    """A title over parts that are HTML already."""
    return f'<div style="max-width:60em"><p><strong>{shown(title)}</strong></p>{"".join(parts)}</div>'


def paragraph(text: str) -> str:
    """A sentence."""
    return f"<p>{shown(text)}</p>" if text else ""


def listed(lines: Iterable[str]) -> str:
    """Sentences, one below the other; long lists are cut."""
    every = list(lines)
    items = [f"<li>{shown(line)}</li>" for line in every[:ROWS]]
    return f"<ul>{''.join(items)}</ul>{_more(len(every))}" if every else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]], picture: Sequence[str] = ()) -> str:
    """A table of texts; ``picture``: HTML for a last cell of each row. Long tables are cut."""
    every = [tuple(row) for row in rows]
    if not every:
        return ""
    left = ' style="text-align:left"'
    cells = [f"<tr>{''.join(f'<th{left}>{shown(h)}</th>' for h in head)}</tr>"]
    for i, row in enumerate(every[:ROWS]):
        last = f"<td>{picture[i]}</td>" if i < len(picture) else ""
        cells.append(f"<tr>{''.join(f'<td{left}>{shown(c)}</td>' for c in row)}{last}</tr>")
    return f"<table>{''.join(cells)}</table>{_more(len(every))}"


def _more(count: int) -> str:
    return f"<p>and {count - ROWS:,} more</p>" if count > ROWS else ""


def bars(counts: Sequence[int], says: str, width: int = 120, height: int = 28) -> str:
    """A histogram."""
    most, each = max(1, *counts), width / max(1, len(counts))
    drawn = "".join(
        f'<rect x="{i * each:.1f}" y="{height - height * c / most:.1f}" width="{0.9 * each:.1f}" '
        f'height="{height * c / most:.1f}"/>'
        for i, c in enumerate(counts)
    )
    return _svg(width, height, says, f'<g fill="{BLUE}">{drawn}</g>')


Points = Sequence[tuple[float, float]]


def band(middle: Points, low: Points, high: Points, marks: Points, says: str, ends: Sequence[str]) -> str:
    """A line in its band with marks, all in 0 to 1 (y upwards); ``ends``: words at left, right, bottom and top."""
    width, height, left, below = 340, 170, 58, 20

    def at(points: Points) -> str:
        return " ".join(
            f"{left + x * (width - left - 6):.1f},{(1 - y) * (height - below - 8) + 6:.1f}" for x, y in points
        )

    area = f"{at(low)} {at(list(reversed(high)))}"
    dots = "".join(f'<circle cx="{p.split(",")[0]}" cy="{p.split(",")[1]}" r="3"/>' for p in at(marks).split())
    words = (
        (left, height - 4, "start", ends[0]),
        (width - 4, height - 4, "end", ends[1]),
        (left - 5, height - below, "end", ends[2]),
        (left - 5, 14, "end", ends[3]),
    )
    texts = "".join(f'<text x="{x}" y="{y}" text-anchor="{side}">{shown(text)}</text>' for x, y, side, text in words)
    body = (
        f'<polygon points="{area}" fill="{BLUE}" opacity="0.25"/>'
        f'<polyline points="{at(middle)}" fill="none" stroke="{BLUE}" stroke-width="2"/><g fill="{BLUE}">{dots}</g>'
        f'<path d="M{left} 4V{height - below}H{width - 2}" fill="none" stroke="currentColor" opacity="0.5"/>'
        f'<g fill="currentColor" font-size="11" font-family="sans-serif">{texts}</g>'
    )
    return _svg(width, height, says, body)


def _svg(width: int, height: int, says: str, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img"><title>{shown(says)}</title>{body}</svg>'
    )


def document_html(document: Mapping[str, Any]) -> str:
    """A document: what it is, and every sentence that it holds with what it is about."""
    title = f"{document.get('schema', 'document')}, {document.get('digest', 'not sealed')}"
    found = [(", ".join(about), said) for about, said in _sentences(document, ())]
    return block(title, table(("about", ""), found) if found else listed(k for k in document if k != "parents"))


_ABOUT = ("question", "target", "arm", "m", "learner", "control")


def _sentences(value: Any, about: tuple[str, ...]) -> Iterable[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        named = [f"m = {value[k]}" if k == "m" else str(value[k]) for k in _ABOUT if value.get(k) not in (None, "")]
        about = tuple(named) or about
        if isinstance(value.get("sentence"), str):
            yield about, value["sentence"]
        for key, part in value.items():
            if key not in ("draws", "facts"):
                yield from _sentences(part, about)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for part in value:
            yield from _sentences(part, about)
