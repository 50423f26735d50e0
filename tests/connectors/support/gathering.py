"""Requests under way at once, made certain instead of hoped for."""

import itertools
import threading
import time

from tests.connectors.support.loopback import Asked, Reply

# Long enough for any machine; only a connector that asks one after the other waits so long.
_PATIENCE_SECONDS = 60.0


class Gathering:
    """Keeps requests waiting until ``least`` are under way at once, then answers unevenly.

    Args:
        least: How many there must be; the answers that overtake each other begin with them.
        path: Part of the path of the requests that are meant; the others pass.

    Attributes:
        most: How many there have been at once.
    """

    def __init__(self, least: int, path: str) -> None:
        self.most = 0
        self._least = least
        self._path = path
        self._now = 0
        self._delays = itertools.cycle([0.006, 0.002, 0.004])
        self._arrival = threading.Condition()

    def __call__(self, asked: Asked) -> Reply | None:
        if self._path not in asked.path:
            return None
        with self._arrival:
            self._now += 1
            self.most = max(self.most, self._now)
            self._arrival.notify_all()
            self._arrival.wait_for(lambda: self.most >= self._least, _PATIENCE_SECONDS)
            delay = next(self._delays)
        time.sleep(delay)
        with self._arrival:
            self._now -= 1
        return None
