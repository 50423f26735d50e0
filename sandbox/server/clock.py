"""The sandbox's own time.

Here belongs the one clock that the three stand-ins share, so that tests decide when now is.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that stands still until it is told to go on.

    Attributes:
        now: The time it shows, in UTC.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now.astimezone(UTC)

    def advance(self, seconds: float) -> datetime:
        """Go on by so many seconds, and say what time it is then."""
        self.now += timedelta(seconds=seconds)
        return self.now

    @property
    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return to_ms(self.now)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware datetime, exactly."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
