"""What the reading commands share: the project and its published tables.

What belongs here: opening both from the command line's options, the current cycle. What does not:
printing.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pipelines.project import Project
from pipelines.publish.reader import PublishedTables
from pipelines.settings import Settings


def open_published(config: Path | None) -> tuple[Settings, PublishedTables]:
    """The settings and the tables they publish to.

    Raises:
        pipelines.settings.SettingsError: The settings cannot be used.
        pipelines.publish.reader.NotPublishedError: Nothing is published yet.
    """
    project = Project(config, with_secrets=False)
    return project.settings, PublishedTables(project.duckdb)


def published_day(tables: PublishedTables) -> dt.date:
    """The day that the published tables speak of."""
    runs = tables.frame("runs", "kind IS DISTINCT FROM 'rebuild'").sort_values("published_at")
    day: dt.date = runs["as_of"].iloc[-1]
    return day


def current_cycle(settings: Settings, day: dt.date) -> str:
    """The cycle that holds ``day``, else the latest that began before it, else the first."""
    begun = [cycle for cycle in settings.cycles if cycle.start <= day]
    holding = [cycle for cycle in begun if day <= cycle.end]
    chosen = max(holding or begun or settings.cycles[:1], key=lambda cycle: cycle.start)
    return chosen.id
