"""The settings for those who operate it: alerts, logs, figures, schedule, Spark.

What belongs here: the parts ``alerts:``, ``logs:``, ``metrics:``, ``schedule:`` and ``spark:``.
What does not: sending (``pipelines.alerts``), writing (``pipelines.telemetry``), starting a run or
Spark (``pipelines.engines``).
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator

from pipelines.settings.base import Part

_SPARK = re.compile(r"local(\[.+\])?$|yarn$|(spark|k8s|sc)://.")


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


class SparkSettings(Part):
    """Which Spark computes, if the engine is Spark.

    All else is Spark's own to be told: ``spark-defaults.conf``, environment variables, the server.
    """

    address: str = Field(
        default="local[*]",
        description="local[*], a Spark that the run starts on its own machine; the master of a "
        "cluster, such as spark://host:7077; or a Spark Connect server, sc://host:15002. Every "
        "machine of it must see the data folder under the same path.",
    )

    @field_validator("address")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if not _SPARK.match(value):
            raise ValueError(
                "expected local[*], the master of a cluster such as spark://host:7077, or a Spark"
                " Connect server such as sc://host:15002."
            )
        if "token=" in value:
            raise ValueError(
                "no token may stand here: set the environment variable"
                " SPARK_CONNECT_AUTHENTICATE_TOKEN, which Spark reads."
            )
        return value
