"""The reliability diagram as SVG: stated probability against observed share.

What belongs here: drawing. What does not: the numbers, which come from the published table.
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

import pandas as pd

from published.formatting import chance, share

_SIDE, _EDGE = 360, 56
_LOOKS = {
    "computed": ("computed probability", "#0b62a4", "circle"),
    "team": ("team's confidence", "#b3561d", "square"),
}


def draw(rows: pd.DataFrame, cycle: str) -> str:
    """Draw the diagram of one cycle.

    Args:
        rows: The rows of ``calibration`` by probability; groups that are too small are skipped.
        cycle: The name of the cycle, for the title.
    """
    known = rows[rows["stated"].notna() & rows["method"].isin(list(_LOOKS))]
    marks = [_mark(row) for row in known.itertuples(index=False)]
    width, height = _SIDE + 2 * _EDGE + 150, _SIDE + 2 * _EDGE
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img" font-family="sans-serif" font-size="12">',
            f"<title>{escape(cycle)}: probability stated and share that came true</title>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            *_axes(cycle),
            *marks,
            *_legend(),
            "</svg>",
            "",
        ]
    )


def _x(part: float) -> float:
    return round(_EDGE + part * _SIDE, 1)


def _y(part: float) -> float:
    return round(_EDGE + (1 - part) * _SIDE, 1)


def _axes(cycle: str) -> list[str]:
    lines = [
        f'<text x="{_EDGE}" y="24" font-size="15">{escape(cycle)}: said and came true</text>',
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="#777777" '
        'stroke-dasharray="4 4"/>',
        f'<rect x="{_EDGE}" y="{_EDGE}" width="{_SIDE}" height="{_SIDE}" fill="none" '
        'stroke="#333333"/>',
        f'<text x="{_x(0.5)}" y="{_y(0) + 40}" text-anchor="middle">probability stated</text>',
        f'<text x="16" y="{_y(0.5)}" text-anchor="middle" '
        f'transform="rotate(-90 16 {_y(0.5)})">share that came true</text>',
    ]
    for tenth in range(0, 11, 2):
        part, words = tenth / 10, f"{10 * tenth} %"
        lines.append(f'<text x="{_x(part)}" y="{_y(0) + 18}" text-anchor="middle">{words}</text>')
        lines.append(f'<text x="{_EDGE - 6}" y="{_y(part) + 4}" text-anchor="end">{words}</text>')
    return lines


def _mark(row: Any) -> str:
    stated, observed = float(row.stated), float(row.observed)
    called, colour, shape = _LOOKS[str(row.method)]
    calls = int(row.calls)
    size = round(4 + min(calls, 400) ** 0.5 / 2, 1)
    said, true = chance(stated, settled=True), share(observed)
    words = f"{called}: said {said}, came true {true}, {calls} calls"
    x, y = _x(stated), _y(observed)
    look = f'fill="{colour}" fill-opacity="0.75"'
    if shape == "circle":
        return f'<circle cx="{x}" cy="{y}" r="{size}" {look}><title>{words}</title></circle>'
    return (
        f'<rect x="{x - size:.1f}" y="{y - size:.1f}" width="{2 * size}" height="{2 * size}" '
        f"{look}><title>{words}</title></rect>"
    )


def _legend() -> list[str]:
    left = _EDGE + _SIDE + 20
    lines = []
    for number, (words, colour, shape) in enumerate(_LOOKS.values()):
        y = _EDGE + 12 + 24 * number
        lines.append(
            f'<circle cx="{left}" cy="{y}" r="6" fill="{colour}"/>'
            if shape == "circle"
            else f'<rect x="{left - 6}" y="{y - 6}" width="12" height="12" fill="{colour}"/>'
        )
        lines.append(f'<text x="{left + 12}" y="{y + 4}">{words}</text>')
    return lines
