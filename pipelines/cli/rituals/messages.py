"""``okr messages``: send what teams are to be told today, or show what a day's messages say.

What belongs here: choosing the day and printing. What does not: what a message says
(``published.rituals``), and sending it (``pipelines.messages``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from okr_model.languages.folding import same_id
from pipelines.cli.shared.output import print_json, say
from pipelines.messages.outgoing import Planned, planned
from pipelines.messages.send import send_due, unknown_teams
from pipelines.messages.sent import Sent
from pipelines.project import Project
from pipelines.settings.organization.messages import NEVER
from pipelines.store.session import kept
from published.errors import UserError
from published.formatting import ENGLISH
from published.moment import Moment, last_day
from published.rituals.agenda import NoSuchTeamError
from published.rituals.message_text import TITLES, harmless_words
from published.snapshot import Snapshot, Snapshots

_NOBODY = (
    "okr.yaml names no team's address. Add messages: {teams: {Sales: [...]}}; see docs/messages.md."
)


class OnlyShownError(UserError):
    """What is sent is today's, to every team that has an address."""


def send_messages(
    config: Path | None, team: str | None, day: dt.date | None, *, as_json: bool
) -> int:
    """Send today's messages that are due and not sent yet; returns 1 if one could not be sent.

    Raises:
        OnlyShownError: A team or a day is chosen.
    """
    if team or day:
        raise OnlyShownError("--team and --day choose what is shown; add --dry-run.")
    project = Project(config, with_secrets=False)
    if project.settings.messages.agenda_page:
        project = Project(config)
    with kept(project):
        sent = send_due(project)
    for sentence in unknown_teams(project, Snapshots(project.paths.duckdb).current()):
        say(sentence, stderr=True)
    if as_json:
        print_json([asdict(one) | {"sent": one.reason is None} for one in sent])
    else:
        _print_sent(sent, _nothing(project))
    return 1 if any(one.reason for one in sent) else 0


def show_messages(
    config: Path | None, team: str | None, day: dt.date | None, *, as_json: bool
) -> int:
    """Print what each team's messages of a day say, and to whom they go; returns 0.

    Raises:
        NoSuchTeamError: There is no such team.
        published.moment.NoSuchDayError: Nothing was published for the day.
    """
    project = Project(config, with_secrets=False)
    tables = Snapshots(project.paths.duckdb).current()
    moment = Moment() if day in (None, last_day(tables)) else Moment(day)
    plans = list(planned(project, tables, moment, _teams(project, tables, team)))
    if as_json:
        print_json(list(map(_record, plans)))
    elif plans:
        _print(plans)
    else:
        say(without_plans(tables, moment, team))
    return 0


def without_plans(tables: Snapshot, moment: Moment, team: str | None) -> str:
    """Why there is nothing to print: of a team that is named, what is known of it."""
    if team is None:
        return "No team has a Key Result that runs on this day, so there is no message."
    rows = tables.table("teams")
    ends = rows.loc[rows["team"].map(same_id) == same_id(team), "ends_on"].dropna()
    if len(ends) and ends.iloc[0] < moment.on(tables):
        return (
            f"{team} is closed: its last day was {ENGLISH.day(ends.iloc[0])}. It gets no message."
        )
    return f"{team} has no Key Result that runs on this day, so it gets no message."


def _teams(project: Project, tables: Snapshot, team: str | None) -> Iterable[str]:
    """The team that is named, else those that have an address, else all."""
    known = tables.frame("SELECT team FROM teams ORDER BY team")["team"].tolist()
    if team is None:
        return project.settings.messages.teams or known
    if same_id(team) not in map(same_id, known):
        raise NoSuchTeamError(f"no team {team!r}. There are: {', '.join(known) or 'none'}")
    return [team]


def _print(plans: list[Planned]) -> None:
    for plan in plans:
        message = plan.message
        say(f"{harmless_words(message.team)}: {TITLES[message.kind]}")
        to = ", ".join(one.label for one in plan.to) or "nobody, as messages: names no address"
        if message.is_empty:
            say("    Nothing to tell, so nothing is sent.\n")
            continue
        when = "never" if plan.weekday == NEVER else f"on {plan.weekday}s"
        today = f"today, {message.day}" if plan.is_today else f"{when}, so not on {message.day}"
        say(f"    to {to}: {today}\n")
        say(f"{plan.text}\n")


def _record(plan: Planned) -> dict[str, Any]:
    message = plan.message
    return {
        "team": message.team,
        "kind": message.kind,
        "as_of": message.day,
        "since": message.since,
        "weekday": plan.weekday,
        "goes_out": plan.is_today and not message.is_empty and bool(plan.to),
        "to": [one.label for one in plan.to],
        "text": plan.text,
    }


def _print_sent(sent: list[Sent], nothing: str) -> None:
    for one in sent:
        done = f"written, {one.address}" if one.address else "sent"
        said = done if one.reason is None else f"NOT SENT: {one.reason}"
        say(f"{one.to}: {one.title}: {said}")
    if not sent:
        say(nothing)


def _nothing(project: Project) -> str:
    messages = project.settings.messages
    if not (messages.teams or messages.agenda_page):
        return _NOBODY
    return "Nothing is due today, or it was sent before; --dry-run shows what a day's messages say."
