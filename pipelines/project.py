"""The project of one run: settings, clock, paths, lake and attempts, each created on first use.

What belongs here: composing those parts. What does not: the work done with them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.clock import RunClock
from pipelines.lake.attempts import AttemptLog
from pipelines.lake.manifest import ensure_known_state
from pipelines.lake.private_files import private_files
from pipelines.lake.run_lock import exclusive_run
from pipelines.lake.step_files import StepFiles
from pipelines.lake.streams import complete_pulls
from pipelines.lake.tables import AsOf, Lake
from pipelines.paths import UNUSABLE, DataPaths
from pipelines.settings import Settings, SettingsError, find_settings, load_settings
from pipelines.settings.file.written import Written
from pipelines.settings.targets import ensure_distinct
from pipelines.telemetry.log import Logs, run_log
from pipelines.telemetry.meter import Meter
from published.errors import UserError


class NotKeptError(UserError):
    """A day is further back than what is kept."""


class UnfinishedRestoreError(UserError):
    """Part of the state is that of before a restore, part that of after."""


class UnfinishedFetchError(UserError):
    """Part of the state is that of before it was fetched from the object store."""


def ensure_usable(paths: DataPaths) -> None:
    """Make sure that what lies there is one state, and one that this version can read.

    Raises:
        pipelines.lake.manifest.NewerStateError: A newer version wrote it.
        UnfinishedRestoreError: A restore was ended while it put it in its place.
        UnfinishedFetchError: So was a fetch from the object store.
    """
    ensure_known_state(paths.manifest)
    if paths.restoring.exists():
        raise UnfinishedRestoreError(
            f"{paths.data}: okr restore was ended before it was done, so the state is"
            " incomplete. Run it again, with --replace."
        )
    if paths.fetched.exists():
        raise UnfinishedFetchError(
            f"{paths.data}: what was fetched from the object store is not in its place yet. If"
            " no other command is just doing that, run: okr store fetch"
        )


def _silent(_source: str, _text: str) -> None:
    """Discard progress reports."""


@dataclass(frozen=True)
class Project:
    """What a run works on.

    Args:
        settings_path: Path of ``okr.yaml``; None searches for it on first use.
        day: The day to compute; None means the settings' ``as_of``, else today in the
            organization's time zone.
        now: The instant of the run, timezone-aware; None reads the system clock on first use.
        report: Progress callback for long work; receives a source's name and a short text.
        with_secrets: Whether the run connects to sources and so needs their credentials; see
            :func:`pipelines.settings.load_settings`.
        with_page_secrets: Whether the page is served, and needs its own; likewise.
        at_review: Whether the run may read and write the review tab, if one is configured.
    """

    settings_path: Path | None = None
    day: dt.date | None = None
    now: dt.datetime | None = None
    report: Callable[[str, str], None] = field(default=_silent, repr=False)
    with_secrets: bool = True
    with_page_secrets: bool = False
    at_review: bool = True

    @cached_property
    def settings(self) -> Settings:
        """The settings, loaded once."""
        path = find_settings(self.settings_path)
        settings = load_settings(
            path, with_secrets=self.with_secrets, with_page_secrets=self.with_page_secrets
        )
        paths = DataPaths(settings.data, settings.publish.duckdb)
        for place in (paths.data, paths.duckdb):
            if found := [one for one in UNUSABLE if one in place.as_posix()]:
                raise SettingsError(
                    f"{path}: no table can be kept in {place}, because the path has"
                    f" {' '.join(found)}. Name another folder, or move this one."
                )
        try:
            shared = (paths.data, paths.duckdb.parent, path.resolve())
            ensure_distinct(settings.publish.targets, [*paths.own, paths.duckdb], shared)
        except ValueError as error:
            raise SettingsError(f"{path}: {error}") from None
        return settings

    @cached_property
    def written(self) -> Written:
        """The settings file as it is written."""
        return Written.read(find_settings(self.settings_path))

    @cached_property
    def clock(self) -> RunClock:
        """The start of this run and the day it computes."""
        started_at = self.instant().astimezone(dt.UTC)
        organization = self.settings.organization
        today = self.settings.as_of or started_at.astimezone(organization.zone).date()
        return RunClock(started_at, organization.timezone, today, self.day or today)

    @cached_property
    def paths(self) -> DataPaths:
        """The paths of its files.

        Raises:
            pipelines.lake.manifest.NewerStateError: A newer version wrote them.
            UnfinishedRestoreError: A restore was ended while it put them in their place.
            UnfinishedFetchError: So was a fetch from the object store.
        """
        paths = DataPaths(self.settings.data, self.settings.publish.duckdb)
        ensure_usable(paths)
        return paths

    @cached_property
    def meter(self) -> Meter:
        """What the steps of this run cost, so far."""
        return Meter()

    def logging(self, run_id: str) -> AbstractContextManager[None]:
        """Write the log of a run meanwhile."""
        settings = self.settings
        return run_log(Logs(self.paths.logs, settings.files.group, settings.logs), run_id)

    @cached_property
    def attempts(self) -> AttemptLog:
        """The outcome of the latest attempt to read each source."""
        return AttemptLog(self.paths.lake)

    @cached_property
    def lake(self) -> Lake:
        """The lake in its latest state."""
        return Lake(self.paths.lake)

    @cached_property
    def lake_as_of(self) -> Lake:
        """The lake as of the end of the computed day.

        Definitions and claims are read from it because they carry no date of their own.
        """
        if self.clock.cutoff is None:
            return self.lake
        self.ensure_kept()
        complete = complete_pulls(self.lake, self.settings.source_names)
        return self.lake.as_of(AsOf(self.clock.cutoff, complete))

    @cached_property
    def done(self) -> set[str]:
        """What this run has done already, and its later steps need not do again."""
        return set()

    @cached_property
    def remarks(self) -> list[str]:
        """What this run is to tell its operator, once; in sentences."""
        return []

    @property
    def known_since(self) -> tuple[dt.datetime, str] | None:
        """The instant before which no day can be computed any more, and why; None if any can."""
        pulls = self.lake.pulls
        why = {
            pulls.kept_since(): f"retention: raw_days: {self.settings.retention.raw_days}",
            pulls.lost_before(): "part of the lake was lost",
        }
        return max(((at, words) for at, words in why.items() if at), default=None)

    @property
    def first_kept_day(self) -> dt.date | None:
        """The first day that can be computed; None if nothing was dropped or lost yet."""
        known = self.known_since
        return known[0].astimezone(self.settings.organization.zone).date() if known else None

    def ensure_kept(self) -> None:
        """Make sure that what the computed day needs has not been dropped.

        Raises:
            NotKeptError: It has.
        """
        first, known = self.first_kept_day, self.known_since
        if first and known and self.clock.is_past and self.clock.as_of < first:
            raise NotKeptError(
                f"{self.clock.as_of} cannot be computed any more: what was read is kept as of every"
                f" day since {first} ({known[1]})."
                " What was published of earlier days is kept: see okr explain --as-of and the table"
                " key_results_daily."
            )

    def instant(self) -> dt.datetime:
        """The ``now`` that the run was given, else the system clock's."""
        return self.now or dt.datetime.now(dt.UTC)

    def on(self, day: dt.date) -> Project:
        """The project of the same run for another day."""
        other = self._with(day=day)
        other.__dict__["clock"] = self.clock.on(day)
        return other

    def without_review(self) -> Project:
        """The project of the same run, without access to the review tab."""
        other = self._with(at_review=False)
        other.__dict__["clock"] = self.clock
        return other

    def step_files(self, run_id: str) -> StepFiles:
        """One run's tables between computing and publishing."""
        return StepFiles(self.paths.staging, run_id)

    @contextmanager
    def exclusively(self, patience: float = 0.0) -> Iterator[None]:
        """Lock the data folder, and write in it for its owner only.

        See :func:`pipelines.lake.run_lock.exclusive_run` and
        :func:`pipelines.lake.private_files.private_files`.
        """
        group = self.settings.files.group
        with (
            private_files([self.paths.data], group),
            exclusive_run(self.paths.run_lock, patience),
        ):
            yield

    def _with(self, **changed: Any) -> Project:
        other = replace(self, **changed)
        for name in (
            "settings",
            "paths",
            "attempts",
            "lake",
            "remarks",
            "meter",
        ):  # shared by the whole run
            other.__dict__[name] = getattr(self, name)
        return other
