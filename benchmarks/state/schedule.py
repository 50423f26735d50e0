"""Sixty nights under Dagster's own daemon code: is every local day run once, and published?

What belongs here: a clock that moves through both daylight-saving changes, the daemon's scheduler
and sensors called as the daemon calls them, days on which it is down, runs by hand, and a run that
holds the lock. What does not: the company and its nights (``year``).

The daemon's code, the jobs and the company are real. Two things are not: the clock, which Dagster
lets tests freeze, and the launcher, which runs a job at once instead of in a process of its own.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock
from zoneinfo import ZoneInfo

import dagster as dg

from benchmarks.state.year import FIRST, Year
from pipelines.definitions import SYNC_JOB
from pipelines.nightly_run import run_nightly
from pipelines.project import Project
from pipelines.schedule import DAY_TAG
from published.tables import PublishedTables

ZONE = ZoneInfo("Europe/Berlin")
AT = dt.time(2, 30)  # it does not exist on one of the days, and is twice on another
_WINDOWS = (1, 157)  # of 30 nights each: around 25 October 2026 and 28 March 2027
_DOWN = (9, 10)  # nights of each window in which the daemon is down, and comes back at 09:10
_BY_HAND = {3: (2, 10), 5: (2, 50), 12: (14, 0), 20: (0, 5), 26: (21, 30)}
_LOCKED = 22
_LAUNCHER = """
run_launcher:
  module: dagster._core.launcher.sync_in_memory_run_launcher
  class: SyncInMemoryRunLauncher
"""


@dataclass
class Found:
    """What happened in one window.

    Attributes:
        days: The local days on which the daemon was up.
        read: How often the schedule started a run that succeeded, by local day.
        published: How often publishing followed it and succeeded, by local day.
        by_hand: Runs that people started.
        missed: What the schedule said of nights that it did not start.
        rows: Local days that the published tables hold.
    """

    days: list[str] = field(default_factory=list)
    read: Counter[str] = field(default_factory=Counter)
    published: Counter[str] = field(default_factory=Counter)
    by_hand: int = 0
    missed: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """Local days that were not run and published exactly once."""
        once = dict.fromkeys(self.days, 1)
        differs = (set(once.items()) ^ set(self.read.items())) | (
            set(once.items()) ^ set(self.published.items())
        )
        lost = set(self.days) - set(self.rows)
        return sorted({day for day, _ in differs} | lost)


class Daemon:
    """Dagster's daemon over one data folder, stepped by hand.

    Args:
        year: The company.
        stack: Ends what is opened.
    """

    def __init__(self, year: Year, stack: ExitStack) -> None:
        from dagster._core.remote_origin import InProcessCodeLocationOrigin
        from dagster._core.test_utils import (
            InProcessTestWorkspaceLoadTarget,
            create_test_daemon_workspace_context,
        )
        from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
        from dagster._daemon.run_coordinator import QueuedRunCoordinatorDaemon

        home = year.folder / "data" / "dagster"
        home.mkdir(parents=True)
        ours = Path("pipelines/dagster.yaml").read_text("utf-8")
        (home / "dagster.yaml").write_text(ours + _LAUNCHER, "utf-8")
        os.environ |= {"OKR_CONFIG": str(year.folder / "okr.yaml"), "DAGSTER_HOME": str(home)}
        self.instance = stack.enter_context(dg.DagsterInstance.from_config(str(home)))
        loaded = LoadableTargetOrigin(
            executable_path=sys.executable, module_name="pipelines.definitions", attribute="defs"
        )
        origin = InProcessCodeLocationOrigin(loaded, location_name="okr-sync")
        self.workspace = stack.enter_context(
            create_test_daemon_workspace_context(
                InProcessTestWorkspaceLoadTarget(origin), self.instance
            )
        )
        self._queue = QueuedRunCoordinatorDaemon(interval_seconds=1)
        self.log = logging.getLogger("daemon")

    def wake(self, now: dt.datetime) -> None:
        """One round of the scheduler and the sensors, as the daemon makes it every minute."""
        from dagster._daemon.sensor import execute_sensor_iteration
        from dagster._scheduler.scheduler import launch_scheduled_runs

        for trouble in launch_scheduled_runs(
            self.workspace,
            self.log,
            end_datetime_utc=now,
            iteration_times={},
            max_catchup_runs=5,
            max_tick_retries=0,
        ):
            assert not getattr(trouble, "message", None), trouble
        self._empty_queue()
        for trouble in execute_sensor_iteration(self.workspace, self.log, None, None):
            assert not getattr(trouble, "message", None), trouble
        self._empty_queue()

    def _empty_queue(self) -> None:
        """Start what is queued, one run after the other."""
        for trouble in self._queue.run_iteration(self.workspace):
            assert not getattr(trouble, "message", None), trouble


@contextmanager
def _clock(now: dt.datetime) -> Iterator[None]:
    """The time for Dagster's daemon and for the runs."""
    from dagster._core.test_utils import freeze_time

    with freeze_time(now), mock.patch.object(Project, "instant", return_value=now):
        yield


