"""Which run somebody means."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from published.changes.runs import Run, UnknownRunError, run_named, run_since
from published.moment import NoSuchDayError

MONDAY = dt.date(2026, 11, 2)
SATURDAY, NEXT_MONDAY = MONDAY + dt.timedelta(days=5), MONDAY + dt.timedelta(days=7)


def run(run_id: str, after: int, minute: int = 0, kind: str = "night") -> Run:
    day = MONDAY + dt.timedelta(days=after)
    at = pd.Timestamp(day, tz="UTC") + pd.Timedelta(minutes=60 + minute)
    return Run(run_id, day, at, at, kind)


RUNS = [
    run("aaaa-1", 0),
    run("aaaa-2", 0, minute=5),
    run("bbbb-1", 2),
    run("cccc-1", 1, kind="rebuild"),
    run("dddd-1", 4),
]


@pytest.mark.parametrize(
    ("since", "found"),
    [
        ("monday", "aaaa-1"),  # as it was first published
        (" Wednesday ", "bbbb-1"),
        ("tuesday", "aaaa-1"),  # only a rebuild computed it
        ("2026-11-04", "bbbb-1"),
        ("2026-11-05", "bbbb-1"),
        ("friday", "dddd-1"),
        ("2026-11-07", "dddd-1"),
        ("AAAA-2", "aaaa-2"),
        ("cccc", "cccc-1"),
    ],
)
def test_a_weekday_a_day_or_the_beginning_of_an_id(since: str, found: str) -> None:
    assert run_since(RUNS, since, SATURDAY).run_id == found


def test_a_weekday_of_today_is_that_of_a_week_ago() -> None:
    assert run_since(RUNS, "monday", NEXT_MONDAY).run_id == "aaaa-1"
    assert run_since(RUNS, "sunday", NEXT_MONDAY).run_id == "dddd-1"


@pytest.mark.parametrize(
    ("since", "told"),
    [
        ("2026-11-01", "2026-11-01: no night published this day, or one before it. The first is"),
        ("sunday", "2026-11-01: no night published this day"),
        ("2026-12-24", "2026-12-24: this day has not come."),
    ],
)
def test_days_that_nobody_published(since: str, told: str) -> None:
    with pytest.raises(NoSuchDayError) as refused:
        run_since(RUNS, since, SATURDAY)
    assert str(refused.value).startswith(told)


def test_an_id_has_to_mean_one_run() -> None:
    with pytest.raises(UnknownRunError, match=r"^2 runs begin with 'aaaa'"):
        run_named(RUNS, "aaaa")
    for unknown in ("aaa", "eeee", "", "mon"):  # too short to mean one, or none
        with pytest.raises(UnknownRunError, match=rf"^no run '{unknown}' is published"):
            run_named(RUNS, unknown)
    assert "The last runs are: dddd-1 (2026-11-06), cccc-1" in str(refusal("x"))


def refusal(named: str) -> UnknownRunError:
    with pytest.raises(UnknownRunError) as refused:
        run_named(RUNS, named)
    return refused.value
