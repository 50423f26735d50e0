"""The charts of a night: where its seconds went, and the nights before it.

What belongs here: their drawing. What does not: their figures (``published.operation``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from dashboard.charts.ticks import value_ticks
from published.formatting import Formatter
from published.operation.nights import Night

_LABELS, _WIDTH, _ROW, _BAR = 128, 840, 24, 12
_CELL, _HIGH = 20, 24
_MARKS = {
    "complete": '<path class="ok" d="M{x} 20.5 {m} 23.5 {e} 16.5"/>',
    "sources missing": '<path class="bad" d="M{x} 16.5 {e} 23.5M{e} 16.5 {x} 23.5"/>',
}
_KINDS = {"complete": "n-ok", "sources missing": "n-bad", "none": "n-no", "before": "n-no n-be"}
_WORDS = {
    "complete": "complete",
    "sources missing": "sources missing",
    "none": "no run",
    "before": "before the first run",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: what took how many seconds, and what is written beside them."""

    name: str
    seconds: float
    note: str
    computed: bool = False


def seconds_chart(bars: Sequence[Bar], figures: Formatter) -> Markup:
    """Bars of seconds, each from the beginning."""
    longest = max(bar.seconds for bar in bars)
    steps = value_ticks(0, longest)
    room = _WIDTH - _LABELS - 150
    bottom = _ROW * len(bars)
    scale = room / max(longest, steps[-1])
    drawn = []
    for step in steps:
        x = _LABELS + step * scale
        drawn.append(f'<line class="gr" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{bottom}"/>')
        words = escape(figures.declared(step, "s"))
        drawn.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{words}</text>')
    for place, bar in enumerate(bars):
        y = place * _ROW + 6
        width = max(bar.seconds * scale, 1)
        kind = "bc" if bar.computed else "br"
        drawn.append(f'<text class="nm" x="0" y="{y + 10}">{escape(bar.name)}</text>')
        drawn.append(
            f'<rect class="{kind}" x="{_LABELS}" y="{y}" width="{width:.1f}" height="{_BAR}"/>'
        )
        drawn.append(f'<text x="{_LABELS + width + 8:.1f}" y="{y + 10}">{escape(bar.note)}</text>')
    tall = bottom + 24
    said = escape("; ".join(f"{bar.name} {bar.note}" for bar in bars))
    return Markup(  # noqa: S704 - numbers of ours and escaped words
        f'<svg class="c" width="{_WIDTH}" height="{tall}" viewBox="0 0 {_WIDTH} {tall}"'
        f' role="img" aria-label="{said}">{"".join(drawn)}</svg>'
    )


def nights_strip(nights: Sequence[Night], figures: Formatter) -> Markup:
    """A box a night: a tick, a cross, or dashes where there was no run."""
    width = _CELL * len(nights)
    drawn = []
    for place, night in enumerate(nights):
        x = place * _CELL
        kind = _KINDS[night.state]
        title = f"{figures.short_day(night.day)}: {_WORDS[night.state]}"
        mark = _MARKS.get(night.state, "").format(x=x + 3, m=x + 6, e=x + 11.5)
        drawn.append(
            f'<g><title>{escape(title)}</title><rect class="{kind}" x="{x}" y="8" width="14"'
            f' height="{_HIGH}" rx="1"/>{mark}</g>'
        )
    first, last = (escape(figures.short_day(nights[at].day)) for at in (0, -1))
    drawn.append(f'<text x="0" y="48">{first}</text>')
    drawn.append(f'<text x="{width - 6}" y="48" text-anchor="end">{last}</text>')
    said = escape(
        ", ".join(f"{figures.short_day(night.day)} {_WORDS[night.state]}" for night in nights)
    )
    return Markup(  # noqa: S704 - numbers and days of ours
        f'<svg class="c" width="{width}" height="52" viewBox="0 0 {width} 52" role="img"'
        f' aria-label="{said}">{"".join(drawn)}</svg>'
    )
