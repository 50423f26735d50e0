"""``messages:`` in ``okr.yaml``: which teams are told of their week, where, and on which days.

What belongs here: the settings and what can be wrong with them. What does not: what a message says
(``published.rituals``), and sending it (``pipelines.messages``).
"""

from __future__ import annotations

from pydantic import Field, SecretStr, field_validator

from okr_model.languages.folding import same_id
from pipelines.settings.addresses import notion_id
from pipelines.settings.base import Part
from pipelines.settings.organization.working_time import weekday

NEVER = "never"


class MessageSettings(Part):
    """What teams are told of their week, at most one message an address and day."""

    teams: dict[str, tuple[SecretStr, ...]] = Field(
        default={},
        description="For each team the addresses of its mail or chat, in apprise's form; each as "
        '"${NAME}" or {file: path}, because whoever knows an address can write to it.',
    )
    due: str = Field(
        default="Monday",
        description="The day of the week on which they are told what is due and what has changed, "
        "or never.",
    )
    wins: str = Field(
        default="Friday",
        description="The day of the week on which they are told of wins and moves, or never.",
    )

    agenda: bool = Field(
        default=False,
        description="Whether each team is told the agenda of its check-in on the day of it, too.",
    )
    agenda_page: str | None = Field(
        default=None,
        description="A page of Notion, by id or address, below which the agenda of every check-in "
        "becomes a page on the day of it. The integration needs the capability Insert content.",
    )

    @field_validator("agenda_page")
    @classmethod
    def _is_a_page(cls, value: str | None) -> str | None:
        if value is None:
            return None
        found = notion_id(value)
        if found is None:
            raise ValueError("this is no page of Notion: copy its link there (··· → Copy link).")
        return found

    @field_validator("due", "wins")
    @classmethod
    def _is_a_weekday(cls, value: str) -> str:
        return NEVER if value.strip().casefold() == NEVER else weekday(value)

    @field_validator("teams")
    @classmethod
    def _differ(cls, value: dict[str, tuple[SecretStr, ...]]) -> dict[str, tuple[SecretStr, ...]]:
        if len({same_id(name) for name in value}) < len(value):
            raise ValueError("a team is named twice.")
        return value
