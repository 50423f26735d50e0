"""When Dagster runs the jobs: once a local day, and publishing after every reading.

What belongs here: the nightly schedule and the sensors that start one job after another. What does
not: the jobs (``definitions``), and schedulers other than Dagster's, which run ``okr sync``.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from pipelines.project import Project
from pipelines.settings import Settings

DAY_TAG = "okr-sync/day"
"""The tag of a scheduled run: the local day that it is the night of."""
_WILL_RETRY = "dagster/will_retry"


def nightly_schedule(
    job: Any, settings: Settings | None, project: Project
) -> dg.ScheduleDefinition:
    """The nightly run: once per local day; only on where the settings say when.

    A night that was missed because the daemon was down is caught up on the same local day and not
    on a later one: it would read what the later day's own run reads.

    Args:
        job: What is started.
        settings: When, and in which zone; None leaves the schedule off.
        project: Whose :meth:`~pipelines.project.Project.instant` is now.
    """
    at = settings.schedule.at if settings and settings.schedule else "02:00"
    zone = settings.organization.zone if settings else ZoneInfo("UTC")
    hour, minute = at.split(":")
    on = bool(settings and settings.schedule)

    @dg.schedule(
        job=job,
        name="nightly",
        cron_schedule=f"{int(minute)} {int(hour)} * * *",
        execution_timezone=zone.key,
        description=f"Read every source at {at} in {zone.key}, once per local day.",
        default_status=(
            dg.DefaultScheduleStatus.RUNNING if on else dg.DefaultScheduleStatus.STOPPED
        ),
    )
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        due = context.scheduled_execution_time.astimezone(zone).date()
        return _request(due, project.instant().astimezone(zone).date(), at)

    return nightly


def _request(due: dt.date, today: dt.date, at: str) -> dg.RunRequest | dg.SkipReason:
    """The run of a local day; the key keeps a day from being started twice."""
    if due < today:
        return dg.SkipReason(
            f"The night of {due} was missed: the daemon was not running. It is {today} now, whose"
            f" own run starts at {at}; to run at once, start the job or okr sync."
        )
    return dg.RunRequest(run_key=due.isoformat(), tags={DAY_TAG: due.isoformat()})


def publish_after(sync: Any, publish: Any) -> list[dg.SensorDefinition]:
    """Publishing follows reading whatever came of it: a source that is down stops nobody."""

    def follow(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        if is_retried(context.dagster_run):
            return dg.SkipReason("Dagster starts this run again; publishing follows that one.")
        day = context.dagster_run.tags.get(DAY_TAG)
        tags = {DAY_TAG: day} if day else {}
        return dg.RunRequest(run_key=context.dagster_run.run_id, tags=tags)

    return [
        dg.run_status_sensor(
            name=f"publish_after_{status.value.lower()}",
            run_status=status,
            monitored_jobs=[sync],
            request_job=publish,
            minimum_interval_seconds=30,
            default_status=dg.DefaultSensorStatus.RUNNING,
            description="Publish from what was last read.",
        )(follow)
        for status in (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE)
    ]


def is_retried(run: dg.DagsterRun) -> bool:
    """Whether Dagster starts the failed run again, because its process was lost."""
    return run.tags.get(_WILL_RETRY) == "true"
