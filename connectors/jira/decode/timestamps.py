"""Jira's date and timestamp formats."""

import math
from datetime import UTC, date, datetime, timedelta

from connectors.cells import in_range

# Integer arithmetic: float seconds would lose a millisecond now and then.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_MILLISECOND = timedelta(milliseconds=1)
# Smaller numbers are seconds (up to the year 5138), larger ones milliseconds (from 1973 on).
_FIRST_MILLISECONDS = 1e11


def parse_instant(value: str | float | None) -> datetime | None:
    """Parse a timestamp, to UTC; None for None or an empty string.

    Args:
        value: ISO 8601 with any offset (``+0800``, ``+08:00``, ``Z``; none means UTC), or seconds
            or milliseconds since 1970 as a number or as digits.

    Raises:
        ValueError: It is none of these, or no time at which anything happened.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str) and value[4:5] == "-":  # the most frequent format
        return _of_text(value)
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return _of_text(str(value))
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a timestamp")
    unit = _MILLISECOND if abs(value) >= _FIRST_MILLISECONDS else _SECOND
    try:
        return in_range(_EPOCH + value * unit)
    except OverflowError:
        raise ValueError(f"{value} is not a timestamp") from None


def _of_text(value: str) -> datetime:
    instant = datetime.fromisoformat(value)
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return in_range(aware).astimezone(UTC)


def parse_day(value: str | None) -> date | None:
    """Parse ``2026-11-27``, or the local date of a timestamp; None for None or an empty string.

    Raises:
        ValueError: It is not a date.
    """
    return date.fromisoformat(value[:10]) if value else None


def milliseconds(instant: datetime) -> int:
    """Milliseconds since 1970, the only date format of JQL without a time zone."""
    return (instant - _EPOCH) // _MILLISECOND
