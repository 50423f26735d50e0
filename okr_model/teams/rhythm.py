"""Which check-ins of a team were on time, late or missed, by its rhythm.

What belongs here: when a check-in is due, and what became of it. What does not: what a check-in
says, and how many missed ones are too many (``confidence``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import takewhile
from typing import Literal

import pandas as pd

from okr_model.confidence.firing import running
from okr_model.languages.folding import same_id
from okr_model.progress.expected_path import first_days
from okr_model.quantities.days import midnight, to_days
from okr_model.quantities.teams import by_team
from okr_model.tables.organization.teams import CHECK_IN_STATES, TEAMS
from okr_model.teams.teams import Rhythm, Team, Teams, team_names

CheckInState = Literal["on time", "late", "missed", "not yet due"]
_DAY = timedelta(days=1)
_KEY = ["key_result_id", "cycle_id"]
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WORST: tuple[CheckInState, ...] = ("missed", "late", "on time", "not yet due")


@dataclass(frozen=True, slots=True)
class Occasion:
    """One check-in that was or will be due on one Key Result."""

    due_on: date
    state: CheckInState


@dataclass(frozen=True, slots=True)
class Span:
    """When check-ins on a Key Result are expected.

    Attributes:
        first: The first day of its cycle, from which the rhythm is counted.
        last: Its due day.
        since: None is due before this day.
    """

    first: date
    last: date
    since: date = date.min


def due_days(rhythm: Rhythm, first: date, last: date) -> Iterator[date]:
    """The days on which check-ins are due, after ``first`` and up to ``last``."""
    if rhythm.every_days < 1:
        return
    if rhythm.weekday is None:
        day, step = first + timedelta(days=rhythm.every_days), rhythm.every_days
    else:
        day = first + timedelta(days=(rhythm.weekday - first.isoweekday()) % 7)
        step = 7 * max(1, round(rhythm.every_days / 7))
    off, before = set(rhythm.days_off), first - _DAY
    while day <= last:
        due = day
        while due in off:
            due += _DAY
        if before < due <= last:
            yield due
            before = due
        day += timedelta(days=step)


def occasions(
    rhythm: Rhythm, first: date, last: date, made: Iterable[date], as_of: date
) -> list[Occasion]:
    """What became of each check-in that is due on one Key Result.

    A check-in between two due days is on time for the second. One within the days of grace after a
    due day is late for that, if none was on time, and counts once.

    Args:
        rhythm: Of its team.
        first: From this day on check-ins are expected.
        last: The last day on which one may be due.
        made: The days of its check-ins.
        as_of: The day: nothing later is known, and what is due later is not yet due.
    """
    left = sorted({day for day in made if first <= day <= as_of})
    found = []
    for due in due_days(rhythm, first, last):
        in_time = [day for day in left if day <= due]
        grace = due + timedelta(days=rhythm.grace_days)
        late = [day for day in left if due < day <= grace]
        state: CheckInState
        if in_time:
            state, left = "on time", left[len(in_time) :]
        elif late:
            state, left = "late", left[1:]
        else:
            state = "missed" if as_of > grace else "not yet due"
        found.append(Occasion(due, state))
        if due > as_of:
            break  # the next one is enough
    return found


def build_teams(
    teams: Teams, key_results: pd.DataFrame, check_ins: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """One row for each team that is declared, or that a Key Result names.

    Args:
        teams: The declared ones.
        key_results: From :func:`okr_model.assemble.build_key_results`; check-ins on the running
            ones are counted.
        check_ins: From :func:`okr_model.entities.read_check_ins`.
        as_of: The day.

    Returns:
        The columns of :data:`okr_model.tables.TEAMS` but for those of the run.
    """
    now = by_team(key_results[running(key_results, as_of)])
    now = now.assign(same=now["team"].map(same_id))
    said = check_ins[to_days(check_ins["date"]) <= midnight(as_of)]
    made = days_made(said)
    declared = teams.by_name()
    rows = []
    for name in team_names(teams, key_results):
        team, mine = teams.named(name), now[now["same"] == same_id(name)]
        expected = [
            expected_of(teams, name, span, made.get((key, cycle), []), as_of)
            for _, key, cycle, _, span in spans_of(mine)
        ]
        rows.append(
            _described(team, teams.rhythm_of(name), as_of)
            | {"declared": same_id(name) in declared, "key_results": len(mine)}
            | _counted(expected, team.state(as_of) == "open")
        )
    names = [name for name in TEAMS.column_names if name not in ("as_of", "run_id")]
    return pd.DataFrame(rows, columns=names)


def check_ins_from(rows: pd.DataFrame, check_ins: pd.DataFrame) -> pd.Series:
    """From which day on check-ins on each Key Result are expected.

    Args:
        rows: ``key_result_id, cycle_id, cycle_start`` and, where known, ``starts_on``: its declared
            first day, and ``created_on``: when its record was made.
        check_ins: From :func:`okr_model.entities.read_check_ins`. Where one is older than the
            record, so is the Key Result.

    Returns:
        With the index of ``rows``: the first day of the cycle, its own first day, or the day after
        its record was made, whichever is latest. What is made within a cycle is no reason to ask
        for the weeks before.
    """
    starts = first_days(rows).clip(lower=rows["cycle_start"])
    if "created_on" not in rows:
        return starts
    said = to_days(check_ins["date"]).groupby([check_ins[name] for name in _KEY]).min()
    first = said.reindex(pd.MultiIndex.from_frame(rows[_KEY])).set_axis(rows.index)
    made = to_days(rows["created_on"])
    later = (made >= starts) & ~(first <= made)
    return starts.where(~later, made + _DAY).astype("datetime64[us]")


def missed_in_a_row(
    rows: pd.DataFrame, check_ins: pd.DataFrame, teams: Teams, as_of: date
) -> pd.Series:
    """How many of the last check-ins that were due on each Key Result were missed.

    Of several teams that of the shortest rhythm counts, of two alike the one that missed fewer;
    closed teams check in no more.

    Args:
        rows: ``key_result_id, cycle_id, cycle_start, check_ins_from, due_on, team, teams``.
        check_ins: From :func:`okr_model.entities.read_check_ins`.
        teams: The teams.
        as_of: The day.

    Returns:
        With the index of ``rows``; null where no check-in is expected.
    """
    made, named = days_made(check_ins), by_team(rows)
    nobodys = rows[~rows.index.isin(named.index)].assign(team="")
    told = pd.concat([named, nobodys])
    found: dict[object, tuple[int, int]] = {}
    for name in told["team"].unique():
        rhythm, team = teams.rhythm_of(name), teams.named(name)
        if rhythm.every_days and team.state(as_of) != "closed":
            of_team = told[told["team"] == name]
            for index, missed in _missed(of_team, made, teams, as_of):
                one = (rhythm.every_days, missed)
                found[index] = min(found.get(index, one), one)
    counts = [found[index][1] if index in found else None for index in rows.index]
    return pd.Series(counts, rows.index, "Int64")


def _missed(
    rows: pd.DataFrame, made: Mapping[tuple[str, str], list[date]], teams: Teams, as_of: date
) -> Iterator[tuple[object, int]]:
    """The index of each row with the number of its last occasions that were missed."""
    for index, key, cycle, name, span in spans_of(rows):
        expected = expected_of(teams, name, span, made.get((key, cycle), []), as_of)
        past = [one.state for one in expected if one.state != "not yet due"]
        yield index, sum(1 for _ in takewhile(lambda state: state == "missed", reversed(past)))


def days_made(check_ins: pd.DataFrame) -> dict[tuple[str, str], list[date]]:
    """The days of the check-ins on each Key Result and cycle."""
    days = check_ins.assign(day=to_days(check_ins["date"]).dt.date).groupby(_KEY)["day"]
    return {(str(name), str(cycle)): list(dates) for (name, cycle), dates in days}


def spans_of(rows: pd.DataFrame) -> Iterator[tuple[object, str, str, str, Span]]:
    """Of each row the index, Key Result, cycle, team, and when check-ins are expected."""
    since = rows["check_ins_from"] if "check_ins_from" in rows else rows["cycle_start"]
    since = since.fillna(rows["cycle_start"])
    names = [rows[column] for column in (*_KEY, "team", "cycle_start", "due_on")]
    for index, key, cycle, name, start, due_on, asked in zip(
        rows.index, *names, since, strict=True
    ):
        yield index, str(key), str(cycle), name, Span(start.date(), due_on.date(), asked.date())


def expected_of(
    teams: Teams, name: str, span: Span, made: Iterable[date], as_of: date
) -> list[Occasion]:
    """What became of each check-in that one Key Result expects of a team, while there is the team.

    Args:
        teams: The declared ones.
        name: Of the team.
        span: When check-ins on it are expected.
        made: The days of its check-ins.
        as_of: The day.
    """
    first, last = _while_there(teams, name, span)
    found = occasions(teams.rhythm_of(name), first, last, made, as_of)
    return [one for one in found if one.due_on >= span.since]


def due_days_of(teams: Teams, name: str, span: Span) -> list[date]:
    """The days on which a team's check-ins on one Key Result are due, past and future.

    Args:
        teams: The declared ones.
        name: Of the team.
        span: When check-ins on it are expected.
    """
    days = due_days(teams.rhythm_of(name), *_while_there(teams, name, span))
    return [day for day in days if day >= span.since]


def _while_there(teams: Teams, name: str, span: Span) -> tuple[date, date]:
    team, first, last = teams.named(name), span.first, span.last
    first = max(first, team.starts_on) if team.starts_on else first
    return first, min(last, team.ends_on) if team.ends_on else last


def _described(team: Team, rhythm: Rhythm, as_of: date) -> dict[str, object]:
    return {
        "team": team.name,
        "state": team.state(as_of),
        **{name: getattr(team, name) for name in ("parent", "level", "lead", "champion")},
        **{name: getattr(team, name) for name in ("sponsor", "starts_on", "ends_on")},
        "check_in_every_days": rhythm.every_days or None,
        "check_in_weekday": _WEEKDAYS[rhythm.weekday - 1] if rhythm.weekday else None,
        "check_in_grace_days": rhythm.grace_days if rhythm.every_days else None,
    }


def _counted(expected: Sequence[Sequence[Occasion]], is_open: bool) -> dict[str, object]:
    """How many check-ins were in each state, and how the team stands now."""
    states: list[str] = [one.state for found in expected for one in found]
    past = [one for found in expected for one in found if one.state != "not yet due"]
    last_due = max((one.due_on for one in past), default=None)
    now: set[str] = {one.state for one in past if one.due_on == last_due} or set(states)
    waiting = [one.due_on for found in expected for one in found if one.state == "not yet due"]
    counts = {_column(state): states.count(state) for state in CHECK_IN_STATES}
    standing = next((state for state in _WORST if state in now), None)
    return {
        **counts,
        "check_in_state": standing if is_open else None,
        "next_check_in_due_on": min(waiting, default=None) if is_open else None,
    }


def _column(state: str) -> str:
    return f"check_ins_{state.replace(' ', '_')}"
