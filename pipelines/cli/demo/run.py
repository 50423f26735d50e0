"""``okr demo``: runs on the sample company, one after the other.

What belongs here: starting the stand-in services, running against them, printing the result. What
does not: the run itself (``nightly_run``) and edits of the company (``play``).
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from pipelines.cli.demo.serving import announced, is_serving
from pipelines.cli.shared.output import console
from pipelines.cli.shared.progress import Progress
from pipelines.errors import ensure_writable
from published.errors import UserError

if TYPE_CHECKING:
    from pipelines.project import Project
    from sandbox.server import Sandbox

PORT = 8700
"""Where the services are: the same port again makes the same addresses, so nothing is new."""
_WEEK = dt.timedelta(weeks=1)
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+(?=/)")
_DAY = re.compile(r"^as_of: \S+", re.MULTILINE)


class AlreadyServingError(UserError):
    """The folder's services are up, and its nights are run by ``okr sync``."""


def run_demo(folder: Path, *, serve: bool, issues: int) -> int:
    """Start the stand-ins, run nights against them, print the table and what to do next.

    In a new folder the company's last week is lived through: a night a week ago, the weeks before
    it rebuilt, then the night of its day. In a folder that has been used only the last.

    Args:
        folder: Where settings, lake and tables go; running again continues from there.
        serve: Keep the stand-ins up until Ctrl-C.
        issues: How many Jira issues the sample company has.

    Returns:
        The last night's exit code.

    Raises:
        AlreadyServingError: ``okr demo --serve`` runs on the same folder.
    """
    if is_serving(folder):
        raise AlreadyServingError(
            f"The services of {folder} are up already. Run: okr sync -c {folder / 'okr.yaml'}"
        )
    from sandbox.company.truth import load
    from sandbox.server import Sandbox

    ensure_writable(folder, "--folder")
    screen = console()
    journal = folder / "edits.jsonl"
    with _listener() as port:
        if not (folder / "data" / "published.duckdb").is_file():
            journal.unlink(missing_ok=True)
            until = load().clock - _WEEK
            with (
                Sandbox(issues=issues, port=port, until=until) as box,
                Progress(screen) as progress,
            ):
                code = _first_night(folder, box, screen, progress.report)
            if code == 1:
                return code
        with Sandbox(issues=issues, port=port, journal=journal) as box:
            with Progress(screen) as progress:
                code = _night(folder, box, screen, progress)
            if serve:
                _serve(folder, box)
    return code


def _listener() -> socket.socket:
    """A socket on the usual port, or on any other where that is taken, which is said."""
    try:
        return socket.create_server(("127.0.0.1", PORT))
    except OSError:
        listener = socket.create_server(("127.0.0.1", 0))
    console(stderr=True).print(
        f"Port {PORT} is taken, perhaps by another demo or python -m sandbox; this one uses"
        f" {listener.getsockname()[1]}.\nAddresses hold the port: findings of a demo on another"
        " one count as new.",
        style="yellow",
    )
    return listener


def _first_night(
    folder: Path, box: Sandbox, screen: Console, report: Callable[[str, str], None]
) -> int:
    """The night of a week ago, and the weeks before it rebuilt from what that night read."""
    from pipelines.cli.sync import print_result
    from pipelines.nightly_run import run_nightly
    from pipelines.past_days.rebuild import rebuild_days

    project = _project(folder, box, report)
    night = run_nightly(project)
    if not night.published:
        print_result(screen, project, night)
        return night.exit_code
    first = min(cycle.start for cycle in project.settings.cycles)
    weeks = (project.clock.as_of - first) // _WEEK
    days = [project.clock.as_of - _WEEK * number for number in range(weeks, 0, -1)]
    done = rebuild_days(project, days)
    screen.print(
        f"{project.clock.as_of}: the first run. It read everything, and {len(done.days)} weeks"
        f" before it were rebuilt\n            from dated rows and Jira's change log,"
        f" as okr rebuild does for every day."
    )
    return night.exit_code


