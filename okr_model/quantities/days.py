"""Days: parsing the day that a cell states, and one representation of days in frames.

What belongs here: dates as text, as instants and as columns of frames. What does not: cycles
(``cycles``). In frames a day is its midnight: ``datetime64[us]`` without a time zone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from okr_model.quantities.cycles import Cycle
from okr_model.quantities.numbers import Unreadable
from okr_model.quantities.typed_days import parse_due, parse_moment

Reader = Callable[[str, str | None], date | Unreadable]


def to_days(values: pd.Series) -> pd.Series:
    """Days of any representation (dates, midnights, Arrow dates) as ``datetime64[us]``."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        raise TypeError("instants have no day without a zone; see read_days")
    if not pd.api.types.is_datetime64_dtype(values.dtype):
        values = pd.to_datetime(values.astype("object"))
    return values.astype("datetime64[us]").dt.normalize()


def local_days(instants: pd.Series, timezone: str) -> pd.Series:
    """The day of each instant in a zone; null where there is none."""
    there = pd.to_datetime(instants, utc=True).dt.tz_convert(timezone).dt.tz_localize(None)
    return there.astype("datetime64[us]").dt.normalize()


def local_day(instant: datetime, timezone: str | ZoneInfo) -> date:
    """The day on which an instant falls in a zone; sentences tell no other."""
    zone = ZoneInfo(timezone) if isinstance(timezone, str) else timezone
    found: date = pd.Timestamp(instant).tz_convert(zone).date()
    return found


def midnight(day: date) -> pd.Timestamp:
    """``day`` as frames represent it."""
    return pd.Timestamp(day.year, day.month, day.day).as_unit("us")


def monday(day: date) -> date:
    """The first day of the week of ``day``."""
    return day - timedelta(days=day.weekday())


def read_days(
    cells: pd.DataFrame, timezone: str, due_in: Iterable[Cycle] | None = None
) -> pd.DataFrame:
    """The day each cell names.

    A date is that day; an instant is the day it falls on in ``timezone``; a text is read by
    :func:`okr_model.quantities.typed_days.parse_day` with the cell's locale. A bare number is
    refused: only a number format tells a date from a number.

    Args:
        cells: One field's cells, one a record.
        timezone: The organization's zone.
        due_in: The cycles, where the cells say by when something is due: then a quarter or a month
            is its last day; see :func:`okr_model.quantities.typed_days.parse_due`.

    Returns:
        ``day``, ``at`` (the instant; null where the cell names only a day) and ``problem`` (the
        end of a sentence; null where the cell is empty or readable).
    """
    kinds = cells["kind"].astype("object")
    keys = cells[["kind", "date", "text", "locale"]].astype("object").where(cells.notna(), None)
    zone = ZoneInfo(timezone)
    cycles = None if due_in is None else list(due_in)

    def read(text: str, locale: str | None) -> date | Unreadable:
        if cycles is None:
            return parse_moment(text, locale, zone)
        return parse_due(text, locale, zone, cycles)

    distinct = keys.drop_duplicates().itertuples(index=False, name=None)
    seen = {key: _read_day(key, zone, read) for key in distinct}
    found = [seen[key] for key in keys.itertuples(index=False, name=None)]
    ons = [on for on, _ in found]
    return pd.DataFrame(
        {
            "day": pd.Series(map(_day, ons), dtype="datetime64[us]", index=kinds.index),
            "at": _instants(ons, kinds.index),
            "problem": pd.Series([why for _, why in found], dtype="str", index=kinds.index),
        }
    )


def _day(on: date | None) -> date | None:
    return on.date() if isinstance(on, datetime) else on


def _instants(found: list[date | None], index: pd.Index) -> pd.Series:
    """The instants among days and instants, null elsewhere."""
    instants = [on if isinstance(on, datetime) else None for on in found]
    known = pd.to_datetime(pd.Series(instants, dtype="object", index=index), utc=True)
    return known.astype("datetime64[us, UTC]")


def _read_day(
    key: tuple[str | None, ...], zone: ZoneInfo, read: Reader
) -> tuple[date | None, str | None]:
    """The day or instant, and the problem, of one distinct ``(kind, date, text, locale)``.

    An instant is in ``zone``.
    """
    kind, written, text, locale = key
    if kind in (None, "empty"):
        return None, None
    if kind == "date" and written:
        return date.fromisoformat(written[:10]), None
    if kind == "datetime" and written:
        instant = datetime.fromisoformat(written)
        return (instant.astimezone(zone) if instant.tzinfo else instant.replace(tzinfo=zone)), None
    if kind == "text" and text:
        day = read(text, locale)
        return (None, day.reason) if isinstance(day, Unreadable) else (day, None)
    if kind in ("number", "percent"):
        return None, f"“{text}” is a number, not formatted as a date"
    return None, f"“{text or kind}” is not a date"
