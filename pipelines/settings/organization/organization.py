"""``organization:`` in ``okr.yaml``: its name, words, time zone, owner and OKR architecture.

What belongs here: these settings and what can be wrong with them. What does not: its teams
(``teams``), and what follows from the architecture (``okr_model.governance.architecture``).
"""

from __future__ import annotations

import difflib
import functools
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator

from okr_model.governance.architecture import Architecture
from okr_model.languages.locales import find_locale
from pipelines.settings.base import Part
from pipelines.settings.organization.own_words import OwnLevels, OwnWordsSettings
from pipelines.settings.organization.rollout import RolloutSettings

OWNER = (
    r"^(team:[A-Za-z0-9_.-]+"
    r"|[A-Za-z0-9_][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,7})$"
)
"""What Dagster takes as the owner of an asset: a team, or an e-mail address."""


class Organization(Part):
    """The organization and its wording."""

    name: str = Field(description="Shown at the top of every page and message.")
    timezone: str = Field(description="IANA name of the time zone in which days begin and end.")
    confidence: OwnLevels = Field(
        default=("High", "Medium", "Low"),
        description="The three confidence levels in the organization's words, best first.",
    )
    owner: Annotated[str, Field(pattern=OWNER)] | None = Field(
        default=None,
        description="Who looks after the pipeline, shown on every asset in Dagster: an e-mail "
        "address, or team:NAME.",
    )
    language: str = Field(
        default="en",
        description="The language in which the page writes numbers and days, such as de or de_CH; "
        "its sentences stay English.",
    )
    words: OwnWordsSettings = OwnWordsSettings()
    architecture: Architecture | None = Field(
        default=None,
        description="Who has OKRs, and to what those of teams contribute. company_okrs: teams work "
        "directly on the company's; strategic_initiatives: teams contribute to those of strategic "
        "initiatives; adopted_objectives: teams adopt the company's Objectives and write their own "
        "Key Results under them; team_okrs: company and teams have some, and those of teams "
        "contribute upwards. What contradicts it is a finding; without it, nothing is checked.",
    )
    rollout: RolloutSettings | None = Field(
        default=None,
        description="How OKRs are rolled out: waves of teams with dates. Without it, nothing is "
        "computed of it.",
    )

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        if find_locale(value) is None:
            raise ValueError(f"{value!r} is not a language; write one such as de or de_CH.")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in _zones():
            close = difflib.get_close_matches(value, _zones(), n=1)
            hint = f" Did you mean {close[0]}?" if close else " Use a name such as Europe/Berlin."
            raise ValueError(f"{value!r} is not a time zone.{hint}")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.timezone)


@functools.cache
def _zones() -> frozenset[str]:
    """The names of all time zones; to list them reads some hundred files."""
    return frozenset(available_timezones())
