"""Key Results by week, beside a slow look-up of the same in plain Python."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.activity.key_result_weeks import (
    DAILY_COLUMNS,
    WORK_COLUMNS,
    build_key_result_weeks,
    no_work_by_week,
)
from okr_model.tables import KEY_RESULT_WEEKS
from okr_model.tables.contract import conform, violations

START, END = dt.date(2026, 10, 1), dt.date(2026, 12, 31)  # a Thursday each
FIRST_WEEK = dt.date(2026, 9, 28)
AS_OF = dt.date(2026, 11, 28)
DAY, WEEK = dt.timedelta(1), dt.timedelta(7)
COUNTS = st.integers(1, 99)
WORK = ("activity", "done", "people", "automatic")


def on_day(day: dt.date, key: str = "KR-1", cycle: str = "Q4", **more: Any) -> dict[str, Any]:
    bounds = {"cycle_start": START, "cycle_end": END, "due_on": END} | more
    figures = {"current_value": float(day.toordinal()), "progress": 0.5, "expected_progress": 0.4}
    told = {"stated_confidence": "high", "computed_confidence": None}
    mine = {"key_result_id": key, "cycle_id": cycle, "as_of": day, "run_id": f"run {day}"}
    return mine | figures | told | bounds


def worked(week: dt.date, activity: int, key: str = "KR-1") -> dict[str, Any]:
    counts = {"activity": activity, **dict.fromkeys(WORK[1:], 1)}
    return {"key_result_id": key, "week_starts_on": week, **counts}


def weeks_of(daily: list[dict[str, Any]], work: list[dict[str, Any]]) -> dict[Any, Any]:
    done = no_work_by_week()
    if work:
        done = pd.DataFrame(work)[WORK_COLUMNS].astype({"week_starts_on": "datetime64[us]"})
    rows = build_key_result_weeks(pd.DataFrame(daily, columns=DAILY_COLUMNS), done, AS_OF, "now")
    conformed = conform(rows, KEY_RESULT_WEEKS)
    assert violations(conformed, KEY_RESULT_WEEKS) == []
    return {
        (row["key_result_id"], row["cycle_id"], row["week_starts_on"].date()): row
        for row in rows.to_dict("records")
    }


def test_a_week_has_the_figures_of_its_last_published_day() -> None:
    days = [FIRST_WEEK + n * DAY for n in (3, 4, 8)]
    rows = weeks_of([*map(on_day, days), on_day(AS_OF)], [worked(FIRST_WEEK + 2 * WEEK, 5)])
    assert [key[2] for key in rows] == [
        FIRST_WEEK, FIRST_WEEK + WEEK, FIRST_WEEK + 2 * WEEK, AS_OF - 5 * DAY,
    ]  # fmt: skip
    first, _, worked_in, last = rows.values()
    assert (first["value"], first["run_id"]) == (days[1].toordinal(), f"run {days[1]}")
    assert [first[name] for name in WORK] == [0, 0, 0, 0]
    assert pd.isna(worked_in["value"])
    assert (worked_in["activity"], worked_in["run_id"]) == (5, "now")
    assert worked_in["as_of"].date() == FIRST_WEEK + 2 * WEEK + 6 * DAY
    assert last["as_of"].date() == AS_OF


def test_only_weeks_of_the_cycle_count_and_work_counts_in_each_cycle_that_holds_it() -> None:
    yearly = {"cycle_start": dt.date(2026, 1, 1)}
    daily = [on_day(AS_OF), on_day(AS_OF, cycle="2026", **yearly), on_day(START - 20 * DAY)]
    weeks = [FIRST_WEEK - WEEK, FIRST_WEEK, AS_OF - 5 * DAY]
    rows = weeks_of(daily, [worked(week, 3) for week in weeks])
    assert {key[1:] for key in rows} == {
        *(("2026", week) for week in weeks), *(("Q4", week) for week in weeks[1:]),
    }  # fmt: skip


def test_what_is_linked_to_a_key_result_that_is_gone_is_unknown() -> None:
    daily = [on_day(AS_OF), on_day(FIRST_WEEK + 5 * DAY, "KR-2")]
    rows = weeks_of(daily, [worked(FIRST_WEEK, 3, "KR-2"), worked(FIRST_WEEK, 3, "KR-3")])
    gone = rows["KR-2", "Q4", FIRST_WEEK]
    assert gone["value"] is not None
    assert all(pd.isna(gone[name]) for name in WORK)
    assert not [key for key in rows if key[0] == "KR-3"]
    assert weeks_of([], []) == {}


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.sampled_from(["KR-1", "KR-2"]), st.integers(-9, 58)), unique=True),
    st.dictionaries(st.tuples(st.sampled_from(["KR-1", "KR-2"]), st.integers(-2, 8)), COUNTS),
)
def test_every_week_is_that_of_a_slow_look_up(
    days: list[tuple[str, int]], work: dict[tuple[str, int], int]
) -> None:
    daily = [on_day(START + n * DAY, key) for key, n in days]
    done = [worked(FIRST_WEEK + n * WEEK, count, key) for (key, n), count in work.items()]
    rows = weeks_of([*daily, on_day(AS_OF, "KR-1")], done)
    known = {key: {START + n * DAY for one, n in days if one == key} for key in ("KR-1", "KR-2")}
    known["KR-1"].add(AS_OF)
    expected = {}
    for key, published in known.items():
        for n in range(9):
            week = FIRST_WEEK + n * WEEK
            mine = [day for day in published if week <= day < week + WEEK]
            if mine or (published and (key, n) in work):
                activity = work.get((key, n), 0) if AS_OF in published else None
                expected[key, "Q4", week] = (max(mine).toordinal() if mine else None, activity)
    assert {
        key: tuple(None if pd.isna(row[name]) else row[name] for name in ("value", "activity"))
        for key, row in rows.items()
    } == expected
