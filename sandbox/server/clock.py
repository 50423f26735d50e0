"""The sandbox's clock.

What belongs here: the one clock that the three stand-ins share, set by tests.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that only moves when it is advanced.

    Attributes:
        now: The time it shows, in UTC.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now.astimezone(UTC)

    def advance(self, seconds: float) -> datetime:
        """Advance the clock, and return the new time."""
        self.now += timedelta(seconds=seconds)
        return self.now

    @property
    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return to_ms(self.now)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware datetime, without rounding errors."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
