"""Which attempts at the sources belong to a run.

What belongs here: telling a reading of this run from one that an earlier run has published. What
does not: the attempts themselves (``lake.attempts``), and what they say (``run_status``).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from okr_model.tables import RUNS
from pipelines.project import Project
from published.errors import UserError
from published.tables import PublishedTables


def attempts_of_run(project: Project) -> list[dict[str, Any]]:
    """The latest attempts at the sources that no earlier run has published.

    Dagster's daemon reads in one run and publishes in the next, so when this one began does not
    tell.
    """
    last, began = _last_published_at(project), project.clock.started_at
    attempts = (project.attempts.latest(name) for name in project.settings.source_names)
    made = ((attempt, _made_at(attempt)) for attempt in attempts)
    return [attempt for attempt, at in made if at and (at == began or last is None or at > last)]


def _made_at(attempt: dict[str, Any]) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(str(attempt.get("at")))
    except ValueError:
        return None


def _last_published_at(project: Project) -> dt.datetime | None:
    """When the last night was published; rebuilds of past days read nothing and publish none."""
    try:
        runs = PublishedTables(project.paths.duckdb).frame(RUNS.name)
    except UserError:
        return None
    nights = runs if "kind" not in runs else runs[runs["kind"].isna() | (runs["kind"] == "night")]
    return None if nights.empty else nights["published_at"].max().to_pydatetime()
