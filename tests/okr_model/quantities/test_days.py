from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from okr_model.quantities.cells import cells_of, records_of
from okr_model.quantities.days import read_days, to_days
from okr_model.quantities.numbers import Unreadable
from okr_model.quantities.typed_days import parse_day, parse_moment
from tests.support.okr_cells import ZONE, frame, record

DAY = date(2026, 11, 5)


@pytest.mark.parametrize(
    ("text", "locale", "day"),
    [
        ("2026-11-05", None, DAY),
        ("5.11.2026", None, DAY),
        ("05. 11. 2026", "de_DE", DAY),
        ("5 November 2026", None, DAY),
        ("Nov 5, 2026", None, DAY),
        ("5th Nov. 2026", None, DAY),
        ("11/5/2026", "en_US", DAY),
        ("5/11/2026", "en_GB", DAY),
        ("5/11/2026", None, None),
        ("31.11.2026", None, None),
        ("Ma 5, 2026", None, None),
        ("45966", None, None),
        ("KW 45", "de_DE", None),
    ],
)
def test_a_day_is_read_or_refused(text: str, locale: str | None, day: date | None) -> None:
    read = parse_day(text, locale)
    assert (None if isinstance(read, Unreadable) else read) == day


@pytest.mark.parametrize(
    ("clock", "hour"),
    [("12:30 am", 0), ("1:30 AM", 1), ("12:30 pm", 12), ("1:30 p.m.", 13), ("11:30 PM", 23)],
)
def test_a_time_of_twelve_hours_is_one_of_the_day(clock: str, hour: int) -> None:
    read = parse_moment(f"2026-11-05 {clock}", "en_US", ZoneInfo(ZONE))
    assert isinstance(read, datetime)
    assert (read.date(), read.hour, read.minute) == (DAY, hour, 30)


@pytest.mark.parametrize("clock", ["0:30 am", "13:30 pm", "24:30"])
def test_a_time_that_no_clock_shows_is_none(clock: str) -> None:
    assert isinstance(parse_moment(f"2026-11-05 {clock}", "en_US", ZoneInfo(ZONE)), Unreadable)


def test_cells_name_days_in_the_organizations_zone() -> None:
    cells = frame(
        record("kpis", "r:1", date=DAY),
        record("kpis", "r:2", date={"kind": "datetime", "date": "2026-11-04T17:30:00Z"}),
        record("kpis", "r:3", date={"kind": "datetime", "date": "2026-11-05T08:00:00"}),
        record("kpis", "r:4", date="5.11.2026"),
        record("kpis", "r:5", date=45966),
        record("kpis", "r:6", date="soon"),
        record("kpis", "r:7", other="no date at all"),
        record("kpis", "r:8", date={"kind": "error", "text": "#REF!"}),
    )
    days = read_days(cells_of(cells, "kpis", records_of(cells, "kpis"), "date"), ZONE)
    assert days["day"].notna().tolist() == [True] * 4 + [False] * 4
    assert set(days["day"].dropna()) == {pd.Timestamp(DAY)}
    problems = days["problem"].tolist()
    assert "not formatted as a date" in problems[4]
    assert "does not name one day" in problems[5]
    assert pd.isna(problems[6])
    assert "#REF!" in problems[7]


def test_days_of_any_representation_become_midnights() -> None:
    for values in (
        pd.Series([DAY]),
        pd.Series(pd.to_datetime([DAY])),
        pd.Series([DAY], dtype="date32[day][pyarrow]"),
    ):
        assert to_days(values).tolist() == [pd.Timestamp(DAY)]
        assert to_days(values).dtype == "datetime64[us]"
    with pytest.raises(TypeError, match="zone"):
        to_days(pd.Series(pd.to_datetime([DAY], utc=True)))
