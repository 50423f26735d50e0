"""Nightly runs with injected faults, each of which must publish the tables of a run without any.

A script is drawn from a seed: status codes with every form of ``Retry-After``, resets, truncated,
slow and misplaced bodies, for requests to all three services, and in some scripts a SIGKILL during
a real ``okr sync``. If the sources were not read completely, the faults stop and pulls are repeated
until they are. Then the lake and the published tables are compared with those of a run without
faults, except for run ids, times of reading, and costs of reading.

Half of the scripts start with an empty lake; the others the day after a successful run, with issues
edited, deleted and moved, pages changed and trashed, and cells rewritten since.

Without a SIGKILL the run happens in this process, through the functions that the jobs call, and
backoff is cut short; waits that a service asks for are kept. A child process waits in full.

``python -m benchmarks faults``; ``--seed 17`` repeats one script, ``--scripts 12`` runs fewer.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pandas as pd

from benchmarks.faults.fault_scripts import STARTS, Answer, Script, draw
from connectors.errors import TransientError
from connectors.registry import SOURCE_FACTS, STREAMS
from connectors.transport.retry import RetryPolicy
from okr_model.tables import BY_NAME
from pipelines.ingest.pull import Outcome, pull_sources
from pipelines.lake.duckdb_session import arrow, connect
from pipelines.model.nightly_steps import NIGHTLY
from pipelines.model.steps import run_steps
from pipelines.project import Project
from pipelines.publish.publish import publish
from published.tables import PublishedTables
from sandbox.company.ids import page_id, spreadsheet_id
from sandbox.server import Sandbox

SCRIPTS = 200
_FAULTY_ATTEMPTS = 2
_CALM_ATTEMPTS = 3
_CHILD_SECONDS = 180.0

# Costs, times and run ids differ between two runs that read the same data.
_APART = {
    "raw",  # contains addresses that expire
    "landed",
    "run_id",
    "seen_at",
    "current_value_seen_at",
    "first_seen_at",
    "last_seen_at",
    "last_complete_at",
    "last_attempt_at",
    "started_at",
    "published_at",
}
_COSTS = {"requests", "retries", "rows", "changed", "deleted", "seconds"}


@dataclass
class Ended:
    """The result of a script: differences (none on success), and counters."""

    differences: list[str]
    attempts: int = 0
    retries: int = 0
    broken: int = 0
    was_killed: bool = False


class World:
    """The sample company's services, with the initial folder and the expected tables of each start.

    Args:
        folder: Working directory.
        issues: How many Jira issues there are.
    """

    def __init__(self, folder: Path, issues: int = 300) -> None:
        self._folder = folder
        self._issues = issues
        self._stack = ExitStack()
        self._lakes: dict[str, dict[str, pd.DataFrame]] = {}
        self._tables: dict[str, dict[str, pd.DataFrame]] = {}

    def __enter__(self) -> World:
        self.box = self._stack.enter_context(Sandbox(issues=self._issues))
        self._stack.enter_context(mock.patch.dict(os.environ, self.box.environment()))
        self._stack.enter_context(mock.patch.object(RetryPolicy, "longest_wait", return_value=0.01))
        for start in STARTS:
            _lift_rate_limits(self.box.write_settings(self._folder / start))
        _read_well(self._folder / "yesterday")
        _change_everything(self.box)
        for start in STARTS:
            shutil.copytree(self._folder / start, self._well(start))
            _read_well(self._well(start))
            self._lakes[start] = lake(self._well(start))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def run(self, script: Script, *, publish: bool = True) -> Ended:
        """Run the script, pull without faults if still needed, publish and compare.

        Without ``publish`` only the lake is compared.
        """
        with self._copy(script.start) as folder:
            ended = Ended([])
            self._dictate(script, {})
            if script.kill:
                ended.was_killed = self._killed(script, folder)
            whole = not script.kill and self._read(folder, ended, _FAULTY_ATTEMPTS)
            self.box.forget()
            if not whole and not self._read(folder, ended, _CALM_ATTEMPTS):
                ended.differences.append("the sources cannot be read even without faults")
            found = lake(folder)
            if publish:
                _publish(folder)
                found |= published(folder)
                self._ensure_published(script.start)
            expected = self._lakes[script.start] | self._tables.get(script.start, {})
            ended.differences += compare(found, expected)
            return ended

    def _well(self, start: str) -> Path:
        return self._folder / f"{start}, read without faults"

    def _ensure_published(self, start: str) -> None:
        """Have the tables of a run without faults, which take longest, only where they count."""
        if start not in self._tables:
            _publish(self._well(start))
            self._tables[start] = published(self._well(start))

    def _dictate(self, script: Script, instead: dict[str, list[Answer]]) -> None:
        self.box.forget()
        for service, answers in (script.answers | instead).items():
            self.box.dictate(service, *answers)

    def _read(self, folder: Path, ended: Ended, attempts: int) -> bool:
        """Pull until every source is complete; returns whether they are."""
        for _ in range(attempts):
            outcomes = _pull(folder)
            ended.attempts += 1
            for outcome in outcomes:
                ended.retries += outcome.figures.get("retries", 0)
                ended.broken += outcome.error is not None
                if outcome.error and not isinstance(outcome.error, TransientError):
                    ended.differences.append(f"transient, but not treated as such: {outcome.error}")
            if not any(outcome.error for outcome in outcomes):
                return True
        return False

    def _killed(self, script: Script, folder: Path) -> bool:
        """Run ``okr sync`` as a process until it is killed; False if it ended before."""
        assert script.kill is not None
        service, request, delay = script.kill
        started = threading.Event()
        child: subprocess.Popen[bytes] | None = None

        def kill() -> None:
            started.wait()
            if child:
                child.kill()

        answers = script.answers[service]
        fatal: list[Answer] = [lambda: threading.Timer(delay, kill).start()]
        self._dictate(script, {service: answers[:request] + fatal + answers[request:]})
        environment = {**os.environ, "OKR_CONFIG": str(folder / "okr.yaml")}
        environment.pop("DAGSTER_HOME", None)
        child = subprocess.Popen(  # noqa: S603 - our own command
            [str(Path(sys.executable).with_name("okr")), "sync"],
            env=environment,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.set()
        try:
            return child.wait(_CHILD_SECONDS) < 0
        finally:
            child.kill()
            child.wait()

    @contextmanager
    def _copy(self, start: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            folder = Path(name) / "night"
            shutil.copytree(self._folder / start, folder)
            yield folder


def lake(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables of the lake, without columns that may differ between two runs."""
    project, connection = _project(folder), connect()
    found: dict[str, pd.DataFrame] = {}
    for source in SOURCE_FACTS:
        found[f"problems of {source}"] = pd.DataFrame(project.lake.pulls.state(source).problems)
    for stream in STREAMS:
        names = [name for name in project.lake.current_schema(stream).names if name not in _APART]
        columns = ", ".join(f'"{name}"' for name in names)
        query = f"SELECT {columns} FROM {project.lake.scan(stream)} ORDER BY id"  # noqa: S608 - our own files
        found[f"lake {stream}"] = arrow(connection, query).to_pandas()
    return found


