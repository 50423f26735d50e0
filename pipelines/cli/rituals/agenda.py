"""``okr agenda``: what a team's check-in is about, for the meeting.

What belongs here: choosing the day, and printing or writing the agenda. What does not: the agenda
itself (``published.rituals``).
"""

from __future__ import annotations

import datetime as dt
import shlex
from dataclasses import asdict
from pathlib import Path

from okr_model.languages.folding import same_id
from okr_model.quantities.teams import by_team
from okr_model.rituals.agenda import Agenda
from pipelines.alerts.state import AlertState
from pipelines.cli.rituals.texts import write_or_say
from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import print_json, say
from pipelines.lake.private_files import private_files
from pipelines.messages.agenda_pages import page_of, write_pages
from pipelines.model.organization import organization_of
from pipelines.project import Project
from pipelines.store.session import kept
from published.errors import UserError
from published.export import json_text
from published.moment import Moment, last_day
from published.organization import Organization
from published.rituals.agenda import agenda_of, agenda_record
from published.rituals.agenda_text import agenda_markdown
from published.selection import current_cycle, known_cycle
from published.snapshot import Snapshot, Snapshots


class NoPageError(UserError):
    """No page can be written."""


def write_agenda(config: Path | None, team: str, day: dt.date | None, *, as_json: bool) -> int:
    """Write the agenda of a team as a page of Notion, if it is not there; returns 1 if it failed.

    Raises:
        NoPageError: The settings name no page for it, or a day is chosen.
        published.rituals.agenda.NoSuchTeamError: It has no Key Result in a running cycle.
    """
    project = Project(config, with_secrets=False)
    if project.settings.messages.agenda_page is None:
        raise NoPageError("messages: agenda_page: names no page of Notion; see docs/messages.md.")
    if day is not None:
        raise NoPageError("--notion writes today's agenda; leave --day out.")
    project = Project(config)
    agenda = page_of(project, Snapshots(project.paths.duckdb).current(), Moment(), team)
    state = AlertState(project.paths.alerts)
    private = private_files([project.settings.data], project.settings.files.group)
    with kept(project), private, state.exclusively():
        sent = write_pages(project, state, [agenda])
    if as_json:
        print_json([asdict(one) for one in sent])
        return 1 if any(one.reason for one in sent) else 0
    for one in sent:
        say(f"{one.title}: {f'NOT WRITTEN: {one.reason}' if one.reason else one.address}")
    if not sent:
        say(f"{agenda.title}: it was written before, and is left as it is.")
    return 1 if any(one.reason for one in sent) else 0


def show_agenda(
    config: Path | None,
    team: str,
    chosen: tuple[str | None, dt.date | None],
    form: Format,
    output: Path | None,
) -> int:
    """Print the agenda of a team as Markdown or JSON, or write it to a file; returns 0.

    Args:
        config: The settings file.
        team: The team.
        chosen: The cycle and the day; None: the usual cycle of the day, or another that runs if the
            team has Key Results there alone; and the day of the last run.
        form: Markdown where it is no JSON.
        output: The file.

    Raises:
        published.rituals.agenda.NoSuchTeamError: It has no Key Result in the cycle of the day.
        published.moment.NoSuchDayError: Nothing was published for the day.
        UserError: There is no such cycle, or the file cannot be written.
    """
    project = Project(config, with_secrets=False)
    tables = Snapshots(project.paths.duckdb).current()
    organization = organization_of(project.settings).in_english()
    named, day = chosen
    on = day or last_day(tables)
    usual, running = (
        current_cycle(organization.cycles, on),
        _running(tables, organization, on, team),
    )
    some = usual if usual in running or not running else running[0]
    cycle = known_cycle(organization.cycles, named) or some
    agenda, _ = agenda_of(tables, organization, Moment(day), cycle, team)
    if named is None:
        _tell_of_others(agenda, running)
    if form is Format.JSON:
        text = json_text(agenda_record(agenda), indent=1)
    else:
        text = agenda_markdown(agenda, organization)
    write_or_say(text, output, f"The agenda of {agenda.team}")
    return 0


def _running(tables: Snapshot, organization: Organization, day: dt.date, team: str) -> list[str]:
    """The cycles of a day in which a team has Key Results."""
    rows = by_team(tables.table("key_results"))
    own = set(rows.loc[rows["team"].map(same_id) == same_id(team), "cycle_id"])
    return [one.id for one in organization.cycles if one.id in own and one.start <= day <= one.end]


def _tell_of_others(agenda: Agenda, running: list[str]) -> None:
    """Which other cycles of the team run, so that nobody takes the agenda for all of it."""
    for cycle in running:
        if cycle != agenda.cycle_id:
            shown = f"okr agenda {shlex.quote(agenda.team)} --cycle {shlex.quote(cycle)}"
            say(f"{agenda.team} has Key Results in {cycle}, too: {shown}", stderr=True)
