"""Before the first week of a cycle: five steps with dates, and a kick-off that comes too late.

What belongs here: the days of the steps, and the finding of a team that has not begun. What does
not: the phases themselves (``phases``), and which steps a team has taken
(``published.rituals.preparation``).

The steps share the days of the phase *preparation* in equal parts, rounded to days. Where it has
fewer than five days, some steps share one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.governance.phases import PhaseWeeks, phases_of
from okr_model.progress.value_series import KEY
from okr_model.quantities.days import midnight, to_days
from okr_model.quantities.teams import by_team
from okr_model.teams.teams import Teams

Step = Literal["look back", "direction", "draft", "align", "commit"]
STEPS: Mapping[Step, str] = {
    "look back": "close the cycle before, and read what it taught",
    "direction": "the company's Objectives are set",
    "draft": "the team drafts Objectives and Key Results",
    "align": "the team agrees with others on what contributes to what",
    "commit": "every Key Result has an owner, a target, a baseline and a data source",
}
"""What is done in each step, in their order."""
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StepDays:
    """The days of a step; both belong to it."""

    step: Step
    starts_on: dt.date
    ends_on: dt.date


def preparation_steps(start: dt.date, end: dt.date, weeks: PhaseWeeks) -> list[StepDays]:
    """The steps before a cycle in their order; none where nothing is prepared.

    Args:
        start: The first day of the cycle.
        end: Its last day.
        weeks: How long the phases are.
    """
    days = _preparing(start, end, weeks)
    first, count = start - days * _DAY, len(STEPS)
    edges = [(2 * days * part + count) // (2 * count) for part in range(count + 1)]
    return [
        StepDays(
            step,
            first + min(edges[part], days - 1) * _DAY,
            first + max(edges[part + 1] - 1, min(edges[part], days - 1)) * _DAY,
        )
        for part, step in enumerate(STEPS)
        if days
    ]


def late_kick_offs(
    definitions: pd.DataFrame,
    check_ins: pd.DataFrame,
    teams: Teams,
    weeks: PhaseWeeks,
    as_of: dt.date,
) -> pd.DataFrame:
    """One finding for each team that closes and prepares for longer than it should.

    A team has kicked a cycle off with its first check-in on a Key Result of it. It should do so
    within as many days after the end of its cycle before as preparing takes.

    Args:
        definitions: From :func:`okr_model.entities.read_key_results`.
        check_ins: ``key_result_id, cycle_id, date``.
        teams: The teams with their rhythms; of those that check in on nothing, nothing is asked.
        weeks: How long the phases of a cycle are.
        as_of: The day.

    Returns:
        Rows of :data:`okr_model.findings.FINDING_COLUMNS`.
    """
    known = check_ins[to_days(check_ins["date"]) <= midnight(as_of)]
    said = set(known[KEY].astype("str").itertuples(index=False, name=None))
    return findings_frame(_late(by_team(definitions), said, teams, weeks, as_of))


def _late(
    rows: pd.DataFrame, said: set[tuple[str, str]], teams: Teams, weeks: PhaseWeeks, as_of: dt.date
) -> Iterator[Finding]:
    today = midnight(as_of)
    running = rows[(rows["cycle_start"] <= today) & (today <= rows["cycle_end"])]
    for (team, cycle), mine in running.groupby(["team", "cycle_id"], sort=True):
        keys = mine[KEY].astype("str").itertuples(index=False, name=None)
        expected = teams.rhythm_of(team).every_days > 0
        if not expected or teams.named(team).state(as_of) != "open" or said & {*keys}:
            continue
        start, end = (mine[name].iloc[0].date() for name in ("cycle_start", "cycle_end"))
        ends = rows.loc[(rows["team"] == team) & (rows["cycle_end"] < midnight(start)), "cycle_end"]
        before = None if ends.empty else ends.max().date()
        begun = teams.named(team).starts_on
        since = max(day for day in (before or start - _DAY, begun) if day is not None)
        most = _preparing(start, end, weeks)
        if as_of > max(since + most * _DAY, start):
            yield _finding(str(team), str(cycle), mine, (before, start, most))


def _finding(
    team: str,
    cycle: str,
    rows: pd.DataFrame,
    days: tuple[dt.date | None, dt.date, int],
) -> Finding:
    before, start, most = days
    ended = f" Its cycle before ended on {before:%Y-%m-%d}." if before else ""
    return Finding(
        rule=Rule.LATE_KICK_OFF,
        severity="warning",
        subject_type="team",
        subject_id=team,
        sentence=(
            f"{team} has not checked in on any Key Result of {cycle}, which began on"
            f" {start:%Y-%m-%d}.{ended} To close and prepare takes at most {most} days: hold the"
            " first check-in."
        ),
        evidence=", ".join(rows["key_result_id"]),
    )


def _preparing(start: dt.date, end: dt.date, weeks: PhaseWeeks) -> int:
    """How many days the phase of preparing has."""
    found = [one for one in phases_of(start, end, weeks) if one.phase == "preparation"]
    return (start - found[0].starts_on).days if found and found[0].starts_on else 0
