"""``organization: rollout:`` in ``okr.yaml``: waves with their days, decisions, what the gate asks.

What belongs here: these settings and what can be wrong with them. What does not: which other
setting takes a decision (``pipelines.model.rollout``), and what follows (``okr_model.adoption``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import pairwise
from typing import Annotated

from pydantic import Field, field_validator

from okr_model.adoption.rollout import DECISIONS, Audience, GateBounds, teams_of
from okr_model.adoption.rollout_days import STEPS
from okr_model.languages.folding import same_id
from okr_model.teams.teams import Team, Teams
from pipelines.settings.base import MistakeError, Part
from pipelines.settings.organization.teams import TeamSettings

_GATE = GateBounds()
Share = Annotated[float, Field(ge=0, le=1)]
DecisionName = Annotated[str, Field(json_schema_extra={"enum": [*DECISIONS]})]
StepName = Annotated[str, Field(json_schema_extra={"enum": [one.name for one in STEPS]})]
Days = Annotated[int, Field(ge=0, le=366)]


_LONG_BEFORE = dt.timedelta(days=366)


class WaveSettings(Part):
    """Teams that begin with OKRs on a day."""

    name: str = Field(min_length=1, max_length=60, description="Such as Pilot.")
    teams: tuple[str, ...] = Field(
        min_length=1,
        description="Names of teams:. A division or department stands for all teams below it, too.",
    )
    starts: dt.date = Field(description="Its first day.")
    training: dict[Audience, dt.date] = Field(
        default_factory=dict,
        description="By audience (leadership, leads, champions, teams) the day of its training, "
        "held or planned.",
    )


class DecidedSettings(Part):
    """One of the nine decisions that no other setting shows."""

    day: dt.date = Field(description="The day on which it was or will be decided.")
    by: str | None = Field(default=None, description="Who decided.")
    note: str = Field(min_length=1, description="What was decided.")


class GateSettings(Part):
    """What a wave has to show before the next one begins."""

    weeks: int = Field(
        default=_GATE.weeks, ge=1, le=53, description="Rhythm and candor look at so many weeks."
    )
    on_time: Share = Field(default=_GATE.on_time, description="Share of check-ins on time.")
    outcomes: Share = Field(
        default=_GATE.outcomes,
        description="Share of running Key Results that lack nothing and are worded as outcomes.",
    )
    answered: Share = Field(
        default=_GATE.answered,
        description="Share of low Key Results that were called low and answered in time.",
    )
    answer_days: Days = Field(
        default=_GATE.answer_days, description="A low call is answered within so many days."
    )
    closed: Share = Field(
        default=_GATE.closed,
        description="Share of teams that closed a cycle with scores and lesson.",
    )
    fewest: int = Field(
        default=_GATE.fewest,
        ge=1,
        description="Below so many due check-ins, rhythm is not told.",
    )
    fewest_low: int = Field(
        default=_GATE.fewest_low, ge=1, description="Below so many low ones candor is not told."
    )
    notice_days: Days = Field(
        default=_GATE.notice_days,
        description="From so many days before the next wave on, what is missing is a finding.",
    )


class RolloutSettings(Part):
    """How OKRs are rolled out: in waves, with dates."""

    waves: tuple[WaveSettings, ...] = Field(min_length=1, description="The waves.")
    decided: dict[DecisionName, DecidedSettings] = Field(
        default_factory=dict,
        description="Those of the nine decisions that no other setting shows.",
    )
    days: dict[StepName, Days] = Field(
        default_factory=dict,
        description="After how many days of a wave a step of its first days is due.",
    )
    gate: GateSettings = GateSettings()

    @field_validator("waves")
    @classmethod
    def _named_apart(cls, value: tuple[WaveSettings, ...]) -> tuple[WaveSettings, ...]:
        names = [same_id(wave.name) for wave in value]
        for wave in value:
            if names.count(same_id(wave.name)) > 1:
                raise ValueError(f"two waves are called {wave.name}.")
        return value

    @field_validator("decided")
    @classmethod
    def _are_decisions(cls, value: dict[str, DecidedSettings]) -> dict[str, DecidedSettings]:
        _ensure_known(value, DECISIONS, "none of the nine decisions")
        return value

    @field_validator("days")
    @classmethod
    def _are_steps(cls, value: dict[str, int]) -> dict[str, int]:
        _ensure_known(value, [one.name for one in STEPS], "no step of a wave's first days")
        return value

    @property
    def due_days(self) -> dict[str, int]:
        """After how many days each step is due."""
        return {one.name: self.days.get(one.name, one.due_days) for one in STEPS}


def _ensure_known(names: Iterable[str], known: Iterable[str], what: str) -> None:
    there = list(known)
    for name in names:
        if name not in there:
            raise ValueError(f"{name} is {what}; known: {', '.join(there)}.")


def odd_days(rollout: RolloutSettings) -> Iterator[str]:
    """Days that may be a slip: training that comes too late or long before, steps out of order."""
    for wave in rollout.waves:
        due = wave.starts + dt.timedelta(days=rollout.due_days["training"])
        for audience, day in wave.training.items():
            of = f"wave {wave.name}: training: {audience}: {day}"
            if day > due:
                yield f"{of} is after {due}, by which its training is due."
            elif day < wave.starts - _LONG_BEFORE:
                yield f"{of} is more than a year before the wave begins on {wave.starts}."
    for (first, soon), (then, later) in pairwise(rollout.due_days.items()):
        if later < soon:
            yield (
                f"days: {then} is due on day {later}, and {first}, which comes before it, on day"
                f" {soon}."
            )


def ensure_waves_apart(rollout: RolloutSettings, declared: Sequence[TeamSettings]) -> None:
    """Reject a wave that names a team there is not, and a team in two waves.

    Raises:
        MistakeError: With what to write instead.
    """
    teams = Teams(tuple(Team(one.name, parent=one.parent, level=one.level) for one in declared))
    known = teams.by_name()
    taken: dict[str, str] = {}
    for number, wave in enumerate(rollout.waves):
        at = ("organization", "rollout", "waves", number, "teams")
        for position, name in enumerate(wave.teams):
            if same_id(name) not in known:
                said = _unknown(wave.name, name, [one.name for one in declared])
                raise MistakeError((*at, position), said)
        for name in teams_of(wave.teams, teams):
            other = taken.setdefault(same_id(name), wave.name)
            if other != wave.name:
                raise MistakeError(
                    at,
                    f"team {name} is in the waves {other} and {wave.name}. A team begins once:"
                    " leave it in one.",
                )


def _unknown(wave: str, name: str, there: list[str]) -> str:
    close = get_close_matches(name, there, n=1)
    hint = f"Did you mean {close[0]}?" if close else "Declare it there."
    return f"wave {wave}: teams: does not name {name}. {hint}"
