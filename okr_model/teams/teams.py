"""Teams as the organization declares them: who they are, since when, and how they check in.

What belongs here: a team, its rhythm, and which teams there are on a day. What does not: which
check-ins were made (``rhythm``), and which teams a text names (``quantities.teams``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Literal

import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.languages.folding import same_id
from okr_model.quantities.teams import by_team

TeamState = Literal["open", "closed", "not begun"]
_KEY = ["key_result_id", "cycle_id"]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a team checks in.

    Attributes:
        every_days: How often; 0 expects no check-ins.
        weekday: The day of the week, 1 for Monday; None: counted from the cycle's first day.
        grace_days: So many days later a check-in is late; after that it is missed.
        days_off: A check-in that is due on one of these is due on the next day that is not.
    """

    every_days: int = 7
    weekday: int | None = None
    grace_days: int = 2
    days_off: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Team:
    """A team; ``rhythm`` is None where it has none of its own. Both days belong to it."""

    name: str
    parent: str | None = None
    level: str | None = None
    lead: str | None = None
    champion: str | None = None
    sponsor: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    rhythm: Rhythm | None = None

    def state(self, day: date) -> TeamState:
        """Whether there is such a team on a day."""
        if self.starts_on is not None and day < self.starts_on:
            return "not begun"
        return "closed" if self.ends_on is not None and day > self.ends_on else "open"


@dataclass(frozen=True, slots=True)
class Teams:
    """The declared teams.

    Attributes:
        declared: Each of them.
        usual: The rhythm of teams that have none of their own.
    """

    declared: Sequence[Team] = ()
    usual: Rhythm = field(default_factory=Rhythm)

    def by_name(self) -> Mapping[str, Team]:
        """The teams by what spellings of their names share."""
        return {same_id(team.name): team for team in self.declared}

    def named(self, name: str) -> Team:
        """The team of this name; where none is declared, one of which nothing else is known."""
        return self.by_name().get(same_id(name), Team(name))

    def rhythm_of(self, name: str) -> Rhythm:
        """The rhythm of a team."""
        return self.named(name).rhythm or self.usual


def closed_team_findings(key_results: pd.DataFrame, teams: Teams, as_of: date) -> pd.DataFrame:
    """One finding for each running Key Result of which every team is closed.

    Args:
        key_results: The running ones: ``key_result_id, cycle_id, team, teams, url``.
        teams: The teams.
        as_of: The day.

    Returns:
        Rows of :data:`okr_model.findings.FINDING_COLUMNS`.
    """
    if not teams.declared:
        return findings_frame()
    rows = by_team(key_results)
    closed = {
        name: teams.named(name).ends_on
        for name in rows["team"].unique()
        if teams.named(name).state(as_of) == "closed"
    }
    rows = rows.assign(closed=rows["team"].isin(list(closed)))
    alone = rows.groupby(_KEY)["closed"].transform("all")
    gone = rows[alone.astype("bool")].drop_duplicates(_KEY, keep="last")
    return findings_frame(_left_behind(row, closed[row["team"]]) for _, row in gone.iterrows())


def unused_team_findings(teams: Teams, as_of: date, *named: pd.DataFrame) -> pd.DataFrame:
    """One finding for each declared team that no row and no other team names.

    Args:
        teams: The declared ones.
        as_of: The day; a team that has not begun or is closed may wait for its first record.
        named: Rows with ``team`` and perhaps ``teams``.

    Returns:
        Rows of :data:`okr_model.findings.FINDING_COLUMNS`.
    """
    if not teams.declared:
        return findings_frame()
    spelled = {same_id(name): name for rows in named for name in by_team(rows)["team"].unique()}
    parents = {same_id(team.parent) for team in teams.declared if team.parent is not None}
    used = spelled.keys() | parents
    strange = {key: name for key, name in spelled.items() if key not in teams.by_name()}
    unused = [team.name for team in teams.declared if same_id(team.name) not in used]
    there = [name for name in unused if teams.named(name).state(as_of) == "open"]
    return findings_frame(_unused(name, _closest(name, strange, spelled)) for name in there)


def _closest(name: str, *known: Mapping[str, str]) -> str | None:
    """The name that is most like another, of the first that have one."""
    for names in known:
        if close := get_close_matches(same_id(name), [*names], n=1):
            return names[close[0]]
    return None


def _unused(name: str, closest: str | None) -> Finding:
    hint = f" Closest is {closest}: write" if closest else " Write"
    return Finding(
        rule=Rule.UNUSED_TEAM,
        severity="warning",
        subject_type="team",
        subject_id=name,
        sentence=(
            f"`teams` of the settings names {name}, and no Key Result, initiative or other team"
            f" does.{hint} its name as the records do, or remove the entry."
        ),
        evidence=closest,
    )


def team_names(teams: Teams, *named: pd.DataFrame) -> list[str]:
    """Every team that is declared or that a row names, once each, by name.

    Args:
        teams: The declared ones, whose spelling goes before.
        named: Rows with ``team`` and perhaps ``teams``.
    """
    declared = [team.name for team in teams.declared]
    others: Iterable[str] = (name for rows in named for name in by_team(rows)["team"].unique())
    known: dict[str, str] = {}
    for name in (*declared, *sorted(others)):
        known.setdefault(same_id(name), name)
    return sorted(known.values())


def _left_behind(row: pd.Series, ended: date | None) -> Finding:
    return Finding(
        rule=Rule.KEY_RESULT_OF_A_CLOSED_TEAM,
        severity="warning",
        subject_type="key result",
        subject_id=row["key_result_id"],
        sentence=(
            f"{row['key_result_id']} is {row['team']}'s, a team that closed on {ended}: name the"
            " team that takes it over, or end it."
        ),
        evidence=row["team"],
        url=row["url"] if isinstance(row.get("url"), str) else None,
    )
