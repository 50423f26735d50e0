"""The nightly run: pull every source, then compute, check and publish.

What belongs here: running the two Dagster jobs in this process, in order, and summarizing how they
ended. What does not: what the jobs do (``assets``) and how the result is printed (``cli``).
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import dagster as dg

from okr_model.tables import RUNS, SOURCES
from pipelines.alerts.facts import Ended
from pipelines.alerts.tell import after_refusal, after_run
from pipelines.dagster_home import open_dagster
from pipelines.datasets.former_ids import known_aliases
from pipelines.definitions import (
    PUBLISH_JOB,
    SYNC_JOB,
    UP_TO_CANDIDATE,
    build_definitions,
)
from pipelines.errors import disk_trouble, ensure_writable, place_of_fault
from pipelines.lake.run_lock import AlreadyRunningError
from pipelines.lake.streams import ensure_not_empty
from pipelines.maintenance.examine import begin_run, ensure_read_anew, record_state
from pipelines.messages.send import after_night
from pipelines.project import Project
from pipelines.publish.blocked_run import note_published, read_blocked
from pipelines.publish.targets.write import Outcome, outcomes_of_run, write_targets
from pipelines.review.nightly_review import update_tab
from pipelines.review.state import Review, review_of
from pipelines.run_status.closing import Closing, closing, published_findings
from pipelines.run_status.unchanged_inputs import UnchangedRun, find_unchanged_run, refresh
from pipelines.run_status.unread import unreachable_places
from pipelines.store.session import is_in_place, kept, put_now
from pipelines.telemetry.log import event
from pipelines.telemetry.meter import Cost
from published.errors import UserError
from published.tables import PublishedTables, held_open

# Dagster's console logger would repeat every event; the event log has them all.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class NightlyResult:
    """The outcome of a nightly run.

    Attributes:
        attempts: Each source's attempt; see :class:`pipelines.lake.attempts.AttemptLog`.
        published: Whether the published tables are those of this run's inputs.
        violations: What the checks found, by check; if not empty, nothing was published.
        advice: What to look at first and last if they found something, in sentences.
        run_id: The Dagster run that computed the tables; None if it never started.
        crash: The error that ended the run, if it was not a failed check.
        unreached: One sentence for each place that could not be reached.
        unread: One sentence for each dataset that could not be read.
        unchanged: The earlier run with the same inputs, if this run was skipped for it.
        review: The outcome at the review tab; None if this run did not use it.
        notices: One sentence for each file of okr-sync's own that was lost and is made anew.
        remarks: What else the operator is to know, once.
        unsaid: One sentence for each alert or message that could not be sent.
        seconds: How long it took.
        closing: What readers see since; None if it did not publish.
        steps: What its steps cost, by their names.
        targets: What became of each publishing target; empty if nothing was published.
    """

    attempts: dict[str, dict[str, Any]]
    published: bool
    violations: dict[str, str] = field(default_factory=dict)
    advice: tuple[str, ...] = ()
    run_id: str | None = None
    crash: str | None = None
    unreached: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    unchanged: UnchangedRun | None = None
    review: Review | None = None
    notices: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    seconds: float = 0.0
    closing: Closing | None = None
    steps: Mapping[str, Cost] = field(default_factory=dict)
    targets: tuple[Outcome, ...] = ()

    @property
    def failed_sources(self) -> list[str]:
        """The sources that could not be read completely."""
        return [name for name, made in self.attempts.items() if made.get("state") == "failed"]

    @property
    def incomplete(self) -> bool:
        """Whether a source, or a place or dataset within one, could not be read."""
        return bool(self.failed_sources or self.unreached or self.unread)

    @property
    def unwritten(self) -> tuple[str, ...]:
        """One sentence for each target that does not hold this run's tables."""
        return tuple(f"{one.name}: {one.error}" for one in self.targets if one.error)

    @property
    def exit_code(self) -> int:
        """0: everything read and published; 3: published, but not all is well; 1: not published."""
        if not self.published:
            return 1
        return 3 if self.incomplete or self.crash or self.unwritten else 0


