"""Jira's many ways to write a date."""

import math
from datetime import UTC, date, datetime, timedelta

# Counted in whole steps from here: floating seconds would lose a millisecond now and then.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_MILLISECOND = timedelta(milliseconds=1)
# Seconds up to the year 5138, milliseconds from 1973 on: no real instant is mistaken.
_FIRST_MILLISECONDS = 1e11


def parse_instant(value: str | float | None) -> datetime | None:
    """The instant that ``value`` names, in UTC; None for nothing.

    Args:
        value: ISO 8601 with any offset (``+0800``, ``+08:00``, ``Z``; none means UTC), or seconds
            or milliseconds since 1970 as a number or as digits.

    Raises:
        ValueError: It is none of these.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str) and value[4:5] == "-":  # by far the most frequent
        return _of_text(value)
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return _of_text(str(value))
    if not math.isfinite(value):
        raise ValueError(f"{value} is no instant")
    unit = _MILLISECOND if abs(value) >= _FIRST_MILLISECONDS else _SECOND
    try:
        return _EPOCH + value * unit
    except OverflowError:
        raise ValueError(f"{value} is no instant") from None


def _of_text(value: str) -> datetime:
    instant = datetime.fromisoformat(value)
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return aware.astimezone(UTC)


def parse_day(value: str | None) -> date | None:
    """The day of ``2026-11-27`` or of an instant's own local date; None for nothing.

    Raises:
        ValueError: It is no date.
    """
    return date.fromisoformat(value[:10]) if value else None


def milliseconds(instant: datetime) -> int:
    """Milliseconds since 1970, the only date form of JQL that knows no time zone."""
    return (instant - _EPOCH) // _MILLISECOND
