"""A team's agenda out of the published tables, for the command and the page alike.

What belongs here: gathering the rows, and the agenda for programs. What does not: its order and
what it is about (``okr_model.rituals.agenda``), and writing it (``agenda_text``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from okr_model.languages.folding import same_id
from okr_model.rituals.agenda import CLOSING, DEFINED, Agenda, Item, Topic, build_agenda
from published.errors import UserError
from published.export import machine
from published.key_results.lines import Line, lines_of
from published.moment import Moment, last_day
from published.organization import Organization
from published.records import records
from published.snapshot import Snapshot

_MEASURES = (
    *("current_value", "unit", "value_state", "current_value_at", "value_age_days", "value_url"),
    *("baseline", "target", "target_high", "due_on", "progress_raw", "expected_progress", "pace"),
)
_CONFIDENCE = (
    *("stated_confidence", "stated_confidence_at", "computed_confidence"),
    *("attainment_probability", "declined_from", "declining_since", "missed_check_ins"),
)
_IMPEDIMENTS = ("open_initiatives", "blocked_initiatives")
_ACTIVITIES = ("initiatives", "finished_28d", "added_28d")
_WORK = (
    "SELECT DISTINCT l.key_result_id, i.initiative_id, i.initiative, i.title, i.status,"
    " i.open_issues, i.done_issues, i.last_activity_on"
    " FROM links l JOIN initiatives i USING (initiative_id)"
    " WHERE l.state = 'active' AND list_contains(?, l.key_result_id)"
    " ORDER BY i.initiative, i.initiative_id"
)


_Rows = dict[str, list[dict[str, Any]]]
"""Rows by the id of their Key Result."""


class NoSuchTeamError(UserError):
    """No Key Result of the cycle is this team's; the message lists the teams."""


def agenda_of(
    tables: Snapshot, organization: Organization, moment: Moment, cycle: str, team: str
) -> tuple[Agenda, list[Line]]:
    """The agenda of a team, and the lines of its Key Results in the same order.

    What serves a Key Result is told as the last run published it, also for a past day.

    Args:
        tables: The published tables.
        organization: Whose they are.
        moment: The day.
        cycle: The cycle.
        team: Its name, in any case.

    Raises:
        NoSuchTeamError: It has no Key Result in this cycle.
        published.moment.NoSuchDayError: Nothing was published for the day.
    """
    lines = lines_of(tables, organization, moment, cycle)
    names = {same_id(name): name for line in lines for name in line.teams}
    if same_id(team) not in names:
        there = ", ".join(sorted(names.values())) or "none"
        raise NoSuchTeamError(f"no team {team!r} has a Key Result in {cycle}. There are: {there}")
    name, day = names[same_id(team)], moment.day or last_day(tables)
    own = {line.row["key_result_id"]: line for line in lines if name in line.teams}
    said, work, changes, closed_on = tables.once(
        ("agenda", cycle, day, name), lambda: _gathered(tables, cycle, day, name, list(own))
    )
    agenda = build_agenda(
        name,
        cycle,
        day,
        (
            Topic(
                *(line.row, line.change, line.since),
                *(said.get(key, []), work.get(key, []), changes.get(key, [])),
            )
            for key, line in own.items()
        ),
        closed_on,
    )
    return agenda, [own[item.key_result_id] for item in agenda.items]


def agenda_record(agenda: Agenda) -> dict[str, Any]:
    """An agenda for programs; figures are the published ones, unrounded."""
    return {
        "team": agenda.team,
        "cycle_id": agenda.cycle_id,
        "as_of": agenda.day.isoformat(),
        "closed_on": machine(agenda.closed_on),
        "ended_on": machine(agenda.ended_on),
        "key_results": [_record(item) for item in agenda.items],
        "deep_dives": list(agenda.deep_dives),
        "dependencies": [
            {"key_result_id": item.key_result_id, **_plain(asdict(item.dependency))}
            for item in agenda.items
            if item.dependency
        ],
        "closing": list(CLOSING) if agenda.ended_on is None else [],
    }


def _record(item: Item) -> dict[str, Any]:
    told = {"changed": item.changed, "cause": item.cause, "words": item.words}
    impediment = _plain(asdict(item.impediment)) if item.impediment else None
    return {
        "key_result_id": item.key_result_id,
        "statement": machine(item.row["statement"]),
        "attention": item.attention,
        "collapsed": item.collapsed,
        "asks": item.asks,
        "measures": {
            **_chosen(item.row, _MEASURES),
            "change": machine(item.change),
            "since": machine(item.since),
            "is_met": item.is_met,
            "is_fallen": item.is_fallen,
            "redefined": [_plain(asdict(one)) for one in item.redefined],
        },
        "confidence": _chosen(item.row, _CONFIDENCE),
        "impediments": {"impediment": impediment, **_chosen(item.row, _IMPEDIMENTS)},
        "activities": {
            "last_actions": [_plain(asdict(one)) for one in item.last_actions],
            "next_actions": [_plain(asdict(one)) for one in item.next_actions],
            "work": [_plain(asdict(one)) for one in item.work],
            **_chosen(item.row, _ACTIVITIES),
        },
        "last_check_in": {"date": machine(item.said_on), **told, "adjustment": item.adjustment},
    }


def _chosen(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: machine(row[name]) for name in names}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: machine(value) for name, value in values.items()}


def _gathered(
    tables: Snapshot, cycle: str, day: dt.date, team: str, keys: Sequence[str]
) -> tuple[_Rows, _Rows, _Rows, dt.date | None]:
    said = _check_ins(tables, cycle, day, keys)
    changes = _changes(tables, cycle, day, {key: said.get(key, []) for key in keys})
    return said, _work(tables, keys), changes, _closed_on(tables, team, day)


def _check_ins(
    tables: Snapshot, cycle: str, day: dt.date, keys: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """The check-ins of each Key Result up to a day, oldest first, as they could be known then."""
    where = "cycle_id = ? AND list_contains(?, key_result_id) ORDER BY date, number"
    found: dict[str, list[dict[str, Any]]] = {}
    for row in records(tables.table("check_ins", where, [cycle, list(keys)])):
        mine = found.setdefault(row["key_result_id"], [])
        if row["date"] <= day:
            mine.append(row)
        elif mine and mine[-1]["date"] <= day and row.get("last_action_done") is not None:
            mine[-1]["action_done"] = None  # it was said after the day
    return found


def _changes(
    tables: Snapshot, cycle: str, day: dt.date, said: Mapping[str, Sequence[Mapping[str, Any]]]
) -> dict[str, list[dict[str, Any]]]:
    """What of each definition was changed up to a day, since the last check-in before it."""
    where = (
        "cycle_id = ? AND list_contains(?, key_result_id) AND list_contains(?, field)"
        " AND changed_on <= ? ORDER BY key_result_id, changed_on, number"
    )
    given = [cycle, list(said), list(DEFINED), day]
    found: dict[str, list[dict[str, Any]]] = {}
    for row in records(tables.table("changes", where, given)):
        key = row["key_result_id"]
        before = [one["date"] for one in said[key] if one["date"] < day]
        if not before or row["changed_on"] >= before[-1]:
            found.setdefault(key, []).append(row)
    return found


def _closed_on(tables: Snapshot, team: str, day: dt.date) -> dt.date | None:
    """The last day of a team that is closed on a day."""
    rows = records(tables.table("teams", "team = ? AND ends_on < ?", [team, day]))
    return rows[0]["ends_on"] if rows else None


def _work(tables: Snapshot, keys: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in tables.rows(_WORK, [list(keys)]):
        found.setdefault(row["key_result_id"], []).append(row)
    return found
