"""What a machine of the trial does: a night on the state in the store, and decisions beside it.

What belongs here: what runs in the processes that are killed. What does not: starting, killing and
judging them (``run``).

A night is a real one without Dagster, whose start would cost ten times as much as the rest. Each
process is forked from one that has imported everything.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import time
from pathlib import Path

from pipelines.ingest.pull import pull_sources
from pipelines.lake.run_lock import AlreadyRunningError
from pipelines.maintenance.examine import begin_run, ensure_read_anew, record_state
from pipelines.maintenance.tables import tidy_up
from pipelines.model.nightly_steps import NIGHTLY
from pipelines.model.steps import run_steps
from pipelines.past_days import late_entries
from pipelines.project import Project
from pipelines.publish.blocked_run import note_published
from pipelines.run_status.unchanged_inputs import find_unchanged_run
from pipelines.store import lease, session
from pipelines.store.objects import StoreError
from pipelines.store.session import kept, put_now, record

LEASE_SECONDS = 4.0
RESULTS = "results.txt"
_WORDS = {"action": "reject", "initiative_id": "files:none", "initiative": "none"}


def act(folder: Path, day: dt.date, environment: dict[str, str]) -> None:
    """One process of one machine: the night of a day, or that it was done already."""
    os.environ.update(environment)
    lease.SECONDS = LEASE_SECONDS
    session._PATIENCE = 1.0
    now = dt.datetime.combine(day, dt.time(1), dt.UTC)
    project = Project(folder / "okr.yaml", now=now)
    run_id = f"{day} {folder.name} {os.getpid()}"
    try:
        with kept(project), project.exclusively():
            done = _night(project, run_id)
        _tell(folder, f"{done} {day} {run_id}")
    except AlreadyRunningError:
        _tell(folder, f"refused {day}")
    except StoreError as error:
        _tell(folder, f"lost {day} {type(error).__name__}")


def _night(project: Project, run_id: str) -> str:
    begin_run(project)
    for outcome in pull_sources(project, project.settings.source_names):
        if outcome.error:
            raise outcome.error
    ensure_read_anew(project)
    if untidy := tidy_up(project):
        raise RuntimeError(untidy)
    if find_unchanged_run(project):
        return "unchanged"
    run_steps(NIGHTLY, project, run_id)
    late_entries.publish_night(project, run_id)
    note_published(project)
    put_now(project)
    record_state(project)
    return "computed"


def decide(folder: Path, day: dt.date, environment: dict[str, str], longest: float) -> None:
    """Another process of the machine: people decide while the night runs, here or elsewhere.

    ``longest`` is how many seconds may pass between two decisions.
    """
    os.environ.update(environment)
    project = Project(folder / "okr.yaml", now=dt.datetime.combine(day, dt.time(1), dt.UTC))
    drawn = random.Random(os.getpid())  # noqa: S311 - moments, not secrets
    for number in range(4):
        time.sleep(drawn.uniform(0.0, longest))
        name = f"D-{day:%m%d}-{folder.name}-{number}-{os.getpid()}"
        at = dt.datetime.now(dt.UTC)
        session.refresh(project)
        record(project, [_WORDS | {"decision_id": name, "decided_at": at, "key_result_id": "KR-1"}])
        _tell(folder, f"decided {name}")


def _tell(folder: Path, line: str) -> None:
    """Append a line that outlives the process that is killed next."""
    with (folder.parent / RESULTS).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
