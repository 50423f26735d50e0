"""Writing the published tables to the targets of the settings, each alone.

What belongs here: making targets from settings, skipping those that are up to date, and turning
what goes wrong with one into a sentence. What does not: any one kind of target.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec

from connectors.secrets import redact
from pipelines.errors import disk_trouble, place_of_fault
from pipelines.project import Project
from pipelines.publish.targets.csv_file import SUFFIX as CSV
from pipelines.publish.targets.csv_file import write_csv
from pipelines.publish.targets.delta import DeltaTarget
from pipelines.publish.targets.folders import FolderTarget
from pipelines.publish.targets.manifest import Target
from pipelines.publish.targets.parquet_file import SUFFIX as PARQUET
from pipelines.publish.targets.parquet_file import write_parquet
from pipelines.publish.targets.postgres.target import PostgresTarget
from pipelines.publish.targets.published_run import PublishedRun, open_run
from pipelines.publish.targets.running import TABLE
from pipelines.publish.targets.state import Attempt, AttemptsAtTargets
from pipelines.settings import Settings
from pipelines.settings.targets import TargetSettings
from pipelines.telemetry.log import event
from published.errors import UserError
from published.restricted import hidden_from

State = Literal["written", "up to date", "would be written", "failed"]


class UnknownTargetError(UserError):
    """The settings have no target of this name."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one target.

    Attributes:
        name: What the settings call it.
        kind: What it is.
        state: Whether it holds the run now.
        run_id: The run that it holds; None if it holds none, or that is not known.
        as_of: The day of that run's tables.
        rows: How many rows each table has there.
        error: Why it was not written, and what to do; None if it was.
    """

    name: str
    kind: str
    state: State
    run_id: str | None = None
    as_of: dt.date | None = None
    rows: dict[str, int] = field(default_factory=dict)
    error: str | None = None


def target_of(project: Settings, settings: TargetSettings) -> Target:
    """The target that an entry of a project's settings describes."""
    if settings.kind == "sheet":
        return _sheet(project, settings)
    if settings.kind == "notion":
        return _notion(project, settings)
    return make_target(settings, project.files.group)


def make_target(settings: TargetSettings, group: str | None) -> Target:
    """A target of a kind that does not sign in as a source does."""
    if settings.kind == "postgres":
        url = settings.url.get_secret_value() if settings.url else ""
        return PostgresTarget(settings.name, url, settings.schema_name, settings.readers)
    where = settings.folder or ""
    if settings.kind == "delta":
        return DeltaTarget(settings.name, where, group, in_store=settings.in_store)
    if settings.kind == "parquet":
        return FolderTarget(settings.name, Path(where), PARQUET, write_parquet, group)
    return FolderTarget(settings.name, Path(where), CSV, write_csv, group)


def _sheet(project: Settings, settings: TargetSettings) -> Target:
    from connectors.sheets.source import SheetsSettings
    from pipelines.publish.targets.sheet.target import SheetTarget

    sheets = project.sources.sheets
    assert sheets is not None  # noqa: S101 - the settings' condition
    place = SheetsSettings(
        credentials=sheets.credentials,
        spreadsheets=(settings.spreadsheet or "",),
        url=sheets.url,
        requests_per_minute=sheets.requests_per_minute,
    )
    return SheetTarget(
        settings.name, place, project.organization.confidence, keeps_keys=settings.groups is None
    )


def _notion(project: Settings, settings: TargetSettings) -> Target:
    from connectors.notion.source import NotionSettings
    from pipelines.publish.targets.notion.target import NotionTarget

    notion = project.sources.notion
    assert notion is not None  # noqa: S101 - the settings' condition
    place = NotionSettings(
        token=notion.token.get_secret_value(),
        places=(settings.database or "",),
        url=notion.url,
        version=notion.version,
        requests_per_minute=notion.requests_per_minute,
    )
    read = project.datasets_from("notion", TABLE)
    places = [str(dataset.place) for dataset in read]
    return NotionTarget(settings.name, place, places, project.organization.confidence)


def chosen_targets(project: Project, names: Sequence[str]) -> Sequence[TargetSettings]:
    """The targets of these names, in the order of the settings; all if there are no names.

    Raises:
        UnknownTargetError: There is none of a name.
    """
    every = project.settings.publish.targets
    known = [one.name for one in every]
    for name in names:
        if name not in known:
            raise UnknownTargetError(
                f"No target is named {name!r}; known: {', '.join(known) or 'none'}. See publish:"
                " targets: in okr.yaml."
            )
    return [one for one in every if not names or one.name in names]


