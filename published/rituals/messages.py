"""What a team is told of its week, out of the published tables.

What belongs here: gathering what is due, what has changed, wins and moves. What does not: any
figure, all of which are those of the agenda and of ``published.key_results.since``; writing it
(``message_text``) and sending it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from okr_model.finding_rules import Rule
from okr_model.governance.phases import PhaseDays, phases_of
from okr_model.languages.folding import same_id
from okr_model.rituals.agenda import DEFINED, Action, Agenda, Item, Redefinition, redefinition
from okr_model.rituals.low_times import LowTime
from okr_model.tables.columns import LEVELS
from okr_model.teams.rhythm import Span, expected_of
from published.key_results.new_work import NewWork, new_of_team
from published.key_results.since import base_day, definition_changes, movements
from published.moment import Moment, NoSuchDayError, last_day
from published.organization import Organization
from published.records import records
from published.rituals.agenda import NoSuchTeamError, agenda_of
from published.rituals.low_times import low_times_of
from published.selection import Cycle
from published.snapshot import Snapshot

Kind = Literal["what is due", "wins and moves", "agenda"]
"""The two messages of a week, and the agenda on the day of a check-in."""
CALLS = ("stated_confidence", "computed_confidence")
_TERMS = (*DEFINED, "kind")
_AHEAD = dt.timedelta(days=6)
_BACK = dt.timedelta(days=7)
_ASKED = (
    Rule.LATE_KICK_OFF,
    Rule.NOT_READY,
    Rule.MID_CYCLE_REVIEW,
    Rule.NEW_IN_FINAL_PUSH,
    Rule.CYCLE_NOT_CLOSED,
    Rule.OBJECTIVE_NOT_CLOSED,
)
"""What is asked by the phase of a cycle, a sentence each."""
_Told = list[tuple[Cycle, Agenda]]


@dataclass(frozen=True, slots=True)
class CheckInsDue:
    """The Key Results on which a check-in is due on a day, or was and may still be late."""

    due_on: dt.date
    key_results: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ActionDue:
    """An action that is due, or was and nobody said that it is done."""

    key_result_id: str
    action: Action


@dataclass(frozen=True, slots=True)
class PhaseDue:
    """A phase of a cycle that begins; of closing, one that ends."""

    cycle_id: str
    phase: PhaseDays


@dataclass(frozen=True, slots=True)
class Change:
    """How far a Key Result is from where it was.

    Attributes:
        item: As the agenda has it.
        moved: Its row of :func:`published.key_results.since.movements`; empty if there was no
            earlier day.
        redefined: What of its definition was changed.
        done: The promised actions of which somebody said that they are done.
    """

    item: Item
    moved: Mapping[str, Any]
    redefined: tuple[Redefinition, ...] = ()
    done: tuple[Action, ...] = ()

    @property
    def value_change(self) -> float | None:
        """How far its value moved; None where that is unknown."""
        change = self.moved.get("current_value_change")
        return None if change is None else float(change)

    @property
    def is_newly_met(self) -> bool:
        """Whether its target is reached and was not before."""
        then = self.moved.get("progress_then")
        return self.item.is_met and then is not None and float(then) < 1

    def calls(self, *, up: bool) -> tuple[str, ...]:
        """Which of both calls rose, or fell."""
        found = []
        for name in CALLS:
            was, now = self.moved.get(f"{name}_then"), self.moved.get(name)
            if was is not None and now is not None and was != now:
                rose = LEVELS.index(str(now)) < LEVELS.index(str(was))
                found += [name] if rose is up else []
        return tuple(found)

    @property
    def is_called_otherwise(self) -> bool:
        """Whether a call is another than it was."""
        return bool(self.calls(up=True) or self.calls(up=False))

    @property
    def has_other_terms(self) -> bool:
        """Whether what its progress is measured by was changed: then the evidence won nothing."""
        return any(one.field in _TERMS for one in self.redefined)

    @property
    def won_calls(self) -> tuple[str, ...]:
        """The calls that rose under the same terms, and the team's own under any."""
        rose = self.calls(up=True)
        return tuple(one for one in rose if one == CALLS[0] or not self.has_other_terms)

    @property
    def has_met(self) -> bool:
        """Whether it is newly met under the same terms."""
        return self.is_newly_met and not self.has_other_terms

    @property
    def is_win(self) -> bool:
        """Whether it has newly met its target, a call rose, or a promise was kept."""
        return self.has_met or bool(self.won_calls or self.done)

    @property
    def is_move(self) -> bool:
        """Whether its value moved, a call fell, or its terms are others."""
        return self.has_other_terms or bool(self.value_change or self.calls(up=False))


