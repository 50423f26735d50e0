"""The settings for those who operate it: alerts, logs, figures, schedule.

What belongs here: the parts ``alerts:``, ``logs:``, ``metrics:`` and ``schedule:``. What does not:
sending (``pipelines.alerts``), writing (``pipelines.telemetry``), starting a run.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from pipelines.settings.base import Part


class AlertSettings(Part):
    """Who is told when something is wrong with a run.

    Each cause is told once while it lasts, and once more when it is over.
    """

    to: tuple[SecretStr, ...] = Field(
        default=(),
        description="Addresses of mail, Slack, Teams, webhooks and more, in apprise's form; each "
        'as "${NAME}" or {file: path}, because whoever knows an address can write to it.',
    )
    ping: SecretStr | None = Field(
        default=None,
        description="Address asked for after each run that was published, such as of a dead-man's "
        'switch, which tells when it is not; as "${NAME}" or {file: path}.',
    )
    silent_after_hours: int = Field(
        default=26,
        ge=1,
        description="After how many hours without a published run okr alerts check raises "
        "an alert.",
    )
    credentials_end: dict[Literal["jira", "notion", "sheets"], dt.date] = Field(
        default={},
        description="The last day of a source's credential, where it ends; an alert comes 14 days "
        "before.",
    )


class LogSettings(Part):
    """The log of runs, in the folder logs of the data folder."""

    format: Literal["text", "json"] = Field(
        default="text", description="The form of its lines: key=value, or one JSON object each."
    )
    stderr: bool = Field(
        default=False,
        description="Whether lines go to the standard error as well, such as for a container.",
    )


class MetricsSettings(Part):
    """The figures of the last run for a monitoring system."""

    file: Path | None = Field(
        default=None,
        description="A file that every run replaces, in the text format of Prometheus, relative to "
        "the folder of okr.yaml; its name should end with .prom.",
    )


class ScheduleSettings(Part):
    """When the nightly run starts."""

    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = Field(
        default="02:00", description="Local time in the organization's zone, HH:MM."
    )
