"""The published tables, as the reading commands use them.

What belongs here: opening them as the settings say, finding a Key Result by a former id, too, and
asking the lake for what is behind a value.
What does not: what needs no settings (``published.selection``), and printing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from okr_model.languages.folding import same_id, same_ids
from pipelines.project import Project
from pipelines.settings import Settings
from published.selection import find_key_result
from published.tables import PublishedTables


def open_published(config: Path | None) -> tuple[Settings, PublishedTables]:
    """The settings and the tables they publish to.

    Raises:
        pipelines.settings.SettingsError: The settings cannot be used.
        published.tables.NotPublishedError: Nothing is published yet.
    """
    project = Project(config, with_secrets=False)
    return project.settings, PublishedTables(project.paths.duckdb)


def require_key_result(
    tables: PublishedTables, key_result: str, project: Project | None = None
) -> pd.DataFrame:
    """The published rows of ``key_result``, ignoring case, by the id it has or was published under.

    With a ``project``, one that was never published is followed, too.

    Raises:
        published.tables.UnknownKeyResultError: There are none; the message lists the published ids.
    """
    frame = tables.frame("key_results")
    found = frame[same_ids(frame["key_result_id"]) == same_id(key_result)]
    if found.empty and project is not None:
        from okr_model.links.claims import current_key  # slow to import, rarely needed
        from okr_model.links.references import canonical_key
        from pipelines.datasets.former_ids import known_aliases

        now = current_key(canonical_key(key_result), known_aliases(project))
        found = frame[same_ids(frame["key_result_id"]) == same_id(now)]
    return found if len(found) else find_key_result(frame, key_result)


def value_sources_of(project: Project, row: Mapping[Any, Any]) -> dict[str, Any]:
    """The declared measures, and the issues or rows from which the value was computed.

    Raises:
        pipelines.maintenance.streams.LostStreamError: The lake is damaged.
    """
    from pipelines.maintenance.whole import told_if_damaged
    from pipelines.model.measures.key_results import value_sources

    day = row["current_value_at"]
    measure = "" if pd.isna(day) else str(row["value_source"]).partition(",")[0]
    with told_if_damaged(project):
        found = value_sources(project, row, measure, day)
    return {"measures": found.declared, "issues": found.issues, "rows": found.rows}
