"""Bounding Dagster's own storage: the latest runs keep their events, older ones go.

What belongs here: deleting runs with all that Dagster keeps of them. What does not: what a run
publishes; ``okr.runs`` has a row of every run for good.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path

import dagster as dg


def prune_runs(instance: dg.DagsterInstance, kept: int) -> str | None:
    """Delete all but the latest ``kept`` runs; returns a sentence if that failed.

    Dagster empties a deleted run's file without deleting it, and keeps the evaluations of its
    checks; of its default storage, files in a folder, both are deleted here.
    """
    try:
        latest = instance.get_run_ids(limit=kept)
        older = instance.get_run_ids(cursor=latest[-1]) if len(latest) == kept else []
        for run_id in older:
            instance.delete_run(run_id)
        if older and not instance.is_ephemeral:
            _delete_files(Path(instance.root_directory), set(older))
    except Exception as error:  # never a reason not to publish
        return f"old runs could not be deleted from Dagster's storage: {error}"
    return None


def _delete_files(home: Path, runs: set[str]) -> None:
    """Delete what Dagster's storage in files keeps of deleted runs."""
    events = home / "history" / "runs"
    for run_id in runs:
        for suffix in ("", "-wal", "-shm"):
            (events / f"{run_id}.db{suffix}").unlink(missing_ok=True)
        shutil.rmtree(home / "storage" / run_id, ignore_errors=True)
    index = events / "index.db"
    if not index.is_file():
        return
    with contextlib.closing(sqlite3.connect(index, timeout=30)) as connection, connection:
        connection.executemany(
            "DELETE FROM asset_check_executions WHERE run_id = ?", [(one,) for one in runs]
        )
