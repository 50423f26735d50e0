"""The published tables, as the reading commands use them.

What belongs here: opening them, the current cycle, and finding a Key Result or an initiative by
what was typed. What does not: printing.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd

from okr_model.languages.folding import same_id, same_ids
from pipelines.errors import UserError
from pipelines.project import Project
from pipelines.publish.reader import PublishedTables, UnknownKeyResultError
from pipelines.settings import Settings


def open_published(config: Path | None) -> tuple[Settings, PublishedTables]:
    """The settings and the tables they publish to.

    Raises:
        pipelines.settings.SettingsError: The settings cannot be used.
        pipelines.publish.reader.NotPublishedError: Nothing is published yet.
    """
    project = Project(config, with_secrets=False)
    return project.settings, PublishedTables(project.paths.duckdb)


def published_day(tables: PublishedTables) -> dt.date:
    """The day for which the tables were last published."""
    # Not by the instants of runs: a clock that was ahead may have given the latest one.
    return tables.days("sources")[-1]


def current_cycle(settings: Settings, day: dt.date) -> str:
    """The cycle that contains ``day``, else the latest one begun before it, else the first."""
    begun = [cycle for cycle in settings.cycles if cycle.start <= day]
    holding = [cycle for cycle in begun if day <= cycle.end]
    chosen = max(holding or begun or settings.cycles[:1], key=lambda cycle: cycle.start)
    return chosen.id


class UnknownInitiativeError(UserError):
    """No published initiative has this name, or several have."""


def require_key_result(
    tables: PublishedTables, key_result: str, project: Project | None = None
) -> pd.DataFrame:
    """The published rows of ``key_result``, ignoring case; of a ``project`` by a former id, too.

    Raises:
        UnknownKeyResultError: There are none; the message lists the published ids.
    """
    frame = tables.frame("key_results")
    found = frame[same_ids(frame["key_result_id"]) == same_id(key_result)]
    if found.empty and project is not None:
        from okr_model.links.claims import current_key  # slow to import, rarely needed
        from okr_model.links.references import canonical_key
        from pipelines.datasets.former_ids import known_aliases

        now = current_key(canonical_key(key_result), known_aliases(project))
        found = frame[same_ids(frame["key_result_id"]) == same_id(now)]
    if found.empty:
        known = ", ".join(in_order(frame)["key_result_id"])
        raise UnknownKeyResultError(
            f"no Key Result {key_result!r} is published. There are: {known}"
        )
    return found


def find_initiative(initiatives: pd.DataFrame, named: str) -> pd.Series:
    """The initiative whose key, title or id is ``named``, ignoring case.

    Raises:
        UnknownInitiativeError: None or several match; the message lists the candidates.
    """
    wanted = same_id(named)
    by_id = initiatives[same_ids(initiatives["initiative_id"]) == wanted]
    called = (same_ids(initiatives["initiative"]) == wanted) | (
        same_ids(initiatives["title"]) == wanted
    )
    found = by_id if len(by_id) else initiatives[called.fillna(False)]
    if len(found) == 1:
        return found.iloc[0]
    if len(found):
        ids = ", ".join(found["initiative_id"])
        raise UnknownInitiativeError(
            f"{len(found)} initiatives are called {named!r}. Name one by its id: {ids}."
        )
    names = ", ".join(sorted(initiatives["initiative"])[:30])
    raise UnknownInitiativeError(f"no initiative {named!r} is published. There are: {names}")


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Sort by cycle, then by the number in the id."""
    number = frame["key_result_id"].str.extract(r"(\d+)\D*$")[0].astype("float64")
    return (
        frame.assign(_number=number)
        .sort_values(["cycle_id", "_number", "key_result_id"])
        .drop(columns="_number")
        .reset_index(drop=True)
    )