def run_nightly(project: Project, *, read: bool = True, publish: bool = True) -> NightlyResult:
    """Pull the sources (if ``read``), compute and check, and publish (if ``publish``).

    If pulling found nothing new since tables of the same day were published, computing is skipped
    and only the freshness of the sources is published. Without ``read``, everything is recomputed.

    Raises:
        pipelines.lake.streams.EmptyLakeError: Nothing is to be pulled, and nothing ever was.
        pipelines.dagster_home.DagsterStorageError: Dagster's own storage is damaged.
        pipelines.project.NotKeptError: What the computed day needs has been dropped.
        pipelines.errors.UnwritableError: Nothing can be written where the data or the tables go.
        pipelines.errors.DiskFullError: There is no room there.
        pipelines.maintenance.examine.LostDecisionsError: Decisions about links are lost.
        pipelines.maintenance.days.ImplausibleDayError: The clock must be wrong.
        pipelines.lake.run_lock.AlreadyRunningError: Another run uses the same data folder, or the
            same state in the object store.
        pipelines.store.objects.StoreError: The object store cannot be used, or another machine has
            taken over; then nothing of this run is put in place.
        pipelines.settings.SettingsError: The settings are invalid.
    """
    started, run_id = time.monotonic(), str(uuid.uuid4())
    with ExitStack() as stack:
        try:
            stack.enter_context(kept(project))
        except UserError as error:
            if read and publish and not isinstance(error, AlreadyRunningError):
                after_refusal(project, str(error))
            raise
        stack.enter_context(project.logging(run_id))
        event("run began", as_of=project.clock.as_of, read=read, publish=publish)
        before = published_findings(project) if publish else None
        try:
            night = _whole(project, run_id, read=read, publish=publish)
        except UserError as error:
            event("run refused", level=logging.ERROR, error=str(error))
            if read and publish and not isinstance(error, AlreadyRunningError):
                after_refusal(project, str(error))
            raise
        except Exception as fault:
            event("run failed", level=logging.ERROR, error=place_of_fault(fault))
            if read and publish:
                after_run(project, Ended(False, False, crash=f"{place_of_fault(fault)}."))
            raise
        with held_open(project.paths.duckdb):  # what is told is all of one publication
            if read and publish:  # otherwise a person tries something out, and looks at it
                night = replace(night, unsaid=_told_of(project, night))
            told = closing(project, before) if night.published else None
        night = _put_in_place(project, night)
        took, steps = round(time.monotonic() - started, 3), dict(project.meter.steps)
        night = replace(night, seconds=took, closing=told, steps=steps)
        _log_end(night)
    return night


def _put_in_place(project: Project, night: NightlyResult) -> NightlyResult:
    """Put in place what the run left since its tables were; where that fails, the night says so."""
    try:
        if is_in_place(project):
            put_now(project)
    except UserError as error:
        return replace(night, crash=night.crash or str(error))
    return night


def _told_of(project: Project, night: NightlyResult) -> tuple[str, ...]:
    """Send alerts and messages about the run; a sentence for each that could not be sent."""
    violations = {name: text.splitlines() for name, text in night.violations.items()}
    ended = Ended(night.published, bool(night.attempts), violations, night.crash)
    return (*after_run(project, ended), *(after_night(project) if night.published else ()))


def _log_end(night: NightlyResult) -> None:
    """What a person sees at the end of a run, as lines of its log."""
    told = night.remarks + night.notices + night.unreached + night.unread + night.unwritten
    for sentence in told:
        event("note", level=logging.WARNING, sentence=sentence)
    for sentence in night.unsaid:
        event("not told", level=logging.WARNING, sentence=sentence)
    event(
        "run ended",
        level=logging.INFO if night.exit_code == 0 else logging.ERROR,
        exit_code=night.exit_code,
        published=night.published,
        unchanged_since=night.unchanged and night.unchanged.run_id,
        failed_sources=night.failed_sources or None,
        error=night.crash,
        seconds=night.seconds,
        **(asdict(night.closing) if night.closing else {}),
    )


def _whole(project: Project, run_id: str, *, read: bool, publish: bool) -> NightlyResult:
    """The run under its lock, with what it must find before it begins."""
    if not (read and publish):
        project = project.without_review()
    definitions = build_definitions(project)
    with project.exclusively():
        ensure_writable(project.paths.duckdb.parent, "data: or publish: duckdb: in okr.yaml")
        notices = begin_run(project)
        project.ensure_kept()
        if not read:
            ensure_read_anew(project)  # a lake of which all was lost is empty, too
            ensure_not_empty(project.lake)
        try:
            night = _run(project, definitions, run_id, read=read, publish=publish)
        except Exception as error:
            # Dagster's own storage has no room, which no step can report.
            trouble = disk_trouble(error)
            if trouble is None:
                raise
            night = NightlyResult({}, published=_has_published(project), crash=trouble)
    return replace(night, notices=notices, remarks=tuple(project.remarks))


