"""The roll-out of OKRs: its waves, the nine decisions, and how a row about it is made.

What belongs here: what is declared of a roll-out, the stage of each wave, decisions and training.
What does not: what a wave does in its first days (``rollout_days``), the gate (``rollout_gate``),
all rows together (``rollout_table``), and which setting takes a decision (``pipelines.model``).

Of the nine decisions the guides say which they are. What the first days and the gate consist of is
our reading: ``docs/decisions/0017``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import pandas as pd

from okr_model.languages.folding import same_id
from okr_model.quantities.teams import by_team
from okr_model.tables.organization.rollout import ROLLOUT
from okr_model.teams.teams import Teams

DECISIONS: Mapping[str, str] = {
    "levels": "Which levels have OKRs",
    "limits": "How many Objectives and Key Results there may be",
    "rhythm": "How long a cycle is, and how often teams check in",
    "boards and meetings": "In which boards and meetings OKRs live",
    "source of truth": "Where the one published state is read",
    "kpis": "How KPIs stand beside Key Results",
    "alignment": "What the OKRs of teams contribute to",
    "training": "Who is trained, and when",
    "tracking": "How the roll-out itself is followed",
}
"""The nine decisions of a deployment and what each settles, in their order."""
Audience = Literal["leadership", "leads", "champions", "teams"]
AUDIENCES: Mapping[Audience, str] = {
    "leadership": "who lead the organization",
    "leads": "who lead the wave's teams",
    "champions": "the wave's OKR Champions",
    "teams": "everybody in the wave's teams",
}
"""Who is trained in each wave, first those who others ask."""
_STANDS_FOR_PARTS = ("division", "department")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wave:
    """The teams that begin with OKRs on a day.

    Attributes:
        name: Its name.
        teams: As the settings name them; a division or department stands for its parts, too.
        starts_on: Its first day.
        training: By audience, the day on which it was or will be trained.
    """

    name: str
    teams: tuple[str, ...]
    starts_on: date
    training: Mapping[Audience, date]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the settings say of one of the nine decisions.

    Attributes:
        name: One of :data:`DECISIONS`.
        says: What is decided, or which setting would take it.
        is_open: Whether nothing takes it.
        on: The day on which it was or will be taken, where that is written.
        by: Who took it, where that is written.
    """

    name: str
    says: str
    is_open: bool
    on: date | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class GateBounds:
    """What the gate asks.

    Attributes:
        weeks: Rhythm and candour look at so many weeks, the present one included.
        on_time: Share of check-ins on time.
        outcomes: Share of Key Results that lack nothing and are worded as outcomes.
        answered: Share of low Key Results that were called low and answered.
        answer_days: A low call is answered within so many days.
        closed: Share of teams that closed a cycle.
        fewest: Below so many check-ins nothing is told of rhythm.
        fewest_low: Below so many low Key Results nothing is told of candour.
        notice_days: So long before a wave begins, those before it should have passed.
    """

    weeks: int = 6
    on_time: float = 0.8
    outcomes: float = 0.8
    answered: float = 0.8
    answer_days: int = 7
    closed: float = 1.0
    fewest: int = 5
    fewest_low: int = 1
    notice_days: int = 14


@dataclass(frozen=True, slots=True)
class Rollout:
    """A roll-out as it is declared.

    Attributes:
        waves: By their first day.
        decisions: All nine.
        due_days: By the steps of a wave's first days, after how many days each is due.
        gate: What the gate asks.
    """

    waves: Sequence[Wave]
    decisions: Sequence[Decision]
    due_days: Mapping[str, int]
    gate: GateBounds

    @property
    def first_days(self) -> int:
        """How many days the first days of a wave take."""
        return max(self.due_days.values(), default=0)


@dataclass(frozen=True, slots=True)
class RolloutFacts:
    """What is known of the teams of a roll-out on a day.

    Attributes:
        key_results: From :func:`okr_model.assemble.build_key_results`.
        check_ins: From :func:`okr_model.entities.read_check_ins`.
        changes: ``key_result_id, cycle_id, changed_on``.
        adoption: From :func:`okr_model.adoption.team_weeks.build_adoption`.
        scores: From :func:`okr_model.governance.scores.build_scores`.
        hidden: ``key_result_id, cycle_id, week_starts_on`` of weeks up to the day that ended with a
            call of high over low evidence.
        attested: From :func:`okr_model.governance.checklist.attestations_in_force`.
        teams: The declared ones.
        keeps_check_ins: Whether any dataset holds check-ins.
        keeps_closings: Whether it is kept what becomes of Key Results when their cycle ends.
        as_of: The day.
    """

    key_results: pd.DataFrame
    check_ins: pd.DataFrame
    changes: pd.DataFrame
    adoption: pd.DataFrame
    scores: pd.DataFrame
    hidden: pd.DataFrame
    attested: pd.DataFrame
    teams: Teams
    keeps_check_ins: bool
    keeps_closings: bool
    as_of: date


