"""The phases of cycles and the check-ins of teams as a calendar feed (RFC 5545).

What belongs here: which days are in the feed, and writing them. What does not: the days of phases
(``okr_model.governance.phases``) and of check-ins (``okr_model.teams.rhythm``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from okr_model.governance.phases import ASKS, Phase, phases_of
from okr_model.governance.preparation import STEPS, preparation_steps
from okr_model.languages.folding import same_id
from okr_model.quantities.teams import by_team
from okr_model.teams.rhythm import Span, due_days_of
from published.formatting import plain
from published.moment import last_day
from published.organization import Organization
from published.rituals.agenda import NoSuchTeamError
from published.selection import Cycle, is_usual
from published.snapshot import Snapshot

_DAY = dt.timedelta(days=1)
_SPANS = (
    # A file of an earlier version lacks some.
    "SELECT key_result_id, cycle_id, cycle_start, coalesce(due_on, cycle_end) AS due_on,"
    " team, teams,"
    " coalesce((to_json(k) ->> 'check_ins_from')::DATE, cycle_start) AS check_ins_from"
    " FROM key_results AS k"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Whole days of a calendar; both days belong to it.

    Attributes:
        key: What it is, by which later feeds replace it: such as ``phase``, the cycle, its name.
        first: Its first day.
        last: Its last day.
        title: What it says.
        more: What is asked, or which Key Results it is about.
    """

    key: tuple[str, ...]
    first: dt.date
    last: dt.date
    title: str
    more: str


def entries_of(
    tables: Snapshot, organization: Organization, team: str | None = None
) -> list[Entry]:
    """The phases of cycles, and the days on which check-ins are due, by day.

    Of one team: the phases of cycles in which it has Key Results and of the usual ones while there
    is such a team, and nothing that begins after its end.

    Args:
        tables: The published tables.
        organization: Whose they are.
        team: Whose, in any spelling; None: all cycles, and the check-ins of all teams.

    Raises:
        NoSuchTeamError: There is no such team; the message lists the teams.
    """
    rows, cycles, last = by_team(tables.frame(_SPANS)), organization.cycles, dt.date.max
    if team is not None:
        rows = _of_team(tables, rows, team)
        own, declared = set(rows["cycle_id"]), organization.teams.named(team)
        first, last = declared.starts_on or dt.date.min, declared.ends_on or dt.date.max
        comes = [one for one in cycles if is_usual(cycles, one) and first <= one.end]
        usual = {one.id for one in comes if one.start <= last}
        cycles = [one for one in cycles if one.id in own | usual]
    found = [*_phases(organization, cycles), *_check_ins(organization, rows)]
    found = [one for one in found if one.first <= last]
    return sorted(found, key=lambda one: (one.first, one.key))


def calendar_text(entries: Iterable[Entry], tables: Snapshot, name: str) -> str:
    """A calendar feed with lines that end as RFC 5545 wants it.

    Args:
        entries: What is in it.
        tables: Whose last run is when it was made.
        name: Of the organization.
    """
    from icalendar import Calendar, Event  # slow to import, rarely needed

    feed = Calendar()
    feed.add("prodid", "-//okr-sync//OKR calendar//EN")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", f"{plain(name)}: OKRs")
    stamp = _made_at(tables)
    for one in entries:
        event = Event()
        event.add("uid", _uid(name, one))
        event.add("dtstamp", stamp)
        event.add("dtstart", one.first)
        event.add("dtend", one.last + _DAY)  # the first day that does not belong to it
        event.add("summary", one.title)
        event.add("description", one.more)
        event.add("transp", "TRANSPARENT")  # nobody is busy all day for it
        feed.add_component(event)
    return str(feed.to_ical().decode("utf-8"))


def _of_team(tables: Snapshot, rows: pd.DataFrame, team: str) -> pd.DataFrame:
    """The rows of a team; a declared one may have none yet."""
    named = {*rows["team"], *tables.table("teams")["team"]}
    if same_id(team) not in map(same_id, named):
        there = ", ".join(sorted(named)) or "none"
        raise NoSuchTeamError(f"no team {team!r}. There are: {there}")
    return rows[[same_id(name) == same_id(team) for name in rows["team"]]]


def _phases(organization: Organization, cycles: Iterable[Cycle]) -> Iterator[Entry]:
    for cycle in cycles:
        name = plain(cycle.id)
        for one in phases_of(cycle.start, cycle.end, organization.phases):
            if one.starts_on is None or one.ends_on is None:
                continue
            key, asks = ("phase", cycle.id, one.phase), _up(one.phase)
            yield Entry(key, one.starts_on, one.ends_on, f"{name}: {one.phase}", asks)
            if one.phase == "preparation":
                yield from _steps(cycle, organization)
            if one.phase == "final push":
                key = ("frozen", cycle.id, one.phase)
                yield Entry(key, one.starts_on, one.starts_on, f"{name}: targets are frozen", asks)
            if one.phase == "closing":
                key = ("close by", cycle.id, one.phase)
                yield Entry(key, one.ends_on, one.ends_on, f"{name}: last day to close it", asks)


def _steps(cycle: Cycle, organization: Organization) -> Iterator[Entry]:
    for one in preparation_steps(cycle.start, cycle.end, organization.phases):
        key, asks = ("step", cycle.id, one.step), STEPS[one.step]
        title = f"{plain(cycle.id)}, preparation: {one.step}"
        yield Entry(key, one.starts_on, one.ends_on, title, f"{asks[:1].upper()}{asks[1:]}.")


def _check_ins(organization: Organization, rows: pd.DataFrame) -> Iterator[Entry]:
    """One entry for each team and day on which a check-in on one of its Key Results is due."""
    due: dict[tuple[str, dt.date], list[str]] = {}
    names = ("team", "key_result_id", "cycle_start", "due_on", "check_ins_from")
    columns = (rows[name] for name in names)
    for name, key, *span in zip(*columns, strict=True):
        for on in due_days_of(organization.teams, name, Span(*span)):
            due.setdefault((name, on), []).append(key)
    for (name, on), keys in due.items():
        told = ", ".join(plain(key) for key in dict.fromkeys(keys))
        key = ("check-in", same_id(name), on.isoformat())
        yield Entry(key, on, on, f"{plain(name)}: check-in is due", told)


def _up(phase: Phase) -> str:
    asks = ASKS[phase]
    return f"{asks[:1].upper()}{asks[1:]}."


def _uid(name: str, one: Entry) -> str:
    """The same in every feed; a digest, because names may hold anything."""
    told = "\n".join((name, *one.key))
    return f"{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:32]}@okr-sync"


def _made_at(tables: Snapshot) -> dt.datetime:
    """When the last run was published; of a run that is not known, its day."""
    at = tables.last_run.get("published_at")
    if at is None:
        return dt.datetime.combine(last_day(tables), dt.time(), dt.UTC)
    made: dt.datetime = at
    return made.astimezone(dt.UTC).replace(microsecond=0)
