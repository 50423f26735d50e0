"""Agendas as pages of Notion, each written once.

What belongs here: which page still waits, and what became of writing it. What does not: what stands
in it (``agendas``), and the requests (``connectors.notion``).

Whoever sees the page above sees them all, so nothing that is restricted stands in them. A page that
is there under the title of an agenda is never written again: what people noted in it is theirs.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator

from connectors.errors import SourceError
from pipelines.alerts.state import AlertState
from pipelines.datasets.former_ids import known_aliases
from pipelines.messages.agendas import CheckInAgenda, agenda_about, agenda_due
from pipelines.messages.sent import Sent
from pipelines.model.organization import organization_of
from pipelines.project import Project
from pipelines.telemetry.log import event
from published.moment import Moment
from published.restricted import hidden_from
from published.rituals.agenda import NoSuchTeamError
from published.rituals.messages import agenda_message, messages_of
from published.snapshot import Snapshot

WHERE = "messages: agenda_page (notion)"


def due_pages(project: Project, tables: Snapshot, moment: Moment) -> Iterator[CheckInAgenda]:
    """The agenda of every team that has a check-in on a day.

    Raises:
        published.moment.NoSuchDayError: Nothing was published for the day.
    """
    organization = organization_of(project.settings).in_english()
    seen = _as_anybody(project, tables)
    for team in seen.frame("SELECT team FROM teams ORDER BY team")["team"]:
        for message in messages_of(seen, organization, moment, team)[:1]:
            agenda = agenda_due(seen, organization, moment, agenda_message(message))
            if agenda is not None:
                yield agenda


def page_of(project: Project, tables: Snapshot, moment: Moment, team: str) -> CheckInAgenda:
    """The agenda of a team, whether or not a check-in is due.

    Raises:
        NoSuchTeamError: Everybody may see none of its Key Results in a running cycle.
        published.moment.NoSuchDayError: Nothing was published for the day.
    """
    organization = organization_of(project.settings).in_english()
    found = agenda_about(_as_anybody(project, tables), organization, moment, team)
    if found is None:
        raise NoSuchTeamError(
            f"team {team!r} has no Key Result in a running cycle that everybody may see."
        )
    return found


def write_due(project: Project, state: AlertState, tables: Snapshot) -> list[Sent]:
    """Write the pages of today's check-ins that are not written yet."""
    return write_pages(project, state, due_pages(project, tables, Moment()))


def write_pages(
    project: Project, state: AlertState, agendas: Iterable[CheckInAgenda]
) -> list[Sent]:
    """Write each agenda, unless it was written before or is there; returns those it tried."""
    day, parent = project.clock.as_of, project.settings.messages.agenda_page
    assert parent is not None  # noqa: S101 - nobody calls this without one
    had = state.messaged_on(day)
    waiting = [one for one in agendas if _digest(parent, one.title) not in had]
    if not waiting:
        return []
    from connectors.notion.written.meeting_pages import MeetingPages

    section = project.settings.sources.notion
    assert section is not None  # noqa: S101 - the settings are refused without it
    pages = MeetingPages(section, parent)
    sent: list[Sent] = []
    try:
        there = pages.titles()
        for one in waiting:
            if one.title not in there:
                rest = f"More of it: okr agenda '{one.team}'."
                address = pages.create(one.title, one.blocks, rest)
                event("agenda written", teams=(one.team,))
                sent.append(Sent(WHERE, (one.team,), one.title, None, address))
            had |= {_digest(parent, one.title)}
            state.keep_messaged(day, had)
    except SourceError as error:
        left = tuple(one.team for one in waiting if _digest(parent, one.title) not in had)
        event("agenda not written", level=logging.WARNING, teams=left)
        sent.append(Sent(WHERE, left, "agenda", str(error)))
    finally:
        pages.close()
    return sent


def _as_anybody(project: Project, tables: Snapshot) -> Snapshot:
    restrictions = project.settings.page.restrictions
    aliases = known_aliases(project) if restrictions else {}
    tolerance = organization_of(project.settings).pace_tolerance
    return tables.seen_by(hidden_from((), restrictions, aliases), tolerance)


def _digest(parent: str, title: str) -> str:
    return hashlib.sha256(f"{parent} {title}".encode()).hexdigest()[:16]
