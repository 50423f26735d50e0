"""How teams work with their Key Results, one cycle beside the one before.

What belongs here: shares of published counts, and when there are too few for a share. What does
not: counting (``okr_model.adoption``) and printing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from okr_model.quantities.teams import by_team
from published.errors import UserError
from published.tables import PublishedTables

FEWEST = 5
"""Of fewer check-ins or Key Results no share is told."""
_KEY = ["key_result_id", "cycle_id"]
_COUNTS = ("key_results", "updated", "on_time", "late", "missed", "called_low", "called_low_early")
_WORK = ("work", "linked_work", "new_issues", "new_unlinked")


class NoAdoptionError(UserError):
    """Nothing is known of this cycle."""


@dataclass(frozen=True, slots=True)
class CycleOfATeam:
    """What one team did in one cycle; a share is None where there is too little for one.

    Attributes:
        team: The team.
        cycle_id: The cycle.
        weeks: Weeks in which one of its Key Results ran.
        kick_off_days: Days from the end of its cycle before, else from the eve of this one, to its
            first check-in; None before that.
        due: Check-ins that were due, one a Key Result and due day.
        on_time: Share of them that were on time.
        missed: Share of them that were missed.
        updated: Share of Key Results and weeks with a check-in or a new value.
        called_low: Days on which it called a Key Result low, one a Key Result.
        called_low_early: Those of them early in the cycle.
        scored: Key Results with a score.
        reached: Share of them that were reached in full.
        redefined: Changes of terms after the baseline phase.
        work: What happened in its initiatives in Jira, without apps and bulk edits; None: unknown.
        focus: Share of that in issues that serve a Key Result.
        new_issues: Issues that were created in them.
        new_unlinked: Those of them that serve no Key Result.
    """

    team: str
    cycle_id: str
    weeks: int
    kick_off_days: int | None
    due: int
    on_time: float | None
    missed: float | None
    updated: float | None
    called_low: int
    called_low_early: int
    scored: int
    reached: float | None
    redefined: int
    work: int | None
    focus: float | None
    new_issues: int | None
    new_unlinked: int | None


def known_cycles(tables: PublishedTables) -> list[str]:
    """The cycles in which a Key Result of a team has run, by name; none of an earlier version."""
    if not tables.has("adoption"):
        return []
    return sorted(tables.frame("adoption")["cycle_id"].unique())


def adoption_of(tables: PublishedTables, cycle: str) -> list[CycleOfATeam]:
    """What each team did in a cycle, by its name.

    Raises:
        NoAdoptionError: The tables are of an earlier version, or there is no such cycle in which a
            Key Result of a team has run.
    """
    if not tables.has("adoption"):
        raise NoAdoptionError("the published tables are older than adoption. Run: okr sync")
    weeks = tables.frame("adoption")
    known = known_cycles(tables)
    if cycle not in known:
        raise NoAdoptionError(
            f"No team has worked in {cycle!r} yet. There is adoption of {', '.join(known)}."
        )
    scores = tables.frame("scores").merge(tables.frame("key_results")[[*_KEY, "teams"]], on=_KEY)
    of_teams = scores[scores["cycle_id"] == cycle].drop(columns="team")
    of_teams = of_teams.explode("teams").rename(columns={"teams": "team"})
    mine = weeks[weeks["cycle_id"] == cycle]
    said = tables.frame("check_ins", "cycle_id = ?", [cycle])
    kicked_off = kick_offs(tables.frame("key_results"), said, cycle)
    return [
        _of_team(
            str(team), cycle, rows, of_teams[of_teams["team"] == team], kicked_off.get(str(team))
        )
        for team, rows in mine.groupby("team", sort=True)
    ]


def kick_offs(key_results: pd.DataFrame, check_ins: pd.DataFrame, cycle: str) -> dict[str, int]:
    """How many days each team took to its first check-in; without those that made none.

    Args:
        key_results: Rows of ``key_results`` of every cycle.
        check_ins: Rows of ``check_ins`` of this one.
        cycle: The cycle.
    """
    rows = by_team(key_results)
    first = rows.merge(check_ins[[*_KEY, "date"]], on=_KEY).groupby("team")["date"].min()
    found = {}
    for team, day in first.items():
        own = rows[rows["team"] == team]
        start = own.loc[own["cycle_id"] == cycle, "cycle_start"].min()
        ended = own.loc[own["cycle_end"] < start, "cycle_end"]
        since = start - dt.timedelta(days=1) if ended.empty else ended.max()
        found[str(team)] = (day - since).days
    return found


def _of_team(
    team: str,
    cycle: str,
    weeks: pd.DataFrame,
    scores: pd.DataFrame,
    kick_off_days: int | None,
) -> CycleOfATeam:
    counts = weeks[[*_COUNTS]].sum().astype("int64")
    due = int(counts["on_time"] + counts["late"] + counts["missed"])
    done = {name: _known(weeks, name) for name in _WORK}
    work, linked = done["work"], done.pop("linked_work")
    scored = scores[scores["score"].notna()]
    return CycleOfATeam(
        team=team,
        cycle_id=cycle,
        weeks=len(weeks),
        kick_off_days=kick_off_days,
        due=due,
        on_time=_share(int(counts["on_time"]), due),
        missed=_share(int(counts["missed"]), due),
        updated=_share(int(counts["updated"]), int(counts["key_results"])),
        called_low=int(counts["called_low"]),
        called_low_early=int(counts["called_low_early"]),
        scored=len(scored),
        reached=_share(int((scored["band"] == "reached").sum()), len(scored)),
        redefined=int(scores["terms_changed"].sum()),
        focus=None if work is None or linked is None else _share(linked, work),
        **done,
    )


def _known(weeks: pd.DataFrame, name: str) -> int | None:
    """The sum of a count; None where it is unknown, or was published by an earlier version."""
    known = weeks[name].dropna() if name in weeks else weeks.iloc[:0, 0]
    return int(known.sum()) if len(known) else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole >= FEWEST else None