@dataclass(frozen=True, slots=True)
class Message:
    """What one team is told on one day; of the other kind, what belongs to it is empty.

    Attributes:
        team: Its name.
        kind: Which one it is.
        day: The day its figures are about.
        since: The day with which they are compared; None if nothing was published before.
        check_ins: The check-ins of the coming week, by day.
        actions: The actions of the coming week, by day.
        phases: What begins or ends in it.
        asked: Sentences of findings that wait for an answer.
        changes: The changed Key Results in the order of the agenda: for what is due, those with
            another definition or call; for wins and moves, those that are one of both.
        new_work: What is new since then and serves no Key Result.
        low: Times for which one of its Key Results is low: answered this week, or not for one.
    """

    team: str
    kind: Kind
    day: dt.date
    since: dt.date | None
    check_ins: tuple[CheckInsDue, ...] = ()
    actions: tuple[ActionDue, ...] = ()
    phases: tuple[PhaseDue, ...] = ()
    asked: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    low: tuple[LowTime, ...] = ()
    new_work: NewWork | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        due = self.check_ins or self.actions or self.phases or self.asked
        new = self.new_work is not None and self.new_work.initiatives
        return not (due or self.changes or self.low or new)


def messages_of(
    tables: Snapshot, organization: Organization, moment: Moment, team: str
) -> list[Message]:
    """Both messages of a team; none of a team that is closed or has no Key Result.

    Args:
        tables: The published tables as the team may see them.
        organization: Whose they are.
        moment: The day.
        team: Its name, in any spelling.

    Raises:
        published.moment.NoSuchDayError: Nothing was published for the day.
    """
    day = moment.day or last_day(tables)
    if organization.teams.named(team).state(day) != "open":
        return []
    told = _agendas(tables, organization, moment, day, team)
    if not told:
        return []
    name = told[0][1].team
    running = [agenda for cycle, agenda in told if cycle.start <= day <= cycle.end]
    since, changes = _changes(tables, moment, day, running)
    due = Message(
        name,
        "what is due",
        day,
        since,
        tuple(_check_ins(tables, organization, day, name, running)),
        tuple(_actions(day, running)),
        tuple(_phases(organization, day, {cycle.id for cycle, _ in told})),
        tuple(_asked(tables, told) if moment.latest else ()),
        tuple(one for one in changes if one.redefined or one.is_called_otherwise),
        new_work=new_of_team(tables, name, since, day) if since else None,
    )
    moved = tuple(one for one in changes if one.is_win or one.is_move)
    low = tuple(_low(tables, organization, day, running))
    return [due, Message(name, "wins and moves", day, since, changes=moved, low=low)]


def agenda_message(due: Message) -> Message:
    """The message that brings the agenda, out of what is due; empty on a day without check-in."""
    today = tuple(one for one in due.check_ins if one.due_on == due.day)
    return Message(due.team, "agenda", due.day, None, check_ins=today)


def told_on(
    day: dt.date, weekday: int, days_off: Collection[dt.date], working: Collection[int]
) -> bool:
    """Whether a message of a weekday goes out on a day.

    One that falls on a day off of the team goes out on the next working day that is none.

    Args:
        day: The day.
        weekday: 1 for Monday.
        days_off: Those of the team.
        working: The working days of a week, 1 for Monday.
    """
    usual = day - dt.timedelta(days=(day.isoweekday() - weekday) % 7)
    on = usual
    while on in days_off or (on != usual and on.isoweekday() not in working):
        on += dt.timedelta(days=1)
    return on == day


def _agendas(
    tables: Snapshot, organization: Organization, moment: Moment, day: dt.date, team: str
) -> _Told:
    """The team's agenda in every cycle that a day belongs to, from preparing to closing it."""
    found = []
    for cycle in organization.cycles:
        spans = phases_of(cycle.start, cycle.end, organization.phases)
        first, last = spans[0].ends_on, spans[-1].starts_on
        if first is None or last is None or not first < day < last:
            continue
        try:
            agenda, _ = agenda_of(tables, organization, moment, cycle.id, team)
        except NoSuchTeamError:
            continue
        found.append((cycle, agenda))
    return found


