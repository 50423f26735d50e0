"""Sending each team's message of the day, once.

What belongs here: which address still waits, and what became of sending. What does not: what is
sent (``outgoing``).

An address is noted before something is sent to it, and is taken off the note only if that failed:
a run that is ended meanwhile sends it no second time.
"""

from __future__ import annotations

import logging

from okr_model.languages.folding import same_id
from pipelines.alerts import senders
from pipelines.alerts.state import AlertState
from pipelines.errors import place_of_fault
from pipelines.lake.private_files import private_files
from pipelines.messages.agenda_pages import write_due
from pipelines.messages.outgoing import Outgoing, outgoing, planned
from pipelines.messages.sent import Sent
from pipelines.project import Project
from pipelines.telemetry.log import event
from published.moment import Moment, last_day
from published.snapshot import Snapshot, Snapshots


def after_night(project: Project) -> list[str]:
    """Send what is due after a published night; returns a sentence for whatever could not be."""
    settings = project.settings.messages
    if project.clock.is_past or not (settings.teams or settings.agenda_page):
        return []
    try:
        return [*unknown_teams(project, _tables(project)), *_unsaid(send_due(project))]
    except Exception as fault:  # the night is over: nothing of this may change how it ended
        return [f"Messages to teams failed ({place_of_fault(fault)}). Please report it."]


def send_due(project: Project) -> list[Sent]:
    """Send what is due today to every address that had nothing today, and write today's agendas.

    Nothing is due while the tables are those of another day.

    Raises:
        published.tables.NotPublishedError: Nothing is published yet.
    """
    day, tables = project.clock.as_of, _tables(project)
    if last_day(tables) != day:
        return []
    plans = planned(project, tables, Moment(), project.settings.messages.teams)
    due = outgoing(project.settings.organization.name, plans)
    state = AlertState(project.paths.alerts)
    with private_files([project.settings.data], project.settings.files.group), state.exclusively():
        had = state.messaged_on(day)
        waiting = [one for one in due if one.address.digest not in had]
        sent = [_send(project, state, one) for one in waiting]
        if project.settings.messages.agenda_page:
            sent += write_due(project, state, tables)
    return sent


def unknown_teams(project: Project, tables: Snapshot) -> list[str]:
    """A sentence for each team of the settings that there is not."""
    known = tables.frame("SELECT team FROM teams ORDER BY team")["team"].tolist()
    there = {same_id(name) for name in known}
    return [
        f"messages: {team}: there is no such team. There are: {', '.join(known) or 'none'}."
        for team in project.settings.messages.teams
        if same_id(team) not in there
    ]


def _send(project: Project, state: AlertState, one: Outgoing) -> Sent:
    day = project.clock.as_of
    before = state.messaged_on(day)
    state.keep_messaged(day, {*before, one.address.digest})
    reason = senders.send(one.address, one.title, one.body)
    if reason is None:
        event("message sent", to=one.address.label, teams=one.teams)
    else:
        state.keep_messaged(day, before)
        event("message not sent", level=logging.WARNING, to=one.address.label, teams=one.teams)
    return Sent(one.address.label, one.teams, one.title, reason)


def _unsaid(sent: list[Sent]) -> list[str]:
    again = "the next run of this day tries again"
    return [
        f"{one.to}: a message could not be sent, and {again}: {one.reason}"
        for one in sent
        if one.reason
    ]


def _tables(project: Project) -> Snapshot:
    return Snapshots(project.paths.duckdb).current()