def _run(
    project: Project, definitions: dg.Definitions, run_id: str, *, read: bool, publish: bool
) -> NightlyResult:
    """The two jobs, under the run lock."""
    with open_dagster(project) as instance:
        if read:
            job = definitions.resolve_job_def(SYNC_JOB)
            sync = job.execute_in_process(
                run_config=_QUIET, instance=instance, raise_on_error=False
            )
        names = project.settings.source_names if read else []
        attempts = {name: _attempt(project, name) for name in names}
        if read and (trouble := disk_trouble(_crash(sync))):
            return NightlyResult(attempts, published=False, crash=trouble)
        unchanged = find_unchanged_run(project) if read and publish and sync.success else None
        if unchanged:
            return _skipped(project, attempts, unchanged, sync.run_id)
        project.report("model", "computing")
        result = definitions.resolve_job_def(PUBLISH_JOB).execute_in_process(
            run_config=_QUIET,
            instance=instance,
            raise_on_error=False,
            asset_selection=None if publish else UP_TO_CANDIDATE,
            run_id=run_id,
        )
    violations = _violations(result)
    blocked = read_blocked(project.paths.blocked_run) if violations else None
    return NightlyResult(
        attempts=attempts,
        published=publish and (result.success or _has_published(project)),
        violations=violations,
        advice=tuple(blocked.advice) if blocked else (),
        run_id=result.run_id,
        unreached=tuple(
            " ".join(filter(None, (place.sentence, place.more)))
            for place in (unreachable_places(project) if read else ())
        ),
        unread=_unread(project, result.run_id),
        crash=None if violations or result.success else _crash(result),
        review=_review(project),
        targets=tuple(outcomes_of_run(project)) if publish else (),
    )


def _has_published(project: Project) -> bool:
    """Whether the published tables are of this run: one may fail after they are swapped in."""
    if not is_in_place(project):
        return False
    try:
        tables = PublishedTables(project.paths.duckdb)
        newest = tables.frame(SOURCES.name)["run_id"].unique()
        runs = tables.frame(RUNS.name, "started_at = ?", [project.clock.started_at])
    except UserError:
        return False
    return bool(runs["run_id"].isin(newest).any())


def _unread(project: Project, run_id: str) -> tuple[str, ...]:
    """What the run's steps say of datasets that they could not read; nothing if they never ran."""
    staged = project.step_files(run_id)
    try:
        frames = [staged.read(f"{step}.unread") for step in ("content", "values")]
    except FileNotFoundError:
        return ()
    return tuple(dict.fromkeys(str(reason) for frame in frames for reason in frame["reason"]))


def _skipped(
    project: Project, attempts: dict[str, dict[str, Any]], unchanged: UnchangedRun, sync_id: str
) -> NightlyResult:
    """Skip computing because the inputs are those of an earlier run; publish freshness only."""
    refresh(project, unchanged, sync_id)
    note_published(project)
    put_now(project)
    update_tab(project, unchanged.run_id)
    record_state(project)
    outcomes = write_targets(project, known_aliases)
    return NightlyResult(
        attempts,
        published=True,
        run_id=unchanged.run_id,
        unchanged=unchanged,
        review=_review(project),
        targets=tuple(outcomes),
    )


def _violations(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """What each failed check found, by the check's name."""
    return {
        evaluation.check_name: str(evaluation.metadata["violations"].value)
        for evaluation in result.get_asset_check_evaluations()
        if not evaluation.passed
    }


def _attempt(project: Project, name: str) -> dict[str, Any]:
    """The attempt of this run; one recorded by an earlier run is ignored."""
    attempt = project.attempts.latest(name)
    if attempt.get("at") == project.clock.started_at.isoformat():
        return attempt
    return {"state": "failed", "error": f"{name}: was not read; see the Dagster log."}


def _review(project: Project) -> Review | None:
    """This run's outcome at the review tab; one of an earlier run is ignored."""
    review = review_of(project) if project.at_review else None
    return review if review and review.at == project.clock.started_at.isoformat() else None


def _crash(result: dg.ExecuteInProcessResult) -> str:
    """The message of the first step failure."""
    for one in result.all_events:
        if one.is_step_failure and one.step_failure_data.error:
            error = one.step_failure_data.error
            cause = error.cause or error
            return disk_trouble(error.to_string()) or f"{one.step_key}: {_told(cause)}"
    return "the run failed before its first step; see the Dagster log."


def _told(error: Any) -> str:
    """The message of an error; of our own without its class, which tells nobody anything."""
    message: str = error.message.strip()
    return message.partition(": ")[2] if message.startswith("pipelines.") else message
