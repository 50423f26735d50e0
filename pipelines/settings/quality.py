"""The section ``quality`` of ``okr.yaml``.

What belongs here: its settings. What does not: the questions (``okr_model.governance.quality``).
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from okr_model.finding_rules import QUALITY_RULES
from okr_model.governance.quality.limits import Limits
from pipelines.settings.base import Part

_LIMITS = Limits()
RuleName = Annotated[str, Field(json_schema_extra={"enum": [*QUALITY_RULES]})]


class QualitySettings(Part):
    """What is asked about how Objectives and Key Results are written, and how many there are."""

    ask: bool = Field(
        default=True, description="Whether anything is asked; off leaves out every rule below."
    )
    most_objectives: int = Field(
        default=_LIMITS.most_objectives, ge=1, description="Of one team in one cycle."
    )
    fewest_key_results: int = Field(
        default=_LIMITS.fewest_key_results, ge=0, description="Of one Objective in one cycle."
    )
    most_key_results: int = Field(
        default=_LIMITS.most_key_results, ge=1, description="Of one Objective in one cycle."
    )
    leave_out: tuple[RuleName, ...] = Field(
        default=(), description="Rules that are not asked, such as unclear wording."
    )

    @field_validator("leave_out")
    @classmethod
    def _are_rules(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in value if name not in QUALITY_RULES]
        if unknown:
            raise ValueError(
                f"leave_out: {unknown[0]} is no rule of quality; known: {', '.join(QUALITY_RULES)}."
            )
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.fewest_key_results > self.most_key_results:
            raise ValueError(
                f"fewest_key_results: {self.fewest_key_results} is more than"
                f" most_key_results: {self.most_key_results}. Raise one or lower the other."
            )
        return self
