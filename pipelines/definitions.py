"""What Dagster loads: the assets, the two jobs, the nightly schedule and the sensors.

What belongs here: putting the pieces together. Loading it has no side effect and needs no
settings: without an ``okr.yaml`` the graph still opens and the schedule is off. With one that
cannot be used it does not load.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.assets.catalog import described, sources_in_use
from pipelines.assets.model import model
from pipelines.assets.published import published
from pipelines.assets.sources import pull_of
from pipelines.freed_memory import give_back_freed_memory
from pipelines.project import Project
from pipelines.schedule import is_retried, nightly_schedule, publish_after
from pipelines.settings import Settings, SettingsError, find_settings, load_settings
from pipelines.text_storage import hold_texts_as_strings

SYNC_JOB = "sync_sources"
PUBLISH_JOB = "publish"

UP_TO_CANDIDATE = [*model.keys]
"""What a dry run computes: everything but the publishing."""


def build_definitions(project: Project | None = None, **overrides: Any) -> dg.Definitions:
    """The code location.

    Args:
        project: What the assets work on; None finds ``$OKR_CONFIG`` or ``./okr.yaml`` when a run
            first needs it.
        overrides: Handed to :class:`dagster.Definitions`, in place of what is built here.
    """
    settings = project.settings if project else _settings_if_any()
    assets = described([pull_of(sources_in_use(settings)), model, published], settings)
    pull, *computed = assets
    sync = dg.define_asset_job(
        SYNC_JOB, selection=dg.AssetSelection.assets(pull), description="Read every source."
    )
    publish = dg.define_asset_job(
        PUBLISH_JOB,
        selection=dg.AssetSelection.assets(*computed),
        description="Compute, check and publish from what was last read.",
    )
    parts: dict[str, Any] = {
        "assets": assets,
        "jobs": [sync, publish],
        "schedules": [nightly_schedule(sync, settings, project or Project())],
        "sensors": [*publish_after(sync, publish), *_alert_after(publish, project)],
        "resources": {
            "project": dg.ResourceDefinition.hardcoded_resource(project)
            if project
            else dg.ResourceDefinition(lambda _: Project())
        },
        "executor": dg.in_process_executor,
    }
    return dg.Definitions(**(parts | overrides))


def _alert_after(publish: Any, project: Project | None) -> list[dg.SensorDefinition]:
    """Alerts follow every run of the daemon, also one whose process was killed; then messages."""

    def tell(context: dg.RunStatusSensorContext) -> dg.SkipReason:
        if is_retried(context.dagster_run):
            return dg.SkipReason("Dagster starts this run again.")
        from pipelines.alerts.facts import Ended
        from pipelines.alerts.tell import after_run
        from pipelines.messages.send import after_night
        from pipelines.publish.blocked_run import read_blocked
        from pipelines.store.session import kept_if_possible

        of = project or Project(with_secrets=False)
        published = context.dagster_run.status is dg.DagsterRunStatus.SUCCESS
        kept = None if published else read_blocked(of.paths.blocked_run)
        blocked = kept if kept and kept.as_of == of.clock.as_of.isoformat() else None
        message = context.dagster_event.message or "See the run in Dagster."
        crash = None if published or blocked else message
        ended = Ended(published, True, blocked.violations if blocked else {}, crash)
        with kept_if_possible(of), of.logging(context.dagster_run.run_id):
            unsaid = after_run(of, ended) + (after_night(of) if published else [])
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
    give_back_freed_memory()
    hold_texts_as_strings()
    return build_definitions()
