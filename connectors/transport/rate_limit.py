"""A rate limiter: how many requests all threads together may send per minute.

What belongs here: a budget of requests per minute, pauses that the service asks for, and cancelling
waits when a pull ends. What does not: retries (:mod:`connectors.transport.retry`), and anything
that only one service does.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from connectors.errors import CancelledError

WINDOW_SECONDS = 60.0
_LEAST_A_MINUTE = 6


class RateLimiter:
    """Limits the requests sent within any 60 seconds (a sliding window).

    The whole budget may be spent at once. If the service throttles all the same, its quota is
    smaller than configured or shared with other clients: the budget is halved, at most once a
    minute, and grows back by one per successful response.

    Args:
        per_minute: The budget: the most requests within any 60 seconds.
        now: A monotonic clock, in seconds.
    """

    def __init__(self, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._most = max(1, per_minute)
        self._budget = self._most
        self._now = now
        self._sent: deque[float] = deque()
        self._held_until = now()
        self._halved_at = now() - WINDOW_SECONDS
        self._lock = threading.Lock()
        self._abandoned = threading.Event()

    @property
    def per_minute(self) -> int:
        """The current budget."""
        return self._budget

    def take(self) -> float:
        """Wait until one more request may be sent.

        Returns:
            How many seconds that took.

        Raises:
            CancelledError: The pull has ended.
        """
        waited = 0.0
        while True:
            with self._lock:
                seconds = self._seconds_to_wait()
                if seconds <= 0 and not self._abandoned.is_set():
                    self._sent.append(self._now())
                    return waited
            self.pause(seconds)
            waited += max(0.0, seconds)

    def pause(self, seconds: float) -> None:
        """Wait for ``seconds``.

        Raises:
            CancelledError: The pull has ended.
        """
        if self._abandoned.wait(max(0.0, seconds)):
            raise CancelledError

    def throttled(self, retry_after: float | None) -> None:
        """Record a throttled request: halve the budget, send nothing for ``retry_after`` s."""
        with self._lock:
            now = self._now()
            if now - self._halved_at >= WINDOW_SECONDS:
                # Throttled responses come in bursts; those of one minute count once.
                self._budget = max(min(_LEAST_A_MINUTE, self._most), self._budget // 2)
                self._halved_at = now
            self._held_until = max(self._held_until, now + (retry_after or 0.0))

    def answered(self) -> None:
        """Record a successful response."""
        with self._lock:
            self._budget = min(self._most, self._budget + 1)

    def abandon(self) -> None:
        """Cancel every wait."""
        self._abandoned.set()

    def resume(self) -> None:
        """Accept requests again after :meth:`abandon`; requests already sent still count."""
        self._abandoned.clear()

    def _seconds_to_wait(self) -> float:
        now = self._now()
        while self._sent and self._sent[0] <= now - WINDOW_SECONDS:
            self._sent.popleft()
        held = self._held_until - now
        if len(self._sent) < self._budget:
            return held
        # Enough of the oldest requests must leave the window.
        leaver = self._sent[len(self._sent) - self._budget]
        return max(held, leaver + WINDOW_SECONDS - now)
