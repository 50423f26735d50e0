"""The sample company for tests: its services, and okr-sync set up against them."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import os
import re
import shutil
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import dagster as dg
import pandas as pd

from okr_model.tables import TABLES
from pipelines import nightly_run
from pipelines.lake.step_files import StepFiles
from pipelines.nightly_run import NightlyResult, run_nightly
from pipelines.project import Project
from published.tables import PublishedTables
from sandbox.server import Sandbox
from tests.support.commands import Answer, call_okr, start_okr

# What differs between two runs that published the same: who ran, and when something was read.
_OF_THE_RUN = ("run_id", "seen_at", "started_at", "published_at", "stale_since")


@dataclass
class Company:
    """The sample company's services, and okr-sync set up against them in a folder."""

    box: Sandbox
    folder: Path

    @property
    def settings(self) -> Path:
        return self.folder / "okr.yaml"

    @property
    def environment(self) -> Mapping[str, str]:
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("OKR_", "DAGSTER_"))}
        return keep | self.box.environment() | {"COLUMNS": "160", "TERM": "dumb"}

    def okr(self, *words: str) -> Answer:
        """Run the installed command as a person would, settings and credentials at hand."""
        return start_okr(self.folder, self._with_settings(), *words)

    def okr_with(self, environ: Mapping[str, str], *words: str) -> Answer:
        """The same, with some of the environment changed."""
        return start_okr(self.folder, {**self._with_settings(), **environ}, *words)

    def okr_here(self, *words: str) -> Answer:
        """Run a command in this process: the same answers, without starting Python and Dagster."""
        with dagster_in_memory():
            return call_okr(self.folder, self._with_settings(), *words)

    def night(
        self, *, read: bool = True, publish: bool = True, now: dt.datetime | None = None
    ) -> NightlyResult:
        """Run one night in this process, which spares it starting Python and Dagster."""
        with mock.patch.dict(os.environ, self.environment, clear=True), dagster_in_memory():
            project = Project(self.settings, now=now, with_secrets=read)
            return run_nightly(project, read=read, publish=publish)

    def _with_settings(self) -> Mapping[str, str]:
        return {**self.environment, "OKR_CONFIG": str(self.settings)}

    def night_of(self, day: dt.date) -> None:
        """The night of another day than the sample's, which must go well."""
        text = self.settings.read_text("utf-8")
        text = re.sub(r"^as_of: \S+", f"as_of: {day}", text, flags=re.MULTILINE)
        self.settings.write_text(text, encoding="utf-8")
        done = self.night()
        assert done.exit_code == 0, (done.violations, done.crash)

    def published_run(self) -> str:
        """The run whose tables readers see; others may have staged theirs since."""
        return str(self.table("key_results")["run_id"].iloc[0])

    def step_files(self) -> StepFiles:
        """What the published run staged."""
        return StepFiles(self.folder / "data" / "staging", self.published_run())

    def table(self, name: str) -> pd.DataFrame:
        return PublishedTables(self.folder / "data" / "published.duckdb").frame(name)

    def key_result(self, key_result_id: str) -> pd.Series:
        frame = self.table("key_results")
        return frame.set_index("key_result_id").loc[key_result_id]


def good_night(company: Company, *, read: bool = True, publish: bool = True) -> NightlyResult:
    """A night that must go well."""
    done = company.night(read=read, publish=publish)
    assert not done.crash
    assert not done.violations
    assert not done.failed_sources
    return done


def everything(company: Company) -> dict[str, pd.DataFrame]:
    """Every published table but the log of runs."""
    return {table.name: comparable(company, table.name) for table in TABLES if table.name != "runs"}


def comparable(company: Company, table: str) -> pd.DataFrame:
    frame = company.table(table)
    kept = [name for name in frame.columns if not name.endswith(_OF_THE_RUN)]
    return frame[kept].astype("str").sort_values(kept[:3]).reset_index(drop=True)


@contextlib.contextmanager
def dagster_in_memory() -> Iterator[None]:
    """Dagster's books in memory: to keep them on disk takes most of the time of a quiet night."""
    kept_open = contextlib.nullcontext(_books())
    with mock.patch.object(nightly_run, "open_dagster", return_value=kept_open):
        yield


@functools.cache
def _books() -> dg.DagsterInstance:
    """The books of all nights in this process: to begin new ones costs as much as a quiet night.

    No event is entered in them, because each would cost milliseconds and nothing looks them up:
    what a run did is told by its result.
    """
    instance = dg.DagsterInstance.ephemeral()
    instance.event_log_storage.store_event = lambda event: None  # type: ignore[method-assign]
    return instance


def copy_of(original: Company, folder: Path) -> Company:
    """The same company with everything it has on disk once more, to be changed at will."""
    shutil.copytree(original.folder, folder, dirs_exist_ok=True)
    copy = Company(original.box, folder)
    settings = copy.settings.read_text("utf-8")
    original.box.write_settings(folder)  # the key copied may be that of another worker's services
    copy.settings.write_text(settings, "utf-8")
    return copy


class FirstNight:
    """A company's first night, computed once and restored for whoever begins with it.

    It is always restored to the same folder and address, because both are among the inputs that
    tell whether a later night has anything to compute.
    """

    def __init__(self, address: socket.socket, folder: Path) -> None:
        self._address = address
        self._folder = folder / "company"
        self._kept = folder / "kept"
        for one in company(self._folder, address):
            done = one.night()
            assert done.exit_code == 0, (done.violations, done.crash)
        self._folder.rename(self._kept)

    @contextlib.contextmanager
    def restored(self) -> Iterator[Company]:
        """The company after its first night; what was restored before is gone."""
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.copytree(self._kept, self._folder)
        yield from company(self._folder, self._address)


def company(folder: Path, address: socket.socket | int = 0, issues: int = 120) -> Iterator[Company]:
    with Sandbox(issues=issues, port=address) as box:
        box.write_settings(folder)
        yield Company(box, folder)