@dataclass(frozen=True, slots=True)
class Members:
    """The teams of a wave that there are on the day, and the rows that are theirs."""

    names: tuple[str, ...]
    key_results: pd.DataFrame  # one row a Key Result and team

    @property
    def spelled(self) -> set[str]:
        """What spellings of their names share."""
        return {same_id(name) for name in self.names}


def teams_of(named: Iterable[str], teams: Teams) -> tuple[str, ...]:
    """The names and, of divisions and departments, all teams below them, each once.

    Args:
        named: Names of declared teams, in any spelling.
        teams: The declared ones.
    """
    found: dict[str, str] = {}
    left = [*named]
    while left:
        team = teams.named(left.pop(0))
        if found.setdefault(same_id(team.name), team.name) and team.level in _STANDS_FOR_PARTS:
            parts = [
                one for one in teams.declared if same_id(one.parent or "") == same_id(team.name)
            ]
            left += [one.name for one in parts if same_id(one.name) not in found]
    return tuple(found.values())


def members_of(wave: Wave, facts: RolloutFacts) -> Members:
    """The teams of a wave; those that are closed or have not begun on the day are left out."""
    every = teams_of(wave.teams, facts.teams)
    names = tuple(one for one in every if facts.teams.named(one).state(facts.as_of) == "open")
    rows = by_team(facts.key_results)
    spelled = {same_id(name) for name in names}
    return Members(names, rows[rows["team"].map(same_id).isin(spelled)])


def row(kind: str, item: str, state: str, sentence: str, **more: Any) -> Row:
    """A row of the table; what is not given is null.

    Args:
        kind: What it is about.
        item: Which one.
        state: What became of it.
        sentence: The same in words.
        more: Further columns.
    """
    empty = dict.fromkeys(ROLLOUT.column_names)
    return empty | {"kind": kind, "item": item, "state": state, "sentence": sentence} | more


def counted(part: int, whole: int) -> Row:
    """The columns of a share: both numbers and, of something, the share."""
    return {"part": part, "whole": whole, "value": part / whole if whole else None}


def stage_row(rollout: Rollout, wave: Wave, members: Members, passed: bool, as_of: date) -> Row:
    """The stage of a wave.

    Args:
        rollout: The roll-out.
        wave: The wave.
        members: Its teams and their rows.
        passed: Whether it has passed all conditions of the gate.
        as_of: The day.
    """
    until = wave.starts_on + timedelta(days=rollout.first_days)
    if as_of < wave.starts_on:
        state, said = "planned", f"begins on {wave.starts_on}"
    elif as_of <= until:
        state, said = "first days", f"began on {wave.starts_on}; its first days end on {until}"
    elif not members.names:
        state, said = "running", f"began on {wave.starts_on}; no team of it is open"
    elif passed:
        state, said = "through the gate", f"began on {wave.starts_on} and is through the gate"
    else:
        state, said = "running", f"began on {wave.starts_on} and is not through the gate yet"
    return row("wave", "stage", state, f"{wave.name} {said}", due_on=wave.starts_on, how="computed")


def decision_rows(rollout: Rollout, as_of: date) -> Iterator[Row]:
    """What has become of each of the nine decisions; due when the first wave begins."""
    first = min((wave.starts_on for wave in rollout.waves), default=None)
    for one in rollout.decisions:
        planned = one.on is not None and one.on > as_of
        state: Literal["open", "decided"] = "open" if one.is_open or planned else "decided"
        when = f"to be decided on {one.on}: " if planned else ""
        yield row(
            *("decision", one.name, state, f"{DECISIONS[one.name]}: {when}{one.says}"),
            due_on=one.on or first,
            how="settings",
            decided_by=None if planned else one.by,
        )


def training_rows(wave: Wave, as_of: date) -> Iterator[Row]:
    """Whether each audience of a wave has been trained."""
    for name, who in AUDIENCES.items():
        on = wave.training.get(name)
        if on is None:
            state, said = "missing", "no day is written"
        elif on <= as_of:
            state, said = "held", f"held on {on}"
        else:
            state, said = "planned", f"planned for {on}"
        sentence = f"Training of those {who}" if who.startswith("who") else f"Training of {who}"
        yield row("training", name, state, f"{sentence}: {said}", due_on=on, how="settings")