def published(folder: Path) -> dict[str, pd.DataFrame]:
    """The published tables, without columns that may differ between two runs."""
    tables, found = PublishedTables(_project(folder).paths.duckdb), {}
    for name, table in BY_NAME.items():
        if name == "runs":
            continue  # one row per run, and a script with faults has more runs
        frame = tables.frame(name)
        apart = _APART | (_COSTS if name == "sources" else set())
        frame = frame.sort_values(list(table.key), ignore_index=True)
        found[name] = frame.drop(columns=[column for column in frame.columns if column in apart])
    return found


def compare(found: dict[str, pd.DataFrame], expected: dict[str, pd.DataFrame]) -> list[str]:
    """The differences, one sentence per table."""
    differences = []
    for name, left in found.items():
        right = expected[name]
        try:
            pd.testing.assert_frame_equal(left, right)
        except AssertionError as error:
            rows = f"{len(left)} rows for {len(right)}; " if len(left) != len(right) else ""
            differences.append(f"{name}: {rows}{' '.join(str(error).split())[:300]}")
    return differences


def _change_everything(box: Sandbox) -> None:
    """Changes in all three services."""
    box.clock.advance(86_400)
    for key, summary in (("SUP-3", "Edited in the night"), ("WEB-5", "Serves KR-19 now")):
        box.jira.edit_issue(key, summary=summary)
    box.jira.delete_issue("SUP-7")
    box.jira.move_issue("WEB-9", "SAL")
    box.notion.edit_page(page_id("cohorts", "2026-11-27"), Name="Cohort, renamed")
    box.notion.trash_page(page_id("cohorts", "2026-11-20"))
    box.sheets.set_cell(spreadsheet_id("metrics"), "Weekly!C5", 4711)
    box.sheets.set_cell(spreadsheet_id("metrics"), "KPIs!B2", "Churn, renamed")
    box.clock.advance(86_400)


