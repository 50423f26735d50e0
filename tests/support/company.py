"""The sample company for tests: its services, and okr-sync set up against them."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pandas as pd
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.errors import UserError
from pipelines.lake.step_files import StepFiles
from pipelines.nightly_run import NightlyResult, run_nightly
from pipelines.project import Project
from pipelines.publish.reader import PublishedTables
from sandbox.server import Sandbox

OKR = Path(sys.executable).with_name("okr")


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

    def okr(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the installed command as a person would, settings and credentials at hand."""
        return self.okr_with({}, *words)

    def okr_with(self, environ: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
        """The same, with some of the environment changed."""
        return subprocess.run(
            [str(OKR), *words],
            env={**self.environment, "OKR_CONFIG": str(self.settings), **environ},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def okr_here(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command in this process: the same answers, without starting Python and Dagster."""
        environ = {**self.environment, "OKR_CONFIG": str(self.settings)}
        with contextlib.chdir(self.folder):
            done = CliRunner().invoke(app, list(words), env=environ)
        if isinstance(done.exception, UserError):
            return subprocess.CompletedProcess(words, 2, done.stdout, str(done.exception))
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)

    def night(self, *, read: bool = True, publish: bool = True) -> NightlyResult:
        """Run one night in this process, which spares it starting Python and Dagster."""
        with mock.patch.dict(os.environ, self.environment):
            return run_nightly(
                Project(self.settings, with_secrets=read), read=read, publish=publish
            )

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


def copy_of(original: Company, folder: Path) -> Company:
    """The same company with everything it has on disk once more, to be changed at will."""
    shutil.copytree(original.folder, folder, dirs_exist_ok=True)
    return Company(original.box, folder)


def company(folder: Path, issues: int = 300) -> Iterator[Company]:
    with Sandbox(issues=issues) as box:
        box.write_settings(folder)
        yield Company(box, folder)
