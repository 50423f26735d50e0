"""Which steps before a cycle each team has taken.

What belongs here: judging that by published rows. What does not: the days of the steps
(``okr_model.governance.preparation``) and printing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from okr_model.governance.phase_findings import lacking
from okr_model.governance.preparation import Step, StepDays, preparation_steps
from okr_model.languages.folding import same_id
from okr_model.quantities.teams import by_team
from published.errors import UserError
from published.formatting import ENGLISH
from published.organization import Organization
from published.selection import Cycle, current_cycle, is_usual
from published.snapshot import Snapshot

State = Literal["done", "open", "late", "unknown"]


class NothingToPrepareError(UserError):
    """There is no such cycle or team, or nothing is prepared before it."""


@dataclass(frozen=True, slots=True)
class StepOfATeam:
    """One step of one team.

    Attributes:
        team: The team.
        cycle_id: The cycle that is prepared.
        step: The step.
        starts_on: Its first day.
        ends_on: The day by which it should be done.
        state: ``late`` is open after that day.
        because: By what that is told, or why it is not known.
    """

    team: str
    cycle_id: str
    step: Step
    starts_on: dt.date
    ends_on: dt.date
    state: State
    because: str


def cycle_to_prepare(organization: Organization, day: dt.date) -> str:
    """The next cycle that has not begun; without one the usual one of the day."""
    coming = [one for one in organization.cycles if one.start > day]
    if not coming:
        return current_cycle(organization.cycles, day)
    return min(coming, key=lambda one: one.start).id


def missing_cycle(organization: Organization, day: dt.date) -> tuple[str, dt.date] | None:
    """The last cycle of the settings and when the one after it, which they lack, is prepared.

    None if a coming cycle stands in the settings, or nothing is prepared before cycles.
    """
    last = max(organization.cycles, key=lambda one: one.end)
    if last.start > day:
        return None
    start = last.end + dt.timedelta(days=1)
    steps = preparation_steps(start, start + (last.end - last.start), organization.phases)
    return (last.id, min(one.starts_on for one in steps)) if steps else None


def preparation_of(
    tables: Snapshot,
    organization: Organization,
    cycle_id: str,
    day: dt.date,
    team: str | None = None,
) -> list[StepOfATeam]:
    """The steps of each team before a cycle, by team.

    Args:
        tables: The published tables.
        organization: Whose they are.
        cycle_id: The cycle.
        day: The day on which a step is late or not.
        team: It alone, in any spelling; None: every team that is open when the cycle begins.

    Raises:
        NothingToPrepareError: There is no such cycle or team, or nothing is prepared before it.
    """
    cycles = {same_id(one.id): one for one in organization.cycles}
    cycle = cycles.get(same_id(cycle_id))
    if cycle is None:
        there = ", ".join(one.id for one in organization.cycles)
        raise NothingToPrepareError(f"there is no cycle {cycle_id!r}. There are: {there}")
    steps = preparation_steps(cycle.start, cycle.end, organization.phases)
    if not steps:
        raise NothingToPrepareError(f"{cycle.id}: by the settings nothing is prepared before it.")
    rows = by_team(tables.table("key_results"))
    before = [one for one in organization.cycles if one.end < cycle.start]
    last = max(before, key=lambda one: one.end).id if before else None
    names = _teams(organization, rows, cycle, last)
    if team is not None:
        open_then = ", ".join(names) or "none"
        names = [name for name in names if same_id(name) == same_id(team)]
        if not names:
            raise NothingToPrepareError(
                f"no team {team!r} is open when {cycle.id} begins. There are: {open_then}"
            )
    objectives = tables.table("objectives", "cycle_id = ?", [cycle.id])
    scores = tables.table("scores", "cycle_id = ?", [last]) if last else pd.DataFrame()
    return [
        _told(name, cycle.id, one, told[one.step], day)
        for name in names
        for told in [_of_team(name, rows, (cycle.id, last), objectives, scores)]
        for one in steps
    ]


def _teams(
    organization: Organization, rows: pd.DataFrame, cycle: Cycle, last: str | None
) -> list[str]:
    """The teams that are open when the cycle begins, by name.

    A cycle beside the usual ones concerns those alone that have a Key Result in it.
    """
    usual = is_usual(organization.cycles, cycle)
    named = rows.loc[rows["cycle_id"].isin([cycle.id, last] if usual else [cycle.id]), "team"]
    found = {same_id(name): str(name) for name in named}
    if usual:
        found |= {key: one.name for key, one in organization.teams.by_name().items()}
    there = (name for name in found.values() if organization.teams.named(name).level != "company")
    return sorted(
        name for name in there if organization.teams.named(name).state(cycle.start) == "open"
    )


_Told = tuple[bool | None, str]
"""Whether a step is done, None if it is not known; and by what that is told."""


def _of_team(
    name: str,
    rows: pd.DataFrame,
    cycles: tuple[str, str | None],
    objectives: pd.DataFrame,
    scores: pd.DataFrame,
) -> Mapping[Step, _Told]:
    own = rows[rows["team"] == name]
    mine, before = (own[own["cycle_id"] == one] for one in cycles)
    return {
        "look back": _look_back(before, scores),
        "direction": _direction(objectives),
        "draft": (len(mine) > 0, ENGLISH.counted(len(mine), "Key Result", "Key Results")),
        "align": _align(mine, objectives),
        "commit": _commit(mine),
    }


def _look_back(before: pd.DataFrame, scores: pd.DataFrame) -> _Told:
    if before.empty:
        return None, "it had no Key Result in the cycle before"
    if scores.empty or scores["closed_as"].isna().all():
        return None, "nobody says what becomes of Key Results"
    mine = scores[scores["key_result_id"].isin(before["key_result_id"])]
    return _all(mine["closed_as"].notna(), mine["key_result_id"], "Key Results are closed")


def _direction(objectives: pd.DataFrame) -> _Told:
    count = int((objectives["level"] == "company").sum())
    told = ENGLISH.counted(count, "Objective of the company", "Objectives of the company")
    return count > 0, told


def _align(mine: pd.DataFrame, objectives: pd.DataFrame) -> _Told:
    if objectives["parent_id"].isna().all():
        return None, "no Objective says what it contributes to"
    own = objectives[objectives["objective_id"].isin(mine["objective_id"])]
    placed = own["parent_id"].notna() | (own["level"] == "company")
    return _all(placed, own["objective_id"], "Objectives say what they contribute to")


def _commit(mine: pd.DataFrame) -> _Told:
    ready = [
        not list(lacking(row)) and not pd.isna(row.target)
        for row in mine.itertuples(index=False, name="Row")
    ]
    return _all(
        pd.Series(ready, index=mine.index, dtype="bool"), mine["key_result_id"], "are ready"
    )


def _all(done: pd.Series, ids: pd.Series, what: str) -> _Told:
    left = ids[~done]
    told = f"{int(done.sum())} of {len(done)} {what}"
    return bool(len(done)) and left.empty, told + (f"; not {_some(left)}" if len(left) else "")


def _some(ids: Iterable[str], most: int = 5) -> str:
    names = sorted(set(ids))
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _told(name: str, cycle_id: str, one: StepDays, told: _Told, day: dt.date) -> StepOfATeam:
    done, because = told
    state: State = "done" if done else "late" if day > one.ends_on else "open"
    if done is None:
        state = "unknown"
    return StepOfATeam(name, cycle_id, one.step, one.starts_on, one.ends_on, state, because)
