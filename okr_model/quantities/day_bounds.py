"""Days of the organization's calendar as stretches of instants.

What belongs here: where a local day begins and ends in UTC, worked out in Python, so that no engine
is asked about time zones: DuckDB and Spark truncate, and DuckDB even subtracts, by the zone of the
session. What does not: reading dates from cells.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def start_of_day(day: date, timezone: str) -> datetime:
    """The first instant of ``day`` in ``timezone``, as UTC.

    Where clocks skip midnight, that is the instant of the change; where midnight comes twice, the
    first one.
    """
    return datetime.combine(day, time.min, ZoneInfo(timezone)).astimezone(UTC)


def window(last: date, days: int, timezone: str) -> tuple[datetime, datetime]:
    """The first instant of ``days`` local days that end with ``last``, and the first one after."""
    return (
        start_of_day(last - timedelta(days=days - 1), timezone),
        start_of_day(last + timedelta(days=1), timezone),
    )
