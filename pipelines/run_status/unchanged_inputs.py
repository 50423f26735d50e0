"""Skipping a run whose inputs are unchanged.

What belongs here: the digest of a run's inputs, comparing it with that of the published run, and
publishing the sources' freshness when the run is skipped. What does not: computing any table.

The inputs are the day, the settings, the code, the lake, the decision log, the open problems and
the state of the review tab. A run with a failed source or an unreachable place has no digest, so no
later run is skipped because of it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import pandas as pd

from connectors.registry import STREAMS
from okr_model.tables import RUNS, SOURCES
from okr_model.tables.contract import conform
from pipelines.lake.decision_log import DecisionLog
from pipelines.maintenance.examine import pending_notices
from pipelines.project import Project
from pipelines.publish import history
from pipelines.publish.duckdb_file import update_duckdb
from pipelines.review.state import review_findings
from pipelines.run_status.provenance import provenance
from pipelines.run_status.source_status import runs_row, sources_table
from pipelines.run_status.unread import unreachable_places
from published.tables import PublishedTables


@dataclass(frozen=True, slots=True)
class UnchangedRun:
    """The first published run with the same inputs, whose tables a new run would only repeat.

    Attributes:
        run_id: The run that computed the tables.
        published_at: When it published them.
        key_results: The number of Key Results it published.
        findings: The number of findings it published.
    """

    run_id: str
    published_at: pd.Timestamp
    key_results: int
    findings: int


def inputs_digest(project: Project, *, unread: bool = False) -> str | None:
    """A digest of everything that this run's tables are computed from.

    Args:
        project: Whose run.
        unread: Whether a dataset could not be read, which shows only once the model has run.

    Returns:
        Equal digests mean equal tables, except for the columns of the run. None if a source, or a
        place or dataset within one, could not be read, or if there is something to tell once.
    """
    names = project.settings.source_names
    if any(project.attempts.latest(name).get("state") != "complete" for name in names):
        return None
    if unread or unreachable_places(project) or pending_notices(project):
        return None
    parts = {
        "as_of": project.clock.as_of.isoformat(),
        **provenance(project),
        "lake": {stream: project.lake.folded(stream) for stream in STREAMS},
        "decisions": DecisionLog(project.paths.decisions).count(),
        "problems": [project.lake.pulls.state(name).problems for name in names],
        "review": [finding.sentence for finding in review_findings(project)],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def find_unchanged_run(project: Project) -> UnchangedRun | None:
    """The published run with the same inputs as this one, or None."""
    if not project.paths.duckdb.is_file():
        return None
    published = PublishedTables(project.paths.duckdb)
    runs = published.frame(RUNS.name).sort_values("published_at", kind="stable")
    digest = inputs_digest(project)
    # Not the run with the latest instant: a clock that was ahead may have given it.
    newest = set(published.frame(SOURCES.name)["run_id"])
    # A file of an earlier version lacks these columns; a run without a digest is never skipped.
    if digest is None or "inputs" not in runs or "kind" not in runs:
        return None
    runs = runs[runs["kind"] != "rebuild"]
    if not len(runs):
        return None
    if set(runs.loc[runs["run_id"].isin(newest), "inputs"]) != {digest}:
        return None
    first = runs[runs["inputs"] == digest].iloc[0]
    return UnchangedRun(
        str(first["run_id"]),
        pd.Timestamp(first["published_at"]),
        int(first["key_results"]),
        int(first["findings"]),
    )


def refresh(project: Project, unchanged: UnchangedRun, run_id: str) -> None:
    """Publish only the sources' freshness: the tables ``sources`` and ``runs``."""
    row = runs_row(project, run_id, unchanged.key_results, unchanged.findings)
    frames = {
        SOURCES: sources_table(project).assign(as_of=project.clock.as_of, run_id=run_id),
        RUNS: row.assign(inputs=inputs_digest(project)),
    }
    tables = {
        table.name: history.to_arrow(conform(frame, table), table)
        for table, frame in frames.items()
    }
    tables = history.with_history(tables, project.paths.history, run_id)
    kept = project.settings.retention.published_versions_days
    tables = history.write_delta(tables, project.paths.history, run_id, project.instant, kept)
    update_duckdb(tables, project.paths.duckdb)
