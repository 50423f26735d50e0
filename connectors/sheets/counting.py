"""Counting the requests of every library that this connector uses.

What belongs here: the adapter that all of them send through. What does not: what is asked
(``client``).
"""

from __future__ import annotations

import threading
from typing import Any

import requests

from connectors.records import Figures
from connectors.transport.bounds import BoundedAdapter


class CountingAdapter(BoundedAdapter):
    """Counts requests and bytes, whichever library sends them."""

    def __init__(self, figures: Figures, lock: threading.Lock, signs_in: bool) -> None:
        super().__init__(signs_in)
        self._figures = figures
        self._lock = lock

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request, and count it and its response."""
        with self._lock:
            self._figures.requests += 1
        response = super().send(*args, **kwargs)
        size = len(response.content)
        with self._lock:
            self._figures.bytes += size
        return response
