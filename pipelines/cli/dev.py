"""``okr dev``: Dagster's web page and daemon on this machine.

What belongs here: starting ``dagster dev`` with the right settings, and ending it with all that it
started. What does not: what Dagster loads (``definitions``).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from pipelines.cli.shared.output import console
from pipelines.cli.shared.signals import ending
from pipelines.dagster_home import dagster_home
from pipelines.project import Project
from pipelines.settings import SettingsError, find_settings

_PATIENCE = 45.0
"""Seconds that Dagster may take to end its web page, its daemon and their code servers."""
_OFTEN = 0.5  # seconds


def run_dev(config: Path | None, port: int) -> int:
    """Run ``dagster dev`` on loopback until Ctrl-C or SIGTERM.

    Returns:
        0 if it was told to end, else the exit code of Dagster.
    """
    screen = console()
    environment = dict(os.environ)
    try:
        path = find_settings(config).resolve()
        environment["OKR_CONFIG"] = str(path)
        project = Project(path, with_secrets=False)
        _ = project.paths  # refuses what a newer version wrote
        environment["DAGSTER_HOME"] = str(dagster_home(project))
    except SettingsError as error:
        screen.print(f"{error}\nOpening the asset graph without settings; runs would fail.")
    command = [sys.executable, "-m", "dagster", "dev", "-m", "pipelines.definitions"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    told = ending()
    screen.print(f"Opening http://127.0.0.1:{port} (Ctrl-C ends it)")
    # A session of its own: Ctrl-C reaches Dagster once, from here, and what it leaves can be found.
    with subprocess.Popen(command, env=environment, start_new_session=os.name != "nt") as dagster:  # noqa: S603 - our own arguments
        try:
            while not told.wait(_OFTEN) and dagster.poll() is None:
                pass
        finally:
            _end(dagster)
    return 0 if told.is_set() else dagster.returncode


def _end(dagster: subprocess.Popen[bytes]) -> None:
    """Let Dagster end what it started; kill what is left of it after a while."""
    dagster.terminate()
    with suppress(subprocess.TimeoutExpired):
        dagster.wait(_PATIENCE)
    if os.name != "nt":
        with suppress(ProcessLookupError, PermissionError):  # nothing is left
            os.killpg(dagster.pid, signal.SIGKILL)
    dagster.kill()