def _check_ins(
    tables: Snapshot,
    organization: Organization,
    day: dt.date,
    team: str,
    agendas: Sequence[Agenda],
) -> Iterator[CheckInsDue]:
    due: dict[dt.date, list[str]] = {}
    for agenda in agendas:
        made: dict[str, list[dt.date]] = {}
        query = "SELECT key_result_id, date FROM check_ins WHERE cycle_id = ? AND date <= ?"
        for row in tables.rows(query, [agenda.cycle_id, day]):
            made.setdefault(row["key_result_id"], []).append(row["date"])
        for item in agenda.items:
            if item.attention == "ended":
                continue
            span = Span(
                item.row["cycle_start"],
                item.row["due_on"] or item.row["cycle_end"],
                item.row.get("check_ins_from") or dt.date.min,
            )
            of_one = made.get(item.key_result_id, [])
            for one in expected_of(organization.teams, team, span, of_one, day):
                if one.state == "not yet due" and one.due_on <= day + _AHEAD:
                    due.setdefault(one.due_on, []).append(item.key_result_id)
    for on in sorted(due):
        yield CheckInsDue(on, tuple(due[on]))


def _actions(day: dt.date, agendas: Sequence[Agenda]) -> list[ActionDue]:
    found = [
        (action.due_on, ActionDue(item.key_result_id, action))
        for agenda in agendas
        for item in agenda.items
        for action in (*item.last_actions, *item.next_actions)
        if action.done is None and action.due_on is not None and action.due_on <= day + _AHEAD
    ]
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _phases(organization: Organization, day: dt.date, own: Collection[str]) -> Iterator[PhaseDue]:
    """What begins within the week, or ends with closing; a new cycle concerns every team."""
    for cycle in organization.cycles:
        for one in phases_of(cycle.start, cycle.end, organization.phases):
            concerns = cycle.id in own or one.phase in ("preparation", "baseline")
            on = one.ends_on if one.phase == "closing" else one.starts_on
            if concerns and on is not None and day <= on <= day + _AHEAD and one.phase != "closed":
                yield PhaseDue(cycle.id, one)


def _asked(tables: Snapshot, told: _Told) -> list[str]:
    """The sentences of open findings about the team, one of its Key Results or their Objective."""
    about = {("team", same_id(agenda.team)) for _, agenda in told}
    about |= {
        ("key result", same_id(item.key_result_id)) for _, agenda in told for item in agenda.items
    }
    about |= {
        ("objective", same_id(item.row["objective_id"]))
        for _, agenda in told
        for item in agenda.items
        if isinstance(item.row["objective_id"], str)
    }
    where = "list_contains(?, rule) AND acknowledgement IS NULL ORDER BY rule, finding_id"
    rows = records(tables.table("findings", where, [list(_ASKED)]))
    return [
        row["sentence"]
        for row in rows
        if (row["subject_type"], same_id(row["subject_id"])) in about
    ]


def _changes(
    tables: Snapshot, moment: Moment, day: dt.date, agendas: Sequence[Agenda]
) -> tuple[dt.date | None, list[Change]]:
    """Each Key Result beside itself a week before, or on the last day published before that."""
    try:
        since = base_day(tables, day - _BACK)
    except NoSuchDayError:
        since = None
    found = []
    for agenda in agendas:
        moved: dict[str, Mapping[str, Any]] = {}
        redefined: list[dict[str, Any]] = []
        if since is not None:
            rows = movements(tables, since, agenda.cycle_id, moment)
            moved = {row["key_result_id"]: row for row in rows}
            redefined = definition_changes(tables, since, agenda.cycle_id, day)
        for item in agenda.items:
            key = item.key_result_id
            of_one = [redefinition(row) for row in redefined if row["key_result_id"] == key]
            change = Change(item, moved.get(key, {}), tuple(of_one), _done(item, day))
            found.append(change)
    return since, found


def _low(
    tables: Snapshot, organization: Organization, day: dt.date, agendas: Sequence[Agenda]
) -> Iterator[LowTime]:
    for agenda in agendas:
        own = {item.key_result_id for item in agenda.items if item.attention != "ended"}
        for one in low_times_of(tables, organization.zone, agenda.cycle_id, day):
            waits = one.until is None and one.answered_on is None and one.since <= day - _BACK
            new = one.answered_on is not None and one.answered_on > day - _BACK
            if one.key_result_id in own and (waits or new):
                yield one


def _done(item: Item, day: dt.date) -> tuple[Action, ...]:
    """The promises of which this week's check-in says that they are done."""
    if item.said_on is None or item.said_on <= day - _BACK:
        return ()
    return tuple(one for one in item.last_actions if one.done)
