"""What the page's operator view is told, and may start, beside what is published.

What belongs here: today, a run that published nothing, and starting a run. What does not:
the view (``dashboard.views.tonight``).
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO

from dashboard.site import Operation, Unpublished
from pipelines.project import Project
from pipelines.publish.blocked_run import read_blocked
from pipelines.settings import find_settings
from published.errors import UserError

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
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None

    def start(self) -> None:
        """Start it.

        Raises:
            RunUnderWayError: The one before has not ended.
        """
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                raise RunUnderWayError("A run that was started here is still at work.")
            if self._said is not None:
                self._said.close()
            self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the next
            words = ["sync", "--offline", "--config", str(self._settings)]
            self._process = subprocess.Popen(  # noqa: S603 - this command itself
                [sys.executable, "-c", _COMMAND, *words],
                stdin=subprocess.DEVNULL,
                stdout=self._said,
                stderr=subprocess.STDOUT,
            )

    def state(self) -> str:
        """How it stands, in a sentence; empty if none was started."""
        with self._lock:
            if self._process is None or self._said is None:
                return ""
            code = self._process.poll()
            if code is None:
                return "A run was started here and is at work. Reload to see what it published."
            if code == 0:
                return "The run that was started here has ended well."
            self._said.seek(0)
            told = self._said.read().decode("utf-8", "replace").strip()
            return f"The run that was started here ended with exit code {code}. {told[-600:]}"


def _today(project: Project) -> dt.date:
    now = project.instant().astimezone(project.settings.organization.zone)
    return project.settings.as_of or now.date()


def _unpublished(project: Project) -> Unpublished | None:
    blocked = read_blocked(project.paths.blocked_run)
    if blocked is None:
        return None
    complaints = [one for found in blocked.violations.values() for one in found]
    return Unpublished(blocked.as_of, complaints)