def write_targets(
    project: Project,
    former_ids: Callable[[Project], Mapping[str, str]],
    names: Sequence[str] = (),
    *,
    anew: bool = False,
    dry_run: bool = False,
) -> list[Outcome]:
    """Write the published tables to some targets or all; call it under the run lock.

    Args:
        project: Whose.
        former_ids: Tells former ids of Key Results and the present ones, for restricted rows.
        names: Which targets; none for all.
        anew: Whether to write those that are up to date, too.
        dry_run: Whether to say only what would be written, and what would be refused.

    Raises:
        UnknownTargetError: There is no such target.
        published.tables.NotPublishedError: Nothing is published yet.
    """
    targets = chosen_targets(project, names)
    if not targets:
        return []
    run, attempts = open_run(project.paths.duckdb), AttemptsAtTargets(project.paths.targets)
    found = []
    for one in targets:
        project.report("publish", f"to {one.name}")
        seen = partial(_seen_by, project, one, run, former_ids)
        outcome = _one(project, one, seen, anew=anew, dry_run=dry_run)
        found.append(outcome)
        if dry_run:
            continue
        level = logging.ERROR if outcome.error else logging.INFO
        told = {"target": one.name, "state": outcome.state, "rows": sum(outcome.rows.values())}
        event("target", level=level, **told, error=outcome.error)
        attempts.record(one.name, _attempt(project, attempts.latest().get(one.name), outcome))
    return found


def outcomes_of_run(project: Project) -> list[Outcome]:
    """What became of each target in this run; nothing of one that it did not get to."""
    kinds = {one.name: one.kind for one in project.settings.publish.targets}
    latest = AttemptsAtTargets(project.paths.targets).latest()
    return [
        Outcome(
            name,
            kinds[name],
            "failed" if attempt.error else "written",
            attempt.run_id,
            attempt.as_of,
            attempt.rows,
            attempt.error,
        )
        for name, attempt in latest.items()
        if name in kinds and attempt.at == project.clock.started_at
    ]


def _one(
    project: Project,
    settings: TargetSettings,
    seen: Callable[[], PublishedRun],
    *,
    anew: bool,
    dry_run: bool,
) -> Outcome:
    """One target; whatever goes wrong is its outcome."""
    named = settings.name, settings.kind
    try:
        run = seen()
        target = target_of(project.settings, settings)
        found = target.manifest()
        if found and not anew and found.is_of(run) and not target.missing(found):
            return Outcome(*named, "up to date", found.run_id, found.as_of, found.rows)
        if dry_run:
            target.rehearse(run)
            rows = {table.name: table.rows for table in run.tables}
            return Outcome(*named, "would be written", run.run_id, run.as_of, rows)
        wrote = target.write(run)
        return Outcome(*named, "written", wrote.run_id, wrote.as_of, wrote.rows)
    except UserError as error:
        return Outcome(*named, "failed", error=redact(str(error)))
    except Exception as fault:  # one target's defect keeps no other from being written
        itself = f"okr-sync itself failed ({place_of_fault(fault)}). Please report it."
        return Outcome(*named, "failed", error=disk_trouble(fault) or itself)


def _seen_by(
    project: Project,
    settings: TargetSettings,
    run: PublishedRun,
    former_ids: Callable[[Project], Mapping[str, str]],
) -> PublishedRun:
    """What a target is to hold of a run."""
    restrictions = project.settings.page.restrictions
    if settings.groups is not None and restrictions:
        hidden = hidden_from(settings.groups, restrictions, former_ids(project))
        run = run.seen_by(hidden, project.settings.thresholds.pace_tolerance)
    return run.only(settings.tables)


def _attempt(project: Project, before: Attempt | None, outcome: Outcome) -> Attempt:
    at = project.clock.started_at
    if outcome.error is None:
        now = project.instant()
        return Attempt(at, outcome.run_id, outcome.as_of, now, outcome.rows)
    before = before or Attempt(at)
    return msgspec.structs.replace(
        before, at=at, error=outcome.error, since=before.since or before.at if before.error else at
    )
