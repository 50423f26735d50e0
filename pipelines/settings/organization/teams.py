"""``teams:`` in ``okr.yaml``: the teams, who stands for them, since when, and how they check in.

What belongs here: the settings and what can be wrong with them. What does not: what follows from
them (``okr_model.teams``).
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from okr_model.languages.folding import same_id
from pipelines.settings.base import Part
from pipelines.settings.organization.working_time import WEEK, weekday


class RhythmSettings(Part):
    """How a team checks in."""

    every_days: int | None = Field(
        default=None,
        ge=0,
        le=366,
        description="How often; 0 expects no check-ins. Default: signals: check_in_every_days.",
    )
    weekday: str | None = Field(
        default=None,
        description="On which day of the week, such as Friday. Without it, days are counted from "
        "the cycle's first day.",
    )
    grace_days: int = Field(
        default=2, ge=0, le=60, description="So many days later it is late; after that, missed."
    )
    days_off: tuple[dt.date, ...] = Field(
        default=(), description="What is due on one of these is due on the next day that is not."
    )

    @field_validator("weekday")
    @classmethod
    def _is_a_weekday(cls, value: str | None) -> str | None:
        return None if value is None else weekday(value)

    @model_validator(mode="after")
    def _is_of_weeks(self) -> Self:
        if self.weekday and (self.every_days or 0) % 7:
            raise ValueError(
                f"every_days: {self.every_days} does not fall on a {self.weekday} each time. Write"
                " a number of weeks in days, such as 14, or leave out weekday."
            )
        return self

    @property
    def weekday_number(self) -> int | None:
        """1 for Monday."""
        return WEEK.index(self.weekday) + 1 if self.weekday else None


class TeamSettings(Part):
    """One team."""

    name: str = Field(min_length=1, description="As Key Results name it.")
    parent: str | None = Field(default=None, description="The team that it is a part of.")
    level: Literal["company", "division", "department", "team"] = Field(
        default="team", description="Its level."
    )
    lead: str | None = Field(default=None, description="Who leads it.")
    champion: str | None = Field(default=None, description="Its OKR Champion.")
    sponsor: str | None = Field(default=None, description="Its sponsor.")
    starts_on: dt.date | None = Field(default=None, alias="from", description="Its first day.")
    ends_on: dt.date | None = Field(
        default=None,
        alias="to",
        description="Its last day: then it keeps its past and is expected to do nothing more.",
    )
    check_ins: RhythmSettings = RhythmSettings()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValueError(f"team {self.name} ends before it starts.")
        return self


def _fit_together(teams: tuple[TeamSettings, ...]) -> tuple[TeamSettings, ...]:
    parents = {same_id(team.name): same_id(team.parent or "") for team in teams}
    names = [same_id(team.name) for team in teams]
    for team in teams:
        if names.count(same_id(team.name)) > 1:
            raise ValueError(f"two teams are called {team.name}.")
        if team.parent and same_id(team.parent) not in parents:
            raise ValueError(
                f"team {team.name} is a part of {team.parent}, which teams: does not name."
            )
        above, passed = parents[same_id(team.name)], set()
        while above and above not in passed:
            passed.add(above)
            above = parents[above]
        if above:
            raise ValueError(f"team {team.name} is a part of itself, by way of {team.parent}.")
    return teams


TeamList = Annotated[tuple[TeamSettings, ...], AfterValidator(_fit_together)]
"""All teams; names are unique, and parents lead upwards."""