def _moments(day: dt.date) -> Iterator[dt.datetime]:
    """When the daemon wakes on a local day: around its night, and now and then."""
    start = dt.datetime.combine(day, dt.time(), ZONE).astimezone(dt.UTC)
    for minutes in (0, 60, 120, 130, 140, 150, 160, 180, 190, 210, 220, 550, 900, 1320):
        yield start + dt.timedelta(minutes=minutes)


def _window(first: int, nights: int, folder: Path) -> Found:
    """One window of nights, in a company of its own."""
    year, found = Year(folder, key_results=8), Found()
    ended: dict[str, tuple[str, str]] = {}
    with (folder / "okr.yaml").open("a", encoding="utf-8") as settings:
        settings.write(f'schedule: {{at: "{AT:%H:%M}"}}\n')
    with ExitStack() as stack:
        daemon = Daemon(year, stack)
        for night in range(1, nights + 1):
            day = FIRST + dt.timedelta(days=first + night - 2)
            year.live(first + night - 1)
            _live_through(day, night, daemon, found)
            for run in daemon.instance.get_runs():  # older ones are pruned by the nights
                if run.is_success and DAY_TAG in run.tags:
                    ended[run.run_id] = run.job_name, run.tags[DAY_TAG]
        for job, day_of_run in ended.values():
            (found.read if job == SYNC_JOB else found.published)[day_of_run] += 1
        found.missed = [
            str(tick.skip_reason)
            for state in daemon.instance.all_instigator_state()
            for tick in daemon.instance.get_ticks(state.instigator_origin_id, state.selector_id)
            if tick.instigator_name == "nightly" and tick.skip_reason
        ]
    tables = PublishedTables(folder / "data" / "published.duckdb")
    found.rows = sorted({str(day) for day in tables.frame("key_results_daily")["as_of"]})
    return found


def _live_through(day: dt.date, night: int, daemon: Daemon, found: Found) -> None:
    """A local day: the daemon wakes, and people start runs in between."""
    if night not in _DOWN:
        found.days.append(day.isoformat())
    by_hand = _BY_HAND.get(night)
    for now in _moments(day):
        local = now.astimezone(ZONE)
        with _clock(now):
            if by_hand and (local.hour, local.minute) >= by_hand:
                by_hand = None
                found.by_hand += 1
                done = run_nightly(Project(Path(os.environ["OKR_CONFIG"])))
                assert done.published, done
            back = night == _DOWN[-1] + 1 and (local.hour, local.minute) < (9, 10)
            if night not in _DOWN and not back:
                with _holding_the_lock(night == _LOCKED and local.time() == AT):
                    daemon.wake(now)


@contextmanager
def _holding_the_lock(held: bool) -> Iterator[None]:
    """Another process at work on the data folder, for two seconds."""
    if not held:
        yield
        return
    code = (
        "import sys, time; from pathlib import Path; from pipelines.project import Project\n"
        "with Project(with_secrets=False).exclusively(): print('held', flush=True); time.sleep(2)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as other:  # noqa: S603 - our own arguments
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        yield


def main() -> int:
    """Print each window, and the local days that were not run exactly once."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nights", type=int, default=30, help="of each of the two windows")
    nights, wrong = parser.parse_args().nights, 0
    logging.disable(logging.WARNING)
    for first in _WINDOWS:
        with tempfile.TemporaryDirectory() as folder:
            found = _window(first, nights, Path(folder) / "okr")
        print(f"{nights} nights from {FIRST + dt.timedelta(days=first - 1)}, Europe/Berlin, 02:30")
        print(
            f"  days with the daemon up: {len(found.days)}; read and published exactly once:"
            f" {len(found.days) - len(found.wrong)}"
        )
        print(f"  runs by hand: {found.by_hand}; days published in all: {len(found.rows)}")
        for sentence in found.missed:
            print(f"  missed: {sentence}")
        for day in found.wrong:
            print(f"  WRONG: {day}: read {found.read[day]}, published {found.published[day]}")
        wrong += len(found.wrong)
    return 1 if wrong else 0
