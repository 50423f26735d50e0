"""``okr findings``: what someone should look at.

What belongs here: sorting and printing the published findings, or those of a run that was not
published. What does not: finding anything (``okr_model``).
"""

from __future__ import annotations

from pathlib import Path

from rich.table import Table
from rich.text import Text

from okr_model.tables.vocabulary import SEVERITIES
from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_rows
from pipelines.project import Project
from pipelines.publish.blocked_run import BlockedRun, read_blocked
from published.formatting import absent, plain
from published.tables import PublishedTables
from published.titles import Titles

_STYLE = {"error": "red", "warning": "yellow", "info": "dim"}


def show_findings(config: Path | None, form: Format) -> int:
    """Print the findings, worst first; returns 0.

    Where the last run was not published, its findings are printed, marked as such.
    """
    project = Project(config, with_secrets=False)
    blocked = read_blocked(project.paths.blocked_run)
    if blocked is None:
        frame = PublishedTables(project.paths.duckdb).frame("findings")
    else:
        frame = blocked.findings.assign(published=False)
    rank = frame["severity"].map({name: place for place, name in enumerate(SEVERITIES)})
    frame = frame.assign(_rank=rank).sort_values(["_rank", "rule", "subject_id"])
    frame = frame.drop(columns="_rank")
    if form is not Format.TABLE:
        print_rows(frame, form)
        return 0
    if blocked:
        _print_blocked(blocked)
    titles = Titles(project.paths.duckdb)
    table = Table(box=None)
    for name in ("Severity", "Rule", "About", "What and where"):
        table.add_column(name, overflow="fold")
    for row in frame.to_dict("records"):
        where = "" if absent(row["url"]) else f"\n{plain(row['url'])}"
        table.add_row(
            Text(row["severity"], style=_STYLE[row["severity"]]),
            plain(row["rule"]),
            titles.subject(row["subject_type"], row["subject_id"]),
            plain(row["sentence"]) + where,
        )
    console().print(table)
    return 0


def _print_blocked(blocked: BlockedRun) -> None:
    """Say why the last run was not published, before its findings."""
    screen = console()
    screen.print(f"The run of {blocked.as_of} was NOT PUBLISHED, because:", style="red")
    for violations in blocked.violations.values():
        for violation in violations:
            screen.print(f"  {plain(violation)}")
    screen.print("These are its findings; readers see the tables published before it.\n")
