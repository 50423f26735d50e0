"""How often somebody may try.

What belongs here: counting attempts. What does not: what is attempted.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import deque

from dashboard.access.sessions import Clock

_MOST_KEYS = 10_000


class Attempts:
    """At most so many attempts within some time, for each of those who try.

    Args:
        most: How many.
        within: In which time.
        clock: The present instant.
    """

    def __init__(self, most: int, within: dt.timedelta, clock: Clock) -> None:
        self._most, self._within, self._clock = most, within, clock
        self._at: dict[str, deque[dt.datetime]] = {}
        self._lock = threading.Lock()

    def allows(self, who: str) -> bool:
        """Whether ``who`` may still try; nothing is counted."""
        with self._lock:
            return len(self._recent(who)) < self._most

    def count(self, who: str) -> None:
        """Count an attempt."""
        with self._lock:
            if len(self._at) >= _MOST_KEYS:
                self._at = {one: at for one, at in self._at.items() if self._recent(one)}
            self._at.setdefault(who, deque(maxlen=self._most)).append(self._clock())

    def _recent(self, who: str) -> deque[dt.datetime]:
        at = self._at.get(who, deque())
        while at and at[0] <= self._clock() - self._within:
            at.popleft()
        return at
