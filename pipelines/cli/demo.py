"""``okr demo``: the whole night on the sample company. The only place that reaches the sandbox."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from pipelines.cli.shared.output import console
from pipelines.cli.shared.progress import Progress


def run_demo(folder: Path, *, serve: bool, issues: int) -> int:
    """Start the stand-ins, run the night against them, print the table and what to do next.

    Args:
        folder: Where settings, lake and tables go; running again continues from there.
        serve: Keep the stand-ins up until Ctrl-C.
        issues: How many Jira issues the sample company has.

    Returns:
        The night's exit code.
    """
    from sandbox.server import Sandbox

    screen = console()
    with Progress(screen) as progress:
        progress.report("sandbox", "starting the sample company's Jira, Notion and Google")
        with Sandbox(issues=issues) as box:
            folder.mkdir(parents=True, exist_ok=True)
            box.write_settings(folder)
            os.environ.update(box.environment())
            screen.print("The sample company's Jira, Notion and Google Sheets are up here:")
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
    from pipelines.cli.sync import tell
    from pipelines.nightly_run import run_nightly
    from pipelines.project import Project

    screen = console()
    settings_path = folder / "okr.yaml"
    project = Project(settings_path, report=progress.report)
    night = run_nightly(project)
    progress.close()
    tell(screen, project, night)
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
    screen.print("\nThe services stay up until Ctrl-C. In another terminal:")
    for name, value in environment.items():
        screen.print(f"  export {name}={value}", soft_wrap=True)
    screen.print(f"  okr sync -c {folder / 'okr.yaml'}")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        screen.print("Stopped.")
