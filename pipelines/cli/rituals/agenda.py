"""``okr agenda``: what a team's check-in is about, for the meeting.

What belongs here: choosing the day and writing the agenda. What does not: the agenda itself
(``published.rituals``).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pipelines.cli.rituals.texts import write_or_say
from pipelines.cli.shared.options import Format
from pipelines.model.organization import organization_of
from pipelines.project import Project
from published.export import json_text
from published.moment import Moment, last_day
from published.rituals.agenda import agenda_of, agenda_record
from published.rituals.agenda_text import agenda_markdown
from published.selection import current_cycle
from published.snapshot import Snapshots


def show_agenda(
    config: Path | None, team: str, day: dt.date | None, form: Format, output: Path | None
) -> int:
    """Print the agenda of a team as Markdown or JSON, or write it to a file; returns 0.

    Raises:
        published.rituals.agenda.NoSuchTeamError: It has no Key Result in the cycle of the day.
        published.moment.NoSuchDayError: Nothing was published for the day.
        UserError: The file cannot be written.
    """
    project = Project(config, with_secrets=False)
    tables = Snapshots(project.paths.duckdb).current()
    organization = organization_of(project.settings).in_english()
    cycle = current_cycle(organization.cycles, day or last_day(tables))
    agenda, _ = agenda_of(tables, organization, Moment(day), cycle, team)
    if form is Format.JSON:
        text = json_text(agenda_record(agenda), indent=1)
    else:
        text = agenda_markdown(agenda, organization)
    write_or_say(text, output, f"The agenda of {agenda.team}")
    return 0
