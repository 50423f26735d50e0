"""Progress output for anything that takes longer than two seconds.

What belongs here: showing the latest progress reports. What does not: making them
(:attr:`pipelines.project.Project.report`).
"""

from __future__ import annotations

import threading
import time
from types import TracebackType

from rich.console import Console
from rich.status import Status

_PATIENCE = 2.0


class Progress:
    """A status line that appears after two seconds and shows the progress of each source.

    If the screen is no terminal, a line is printed every ten seconds instead.

    Args:
        screen: The console to draw on.
    """

    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._status = Status("", console=screen)
        self._latest: dict[str, str] = {}
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._shown = 0.0

    def report(self, source: str, text: str) -> None:
        """Show the progress of ``source``; may be called from any thread."""
        with self._lock:
            self._latest[source] = text
            line = " · ".join(f"{name}: {words}" for name, words in self._latest.items())
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
        """Clear the line and ignore later reports."""
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
