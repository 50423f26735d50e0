"""What the reading commands share: the project and its published tables.

What belongs here: opening both from the command line's options, the current cycle. What does not:
printing.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd

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


class UnknownInitiativeError(UserError):
    """No published initiative is called so, or several are."""


def require_key_result(tables: PublishedTables, key_result: str) -> pd.DataFrame:
    """The published rows of ``key_result``, whatever its letters' case.

    Raises:
        UnknownKeyResultError: There are none; the message says which ids there are.
    """
    frame = tables.frame("key_results")
    found = frame[frame["key_result_id"].str.casefold() == key_result.casefold()]
    if found.empty:
        known = ", ".join(in_order(frame)["key_result_id"])
        raise UnknownKeyResultError(
            f"no Key Result {key_result!r} is published. There are: {known}"
        )
    return found


def find_initiative(initiatives: pd.DataFrame, named: str) -> pd.Series:
    """The initiative that is called ``named``: by key or title, or by its id.

    Raises:
        UnknownInitiativeError: There is none, or there are several; the message says which.
    """
    wanted = named.casefold()
    by_id = initiatives[initiatives["initiative_id"].str.casefold() == wanted]
    called = (initiatives["initiative"].str.casefold() == wanted) | (
        initiatives["title"].str.casefold() == wanted
    )
    found = by_id if len(by_id) else initiatives[called.fillna(False)]
    if len(found) == 1:
        return found.iloc[0]
    if len(found):
        ids = ", ".join(found["initiative_id"])
        raise UnknownInitiativeError(f"{len(found)} initiatives are called {named!r}: name {ids}.")
    names = ", ".join(sorted(initiatives["initiative"])[:30])
    raise UnknownInitiativeError(f"no initiative {named!r} is published. There are: {names}")


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """By cycle, by team as first met, by the number in the id."""
    number = frame["key_result_id"].str.extract(r"(\d+)\D*$")[0].astype("float64")
    return (
        frame.assign(_number=number)
        .sort_values(["cycle_id", "_number", "key_result_id"])
        .drop(columns="_number")
        .reset_index(drop=True)
    )
