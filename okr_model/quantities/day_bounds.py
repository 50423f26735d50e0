"""Where local days begin and end, as instants.

What belongs here: the start of a local day in UTC, computed in Python. Engines are never asked
about time zones: DuckDB and Spark truncate, and DuckDB even subtracts, in the time zone of the
session. What does not: reading dates from cells (``days``).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def start_of_day(day: date, timezone: str) -> datetime:
    """The first instant of ``day`` in ``timezone``, as UTC.

    Where the clocks skip midnight, that is the instant of the change; where midnight occurs twice,
    the first one.
    """
    return datetime.combine(day, time.min, ZoneInfo(timezone)).astimezone(UTC)


def window(last: date, days: int, timezone: str) -> tuple[datetime, datetime]:
    """The start of ``days`` local days that end with ``last``, and their end (exclusive)."""
    return (
        start_of_day(last - timedelta(days=days - 1), timezone),
        start_of_day(last + timedelta(days=1), timezone),
    )
