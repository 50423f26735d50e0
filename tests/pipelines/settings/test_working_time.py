"""Working time: what business time counts, and what a mistake in its settings is answered with."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from okr_model.activity.working_time import NINE_TO_FIVE, WorkingTime
from pipelines.settings.organization.working_time import WorkingTimeSettings

ZONE = "Europe/Berlin"
BAVARIA = {"country": "de", "subdivision": "by"}


def hours(working: WorkingTime, began: str, ended: str) -> float:
    begin, end = (pd.Series([pd.Timestamp(one, tz=ZONE)]) for one in (began, ended))
    plain = [each.dt.tz_convert("UTC").dt.tz_localize(None) for each in (begin, end)]
    return float(working.hours(*plain, ZONE).iloc[0])


def test_without_settings_it_is_nine_to_five_from_monday_to_friday() -> None:
    assert WorkingTimeSettings().until(2026) == NINE_TO_FIVE
    assert hours(NINE_TO_FIVE, "2026-11-27 16:00", "2026-11-30 10:00") == 2


def test_public_holidays_of_a_country_and_its_states_do_not_count() -> None:
    bavaria = WorkingTimeSettings(**BAVARIA).until(2026)
    germany = WorkingTimeSettings(country="DE").until(2026)
    # Epiphany, Tuesday 6 January 2026, is a holiday in Bavaria but not in all of Germany.
    assert hours(bavaria, "2026-01-05 16:00", "2026-01-07 10:00") == 2
    assert hours(germany, "2026-01-05 16:00", "2026-01-07 10:00") == 10
    assert hours(germany, "2026-12-24 09:00", "2026-12-29 09:00") == 16  # 25th Friday, 28th Monday


def test_days_and_hours_are_those_of_the_settings() -> None:
    working = WorkingTimeSettings(days=("Sun", "monday", "TUE"), hours="8:30-12").until(2026)
    assert hours(working, "2026-11-27 00:00", "2026-12-04 00:00") == pytest.approx(10.5)


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"country": "Germany"}, "GERMANY is none whose holidays are known. Write its two letters"),
        ({"country": "DE", "subdivision": "XX"}, "DE has no XX; known: BB, BE, BW, BY"),
        ({"subdivision": "BY"}, "subdivision: needs country:"),
        ({"days": ["Mnday"]}, "'Mnday' is not a day of the week. Did you mean Monday?"),
        ({"hours": "nine to five"}, "is not a span of hours. Write it such as 9-17"),
        ({"hours": "17-9"}, "17-9 end before they begin"),
    ],
)
def test_a_mistake_says_what_to_write(given_: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said.replace("?", r"\?")):
        WorkingTimeSettings.model_validate(given_)


@settings(max_examples=60, deadline=None)
@given(
    first=st.integers(0, 60 * 24 * 23),
    minutes=st.integers(0, 60 * 24 * 12),
)
def test_hours_agree_with_counting_minute_by_minute(first: int, minutes: int) -> None:
    working = WorkingTimeSettings(**BAVARIA, hours="8-16:30").until(2026)  # Easter, and the clocks
    begin = dt.datetime(2026, 3, 20, tzinfo=dt.UTC) + dt.timedelta(minutes=first)
    zone, holidays = ZoneInfo(ZONE), set(working.holidays)
    counted = 0
    for minute in range(minutes):
        now = (begin + dt.timedelta(minutes=minute)).astimezone(zone)
        works = working.days[now.weekday()] and now.date() not in holidays
        counted += works and 8 <= now.hour + now.minute / 60 < 16.5
    ends = [
        pd.Timestamp(begin + dt.timedelta(minutes=each)).tz_localize(None) for each in (0, minutes)
    ]
    found = working.hours(pd.Series(ends[:1]), pd.Series(ends[1:]), ZONE)
    assert float(found.iloc[0]) == pytest.approx(counted / 60)
