"""The values of a column as a picture: bars of text for a terminal, or SVG for a page."""

from __future__ import annotations

from html import escape

from simworth.store.describe import Description, Histogram, Summary

BLOCKS = " ▏▎▍▌▋▊▉█"
WIDTH = 40
BAR, GAP, LEFT, TOP, TALL = 22, 2, 10, 34, 120
"""Pixels of the SVG."""
INK, FILL = "#1d2733", "#0b66a3"


def text_picture(histogram: Histogram, width: int = WIDTH) -> list[str]:
    """One line a bin: where it begins, a bar, the count; then how many values lie outside."""
    most = max(1, *histogram.counts)
    starts = [f"{edge:.4g}" for edge in histogram.edges[:-1]]
    wide = max(map(len, starts))
    lines = [
        f"{start:>{wide}} {_bar(count * width / most):<{width}} {count:,}".rstrip()
        for start, count in zip(starts, histogram.counts, strict=True)
    ]
    lines.append(f"{histogram.edges[-1]:>{wide}.4g}")
    if histogram.below or histogram.above:
        lines.append(f"not shown: {histogram.below:,} below and {histogram.above:,} above")
    return lines


def _bar(length: float) -> str:
    """A bar of ``length`` characters, to an eighth; anything above zero shows."""
    eighths = round(8 * length)
    if length > 0:
        eighths = max(1, eighths)
    full, rest = divmod(eighths, 8)
    return "█" * full + (BLOCKS[rest] if rest else "")


def svg_picture(description: Description) -> str:
    """Every numeric column with a histogram, one below the other."""
    shown = [c for c in description.columns if c.histogram is not None]
    high = TOP + TALL + 34
    width = LEFT * 2 + (BAR + GAP) * max((len(c.histogram.counts) for c in shown if c.histogram), default=1)
    name = escape(description.name + (f"@{description.version}" if description.version else ""))
    body = "".join(_panel(c, i * high) for i, c in enumerate(shown))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {max(1, len(shown)) * high}" width="{width}" '
        f'role="img" font-family="system-ui, sans-serif" font-size="12" fill="{INK}">'
        f"<title>{name}</title>{body}</svg>\n"
    )


def _panel(column: Summary, y: int) -> str:
    """One histogram with its range."""
    histogram = column.histogram
    if histogram is None:
        return ""
    most = max(1, *histogram.counts)
    unit = f" in {column.unit}" if column.unit not in ("", "1") else ""
    base = y + TOP + TALL
    bars = "".join(
        f'<rect x="{LEFT + i * (BAR + GAP)}" y="{base - round(count * TALL / most, 2):g}" width="{BAR}" '
        f'height="{round(count * TALL / most, 2):g}" fill="{FILL}"><title>{escape(_words(histogram, i))}</title></rect>'
        for i, count in enumerate(histogram.counts)
    )
    end = LEFT + len(histogram.counts) * (BAR + GAP)
    outside = f", {histogram.below + histogram.above:,} outside" if histogram.below or histogram.above else ""
    return (
        f'<text x="{LEFT}" y="{y + 18}">{escape(column.name + unit)}, {column.present:,} values{outside}</text>{bars}'
        f'<text x="{LEFT}" y="{base + 16}">{histogram.edges[0]:.4g}</text>'
        f'<text x="{end}" y="{base + 16}" text-anchor="end">{histogram.edges[-1]:.4g}</text>'
    )


def _words(histogram: Histogram, i: int) -> str:
    return f"{histogram.edges[i]:.4g} to {histogram.edges[i + 1]:.4g}: {histogram.counts[i]:,}"
