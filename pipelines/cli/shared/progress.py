"""Signs of life for anything that takes longer than two seconds."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from rich.console import Console
from rich.status import Status

_PATIENCE = 2.0


class Progress:
    """A status line that appears after two seconds and tells how far each source is.

    Where the screen is no terminal, a line is printed every ten seconds instead.

    Args:
        screen: Where to draw.
    """

    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._status = Status("", console=screen)
        self._said: dict[str, str] = {}
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._shown = 0.0

    def report(self, source: str, text: str) -> None:
        """Say how far ``source`` is; called from the threads that pull."""
        with self._lock:
            self._said[source] = text
            line = " · ".join(f"{name}: {words}" for name, words in self._said.items())
            now = time.monotonic()
            if now - self._began < _PATIENCE:
                return
            if self._screen.is_terminal:
                self._status.update(line)
                self._status.start()
            elif now - self._shown > 10:
                self._screen.print(line)
                self._shown = now

    def close(self) -> None:
        """Clear the line; nothing is reported any more."""
        self._began = float("inf")
        self._status.stop()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
