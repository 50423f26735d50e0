"""The large chart of a Key Result: readings, path, target, range, and changes of its definition.

What belongs here: its drawing. What does not: the small chart (``sparkline``).
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from dashboard.charts.path import fan_points, first_day, path_points
from dashboard.charts.scale import Scale
from dashboard.charts.ticks import month_ticks, value_ticks
from okr_model.progress.end_state import has_ended
from published.formatting import Formatter, absent
from published.key_results.readings import Reading


@dataclass(frozen=True, slots=True)
class Size:
    """How large the chart is, in pixels; ``label`` is the room at its right for labels."""

    width: int
    height: int
    label: int


LEGEND = (
    ("p", Markup('<circle class="p" cx="12" cy="5" r="5"/>'), "check-in, by a person"),
    ("m", Markup('<circle class="m" cx="12" cy="5" r="2.5"/>'), "measured"),
    ("ho", Markup('<circle class="ho" cx="12" cy="5" r="5"/>'), "entered late"),
    ("pa", Markup('<line class="pa" x1="0" x2="24" y1="5" y2="5"/>'), "path"),
    ("fan", Markup('<rect class="fan" width="24" height="10"/>'), "range of the forecast"),
    ("chg", Markup('<line class="chg" x1="12" x2="12" y1="0" y2="10"/>'), "definition changed"),
)
"""What a chart may draw: the class, how it is drawn, and what it stands for."""
WIDE, MEETING, PHONE = Size(912, 304, 132), Size(840, 464, 168), Size(344, 220, 60)
_TERSE = 80  # a narrower room for labels holds figures alone
_LEFT, _TOP, _BELOW = 52, 20, 24
_EACH = 8  # pixels that a figure of an axis needs at most
_LINE = 15.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A day on which the definition changed, and what changed in a few words."""

    day: dt.date
    words: str


@dataclass(frozen=True, slots=True)
class Said:
    """A day on which somebody checked in; ``late`` if it was entered days after."""

    day: dt.date
    late: bool


def series_chart(
    row: Mapping[str, Any],
    readings: Sequence[Reading],
    said: Sequence[Said],
    marks: Sequence[Mark],
    size: Size,
    figures: Formatter,
) -> Markup:
    """The chart of a row of ``key_results``; empty where there is nothing to draw."""
    points = [(one.day, one.value) for one in readings]
    path, (lower, upper) = path_points(row), fan_points(row)
    values = [value for _, value in [*points, *path, *lower, *upper]]
    aims = ("target", "target_high", *(("target_before",) if _was_moved(row) else ()))
    values += [float(row[name]) for name in aims if not absent(row[name])]
    if not values:
        return Markup("")
    ticks = value_ticks(min(values), max(values))
    right, bottom = size.width - size.label, size.height - _BELOW
    longest = max(len(figures.declared(tick, None)) for tick in ticks)
    left = max(_LEFT, _EACH * longest + 12)
    scale = Scale(left, right, _TOP, bottom, first_day(row), row["due_on"], min(ticks), max(ticks))
    parts = [
        *_grid(scale, ticks, row["unit"], figures),
        *_days(scale, figures),
        *_planned(scale, path, lower, upper, row),
        *_definition(scale, row, marks),
        *_happened(scale, points, said),
        *_labels(scale, row, figures, terse=size.label < _TERSE),
    ]
    told = f"{figures.number(len(points))} readings, now {figures.value_of(row)}"
    label = escape(f"Series of {row['key_result_id']}: {told}")
    return Markup(  # noqa: S704 - numbers of ours and escaped words
        f'<svg class="c" viewBox="0 0 {size.width} {size.height}" width="{size.width}"'
        f' height="{size.height}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
    )


def _was_moved(row: Mapping[str, Any]) -> bool:
    """Whether the target moved on a day of the chart."""
    moved = row["target_moved_on"]
    return not absent(moved) and moved >= first_day(row)


