"""What a Key Result's value is compared with, and that value, day and difference fit together."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from published.formatting import ENGLISH
from published.key_results.movement import days_to_compare, movement, movement_words, values_on
from published.key_results.readings import Reading
from published.moment import Moment
from published.snapshot import Snapshot
from tests.support.page.published_file import DAY, publish

_DAYS = st.dates(DAY - dt.timedelta(days=60), DAY)
_VALUES = st.integers(-4000, 4000).map(lambda quarters: quarters / 4)


def row(value: float | None, unit: str | None = "hours") -> dict[str, Any]:
    state = "no value" if value is None else "measured"
    return {"key_result_id": "KR-1", "value_state": state, "current_value": value, "unit": unit}


def readings(*days: dt.date, by_person: bool = False) -> list[Reading]:
    return [Reading(day, float(number), by_person) for number, day in enumerate(sorted(days))]


@given(
    value=_VALUES,
    said=st.lists(_DAYS, max_size=5).map(sorted),
    read=st.dictionaries(_DAYS, _VALUES, max_size=12),
    published=st.dictionaries(_DAYS, _VALUES, max_size=12),
    by_person=st.booleans(),
)
def test_the_value_less_the_change_is_the_value_of_the_day(
    value: float,
    said: list[dt.date],
    read: dict[dt.date, float],
    published: dict[dt.date, float],
    by_person: bool,
) -> None:
    series = [Reading(day, of_day, by_person) for day, of_day in sorted(read.items())]
    days = days_to_compare(said, series, DAY)
    known = {("KR-1", day): (of_day, "hours") for day, of_day in published.items()}
    change, since = movement(row(value), days, known, series)
    assert (change is None) == (since is None)
    if change is not None and since is not None:
        assert value - change == published.get(since, read.get(since))
        assert since < DAY


@given(said=st.lists(_DAYS, min_size=1, max_size=5).map(sorted), read=st.lists(_DAYS, min_size=1))
def test_once_it_is_some_days_old_only_a_new_check_in_moves_the_day(
    said: list[dt.date], read: list[dt.date]
) -> None:
    last = said[-1]
    later = [DAY + dt.timedelta(days=number) for number in range(1, 9)]
    first = [days_to_compare(said, readings(*read, *later[:n]), later[n])[0] for n in range(3, 8)]
    assert set(first) == {last}


@pytest.mark.parametrize(("age", "at"), [(0, 1), (1, 1), (3, 1), (4, 2)])
def test_the_days_after_a_check_in_are_compared_with_the_one_before_it(age: int, at: int) -> None:
    said = [DAY - dt.timedelta(days=age + days) for days in (14, 7, 0)]
    every_day = readings(*(DAY - dt.timedelta(days=days) for days in range(30)))
    assert days_to_compare(said, every_day, DAY)[0] == said[at]


@pytest.mark.parametrize("by_person", [False, True])
def test_a_value_not_newer_than_a_check_in_is_compared_with_the_check_in_before(
    by_person: bool,
) -> None:
    said = [DAY - dt.timedelta(days=days) for days in (20, 13, 6)]
    series = readings(*said, by_person=by_person)
    assert days_to_compare(said, series, DAY)[0] == said[1]
    assert days_to_compare(said[-1:], series[-1:], DAY) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (-0.4, "16.8 % → 16.4 %"),
        (0.0, "no movement"),
        (0.001, "+0.001 points"),
        (-3.6, "20 % → 16.4 %"),  # its target to the digit, whatever floats do
        (None, ""),
    ],
)
def test_a_movement_is_told_by_both_values(change: float | None, words: str) -> None:
    of = row(16.4, "%") | {"target": 20.0, "target_high": None}
    assert movement_words(of, change, ENGLISH) == words


def test_without_check_ins_the_reading_some_days_before_is_named() -> None:
    days = [DAY - dt.timedelta(days=days) for days in (9, 3, 1, 0)]
    assert days_to_compare([], readings(*days), DAY) == (days[0],)
    assert days_to_compare([], readings(*days[1:]), DAY) == ()


def test_what_was_not_published_on_the_day_is_told_of_the_last_reading_until_then() -> None:
    said, read = DAY - dt.timedelta(days=7), DAY - dt.timedelta(days=10)
    series = readings(read, DAY)
    days = days_to_compare([said], series, DAY)
    assert movement(row(4.0), days, {}, series) == (4.0, read)
    in_days = {("KR-1", said): (2.0, "days")}
    assert movement(row(4.0), days, in_days, series) == (4.0, read)
    assert movement(row(4.0), days, {("KR-1", said): (2.5, "hours")}, series) == (1.5, said)
    assert movement(row(None), days, in_days, series) == (None, None)


@pytest.mark.parametrize(("as_then", "value"), [(False, 3.0), (True, 1.0)])
def test_values_are_as_known_now_or_as_first_published(
    tmp_path: Path, as_then: bool, value: float
) -> None:
    day = DAY - dt.timedelta(days=7)

    def of_day(value: float | None, run: str) -> dict[str, Any]:
        return {"cycle_id": "2026-Q4", "as_of": day, "run_id": run, **row(value)}

    at = dt.datetime(2026, 11, 21, 2, tzinfo=dt.UTC)
    nights = [
        {"run_id": f"r{n}", "kind": "night", "started_at": at, "outcome": "complete",
         "published_at": at + dt.timedelta(days=n)} for n in range(3)
    ]  # fmt: skip
    rows = {
        "runs": nights,
        "key_results_daily": [of_day(3.0, "r2")],
        "key_results_restated": [of_day(2.0, "r1"), of_day(1.0, "r0")],
    }
    tables = Snapshot(publish(tmp_path / "published.duckdb", rows))
    found = values_on(tables, Moment(DAY, as_then), "2026-Q4", {day})
    assert found == {("KR-1", day): (value, "hours")}
    assert values_on(tables, Moment(DAY, as_then), "2026-Q4", set()) == {}
