"""The small chart of a line: readings, path, range, target; own scale, no axis.

What belongs here: its drawing. What does not: the large chart (``series``).
"""

from __future__ import annotations

from markupsafe import Markup, escape

from dashboard.charts.path import fan_points, first_day, path_points
from dashboard.charts.scale import Scale
from okr_model.finding_rules import Rule
from published.formatting import Formatter, absent
from published.key_results.lines import Line

_WIDTH, _HEIGHT, _EDGE = 152, 36, 3.5


def sparkline(line: Line, figures: Formatter) -> Markup:
    """The sparkline of a Key Result, or an empty text where nothing can be drawn."""
    row, readings = line.row, [(one.day, one.value) for one in line.readings]
    path = path_points(row)
    if not readings and not path:
        return Markup("")
    old = row["signals"] is not None and Rule.STALE_VALUE in set(row["signals"])
    lower, upper = ([], []) if old else fan_points(row)
    # The range may leave the picture; readings, path and target never do.
    values = [value for _, value in [*readings, *path]]
    values += [] if absent(row["target"]) else [float(row["target"])]
    scale = Scale(
        0,
        _WIDTH - 4,
        _EDGE,
        _HEIGHT - _EDGE,
        first_day(row),
        row["due_on"],
        min(values),
        max(values),
    )
    drawn = []
    if upper:
        drawn.append(f'<polygon class="fan" points="{scale.at([*upper, *reversed(lower)])}"/>')
    if path:
        drawn.append(f'<polyline class="pa" points="{scale.at(path)}"/>')
    if not absent(row["target"]):
        y = scale.y(float(row["target"]))
        drawn.append(
            f'<line class="tg" x1="{_WIDTH - 8}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
    if readings:
        drawn.append(f'<polyline class="se" points="{scale.at(readings)}"/>')
        x, y = scale.x(readings[-1][0]), scale.y(readings[-1][1])
        if old:
            now = scale.x(row["as_of"])
            drawn.append(
                f'<line class="gap" x1="{x:.1f}" x2="{now:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
            )
        drawn.append(f'<circle class="{"ho" if old else "m"}" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>')
    label = escape(f"{figures.number(len(readings))} readings, now {figures.value_of(row)}")
    return Markup(  # noqa: S704 - numbers of ours and an escaped label
        f'<svg class="c" width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        f' role="img" aria-label="{label}">{"".join(drawn)}</svg>'
    )