def _text(x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _rule(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:.1f}" y2="{y2:.1f}"/>'


def _grid(scale: Scale, ticks: Sequence[float], unit: Any, figures: Formatter) -> Iterator[str]:
    for tick in ticks:
        y = scale.y(tick)
        words = figures.declared(tick, unit if tick == ticks[-1] else None)
        yield _rule("gr", scale.left, y, scale.right, y)
        if tick == ticks[-1] and len(words) > 7:  # too long to stand left of the axis
            yield _text(0, y - 6, words)
        else:
            yield _text(scale.left - 8, y + 4, words, "end")


def _days(scale: Scale, figures: Formatter) -> Iterator[str]:
    days = month_ticks(scale.first, scale.last)
    for number, day in enumerate(days):
        x = scale.x(day)
        anchor = "start" if number == 0 else "end" if number == len(days) - 1 else "middle"
        yield _rule("gr", x, scale.bottom, x, scale.bottom + 4)
        yield _text(x, scale.bottom + 18, figures.short_day(day), anchor)


def _planned(
    scale: Scale,
    path: Sequence[tuple[dt.date, float]],
    lower: Sequence[tuple[dt.date, float]],
    upper: Sequence[tuple[dt.date, float]],
    row: Mapping[str, Any],
) -> Iterator[str]:
    if upper:
        yield f'<polygon class="fan" points="{scale.at([*upper, *reversed(lower)])}"/>'
        ends = upper[0], (row["due_on"], float(row["forecast_value"]))
        yield f'<polyline class="fm" points="{scale.at(ends)}"/>'
    if path:
        yield f'<polyline class="pa" points="{scale.at(path)}"/>'


def _definition(scale: Scale, row: Mapping[str, Any], marks: Sequence[Mark]) -> Iterator[str]:
    """The target from the day it holds, the one before until then, and the days of changes."""
    since = row["target_moved_on"] if _was_moved(row) else scale.first
    for name in ("target", "target_high"):
        if not absent(row[name]):
            y = scale.y(float(row[name]))
            yield _rule("tg", scale.x(since), y, scale.right, y)
    if since > scale.first and not absent(row["target_before"]):
        y = scale.y(float(row["target_before"]))
        yield _rule("was", scale.left, y, scale.x(since), y)
    for number, mark in enumerate(marks):
        x = scale.x(mark.day)
        yield _rule("chg", x, scale.top - 8, x, scale.bottom)
        near_end = x > (scale.left + scale.right) / 2
        place = (x - 6, "end") if near_end else (x + 6, "start")
        yield _text(place[0], scale.top - 4 + _LINE * number, mark.words, place[1], "k")


def _happened(
    scale: Scale, points: Sequence[tuple[dt.date, float]], said: Sequence[Said]
) -> Iterator[str]:
    if not points:
        return
    yield f'<polyline class="se" points="{scale.at(points)}"/>'
    for day, value in points:
        yield f'<circle class="m" cx="{scale.x(day):.1f}" cy="{scale.y(value):.1f}" r="2.5"/>'
    for one in said:
        if points[0][0] <= one.day:
            kind, at = "ho" if one.late else "p", scale.y(_between(points, one.day))
            yield f'<circle class="{kind}" cx="{scale.x(one.day):.1f}" cy="{at:.1f}" r="5.5"/>'


def _between(points: Sequence[tuple[dt.date, float]], day: dt.date) -> float:
    """Where the line through the readings is on a day; flat after the last."""
    for (first, low), (last, high) in itertools.pairwise(points):
        if first <= day < last:
            return low + (high - low) * (day - first).days / (last - first).days
    return points[-1][1]


def _labels(
    scale: Scale, row: Mapping[str, Any], figures: Formatter, *, terse: bool
) -> Iterator[str]:
    """At the right: the target, the expected end and the range, kept apart."""
    wanted: list[tuple[float, str, str]] = []
    if not absent(row["target"]):
        words = figures.target_of(row)
        place = scale.y(float(row["target"])) + 4
        wanted.append((place, words if terse else f"target {words}", "k"))
    if not absent(row["forecast_value"]) and not has_ended(row):
        unit, target = row["unit"], row["target"]
        middle = figures.quantity(row["forecast_value"], unit, target)
        words = middle if terse else f"{middle} expected"
        wanted.append((scale.y(float(row["forecast_value"])) + 4, words, "a"))
        low, high = (figures.quantity(row[f"forecast_{name}"], None) for name in ("low", "high"))
        if not terse:
            wanted.append(
                (
                    scale.y(float(row["forecast_high"])) + 4,
                    f"{figures.share(0.8)}: {low} to {high}",
                    "a",
                )
            )
    placed = scale.top - _LINE
    for y, words, kind in sorted(wanted):
        placed = max(y, placed + _LINE)
        yield _text(scale.right + 8, placed, words, kind=kind)


def change_in_words(change: Mapping[str, Any], told: Formatter) -> str:
    """A change of a definition as its mark in the chart says it, ``target 8 → 4 h, 19 Oct``."""
    old, new, unit = change["old"], change["new"], change["unit"]
    if absent(change["old_value"]) or absent(change["new_value"]):
        figures = f"{'none' if absent(old) else old} → {'none' if absent(new) else new}"
    else:
        after = told.declared(change["new_value"], unit)
        figures = f"{told.declared(change['old_value'], None)} → {after}"
    return f"{change['field']} {figures}, {told.short_day(change['changed_on'])}"
