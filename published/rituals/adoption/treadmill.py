"""Activity against movement: which Key Results a team works on, and which of them move.

What belongs here: the two numbers of each running Key Result, and where each begins to be much.
What does not: the signal *treadmill* (``okr_model.confidence``), which has thresholds of its own,
and printing.

**Activity** is what happened in linked work in the last four weeks, without apps and bulk edits. It
is much from the team's own level on: what happened in four weeks, on average, to one of its Key
Results of this cycle. **Movement** is the progress gained in the last 28 days. It is enough from
half of what the straight path gains in the same days on.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from okr_model.quantities.days import monday
from okr_model.quantities.teams import by_team
from published.errors import UserError
from published.tables import PublishedTables

WEEKS = 4
ENOUGH = 0.5
"""Of what the straight path gains."""
TREADMILL = "much work, little movement"
QUADRANTS = {
    (True, True): "much work, much movement",
    (True, False): TREADMILL,
    (False, True): "little work, much movement",
    (False, False): "little work, little movement",
}


@dataclass(frozen=True, slots=True)
class Movement:
    """What was done for one Key Result of a team, and what came of it.

    Attributes:
        team: The team.
        key_result_id: The Key Result.
        cycle_id: Its cycle.
        activity: What happened in linked work in the last four weeks.
        level: From how much on that is much.
        moved: Progress gained in the last 28 days; None: unknown.
        enough: From how much on that is enough.
        quadrant: One of :data:`QUADRANTS`; None while it is unknown whether it moves.
    """

    team: str
    key_result_id: str
    cycle_id: str
    activity: int
    level: float
    moved: float | None
    enough: float
    quadrant: str | None


def treadmill_of(tables: PublishedTables, cycle: str) -> list[Movement]:
    """Each Key Result of a running cycle by its team, in the order of their ids.

    Returns:
        Nothing of a cycle that does not run or is younger than four weeks: nothing can have moved.

    Raises:
        UserError: The tables are of an earlier version.
    """
    if not tables.has("key_result_weeks"):
        raise UserError("the published tables are older than key_result_weeks. Run: okr sync")
    rows = tables.frame("key_results", "cycle_id = ?", [cycle])
    rows = rows[rows["due_on"] >= rows["as_of"]]
    if rows.empty or (rows["as_of"].iloc[0] - rows["cycle_start"].iloc[0]).days < 7 * WEEKS:
        return []
    as_of, start = rows["as_of"].iloc[0], rows["cycle_start"].iloc[0]
    weeks = tables.frame("key_result_weeks", "cycle_id = ?", [cycle])
    begun = (monday(as_of) - monday(start)).days // 7 + 1
    recent = weeks["week_starts_on"] > monday(as_of) - dt.timedelta(weeks=WEEKS)
    done = {
        name: rows["key_result_id"].map(some.groupby("key_result_id")["activity"].sum()).fillna(0)
        for name, some in (("recent", weeks[recent]), ("ever", weeks))
    }
    of_teams = by_team(rows.assign(**done))
    days = (pd.to_datetime(of_teams["due_on"]) - pd.Timestamp(start)).dt.days
    of_teams = of_teams.assign(
        level=of_teams.groupby("team")["ever"].transform("mean") * WEEKS / begun,
        enough=ENOUGH * 7 * WEEKS / days,
    ).sort_values(["team", "key_result_id"])
    columns = ("team", "key_result_id", "recent", "level", "progress_28d", "enough")
    return [
        Movement(
            team=str(team),
            key_result_id=str(name),
            cycle_id=cycle,
            activity=int(activity),
            level=float(level),
            moved=None if pd.isna(moved) else float(moved),
            enough=float(enough),
            quadrant=_quadrant(activity, level, moved, enough),
        )
        for team, name, activity, level, moved, enough in zip(
            *(of_teams[column] for column in columns), strict=True
        )
    ]


def _quadrant(activity: float, level: float, moved: float, enough: float) -> str | None:
    return None if pd.isna(moved) else QUADRANTS[activity >= level > 0, moved >= enough]
