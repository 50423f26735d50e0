"""Time as the tests of connectors see it."""

from datetime import UTC, datetime

NOW = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)


class Clock:
    """A clock that moves only when someone waits."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds
