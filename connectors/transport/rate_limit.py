"""How fast a service may be asked, by however many threads.

What belongs here: a budget of requests a minute, holding back when the service says so, and letting
go of those who wait when a pull is abandoned. What does not: repeating a failed request
(:mod:`connectors.transport.retry`), and knowing any one service.
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
    """Lets requests go as long as no minute holds more of them than the budget.

    The budget of a minute may be spent at once. A service that refuses all the same has a smaller
    budget than was thought, or shares it with others: ours is halved, at most once a minute, and
    grows back by one for each request that is answered.

    Args:
        per_minute: How many requests any 60 seconds may hold.
        now: A clock in seconds that never goes back.
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
        """The budget as it stands now."""
        return self._budget

    def take(self) -> None:
        """Return as soon as one more request may be sent.

        Raises:
            CancelledError: It need not be sent any more.
        """
        while True:
            with self._lock:
                seconds = self._seconds_to_wait()
                if seconds <= 0 and not self._abandoned.is_set():
                    self._sent.append(self._now())
                    return
            self.pause(seconds)

    def pause(self, seconds: float) -> None:
        """Wait.

        Raises:
            CancelledError: There is nothing to wait for any more.
        """
        if self._abandoned.wait(max(0.0, seconds)):
            raise CancelledError

    def throttled(self, retry_after: float | None) -> None:
        """The service has refused a request: nobody asks before it said so, and then fewer do."""
        with self._lock:
            now = self._now()
            if now - self._halved_at >= WINDOW_SECONDS:
                # Refusals come in swarms; all of one minute tell the same thing.
                self._budget = max(min(_LEAST_A_MINUTE, self._most), self._budget // 2)
                self._halved_at = now
            self._held_until = max(self._held_until, now + (retry_after or 0.0))

    def answered(self) -> None:
        """The service has answered."""
        with self._lock:
            self._budget = min(self._most, self._budget + 1)

    def abandon(self) -> None:
        """Let go of everyone who waits."""
        self._abandoned.set()

    def resume(self) -> None:
        """Start anew after :meth:`abandon`; what was sent still counts."""
        self._abandoned.clear()

    def _seconds_to_wait(self) -> float:
        now = self._now()
        while self._sent and self._sent[0] <= now - WINDOW_SECONDS:
            self._sent.popleft()
        held = self._held_until - now
        if len(self._sent) < self._budget:
            return held
        # As many must leave the window as it holds too many.
        leaver = self._sent[len(self._sent) - self._budget]
        return max(held, leaver + WINDOW_SECONDS - now)
