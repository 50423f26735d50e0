"""The thresholds in ``okr.yaml``.

What belongs here: settings of thresholds, signals and calibration. What does not: applying them
(``okr_model``).
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from okr_model.confidence.thresholds import SignalThresholds
from pipelines.settings.base import Part


class Thresholds(Part):
    """Tolerances, and how Objectives roll up."""

    pace_tolerance: float = Field(
        default=0.10, ge=0, le=1, description="Within this of expected progress is on pace."
    )
    rollup: Literal["mean", "weakest"] = Field(
        default="mean",
        description="What an Objective's progress is: the weighted mean of its Key Results and of "
        "the Objectives under it, or the least of them.",
    )
    measure_tolerance: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="Measures of one Key Result that lie further apart than this share of the "
        "larger one disagree; a Key Result may have a tolerance of its own.",
    )
    lost_share: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="A night that would lose more than this share of a team's Key Results, of all "
        "Key Results or of all active links is not published, and records that vanish from a place "
        "in a larger share stand as last read; 1 lets every loss pass, that of a whole cycle too.",
    )
    lost_fewest: int = Field(
        default=3, ge=1, description="Fewer lost Key Results or links than this never block."
    )


_SIGNALS = SignalThresholds()


Share = Annotated[float, Field(ge=0, le=1)]


class SignalSettings(Part):
    """When signals fire and which probability each computed level needs; durations in days."""

    likely: Share = Field(
        default=_SIGNALS.likely,
        description="Computed confidence is high from this probability on, if nothing speaks "
        "against it.",
    )
    unlikely: Share = Field(
        default=_SIGNALS.unlikely, description="Computed confidence is low below this probability."
    )
    pace_gap: Share = Field(
        default=_SIGNALS.pace_gap,
        description="pace gap: progress was more than this behind a straight path on the day of "
        "the value.",
    )
    stale_after_days: int = Field(
        default=_SIGNALS.stale_after_days,
        ge=1,
        description="stale value: the value is older than this.",
    )
    check_in_every_days: int = Field(
        default=_SIGNALS.check_in_every_days,
        ge=0,
        description="How often a team checks in on each Key Result; 0 expects no check-ins.",
    )
    missed_check_ins: int = Field(
        default=_SIGNALS.missed_check_ins,
        ge=1,
        description="missed check-ins: this many in a row.",
    )
    decline_stands_days: int = Field(
        default=_SIGNALS.decline_stands_days,
        ge=1,
        description="declining confidence: fires for this long after the last fall.",
    )
    early_share: Share = Field(
        default=_SIGNALS.early_share,
        description="early red: a call of low up to this share of the way to the due date.",
    )
    silent_after_days: int = Field(
        default=_SIGNALS.silent_after_days,
        ge=1,
        description="initiatives silent: nothing happened in any of them for longer than this.",
    )
    blocked_statuses: tuple[str, ...] = Field(
        default=_SIGNALS.blocked_statuses,
        description="initiatives blocked: all have one of these statuses, by present or former "
        "name, in any case, or by id.",
    )
    elsewhere_ratio: float = Field(
        default=_SIGNALS.elsewhere_ratio,
        ge=1,
        description="work moved elsewhere: linked work is silent, and changes in the team's work "
        "elsewhere in 28 days are this many times those of the 28 days before …",
    )
    elsewhere_fewest: int = Field(
        default=_SIGNALS.elsewhere_fewest, ge=1, description="… and at least this many."
    )
    scope_ratio: float = Field(
        default=_SIGNALS.scope_ratio,
        ge=1,
        description="scope growing: issues added in 28 days are this many times those finished …",
    )
    scope_share: float = Field(
        default=_SIGNALS.scope_share,
        ge=0,
        description="… and the open issues grew by this share …",
    )
    scope_fewest: int = Field(
        default=_SIGNALS.scope_fewest, ge=1, description="… and at least this many were added."
    )
    volatile_share: float = Field(
        default=_SIGNALS.volatile_share,
        gt=0,
        description="volatile value: a week's usual scatter is over this share of the way from "
        "baseline to target.",
    )
    treadmill_activity: int = Field(
        default=_SIGNALS.treadmill_activity,
        ge=1,
        description="treadmill: this many changes in linked work in 28 days, behind its pace …",
    )
    treadmill_progress: Share = Field(
        default=_SIGNALS.treadmill_progress,
        description="… and less progress than this, up or down.",
    )
    too_safe: Share = Field(
        default=_SIGNALS.too_safe,
        description="too safe: the readings before the cycle alone gave the target at least this "
        "probability.",
    )

    @field_validator("blocked_statuses", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.unlikely > self.likely:
            raise ValueError("unlikely must not be above likely.")
        return self


Weeks = Annotated[int, Field(ge=0, le=52)]


class PhaseSettings(Part):
    """The phases of a cycle, in weeks of one that has as many as the first four together.

    A cycle of another length has them in proportion.
    """

    baseline: Weeks = Field(
        default=2, description="Weeks in which Key Results get owner, baseline and data source."
    )
    execution: Weeks = Field(
        default=4,
        description="… in which work goes on; every Key Result has an initiative and check-ins.",
    )
    review: Weeks = Field(
        default=4, description="… in which teams say which Key Results can still be reached."
    )
    final: Weeks = Field(default=3, description="… in which no target is changed.")
    closing: Weeks = Field(
        default=3,
        description="Weeks after a cycle in which it is scored and closed, and as long before it "
        "the next is prepared; a long cycle has no more.",
    )

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.baseline + self.execution + self.review + self.final:
            raise ValueError("one of baseline, execution, review and final must be above 0.")
        return self


class CalibrationSettings(Part):
    """How the calls of a cycle are scored once it has ended."""

    high: Share = Field(default=0.8, description="The probability that a call of high stands for.")
    medium: Share = Field(default=0.5, description="… and a call of medium.")
    low: Share = Field(default=0.2, description="… and a call of low.")
    fewest_key_results: int = Field(
        default=5, ge=2, description="A group of fewer Key Results is counted, but not scored."
    )

    @model_validator(mode="after")
    def _falling(self) -> Self:
        if not self.high >= self.medium >= self.low:
            raise ValueError("high, medium and low must not rise in this order.")
        return self

    @property
    def levels(self) -> dict[str, float]:
        """The probability of each level."""
        return {"high": self.high, "medium": self.medium, "low": self.low}
