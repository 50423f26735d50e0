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
from pipelines.store.follow import Following
from published.errors import UserError

_TOLD = 600  # characters of what a failed run said last
_COMMAND = "import sys; from pipelines.cli.app import main; main()"


class RunUnderWayError(UserError):
    """A run that was started from the page has not ended."""


def operation_of(project: Project, followed: Following) -> Operation:
    """What the operator view is told of a project."""
    run = OfflineRun(find_settings(project.settings_path))
    return Operation(
        today=lambda: _today(project),
        unpublished=lambda: _unpublished(project),
        start_run=run.start,
        started=run.state,
        end_run=run.end,
        not_fetched=lambda: followed.trouble,
    )


class OfflineRun:
    """A run in a process of its own, which computes and publishes what has been read before.

    Args:
        settings: The settings file.
    """

    def __init__(self, settings: Path) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = ""

    def start(self) -> None:
        """Start it.

        Raises:
            RunUnderWayError: The one before has not ended.
        """
        words = [sys.executable, "-c", _COMMAND, "sync", "--offline", "--config"]
        with self._lock:
            if self._process is not None:
                raise RunUnderWayError("A run that was started here is still at work.")
            try:
                self._process = subprocess.Popen(  # noqa: S603 - this command itself
                    [*words, str(self._settings)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                )
            except OSError as error:
                self._ended = _told(1, str(error.strerror))
                return
            # A daemon: nothing waits for it once the page ends.
            threading.Thread(target=self._await, args=(self._process,), daemon=True).start()

    def state(self) -> str:
        """How it stands, in a sentence; empty if none was started."""
        with self._lock:
            if self._process is not None:
                return "A run was started here and is at work. Reload to see what it published."
            return self._ended

    def end(self) -> None:
        """End it, if it has not ended; a run may be ended at any moment."""
        with self._lock:
            process = self._process
        if process is not None:
            process.terminate()
            process.wait()

    def _await(self, process: subprocess.Popen[bytes]) -> None:
        told = process.communicate()[0].decode("utf-8", "replace").strip()
        with self._lock:
            self._process = None
            self._ended = _told(process.returncode, told)


def _told(code: int, told: str) -> str:
    if code == 0:
        return "The run that was started here has ended well."
    return f"The run that was started here ended with exit code {code}. {told[-_TOLD:]}"


def _today(project: Project) -> dt.date:
    now = project.instant().astimezone(project.settings.organization.zone)
    return project.settings.as_of or now.date()


def _unpublished(project: Project) -> Unpublished | None:
    blocked = read_blocked(project.paths.blocked_run)
    if blocked is None:
        return None
    complaints = [one for found in blocked.violations.values() for one in found]
    return Unpublished(blocked.as_of, complaints)
