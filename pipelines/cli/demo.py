"""``okr demo``: a complete run on the sample company.

What belongs here: starting the stand-in services, running against them, printing the result. It is
the only module that imports ``sandbox``. What does not: the run itself (``nightly_run``).
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

from pipelines.cli.shared.output import console
from pipelines.cli.shared.progress import Progress
from pipelines.errors import ensure_writable


def run_demo(folder: Path, *, serve: bool, issues: int) -> int:
    """Start the stand-ins, run against them, print the table and what to do next.

    Args:
        folder: Folder for settings, lake and tables; a second run continues from there.
        serve: Keep the stand-ins running until Ctrl-C.
        issues: The number of Jira issues of the sample company.

    Returns:
        The exit code of the run.
    """
    from sandbox.server import Sandbox

    ensure_writable(folder, "--folder")
    screen = console()
    with Progress(screen) as progress:
        progress.report("sandbox", "starting the sample company's Jira, Notion and Google")
        with Sandbox(issues=issues) as box:
            box.write_settings(folder)
            os.environ.update(box.environment())
            screen.print("The sample company's Jira, Notion and Google Sheets are running at:")
            for url in (box.jira_url, box.notion_url, box.sheets_url):
                screen.print(f"  {url}")
            screen.print()
            code = _night(folder, progress)
            if serve:
                _serve(folder, box.environment())
    return code


def _night(folder: Path, progress: Progress) -> int:
    from pipelines.cli.shared.options import Format
    from pipelines.cli.show import show_key_results
    from pipelines.cli.sync import print_result
    from pipelines.nightly_run import run_nightly
    from pipelines.project import Project

    screen = console()
    settings_path = folder / "okr.yaml"
    project = Project(settings_path, report=progress.report)
    night = run_nightly(project)
    progress.close()
    print_result(screen, project, night)
    if night.published:
        screen.print()
        show_key_results(settings_path, None, None, Format.TABLE)
        screen.print(
            _NEXT.format(config=settings_path, duckdb=os.path.relpath(project.paths.duckdb))
        )
    return night.exit_code


_NEXT = """
What to do next (okr is in .venv/bin)
  okr explain KR-17 -c {config}      a number, down to the source records
  okr links -c {config}              which work serves what, and how we know
  okr findings -c {config}           what someone should look at
  okr show --cycle 2026-Q3 -c {config}
  duckdb {duckdb}    then: FROM okr.key_results;
  okr demo --serve                          keep the services up, try okr sync"""


def _serve(folder: Path, environment: dict[str, str]) -> None:
    screen = console()
    screen.print("\nThe services keep running until Ctrl-C. In another terminal:")
    for name, value in environment.items():
        screen.print(f"  export {name}={value}", soft_wrap=True)
    screen.print(f"  okr sync -c {folder / 'okr.yaml'}")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        screen.print("Stopped.")
