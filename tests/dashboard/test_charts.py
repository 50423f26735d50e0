"""Charts: axes of round figures, and drawings that hold whatever the data are."""

from __future__ import annotations

import datetime as dt
import itertools
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.charts.path import path_points
from dashboard.charts.scale import Scale
from dashboard.charts.series import PHONE, WIDE, Mark, Said, Size, series_chart
from dashboard.charts.ticks import month_ticks, value_ticks
from published.formatting import ENGLISH
from published.key_results.readings import Reading

START, DUE = dt.date(2026, 10, 1), dt.date(2026, 12, 31)
ROW = {
    "key_result_id": "KR-1<script>",
    "unit": '"><script>alert(1)</script>',
    "cycle_start": START,
    "cycle_end": DUE,
    "as_of": dt.date(2026, 11, 28),
    "starts_on": None,
    "due_on": DUE,
    "kind": "decrease",
    "baseline": 72.0,
    "target": 4.0,
    "target_high": None,
    "target_before": 8.0,
    "target_moved_on": dt.date(2026, 10, 19),
    "phases": None,
    "progress_state": "computed",
    "value_state": "measured",
    "current_value": 29.25,
    "current_value_at": dt.date(2026, 11, 28),
    "forecast_low": 0.0,
    "forecast_value": 9.1,
    "forecast_high": 39.4,
}
figures = st.floats(-1e12, 1e12)


@given(figures, figures)
@example(0.0, 5e-324)
@example(-2e-310, 0.0)
@example(1e12, 1e12 + 1e-3)
@example(3.0, 3.0)
def test_ticks_enclose_the_figures_in_few_equal_steps(one: float, other: float) -> None:
    low, high = sorted((one, other))
    ticks = value_ticks(low, high)
    slack = 1e-6 * max(abs(low), abs(high), 1e-9)
    assert 2 <= len(ticks) <= 5
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    steps = [b - a for a, b in itertools.pairwise(ticks)]
    assert max(steps) - min(steps) <= 1e-6 * max(map(abs, ticks))


@given(st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)), st.integers(7, 800))
def test_days_of_an_axis_rise_from_the_first_to_the_last(first: dt.date, days: int) -> None:
    ticks = month_ticks(first, first + dt.timedelta(days=days))
    assert (ticks[0], ticks[-1]) == (first, first + dt.timedelta(days=days))
    assert ticks == sorted(set(ticks))
    assert len(ticks) <= 9


def test_what_lies_outside_a_drawing_is_drawn_at_its_edge() -> None:
    scale = Scale(0, 100, 0, 50, START, DUE, 0.0, 10.0)
    assert (scale.x(dt.date(2026, 1, 1)), scale.x(dt.date(2027, 6, 1))) == (0, 100)
    assert (scale.y(-99), scale.y(99)) == (50, 0)


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_a_chart_is_well_formed_whatever_sources_wrote(size: Size) -> None:
    readings = [Reading(START + dt.timedelta(days=7 * n), 72.0 - 5 * n, False) for n in range(8)]
    said = [Said(dt.date(2026, 10, 23), True), Said(dt.date(2026, 11, 27), False)]
    marks = [Mark(dt.date(2026, 10, 19), "target 8 → 4 </text><script>")]
    drawn = str(series_chart(ROW, readings, said, marks, size, ENGLISH))
    root = ElementTree.fromstring(drawn)  # noqa: S314 - our own drawing
    kinds = [one.get("class") for one in root.iter() if one.tag.endswith("circle")]
    assert kinds.count("m") == len(readings)
    assert (kinds.count("ho"), kinds.count("p")) == (1, 1)
    assert not [one for one in root.iter() if one.tag.endswith("script")]


def test_nothing_is_forecast_once_the_cycle_is_over() -> None:
    readings = [Reading(START + dt.timedelta(days=7), 70.0, False)]
    over = ROW | {"as_of": DUE + dt.timedelta(days=1)}
    for row, told in ((ROW, True), (over, False)):
        drawn = str(series_chart(row, readings, [], [], WIDE, ENGLISH))
        assert ("expected" in drawn, 'class="fan"' in drawn) == (told, told)


@pytest.mark.parametrize(
    ("kind", "baseline", "target", "path"),
    [
        ("decrease", 72.0, 4.0, [(START, 72.0), (DUE, 4.0)]),
        ("at most", 72.0, 80.0, []),
        ("at most", 4.0, 4.0, []),
        ("at least", 72.0, 4.0, []),
        ("increase", 72.0, 4.0, []),
        ("band", 72.0, 4.0, []),
    ],
)
def test_what_is_only_held_has_no_path(
    kind: str, baseline: float, target: float, path: list[tuple[dt.date, float]]
) -> None:
    assert path_points({**ROW, "kind": kind, "baseline": baseline, "target": target}) == path


def test_nothing_known_draws_nothing() -> None:
    blank = dict.fromkeys(ROW) | {"cycle_start": START, "due_on": DUE, "value_state": "no value"}
    assert series_chart(blank, [], [], [], WIDE, ENGLISH) == ""
