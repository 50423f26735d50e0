"""Changes of definitions that change logs tell, since the last published run.

What belongs here: from when on the log counts. What does not: reading it
(``datasets.definition_log``), and joining it with what comparing runs finds (``confidence``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import duckdb
import pandas as pd

from okr_model.entities.derived.past_definitions import cells_at, logged_changes
from okr_model.progress.value_series import KEY
from okr_model.quantities.day_bounds import start_of_day
from pipelines.datasets.definition_log import definition_log
from pipelines.project import Project
from pipelines.publish.reader import published_before

_OVERLAP = dt.timedelta(days=1)  # a search finds late what was changed while the last run read


def cells_of_day(
    project: Project, connection: duckdb.DuckDBPyConnection, cells: pd.DataFrame
) -> pd.DataFrame:
    """The cells with the definitions that the change logs give for the end of a past day."""
    cutoff = project.clock.cutoff
    if cutoff is None:
        return cells
    log = definition_log(project.lake, connection, cells)
    return cells_at(cells, log, pd.Timestamp(cutoff))


def changes_of_definitions(
    project: Project,
    connection: duckdb.DuckDBPyConnection,
    cells: pd.DataFrame,
    key_results: pd.DataFrame,
    read: Callable[[pd.DataFrame], pd.DataFrame],
) -> pd.DataFrame:
    """What change logs tell, of published Key Results since then, of new ones since their cycle.

    A field of a new Key Result that is filled in for the first time has not changed.

    Args:
        project: Whose lake and published tables.
        connection: To read the lake with.
        cells: The long cells frame.
        key_results: The definitions in it.
        read: Reads definitions in cells.

    Returns:
        See :func:`okr_model.entities.derived.past_definitions.logged_changes`; and ``changed_on``.
    """
    log = definition_log(project.lake, connection, cells)
    before, _ = published_before(project.paths.duckdb)
    zone = project.settings.organization.timezone
    known = (
        pd.MultiIndex.from_frame(before[KEY])
        if len(before)
        else pd.MultiIndex.from_arrays([[], []])
    )
    published = pd.MultiIndex.from_frame(key_results[KEY]).isin(known)
    first = key_results["cycle_start"].dt.date
    if len(before):
        first = first.where(~published, before["as_of"].max() - _OVERLAP)
    since = {
        record: start_of_day(day, zone)
        for record, day in zip(key_results["record_id"], first, strict=True)
    }
    starts = log["record_id"].astype("object").map(since)
    after = pd.to_datetime(starts, utc=True)
    recent = log["at"] >= after
    if project.clock.is_past:
        recent &= False
    end = pd.Timestamp(start_of_day(project.clock.as_of + _OVERLAP, zone))
    changes = logged_changes(cells, log[recent & (log["at"] < end)], _only(key_results, read))
    new = ~pd.MultiIndex.from_frame(changes[KEY]).isin(known)
    changes = changes[~(new & changes["old"].isna().to_numpy())]
    days = changes["changed_at"].dt.tz_convert(zone).dt.date
    return changes.assign(changed_on=days).reset_index(drop=True)


def _only(
    key_results: pd.DataFrame, read: Callable[[pd.DataFrame], pd.DataFrame]
) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Reads only records that are Key Results now, each under its present id and cycle."""
    wanted = pd.MultiIndex.from_frame(key_results[[*KEY, "record_id"]])

    def readings(cells: pd.DataFrame) -> pd.DataFrame:
        found = read(cells)
        return found[pd.MultiIndex.from_frame(found[[*KEY, "record_id"]]).isin(wanted)]

    return readings
