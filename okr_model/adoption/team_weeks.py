"""What each team did with its Key Results in each week, from events alone.

What belongs here: counting check-ins, updates and early warnings by team and week. What does not:
comparing cycles for people (``published.rituals.adoption``). Nothing here knows who did it.

A week begins on Monday. It counts for a team while at least one of its Key Results runs in it, and
not before the team began or after it closed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from okr_model.progress.value_series import KEY
from okr_model.quantities.days import midnight, monday, to_days
from okr_model.quantities.teams import by_team
from okr_model.teams.rhythm import Span, expected_of, spans_of
from okr_model.teams.teams import Teams

_WEEK = timedelta(days=7)
_COUNTS = ("key_results", "updated", "on_time", "late", "missed", "called_low", "called_low_early")
_KEY = ("team", "cycle_id", "week_starts_on")
WORK = ("work", "linked_work", "new_issues", "new_unlinked")
"""What is counted of a team's work."""
_Days = dict[tuple[str, str], list[date]]


@dataclass(frozen=True, slots=True)
class WeekInputs:
    """What happened to Key Results.

    Attributes:
        key_results: From :func:`okr_model.assemble.build_key_results`.
        check_ins: From :func:`okr_model.entities.read_check_ins`.
        measurements: From :func:`okr_model.progress.value_series.all_measurements`.
        teams: The teams with their rhythms.
        early_share: A call of low up to this share of the way to the due day is early.
        work: From :func:`okr_model.activity.team_work.team_work`.
    """

    key_results: pd.DataFrame
    check_ins: pd.DataFrame
    measurements: pd.DataFrame
    teams: Teams
    early_share: float
    work: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _KeyResult:
    """A Key Result of one team: the days on which it ran, and what happened on which days."""

    first: date
    last: date
    span: Span
    said: list[date]
    low: list[date]
    updated: list[date]


def build_adoption(inputs: WeekInputs, as_of: date) -> pd.DataFrame:
    """One row for each team, cycle and week that has begun.

    Returns:
        The columns of :data:`okr_model.tables.weeks.ADOPTION` but for those of the run.
    """
    begun = inputs.key_results["cycle_start"] <= midnight(as_of)
    rows = by_team(inputs.key_results[begun])
    said = _days(inputs.check_ins, as_of)
    low = _days(inputs.check_ins[inputs.check_ins["confidence"] == "low"], as_of)
    measured = inputs.measurements[inputs.measurements["value"].notna()]
    updated = _joined(said, _days(measured, as_of))
    counts: dict[tuple[str, str, date], Counter[str]] = {}
    for _, name, cycle, team, span in spans_of(rows):
        known = inputs.teams.named(team)
        first, last = span.first, span.last
        first = max(first, known.starts_on) if known.starts_on else first
        last = min(last, known.ends_on) if known.ends_on else last
        key = (name, cycle)
        one = _KeyResult(
            first, last, span, said.get(key, []), low.get(key, []), updated.get(key, [])
        )
        early_until = span.first + (span.last - span.first) * inputs.early_share
        for week, what in _happened(one, team, inputs.teams, early_until, as_of):
            counts.setdefault((team, cycle, week), Counter())[what] += 1
    found = [
        (team, cycle, week, *(seen[name] for name in _COUNTS))
        for (team, cycle, week), seen in sorted(counts.items())
    ]
    return _with_work(pd.DataFrame(found, columns=[*_KEY, *_COUNTS]), inputs.work)


def _with_work(rows: pd.DataFrame, work: pd.DataFrame) -> pd.DataFrame:
    """The rows with what was done in each team's initiatives; null where none were ever seen."""
    days = rows.assign(week_starts_on=to_days(rows["week_starts_on"])).astype({"team": "str"})
    found = days.merge(work, "left", on=["team", "week_starts_on"])
    seen = found["team"].isin(work["team"])
    counts = {name: found[name].fillna(0).where(seen).astype("Int64") for name in WORK}
    return rows.assign(**{name: one.to_numpy("object") for name, one in counts.items()})


def _happened(
    one: _KeyResult, team: str, teams: Teams, early_until: date, as_of: date
) -> Iterator[tuple[date, str]]:
    """The week of each thing that counts, with the count's name."""
    last = min(one.last, as_of)
    week = monday(one.first)
    while week <= last:
        yield week, "key_results"
        week += _WEEK
    for occasion in expected_of(teams, team, one.span, one.said, as_of):
        # A check-in on Saturday is for the week that begins on Monday, and counts in it.
        if occasion.state != "not yet due" and monday(occasion.due_on) <= last:
            yield monday(occasion.due_on), occasion.state.replace(" ", "_")
    for week in sorted({monday(day) for day in one.updated if one.first <= day <= last}):
        yield week, "updated"
    for day in one.low:
        if one.first <= day <= last:
            yield monday(day), "called_low"
            if day <= early_until:
                yield monday(day), "called_low_early"


def _days(rows: pd.DataFrame, as_of: date) -> _Days:
    """The days of each Key Result and cycle up to ``as_of``, each once."""
    known = rows.assign(date=to_days(rows["date"]))
    known = known[known["date"] <= midnight(as_of)].drop_duplicates([*KEY, "date"])
    days = known["date"].dt.date
    return {
        (str(name), str(cycle)): list(found)
        for (name, cycle), found in days.groupby([known[column] for column in KEY])
    }


def _joined(*groups: _Days) -> _Days:
    keys: Iterable[tuple[str, str]] = {key for days in groups for key in days}
    return {key: [day for days in groups for day in days.get(key, [])] for key in keys}
