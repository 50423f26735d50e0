"""One night's run: read every source, then publish whatever came of it.

What belongs here: running the two Dagster jobs in this process, in order, and saying how they
ended. What does not: what the jobs do (``assets``) and how it is shown (``cli``).
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.definitions import (
    PUBLISH_JOB,
    SYNC_JOB,
    UP_TO_CANDIDATE,
    build_definitions,
)
from pipelines.project import Project
from pipelines.review.nightly_review import update_tab
from pipelines.review.state import Review, review_of
from pipelines.run_status.unchanged_inputs import UnchangedRun, find_unchanged_run, refresh
from pipelines.run_status.unreachable_places import unreachable_places

# Dagster's console logger would repeat every event; the run's own log keeps them all.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class NightlyResult:
    """How a night ended.

    Attributes:
        attempts: Each source's attempt; see :meth:`pipelines.project.Project.attempt`.
        published: Whether readers see new tables.
        violations: What the checks found, by check; not empty means nothing was published.
        run_id: The Dagster run that computed the tables; None if it never started.
        crash: What broke, where it was not a check.
        unreached: What each place that could not be reached was answered.
        standing: The published tables, where this night would only have repeated them.
        review: How it went with the tab in which people decide; None if it was left alone.
    """

    attempts: dict[str, dict[str, Any]]
    published: bool
    violations: dict[str, str] = field(default_factory=dict)
    run_id: str | None = None
    crash: str | None = None
    unreached: tuple[str, ...] = ()
    standing: UnchangedRun | None = None
    review: Review | None = None

    @property
    def failed_sources(self) -> list[str]:
        """The sources that could not be read to the end."""
        return [name for name, said in self.attempts.items() if said.get("state") == "failed"]

    @property
    def incomplete(self) -> bool:
        """Whether a source, or a place in one, could not be read."""
        return bool(self.failed_sources or self.unreached)

    @property
    def exit_code(self) -> int:
        """0: all read and published; 3: published without some of it; 1: not published."""
        if not self.published:
            return 1
        return 3 if self.incomplete else 0


def run_nightly(project: Project, *, read: bool = True, publish: bool = True) -> NightlyResult:
    """Read the sources (if ``read``), compute and check, and publish (if ``publish``).

    Where reading found nothing new since the same day's tables were published, they stand, and only
    the sources' freshness is published. Without reading, everything is computed anew.

    Raises:
        pipelines.lake.run_lock.AlreadyRunningError: Another run is at work on the same data.
        pipelines.settings.SettingsError: The settings cannot be used.
    """
    if not (read and publish):
        project = project.without_review()
    definitions = build_definitions(project)
    with project.exclusively(), _open(project) as instance:
        if read:
            job = definitions.resolve_job_def(SYNC_JOB)
            sync = job.execute_in_process(
                run_config=_QUIET, instance=instance, raise_on_error=False
            )
        names = project.settings.source_names if read else []
        attempts = {name: _attempt(project, name) for name in names}
        standing = find_unchanged_run(project) if read and publish and sync.success else None
        if standing:
            refresh(project, standing, sync.run_id)
            update_tab(project, standing.run_id)
            return NightlyResult(
                attempts,
                published=True,
                run_id=standing.run_id,
                standing=standing,
                review=_review(project),
            )
        project.report("model", "computing")
        job = definitions.resolve_job_def(PUBLISH_JOB)
        selection = None if publish else UP_TO_CANDIDATE
        result = job.execute_in_process(
            run_config=_QUIET, instance=instance, raise_on_error=False, asset_selection=selection
        )
    violations = {
        evaluation.check_name: str(evaluation.metadata["violations"].value)
        for evaluation in result.get_asset_check_evaluations()
        if not evaluation.passed
    }
    return NightlyResult(
        attempts=attempts,
        published=publish and result.success,
        violations=violations,
        run_id=result.run_id,
        unreached=tuple(place.sentence for place in unreachable_places(project)) if read else (),
        crash=None if violations or result.success else _crash(result),
        review=_review(project),
    )


def _attempt(project: Project, name: str) -> dict[str, Any]:
    """This night's attempt; an older one does not speak for it."""
    said = project.attempts.latest(name)
    if said.get("at") == project.clock.started_at.isoformat():
        return said
    return {"state": "failed", "error": f"{name}: was not read; see the Dagster log."}


def _review(project: Project) -> Review | None:
    """How this night went with the review tab; an older one does not speak for it."""
    review = review_of(project) if project.at_review else None
    return review if review and review.at == project.clock.started_at.isoformat() else None


def _crash(result: dg.ExecuteInProcessResult) -> str:
    """The first step's failure, in the words of what was raised."""
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error:
            error = event.step_failure_data.error
            cause = error.cause or error
            return f"{event.step_key}: {cause.message.strip()}"
    return "the run failed before its first step; see the Dagster log."


def _open(project: Project) -> dg.DagsterInstance:
    return dg.DagsterInstance.from_config(str(dagster_home(project)))


def dagster_home(project: Project) -> Path:
    """Where Dagster keeps its runs: ``$DAGSTER_HOME``, else a folder beside the data."""
    named = os.environ.get("DAGSTER_HOME")
    folder = Path(named) if named else project.settings.data / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "dagster.yaml").exists():
        shutil.copy(Path(__file__).with_name("dagster.yaml"), folder / "dagster.yaml")
    return folder