def _lift_rate_limits(settings: Path) -> None:
    """Set the rate limits so high that nothing waits: the sandbox has no quota."""
    text = settings.read_text("utf-8")
    for source in ("notion", "sheets"):
        text = text.replace(
            f"\n  {source}:\n", f"\n  {source}:\n    requests_per_minute: 1000000\n", 1
        )
    settings.write_text(text, "utf-8")


def _project(folder: Path) -> Project:
    return Project(folder / "okr.yaml", now=dt.datetime(2026, 11, 28, tzinfo=dt.UTC))


def _pull(folder: Path) -> list[Outcome]:
    project = _project(folder)
    return list(pull_sources(project, project.settings.source_names))


def _read_well(folder: Path) -> None:
    for outcome in _pull(folder):
        if outcome.error:
            raise outcome.error


def _publish(folder: Path) -> None:
    project = _project(folder)
    run_steps(NIGHTLY, project, "faults")
    publish(project, "faults")


def main(arguments: list[str] | None = None) -> int:
    """Run the scripts and print the results; 1 if one did not converge."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks faults", description=__doc__)
    parser.add_argument("--scripts", type=int, default=SCRIPTS, help="how many; seeds count from 1")
    parser.add_argument("--seed", type=int, help="only this one")
    chosen = parser.parse_args(arguments)
    seeds = [chosen.seed] if chosen.seed is not None else range(1, chosen.scripts + 1)
    begun, faults, total, failed = time.monotonic(), Counter[str](), Ended([]), list[int]()
    killed = 0
    with tempfile.TemporaryDirectory() as folder, World(Path(folder)) as world:
        for done, seed in enumerate(seeds, 1):
            script = draw(seed)
            try:
                ended = world.run(script)
            except BaseException as error:
                error.add_note(f"seed {seed}: python -m benchmarks faults --seed {seed}")
                raise
            faults += script.faults
            total.retries += ended.retries
            total.broken += ended.broken
            killed += ended.was_killed
            if ended.differences:
                failed.append(seed)
                print(f"seed {seed} ({script.start}, kill {script.kill}):", flush=True)
                print("\n".join(f"  {said}" for said in ended.differences), flush=True)
            if done % 20 == 0:
                print(f"  {done} scripts, {time.monotonic() - begun:.0f} s", flush=True)
    _report(len(seeds), failed, faults, killed, total, time.monotonic() - begun)
    return 1 if failed else 0


def _report(
    scripts: int, failed: list[int], faults: Counter[str], killed: int, total: Ended, seconds: float
) -> None:
    print(f"{scripts - len(failed)} of {scripts} fault scripts ended in the fault-free tables")
    print(f"drawn: {', '.join(f'{n} {name}' for name, n in sorted(faults.items()))}")
    print(
        f"{killed} nights killed by SIGKILL, {total.broken} pulls given up and resumed, "
        f"{total.retries} requests repeated, {seconds:.0f} s"
    )
    for seed in failed:
        print(f"failed: python -m benchmarks faults --seed {seed}")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
