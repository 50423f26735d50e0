"""Dagster's home folder, and its storage of runs and events.

What belongs here: where it is, opening it, and what is wrong with it in words. What does not: what
a run does with it (``nightly_run``).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import dagster as dg
import yaml

from pipelines.errors import disk_trouble, ensure_writable
from pipelines.project import Project
from published.errors import UserError


class DagsterStorageError(UserError):
    """Dagster's own storage is damaged."""


def open_dagster(project: Project) -> dg.DagsterInstance:
    """Dagster's instance, after a look into each store that a run writes.

    Raises:
        DagsterStorageError: One of them cannot be read or written.
    """
    folder = dagster_home(project)
    closed = [path for path in folder.rglob("*.db") if not os.access(path, os.W_OK)]
    if closed:
        raise DagsterStorageError(
            f"{closed[0]}: Dagster's storage cannot be written. Give this account the right to"
            " write there, or move the folder away: it holds the logs of past runs and no data, and"
            " is made anew."
        )
    try:
        instance = dg.DagsterInstance.from_config(str(folder))
        instance.get_latest_materialization_event(dg.AssetKey("key_results"))
    except Exception as fault:  # of whichever library the storage rests on
        if disk_trouble(fault):
            raise
        raise DagsterStorageError(_unreadable(folder, fault)) from None
    return instance


def _unreadable(folder: Path, fault: Exception) -> str:
    """What is wrong with Dagster's storage, and what to do."""
    kind = type(fault).__name__
    if isinstance(fault, ImportError):
        return (
            f"{folder}/dagster.yaml names a storage whose library is not installed: {fault}. For"
            " Postgres install okr-sync[postgres]."
        )
    if _has_storage_of_its_own(folder):
        return (
            f"Dagster's storage cannot be reached ({kind}). Check that the database runs, and the"
            f" environment variables that storage: in {folder}/dagster.yaml names."
        )
    return (
        f"{folder}: Dagster's storage cannot be read ({kind}). Move the folder away: it holds the"
        " logs of past runs and no data, and is made anew."
    )


def _has_storage_of_its_own(folder: Path) -> bool:
    """Whether Dagster keeps runs elsewhere than in its home folder."""
    try:
        told = yaml.safe_load((folder / "dagster.yaml").read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return False
    return isinstance(told, dict) and "storage" in told


def dagster_home(project: Project) -> Path:
    """Dagster's home folder: ``$DAGSTER_HOME``, else ``dagster`` in the data folder."""
    named = os.environ.get("DAGSTER_HOME")
    folder = Path(named) if named else project.paths.data / "dagster"
    if _has_storage_of_its_own(folder):
        return folder
    ensure_writable(folder, "DAGSTER_HOME")
    if not (folder / "dagster.yaml").exists():
        shutil.copy(Path(__file__).with_name("dagster.yaml"), folder / "dagster.yaml")
    return folder
