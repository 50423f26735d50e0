"""Finding the initiative that somebody names, by a former key of its issue in Jira, too.

What belongs here: asking the lake for what is published under another key now. What does not:
present names, which need no lake (:func:`published.selection.find_initiative`).
"""

from __future__ import annotations

import pandas as pd

from okr_model.languages.folding import same_id
from pipelines.project import Project
from published.selection import UnknownInitiativeError, find_initiative


def find_by_any_name(project: Project, initiatives: pd.DataFrame, named: str) -> pd.Series:
    """The published initiative of this key, title or id, or else of this former key.

    Raises:
        UnknownInitiativeError: None or several match; the message lists the candidates.
    """
    try:
        return find_initiative(initiatives, named)
    except UnknownInitiativeError:
        from pipelines.datasets.former_ids import former_names  # slow to import, rarely needed
        from pipelines.lake.duckdb_session import connect

        former = former_names(project.lake_as_of, connect(), initiatives)
        now = {same_id(old): initiative for old, initiative in former.items()}.get(same_id(named))
        if now is None:
            raise
        return find_initiative(initiatives, now)
