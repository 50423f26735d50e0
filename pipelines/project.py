"""One project on disk: its settings, its folders, and the instant a run calls now.

What belongs here: what every asset and command needs to know of where things are. What does not:
doing anything with them.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from okr_model.quantities.day_bounds import start_of_day
from pipelines.errors import UserError
from pipelines.lake.step_files import Staging
from pipelines.lake.tables import Known, Lake
from pipelines.settings import Settings, find_settings, load_settings


class AlreadyRunningError(UserError):
    """Another run holds the data folder."""


_HELD: set[Path] = set()
"""The locks that this process holds: the operating system would refuse it its own."""


def _acquire(file: IO[str], data: Path, until: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < until:
                time.sleep(0.5)
                continue
            file.seek(0)
            raise AlreadyRunningError(
                f"{data}: another run (process {file.read().strip()}) is at work here. "
                "Wait for it to end."
            ) from None
        return


def _silent(_source: str, _text: str) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class Project:
    """Where a run works and what it calls now.

    Args:
        settings_path: ``okr.yaml``; None finds it when first needed.
        day: The day to compute; None takes the settings' ``as_of``, else today in the
            organization's zone.
        now: The instant of the run, aware; None asks the clock when first needed.
        report: Called with a source's name and a few words as long work goes on.
        with_secrets: Whether sources will be spoken to; see
            :func:`pipelines.settings.load_settings`.
        at_review: Whether the run may read and write the review tab, where there is one.
    """

    settings_path: Path | None = None
    day: dt.date | None = None
    now: dt.datetime | None = None
    report: Callable[[str, str], None] = field(default=_silent, repr=False)
    with_secrets: bool = True
    at_review: bool = True

    @cached_property
    def settings(self) -> Settings:
        """The settings, read once."""
        path = find_settings(self.settings_path)
        return load_settings(path, with_secrets=self.with_secrets)

    @cached_property
    def started_at(self) -> dt.datetime:
        """The instant that this run calls now, UTC."""
        return (self.now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)

    @property
    def today(self) -> dt.date:
        """The day it is in the organization's zone, or the one that the settings pin."""
        pinned = self.settings.as_of
        return pinned or self.started_at.astimezone(self.settings.organization.zone).date()

    @property
    def as_of(self) -> dt.date:
        """The day that this run computes, in the organization's zone."""
        return self.day or self.today

    def on(self, day: dt.date) -> Project:
        """The same run's project, computing another day."""
        return self._changed(day=day)

    def without_review(self) -> Project:
        """The same run's project, leaving the review tab alone."""
        return self._changed(at_review=False)

    @property
    def is_past(self) -> bool:
        """Whether the day that is computed is over."""
        return self.as_of < self.today

    @cached_property
    def lake(self) -> Lake:
        """What was pulled, as it is known now."""
        return Lake(self.settings.data / "lake")

    @cached_property
    def as_it_stood(self) -> Lake:
        """What was pulled, as it stood at the end of the day that is computed.

        Definitions and claims are read from it: they carry no date of their own.
        """
        end = self.known_before
        if end is None:
            return self.lake
        from pipelines.ingest.pull import complete_pulls  # which knows more of a project than this

        return self.lake.as_known(Known(end, complete_pulls(self)))

    @property
    def known_before(self) -> dt.datetime | None:
        """The end of a past day, after which nothing counts for it; None for today."""
        if not self.is_past:
            return None
        zone = self.settings.organization.timezone
        return start_of_day(self.as_of + dt.timedelta(days=1), zone)

    def staging(self, run_id: str) -> Staging:
        """One run's tables between their computation and their publishing."""
        return Staging(self.settings.data / "staging", run_id)

    @property
    def decisions(self) -> Path:
        """What people decided about links, as Delta."""
        return self.settings.data / "lake" / "decisions"

    @property
    def history(self) -> Path:
        """Published tables as Delta, every version."""
        return self.settings.data / "published"

    @property
    def duckdb(self) -> Path:
        """The published DuckDB file."""
        return self.settings.publish.duckdb

    def attempt(self, source: str) -> dict[str, Any]:
        """How the last attempt to read ``source`` went; empty before the first."""
        path = self._attempt_path(source)
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def record_attempt(self, source: str, said: dict[str, Any]) -> None:
        """Keep how an attempt went, replacing the one before in one step."""
        path = self._attempt_path(source)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".tmp")
        beside.write_text(json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8")
        beside.replace(path)

    @contextmanager
    def exclusively(self, patience: float = 0.0) -> Iterator[None]:
        """Hold the data folder; the operating system lets go of it even if the run is killed.

        A process that holds it already may enter again.

        Args:
            patience: Seconds to wait for another process to let go.

        Raises:
            AlreadyRunningError: Another process holds it.
        """
        lock = self.settings.data / "run.lock"
        if lock in _HELD:
            yield
            return
        lock.parent.mkdir(parents=True, exist_ok=True)
        with lock.open("a+", encoding="ascii") as file:
            _acquire(file, self.settings.data, time.monotonic() + patience)
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            _HELD.add(lock)
            try:
                yield
            finally:
                _HELD.remove(lock)

    def _changed(self, **what: Any) -> Project:
        other = replace(self, now=self.started_at, **what)
        other.__dict__.update({"settings": self.settings, "lake": self.lake})  # read once
        return other

    def _attempt_path(self, source: str) -> Path:
        return self.settings.data / "lake" / f"{source}.attempt.json"
