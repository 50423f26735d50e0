"""Local days begin and end where the organization's clocks say so."""

from datetime import date, timedelta

from okr_model.quantities.day_bounds import start_of_day, window
from tests.support.engines import at


def test_a_day_east_of_greenwich_begins_the_evening_before():
    assert start_of_day(date(2026, 11, 28), "Asia/Kuala_Lumpur") == at("2026-11-27T16:00")


def test_a_window_holds_as_many_local_days_up_to_and_including_the_last():
    start, end = window(date(2026, 11, 28), 28, "Asia/Kuala_Lumpur")
    assert (start, end) == (at("2026-10-31T16:00"), at("2026-11-28T16:00"))


def test_days_are_shorter_and_longer_where_clocks_change():
    spring = window(date(2026, 3, 29), 1, "Europe/Berlin")
    autumn = window(date(2026, 10, 25), 1, "Europe/Berlin")
    assert spring[1] - spring[0] == timedelta(hours=23)
    assert autumn[1] - autumn[0] == timedelta(hours=25)


def test_a_skipped_midnight_is_the_instant_of_the_change():
    first, end = window(date(2026, 3, 29), 1, "Asia/Beirut")  # 00:00 becomes 01:00
    assert (first, end - first) == (at("2026-03-28T22:00"), timedelta(hours=23))
