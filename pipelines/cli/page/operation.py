"""What the page's operator view is told, and may start, beside what is published.

What belongs here: today, a run that published nothing, and starting a run. What does not:
the view (``dashboard.views.tonight``).
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
from pathlib import Path

from dashboard.site import Operation, Unpublished
from pipelines.project import Project
from pipelines.publish.blocked_run import read_blocked
from pipelines.settings import find_settings
from published.errors import UserError

_TOLD = 600  # characters of what a failed run said last
_COMMAND = "import sys; from pipelines.cli.app import main; main()"


class RunUnderWayError(UserError):
    """A run that was started from the page has not ended."""


def operation_of(project: Project) -> Operation:
    """What the operator view is told of a project."""
    run = OfflineRun(find_settings(project.settings_path))
    return Operation(
        today=lambda: _today(project),
        unpublished=lambda: _unpublished(project),
        start_run=run.start,
        started=run.state,
    )


class OfflineRun:
    """A run in a process of its own, which computes and publishes what has been read before.

    Args:
        settings: The settings file.
    """

    def __init__(self, settings: Path) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._running = False
        self._ended = ""

    def start(self) -> None:
        """Start it.

        Raises:
            RunUnderWayError: The one before has not ended.
        """
        with self._lock:
            if self._running:
                raise RunUnderWayError("A run that was started here is still at work.")
            self._running = True
        words = [sys.executable, "-c", _COMMAND, "sync", "--offline", "--config"]
        # A daemon: the page may end before the run, which may be killed at any moment.
        threading.Thread(
            target=self._run, args=([*words, str(self._settings)],), daemon=True
        ).start()

    def state(self) -> str:
        """How it stands, in a sentence; empty if none was started."""
        with self._lock:
            if self._running:
                return "A run was started here and is at work. Reload to see what it published."
            return self._ended

    def _run(self, command: list[str]) -> None:
        code, told = 1, ""
        try:
            done = subprocess.run(  # noqa: S603 - this command itself
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
            )
            code, told = done.returncode, done.stdout.decode("utf-8", "replace").strip()
        except OSError as error:
            told = str(error.strerror)
        with self._lock:
            self._running = False
            self._ended = "The run that was started here has ended well."
            if code:
                self._ended = f"The run that was started here ended with exit code {code}. "
                self._ended += told[-_TOLD:]


def _today(project: Project) -> dt.date:
    now = project.instant().astimezone(project.settings.organization.zone)
    return project.settings.as_of or now.date()


def _unpublished(project: Project) -> Unpublished | None:
    blocked = read_blocked(project.paths.blocked_run)
    if blocked is None:
        return None
    complaints = [one for found in blocked.violations.values() for one in found]
    return Unpublished(blocked.as_of, complaints)
