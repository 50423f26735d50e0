"""What Dagster loads: the assets, the two jobs, the nightly schedule.

What belongs here: putting the pieces together. Loading it has no side effect and needs no
settings: without an ``okr.yaml`` the graph still opens and the schedule is off. With one that
cannot be used it does not load.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.assets.model import model
from pipelines.assets.published import published
from pipelines.assets.sources import pull
from pipelines.project import Project
from pipelines.settings import Settings, SettingsError, find_settings, load_settings

SYNC_JOB = "sync_sources"
PUBLISH_JOB = "publish"

_MODEL = [model, published]

UP_TO_CANDIDATE = [*model.keys]
"""What a dry run computes: everything but the publishing."""


def build_definitions(project: Project | None = None, **overrides: Any) -> dg.Definitions:
    """The code location.

    Args:
        project: What the assets work on; None finds ``$OKR_CONFIG`` or ``./okr.yaml`` when a run
            first needs it.
        overrides: Handed to :class:`dagster.Definitions`, in place of what is built here.
    """
    sync = dg.define_asset_job(
        SYNC_JOB, selection=dg.AssetSelection.assets(pull), description="Read every source."
    )
    publish = dg.define_asset_job(
        PUBLISH_JOB,
        selection=dg.AssetSelection.assets(*_MODEL),
        description="Compute, check and publish from what was last read.",
    )
    parts: dict[str, Any] = {
        "assets": [pull, *_MODEL],
        "jobs": [sync, publish],
        "schedules": [_nightly(sync, project.settings if project else _settings_if_any())],
        "sensors": [*_publish_after(sync, publish), *_alert_after(publish, project)],
        "resources": {
            "project": dg.ResourceDefinition.hardcoded_resource(project)
            if project
            else dg.ResourceDefinition(lambda _: Project())
        },
        "executor": dg.in_process_executor,
    }
    return dg.Definitions(**(parts | overrides))


def _nightly(job: Any, settings: Settings | None) -> dg.ScheduleDefinition:
    """Once per local day; only on where the settings say when."""
    at = settings.schedule.at if settings and settings.schedule else "02:00"
    hour, minute = at.split(":")
    on = bool(settings and settings.schedule)
    return dg.ScheduleDefinition(
        name="nightly",
        job=job,
        cron_schedule=f"{int(minute)} {int(hour)} * * *",
        execution_timezone=settings.organization.timezone if settings else "UTC",
        default_status=(
            dg.DefaultScheduleStatus.RUNNING if on else dg.DefaultScheduleStatus.STOPPED
        ),
    )


def _publish_after(sync: Any, publish: Any) -> list[dg.SensorDefinition]:
    """Publishing follows reading whatever came of it: a source that is down stops nobody."""

    def follow(context: dg.RunStatusSensorContext) -> dg.RunRequest:
        return dg.RunRequest(run_key=context.dagster_run.run_id)

    return [
        dg.run_status_sensor(
            name=f"publish_after_{status.value.lower()}",
            run_status=status,
            monitored_jobs=[sync],
            request_job=publish,
            minimum_interval_seconds=30,
            default_status=dg.DefaultSensorStatus.RUNNING,
            description=follow.__doc__ or "Publish from what was last read.",
        )(follow)
        for status in (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE)
    ]


def _alert_after(publish: Any, project: Project | None) -> list[dg.SensorDefinition]:
    """Alerts follow every run of the daemon, also of one whose process was killed."""

    def tell(context: dg.RunStatusSensorContext) -> dg.SkipReason:
        from pipelines.alerts.facts import Ended
        from pipelines.alerts.tell import after_run
        from pipelines.publish.blocked_run import read_blocked

        of = project or Project(with_secrets=False)
        published = context.dagster_run.status is dg.DagsterRunStatus.SUCCESS
        kept = None if published else read_blocked(of.paths.blocked_run)
        blocked = kept if kept and kept.as_of == of.clock.as_of.isoformat() else None
        message = context.dagster_event.message or "See the run in Dagster."
        crash = None if published or blocked else message
        ended = Ended(published, True, blocked.violations if blocked else {}, crash)
        unsaid = after_run(of, ended)
        return dg.SkipReason(" ".join(unsaid) or "Told what there was to tell.")

    return [
        dg.run_status_sensor(
            name=f"alert_after_{status.value.lower()}",
            run_status=status,
            monitored_jobs=[publish],
            minimum_interval_seconds=30,
            default_status=dg.DefaultSensorStatus.RUNNING,
            description="Tell of what is wrong, once while it lasts, and of its end.",
        )(tell)
        for status in (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE)
    ]


def _settings_if_any() -> Settings | None:
    """The settings; None where there is no file and none is named.

    Raises:
        SettingsError: The file cannot be used. The code location must not load then: a schedule
            that is silently off would be noticed by nobody.
    """
    named = os.environ.get("OKR_CONFIG")
    try:
        path = find_settings(Path(named) if named else None)
    except SettingsError:
        if named:
            raise
        return None
    return load_settings(path, with_secrets=False)


@dg.definitions
def defs() -> dg.Definitions:
    """The code location that ``workspace.yaml`` and ``dg`` load."""
    return build_definitions()
