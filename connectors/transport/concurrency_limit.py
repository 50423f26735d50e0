"""How many requests a service may have on its hands at once, by its own word.

What belongs here: a limit that grows while the service answers and shrinks when it complains, and
letting go of those who wait when a pull is abandoned. What does not: repeating a failed request
(:mod:`connectors.transport.retry`), and reading headers (:mod:`connectors.transport.http`).
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from connectors.errors import CancelledError

_FIRST = 2.0


class ConcurrencyLimiter:
    """Lets requests go as long as no more are in flight than the limit says.

    The limit begins low. Until the service complains for the first time it grows by one with each
    answer, from then on by one with as many answers as it counts; a complaint halves it (additive
    increase, multiplicative decrease, as TCP does). It grows only while it is made use of.

    Args:
        most: The limit never exceeds this.
        sleep: Waits; by default a wait that :meth:`abandon` ends at once.
        now: A clock in seconds that never goes back.
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
        """How many requests may be in flight now."""
        return int(self._limit)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait for a place in flight, and keep it for one request.

        Raises:
            CancelledError: The request need not be sent any more.
        """
        self._enter()
        try:
            yield
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify()

    def answered(self, remaining: int | None = None, near_limit: bool = False) -> None:
        """The service has answered.

        Args:
            remaining: How many more requests it says it will bear for now; None if it is silent.
            near_limit: Whether it says that its limit is near.
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
        """The service wants to be asked less; nobody asks for so many ``seconds``."""
        with self._changed:
            now = self._now()
            if now >= self._held_until:  # else it is the same complaint, to another request
                self._limit = max(1.0, self._limit / 2)
            self._throttled_before = True
            self._held_until = max(self._held_until, now + (seconds or 0.0))

    def pause(self, seconds: float) -> None:
        """Wait.

        Raises:
            CancelledError: There is nothing to wait for any more.
        """
        if self._sleep is not None and not self._left.is_set():
            self._sleep(seconds)
        elif self._left.wait(max(0.0, seconds)):
            raise CancelledError

    def abandon(self) -> None:
        """Send those who wait away."""
        self._left.set()
        with self._changed:
            self._changed.notify_all()

    def resume(self) -> None:
        """Start anew after :meth:`abandon`."""
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
