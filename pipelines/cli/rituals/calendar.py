"""``okr calendar``: the phases of cycles and the check-ins of teams for calendar programs.

What belongs here: writing the feed. What does not: what is in it (``published.rituals.calendar``).
"""

from __future__ import annotations

import sys
from pathlib import Path

from connectors.secrets import redact
from pipelines.cli.shared.output import say
from pipelines.model.organization import organization_of
from pipelines.project import Project
from published.errors import UserError
from published.rituals.calendar import calendar_text, entries_of
from published.snapshot import Snapshots


def write_calendar(config: Path | None, team: str | None, output: Path | None) -> int:
    """Print the feed, or write it to a file; returns 0.

    Raises:
        published.rituals.agenda.NoSuchTeamError: There is no such team.
        UserError: The file cannot be written.
    """
    project = Project(config, with_secrets=False)
    tables, organization = (
        Snapshots(project.paths.duckdb).current(),
        organization_of(project.settings),
    )
    entries = entries_of(tables, organization, team)
    text = redact(calendar_text(entries, tables, organization.name))
    if output is None:
        sys.stdout.write(text)
        return 0
    try:
        output.write_bytes(text.encode("utf-8"))  # line ends as they are, on every system
    except OSError as error:
        raise UserError(f"{output} cannot be written: {error.strerror}.") from None
    say(f"The calendar is in {output}.")
    return 0