def _night(folder: Path, box: Sandbox, screen: Console, progress: Progress) -> int:
    """The night of the company's day, told with what it published."""
    from pipelines.cli.demo.week import print_week
    from pipelines.cli.shared.options import Format
    from pipelines.cli.show import show_key_results
    from pipelines.cli.sync import print_result
    from pipelines.nightly_run import run_nightly
    from published.tables import PublishedTables

    project = _project(folder, box, progress.report)
    night = run_nightly(project)
    progress.close()
    for sentence in box.lost_edits:
        screen.print(f"An earlier edit could not be made again: {sentence}", style="yellow")
    screen.print(f"{project.clock.as_of}: the run of today.")
    print_result(screen, project, night)
    if night.published:
        screen.print()
        show_key_results(folder / "okr.yaml", None, None, Format.TABLE)
        tables = PublishedTables(project.paths.duckdb)
        print_week(screen, project.settings, tables, project.paths.history, project.clock.as_of)
        screen.print(f"\nWhat to do next{_where_okr_is()}")
        for line in _next_steps(folder):
            screen.print(line, soft_wrap=True)
    return night.exit_code


def _project(folder: Path, box: Sandbox, report: Callable[[str, str], None]) -> Project:
    from pipelines.project import Project

    return Project(_write_settings(folder, box), report=report)


def _write_settings(folder: Path, box: Sandbox) -> Path:
    """The sample settings with the stand-ins' addresses and tokens, so that any terminal will do.

    Settings hold no secrets: tokens go into files beside them. What somebody changed in them stays,
    but for the addresses and the day.
    """
    path, mark = folder / "okr.yaml", folder / ".okr.yaml.sample"
    before = path.read_text("utf-8") if path.is_file() else None
    sample = mark.read_text("utf-8") if mark.is_file() else None
    text = box.write_settings(folder).read_text("utf-8")
    for name, value in box.environment().items():
        if not name.endswith("_TOKEN"):
            text = text.replace(f"${{{name}}}", value)
            continue
        file = folder / name.removeprefix("OKR_").replace("_", "-").lower()
        file.touch(mode=0o600)
        file.write_text(value, "utf-8")
        text = text.replace(f'"${{{name}}}"', f"{{file: {file.name}}}")
    mark.write_text(text, "utf-8")
    if before and sample and before != sample:  # somebody's changes stay
        told = {_ADDRESS: _ADDRESS.search(text), _DAY: _DAY.search(text)}
        text = before
        for pattern, found in told.items():
            text = pattern.sub(found[0], text) if found else text
    path.write_text(text, "utf-8")
    return path


def _next_steps(folder: Path) -> list[str]:
    """What to do next, in two columns."""
    config = folder / "okr.yaml"
    steps = {
        f"okr serve -c {config}": "the page: teams, Key Results, links to audit",
        f"okr explain KR-17 -c {config}": "a number, down to the source records",
        f"okr links -c {config}": "which work serves what, and how we know",
        f"okr demo{_elsewhere(folder)} --serve": "look at the services' records, and change them",
    }
    width = max(map(len, steps))
    return [f"  {command:<{width}}    {what}" for command, what in steps.items()]


def _where_okr_is() -> str:
    """Where the command is, if a terminal would not find it by its name."""
    if shutil.which("okr"):
        return ""
    scripts = Path(sys.executable).parent
    here = Path.cwd()
    return f" (okr is in {scripts.relative_to(here) if scripts.is_relative_to(here) else scripts})"


def _elsewhere(folder: Path) -> str:
    return "" if folder == Path("demo") else f" --folder {folder}"


def _serve(folder: Path, box: Sandbox) -> None:
    from pipelines.cli.page.serve import serving
    from pipelines.cli.shared.signals import ending
    from pipelines.project import Project

    screen, settings = console(), folder / "okr.yaml"
    where = _elsewhere(folder)
    lines = [
        f"\nThe services stay up until Ctrl-C. Their records: {box.company_url}/",
        "Change one in another terminal, then see what that does:",
        f"  okr demo{where} edit issue SUP-6 --field 'Key Result' KR-18",
        f"  okr demo{where} edit page KR-17 --set Target '8 hours'",
        f"  okr demo{where} edit cell 'Metrics/Weekly!C171' 8.6",
        f"  okr demo{where} next-day",
        f"  okr sync -c {settings}",
    ]
    for line in lines:
        screen.print(line, soft_wrap=True)
    told = ending()
    with (
        announced(folder, box.company_url, box.control_token),
        serving(Project(settings, with_secrets=False), 0) as address,
    ):
        screen.print(f"\nThe page, which shows every night's result at once: {address}")
        told.wait()
    screen.print("Stopped.")
