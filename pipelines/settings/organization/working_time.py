"""Working time in ``okr.yaml``: which days and hours count as business time.

What belongs here: its settings, and the public holidays of a country. What does not: counting hours
(:mod:`okr_model.activity.working_time`).
"""

from __future__ import annotations

import difflib
import re
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from okr_model.activity.working_time import WorkingTime
from pipelines.settings.base import Part

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOURS = re.compile(r"(\d{1,2})(?::([0-5]\d))?\s*[-–]\s*(\d{1,2})(?::([0-5]\d))?")
_FIRST_YEAR = 1990  # nothing in Jira is older


class WorkingTimeSettings(Part):
    """When people work; business time counts nothing else."""

    country: str | None = Field(
        default=None,
        description="Two letters, such as DE; its public holidays are no working days. Without it,"
        " no day is a holiday.",
    )
    subdivision: str | None = Field(
        default=None, description="The state or province, such as BY, with holidays of its own."
    )
    days: tuple[str, ...] = Field(
        default=WEEK[:5], min_length=1, description="The working days of a week."
    )
    hours: Annotated[str, Field(description="From and to, such as 9-17 or 8:30-17:00.")] = "9-17"

    @field_validator("country", "subdivision")
    @classmethod
    def _in_capitals(cls, value: str | None) -> str | None:
        return value.strip().upper() if value else value

    @field_validator("days")
    @classmethod
    def _are_weekdays(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(weekday(day) for day in value)

    @field_validator("hours")
    @classmethod
    def _are_hours(cls, value: str) -> str:
        opens, closes = _hours(value)
        if not opens < closes <= 24:
            raise ValueError(f"hours: {value} end before they begin. Write them such as 9-17.")
        return value

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        if self.country is None:
            if self.subdivision:
                raise ValueError(
                    "subdivision: needs country:, such as {country: DE, subdivision: BY}."
                )
            return self
        from holidays import list_supported_countries  # slow to import, rarely needed

        known = list_supported_countries()
        if self.country not in known:
            raise ValueError(
                f"country: {self.country} is none whose holidays are known. Write its two letters,"
                " such as DE, FR or US."
            )
        parts = known[self.country]
        if self.subdivision and self.subdivision not in parts:
            raise ValueError(
                f"subdivision: {self.country} has no {self.subdivision};"
                f" known: {', '.join(parts) or 'none, leave it out'}."
            )
        return self

    def until(self, year: int) -> WorkingTime:
        """The working time, with the holidays up to the end of a year."""
        opens, closes = _hours(self.hours)
        days = tuple(day in self.days for day in WEEK)
        if self.country is None:
            return WorkingTime(days, opens, closes)
        from holidays import country_holidays

        years = range(_FIRST_YEAR, year + 1)
        found = country_holidays(self.country, subdiv=self.subdivision, years=years)
        return WorkingTime(days, opens, closes, tuple(sorted(found)))


def weekday(day: str) -> str:
    """A day of the week by its name or the beginning of it.

    Raises:
        ValueError: It is none.
    """
    plain = day.strip().capitalize()
    for name in WEEK:
        if len(plain) >= 2 and name.startswith(plain):
            return name
    close = difflib.get_close_matches(plain, WEEK, n=1)
    hint = f" Did you mean {close[0]}?" if close else " Write Monday, Tuesday and so on."
    raise ValueError(f"{day!r} is not a day of the week.{hint}")


def _hours(text: str) -> tuple[float, float]:
    match = _HOURS.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"hours: {text!r} is not a span of hours. Write it such as 9-17.")
    first, minutes, last, more = match.groups()
    return int(first) + int(minutes or 0) / 60, int(last) + int(more or 0) / 60
