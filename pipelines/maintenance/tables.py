"""Bringing the data folder's Delta tables in order, those of them that have many commits.

What belongs here: which tables there are, and how long each keeps what was replaced. What does not:
versions of records that are too old (``raw_versions``).

A table is due after some twenty commits, so a night mostly finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from connectors.registry import STREAMS
from okr_model.tables import TABLES
from pipelines.lake.delta import LAKE_DAYS, is_due, tidy
from pipelines.maintenance.raw_versions import drop_old_versions
from pipelines.project import Project
from pipelines.publish.history import version_days


def tidy_up(project: Project) -> list[str]:
    """Drop what is too old and tidy what is due; call it while the data folder is held.

    Returns:
        A sentence for each table that could not be tidied. The next night tries again.
    """
    failed = []
    for source in project.settings.source_names:
        try:
            drop_old_versions(project, source)
        except Exception as error:  # never a reason not to publish
            failed.append(f"old versions of records from {source} could not be dropped: {error}")
    for path, days in _tables(project):
        try:
            if is_due(path):
                tidy(path, days)
        except Exception as error:  # never a reason not to publish
            failed.append(f"{path} could not be tidied: {error}")
    return failed


def _tables(project: Project) -> Iterator[tuple[Path, int]]:
    """Each table's folder, and for how many days it keeps what was replaced."""
    for stream in STREAMS:
        for part in ("log", "current"):
            yield project.lake.path(stream, part), LAKE_DAYS
    yield project.lake.pulls.path, LAKE_DAYS
    yield project.paths.decisions, LAKE_DAYS
    kept = project.settings.retention.published_versions_days
    for table in TABLES:
        yield project.paths.history / table.name, version_days(table.name, kept)
