"""What teams are to be told on a day, and where.

What belongs here: the messages of each team as it may see the tables, and those of each address
together. What does not: what a message says (``published.rituals``), and sending it (``send``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from okr_model.languages.folding import same_id
from pipelines.alerts.senders import Address, address_at
from pipelines.datasets.former_ids import known_aliases
from pipelines.messages.agendas import agenda_due
from pipelines.model.organization import organization_of
from pipelines.project import Project
from pipelines.settings.organization.messages import NEVER
from pipelines.settings.organization.working_time import WEEK
from published.moment import Moment
from published.restricted import Hidden, Restriction, hidden_from
from published.rituals.message_text import message_text, message_title
from published.rituals.messages import Kind, Message, agenda_message, messages_of, told_on
from published.snapshot import Snapshot

CHECK_IN_DAY = "check-in day"


@dataclass(frozen=True, slots=True)
class Planned:
    """One message of a team.

    Attributes:
        message: What it says.
        text: The same in lines.
        to: The team's addresses.
        weekday: On which day of the week its kind is told; never for none.
            Of an agenda, the day of the check-in.
        is_today: Whether it goes out on the day that it is about.
    """

    message: Message
    text: str
    to: tuple[Address, ...]
    weekday: str
    is_today: bool


@dataclass(frozen=True, slots=True)
class Outgoing:
    """All that one address is told on a day, in one message."""

    address: Address
    teams: tuple[str, ...]
    title: str
    body: str


def addresses_of_teams(project: Project) -> dict[str, tuple[Address, ...]]:
    """The addresses of each team of the settings."""
    return {
        team: tuple(
            address_at(f"messages: {team}[{index}]", one.get_secret_value())
            for index, one in enumerate(urls)
        )
        for team, urls in project.settings.messages.teams.items()
    }


def planned(
    project: Project, tables: Snapshot, moment: Moment, teams: Iterable[str]
) -> Iterator[Planned]:
    """The messages of teams on a day, also those with nothing to tell and those of another weekday.

    Raises:
        published.moment.NoSuchDayError: Nothing was published for the day.
    """
    settings = project.settings
    organization = organization_of(settings).in_english()
    days: dict[Kind, str] = {
        "what is due": settings.messages.due,
        "wins and moves": settings.messages.wins,
    }
    day = moment.on(tables)
    number = {name: at for at, name in enumerate(WEEK, 1)}
    working = {number[name] for name in settings.working_time.days}
    holidays = settings.working_time.until(day.year).holidays
    addresses = {same_id(team): to for team, to in addresses_of_teams(project).items()}
    aliases = known_aliases(project) if settings.page.restricted else {}
    for team in teams:
        hidden = hidden_from_team(team, settings.page.restrictions, aliases)
        seen = tables.seen_by(hidden, organization.pace_tolerance)
        off = {*holidays, *organization.teams.rhythm_of(team).days_off}
        for one in messages_of(seen, organization, moment, team):
            text = message_text(one, organization.confidence, _agenda(project, one.team))
            goes = days[one.kind] != NEVER and told_on(day, number[days[one.kind]], off, working)
            yield Planned(one, text, addresses.get(same_id(team), ()), days[one.kind], goes)
            if settings.messages.agenda and one.kind == "what is due":
                today = agenda_message(one)
                agenda = agenda_due(seen, organization, moment, today)
                to = addresses.get(same_id(team), ())
                yield Planned(today, agenda.text if agenda else "", to, CHECK_IN_DAY, True)


def outgoing(name: str, plans: Iterable[Planned]) -> list[Outgoing]:
    """What each address is told: one message, whatever teams and kinds are in it.

    Args:
        name: Of the organization.
        plans: Of a day; those that do not go out on it, or have nothing to tell, are left out.
    """
    found: dict[str, list[tuple[Address, Planned]]] = {}
    for plan in plans:
        if plan.is_today and not plan.message.is_empty:
            for address in plan.to:
                found.setdefault(address.digest, []).append((address, plan))
    return [_together(name, mine[0][0], [plan for _, plan in mine]) for mine in found.values()]


def hidden_from_team(
    team: str, restrictions: Sequence[Restriction], aliases: dict[str, str]
) -> Hidden:
    """What a team may not see: everything restricted but what is so only because it is its own.

    What nobody but the user of the machine sees is hidden from its team, too.

    Args:
        team: Its name.
        restrictions: Those of the settings.
        aliases: Former id of a Key Result -> present one.
    """
    others = (
        replace(one, teams=tuple(name for name in one.teams if same_id(name) != same_id(team)))
        if one.groups
        else one
        for one in restrictions
    )
    return hidden_from((), [one for one in others if one.teams or one.key_results], aliases)


def _together(name: str, address: Address, plans: Sequence[Planned]) -> Outgoing:
    messages = [plan.message for plan in plans]
    if len(plans) == 1:
        body = plans[0].text
    else:
        body = "\n\n".join(f"{message_title(name, [one.message])}\n\n{one.text}" for one in plans)
    teams = tuple(dict.fromkeys(one.team for one in messages))
    return Outgoing(address, teams, message_title(name, messages), body)


def _agenda(project: Project, team: str) -> str | None:
    page = project.settings.page.address
    return f"{page}/meeting/{quote(team, safe='')}" if page else None
