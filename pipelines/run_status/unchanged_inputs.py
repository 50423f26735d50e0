"""Whether what is published still stands: a run whose inputs are the same has nothing to compute.

What belongs here: telling what a run's tables are computed from, comparing it with the published
run's, and keeping freshness true where nothing else changed. What does not: computing anything.

The inputs are the day, the settings, the code, what the lake holds, what people decided and what
could not be read. A run that could not read something has none, so that nothing ever stands on it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from connectors.registry import SOURCE_FACTS
from okr_model.tables import RUNS, SOURCES
from okr_model.tables.contract import conform
from pipelines.lake.decision_log import DecisionLog
from pipelines.project import Project
from pipelines.publish import history
from pipelines.publish.duckdb_file import update_duckdb
from pipelines.publish.reader import PublishedTables
from pipelines.review.state import review_findings
from pipelines.run_status.source_status import runs_row, sources_table
from pipelines.run_status.unreachable_places import unreachable_places

_CODE = ("connectors", "okr_model", "pipelines")


@dataclass(frozen=True, slots=True)
class UnchangedRun:
    """Published tables that a new run would only repeat.

    Attributes:
        run_id: The run that computed them.
        published_at: When it did.
        key_results: How many rows it published.
        findings: How many findings it published.
    """

    run_id: str
    published_at: pd.Timestamp
    key_results: int
    findings: int


def inputs_digest(project: Project) -> str | None:
    """A digest of everything that this run's tables are computed from.

    Returns:
        Equal digests mean equal tables, but for the columns of the run. None where a source or a
        place in one could not be read.
    """
    names = project.settings.source_names
    if any(project.attempts.latest(name).get("state") != "complete" for name in names):
        return None
    if unreachable_places(project):
        return None
    parts = {
        "as_of": project.clock.as_of.isoformat(),
        "settings": project.settings.model_dump_json(),  # secrets are masked in it
        "code": _code(Path(__file__).parents[2]),
        "lake": project.lake.versions(),
        "decisions": DecisionLog(project.paths.decisions).version(),
        "problems": [
            project.lake.last_metadata(SOURCE_FACTS[name].primary_stream, "problems")
            for name in names
        ],
        "review": [finding.sentence for finding in review_findings(project)],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def find_unchanged_run(project: Project) -> UnchangedRun | None:
    """The published tables, if this run would publish the same; else None."""
    if not project.paths.duckdb.is_file():
        return None
    published = PublishedTables(project.paths.duckdb)
    runs = published.frame(RUNS.name).sort_values("published_at", kind="stable")
    digest = inputs_digest(project)
    # A file of an earlier version has no such column, and a run without inputs never stands.
    if digest is None or "inputs" not in runs or "kind" not in runs:
        return None
    runs = runs[runs["kind"] != "rebuild"]
    if not len(runs):
        return None
    if runs["inputs"].iloc[-1] != digest:
        return None
    first = runs[runs["inputs"] == digest].iloc[0]
    return UnchangedRun(
        str(first["run_id"]),
        pd.Timestamp(first["published_at"]),
        int(first["key_results"]),
        int(first["findings"]),
    )


def refresh(project: Project, standing: UnchangedRun, run_id: str) -> None:
    """Publish that every source was read again: the tables ``sources`` and ``runs``, no other."""
    row = runs_row(project, run_id, standing.key_results, standing.findings)
    frames = {
        SOURCES: sources_table(project).assign(as_of=project.clock.as_of, run_id=run_id),
        RUNS: row.assign(inputs=inputs_digest(project)),
    }
    tables = {
        table.name: history.to_arrow(conform(frame, table), table)
        for table, frame in frames.items()
    }
    tables = history.with_history(tables, project.paths.history, run_id)
    history.write_delta(tables, project.paths.history, run_id)
    update_duckdb(tables, project.paths.duckdb)


def _code(root: Path) -> str:
    """A digest of the program's files: another version may compute something else."""
    files = sorted(file for room in _CODE for file in (root / room).rglob("*.py"))
    told = [
        f"{file.relative_to(root)} {stat.st_size} {stat.st_mtime_ns}"
        for file in files
        for stat in [file.stat()]
    ]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()
