"""Figures whose books close late: shown at once, judged only once they are settled."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.progress.progress import compute_progress
from okr_model.progress.value_series import (
    SERIES_COLUMNS,
    all_measurements,
    cycle_series,
    latest_values,
    provisional,
    settle_days,
)

START, END = pd.Timestamp("2026-10-01"), pd.Timestamp("2026-12-31")
KEY_RESULTS = pd.DataFrame(
    {
        "key_result_id": ["KR-1"],
        "cycle_id": ["2026-Q4"],
        "cycle_start": [START],
        "cycle_end": [END],
        "starts_on": [pd.NaT],
        "due_on": [END],
        "kind": ["increase"],
        "unit": ["count"],
        "baseline": [0.0],
        "target": [92.0],
        "target_high": [float("nan")],
    }
)
NO_CHECK_INS = pd.DataFrame(
    {name: pd.Series(dtype="str") for name in ("key_result_id", "value_text", "problem")}
).assign(value=pd.Series(dtype="float64"), date=pd.Series(dtype="datetime64[us]"))


def readings(
    values: dict[str, float], settle: int | None, check_ins: pd.DataFrame = NO_CHECK_INS
) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "key_result_id": "KR-1",
            "measure": "jira sum",
            "source": "jira",
            "date": pd.to_datetime([*values]),
            "value": [*values.values()],
            "precedence": 0.0,
        }
    )
    late = pd.NaT if settle is None else rows["date"] + pd.Timedelta(days=settle)
    return all_measurements(KEY_RESULTS, rows.assign(settles_on=late), check_ins)


VALUES = {"2026-11-01": 30.0, "2026-11-20": 50.0, "2026-11-25": 90.0}


@pytest.mark.parametrize(
    ("stated_on", "as_of", "value"),
    [
        ("2026-11-22", "2026-11-29", 50.0),  # the value of the 25th is there, and waits
        ("2026-11-25", "2026-11-29", 50.0),
        ("2026-11-22", "2026-11-24", 70.0),
        ("2026-11-26", "2026-11-30", 70.0),
    ],
)
def test_what_was_stated_does_not_stand_in_for_a_later_value_that_waits(
    stated_on: str, as_of: str, value: float
) -> None:
    said = pd.DataFrame(
        {
            "key_result_id": ["KR-1"],
            "value_text": ["70"],
            "problem": [None],
            "value": [70.0],
            "date": pd.to_datetime([stated_on]),
            "source": ["notion"],
            "record_id": ["said"],
        }
    )
    rows = readings(VALUES, 5, said)
    series = cycle_series(KEY_RESULTS, rows, dt.date.fromisoformat(as_of))
    assert latest_values(KEY_RESULTS, series)["current_value"].tolist() == [value]


@pytest.mark.parametrize(
    ("as_of", "settle", "value", "waiting"),
    [
        ("2026-11-24", 5, 30.0, [50.0]),
        ("2026-11-25", 5, 50.0, [90.0]),  # settled after five whole days
        ("2026-11-29", 5, 50.0, [90.0]),
        ("2026-11-30", 5, 90.0, []),
        ("2026-11-25", None, 90.0, []),
        ("2026-11-25", 0, 90.0, []),
    ],
)
def test_a_value_counts_from_the_day_on_which_it_is_settled(
    as_of: str, settle: int | None, value: float, waiting: list[float]
) -> None:
    rows, day = readings(VALUES, settle), dt.date.fromisoformat(as_of)
    series = cycle_series(KEY_RESULTS, rows, day)
    assert list(series.columns) == SERIES_COLUMNS
    assert latest_values(KEY_RESULTS, series)["current_value"].tolist() == [value]
    assert provisional(KEY_RESULTS, rows, day)["value"].tolist() == waiting


def test_pace_compares_a_late_value_with_the_path_of_its_own_day() -> None:
    rows, day = readings({"2026-11-15": 45.0}, 10), dt.date(2026, 11, 25)
    series = cycle_series(KEY_RESULTS, rows, day)
    current = KEY_RESULTS.join(latest_values(KEY_RESULTS, series)[["current_value", "first_value"]])
    known = current.assign(settle_days=settle_days(KEY_RESULTS, rows, series))
    assert known["settle_days"].tolist() == [10]
    late = compute_progress(known, day).iloc[0]
    assert late["expected_progress"] == pytest.approx(45 / 91)
    assert (late["pace"], compute_progress(current, day).iloc[0]["pace"]) == ("on", "behind")


@settings(max_examples=60, deadline=None)
@given(
    days=st.lists(st.integers(0, 91), min_size=1, max_size=8, unique=True),
    settle=st.integers(0, 30),
    today=st.integers(0, 130),
)
def test_what_is_judged_and_what_waits_are_all_that_is_known(
    days: list[int], settle: int, today: int
) -> None:
    values = {str((START + pd.Timedelta(days=day)).date()): float(day) for day in days}
    rows, as_of = readings(values, settle), (START + pd.Timedelta(days=today)).date()
    judged = set(cycle_series(KEY_RESULTS, rows, as_of)["value"])
    waiting = set(provisional(KEY_RESULTS, rows, as_of)["value"])
    assert judged == {float(day) for day in days if day + settle <= today}
    assert waiting == {float(day) for day in days if day <= today < day + settle}
