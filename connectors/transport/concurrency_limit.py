"""An AIMD concurrency limit: how many requests may be in flight at once.

What belongs here: growing the limit while the service responds, shrinking it when the service
throttles, and cancelling waits when a pull ends. What does not: retries
(:mod:`connectors.transport.retry`), and reading headers (:mod:`connectors.transport.http`).
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from connectors.errors import CancelledError

_FIRST = 2.0


class ConcurrencyLimiter:
    """Limits the requests in flight by additive increase, multiplicative decrease, as TCP does.

    The limit starts low. It grows by one per response until the service throttles for the first
    time, then by one per limit-many responses; throttling halves it. It grows only while at least
    half of it is in use.

    Args:
        maximum: Upper bound of the limit.
        sleep: Waits for seconds; by default a wait that :meth:`abandon` ends at once.
        now: A monotonic clock, in seconds.
    """

    def __init__(
        self,
        maximum: int,
        sleep: Callable[[float], None] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.maximum = maximum
        self._limit = min(_FIRST, maximum)
        self._sleep = sleep
        self._now = now
        self._in_flight = 0
        self._held_until = now()
        self._throttled_before = False
        self._changed = threading.Condition()
        self._left = threading.Event()

    @property
    def limit(self) -> int:
        """How many requests may currently be in flight."""
        return int(self._limit)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait for a free slot, and hold it for one request.

        Raises:
            CancelledError: The pull has ended.
        """
        self._enter()
        try:
            yield
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify()

    def answered(self, remaining: int | None = None, near_limit: bool = False) -> None:
        """Record a response that was not throttled.

        Args:
            remaining: How many more requests the service accepts, as it reports; None if it does
                not.
            near_limit: Whether the service reports that its limit is near.
        """
        with self._changed:
            if near_limit:
                self._limit = max(1.0, self._limit - 1)
            elif self._in_flight * 2 >= self.limit:
                step = 1 / self._limit if self._throttled_before else 1.0
                self._limit = min(self.maximum, self._limit + step)
            if remaining is not None:
                self._limit = max(1.0, min(self._limit, remaining))
            self._changed.notify_all()

    def throttled(self, seconds: float | None) -> None:
        """Record a throttled request: halve the limit, send nothing for ``seconds``."""
        with self._changed:
            now = self._now()
            if now >= self._held_until:  # otherwise it belongs to the same incident
                self._limit = max(1.0, self._limit / 2)
            self._throttled_before = True
            self._held_until = max(self._held_until, now + (seconds or 0.0))

    def pause(self, seconds: float) -> None:
        """Wait for ``seconds``.

        Raises:
            CancelledError: The pull has ended.
        """
        if self._sleep is not None and not self._left.is_set():
            self._sleep(seconds)
        elif self._left.wait(max(0.0, seconds)):
            raise CancelledError

    def abandon(self) -> None:
        """Cancel every wait."""
        self._left.set()
        with self._changed:
            self._changed.notify_all()

    def resume(self) -> None:
        """Accept requests again after :meth:`abandon`."""
        self._left.clear()

    def _enter(self) -> None:
        waited_for = None
        while True:
            with self._changed:
                if self._left.is_set():
                    raise CancelledError
                held = self._held_until
                wait = held - self._now()
                if wait <= 0 or held == waited_for:
                    if self._in_flight < self.limit:
                        self._in_flight += 1
                        return
                    self._changed.wait()
                    continue
            waited_for = held
            self.pause(wait)
