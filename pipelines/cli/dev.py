"""``okr dev``: Dagster's web page and daemon on this machine.

What belongs here: starting ``dagster dev`` with the right settings. What does not: what Dagster
loads (``definitions``).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pipelines.cli.shared.output import console
from pipelines.nightly_run import dagster_home
from pipelines.project import Project
from pipelines.settings import SettingsError, find_settings


def run_dev(config: Path | None, port: int) -> int:
    """Run ``dagster dev`` on loopback until Ctrl-C.

    Returns:
        The exit code of Dagster.
    """
    screen = console()
    environment = dict(os.environ)
    try:
        path = find_settings(config).resolve()
        environment["OKR_CONFIG"] = str(path)
        environment["DAGSTER_HOME"] = str(dagster_home(Project(path, with_secrets=False)))
    except SettingsError as error:
        screen.print(f"{error}\nOpening the asset graph without settings; runs would fail.")
    command = [sys.executable, "-m", "dagster", "dev", "-m", "pipelines.definitions"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    screen.print(f"Opening http://127.0.0.1:{port} (Ctrl-C ends it)")
    try:
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - our own arguments
    except KeyboardInterrupt:
        return 0
