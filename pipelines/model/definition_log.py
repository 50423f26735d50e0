"""Changes of definitions that change logs tell, since the last published run.

What belongs here: from when on the log counts. What does not: reading it
(``datasets.definition_log``), and joining it with what comparing runs finds (``confidence``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import duckdb
import pandas as pd

from okr_model.entities.derived.past_definitions import cells_at, logged_changes
from okr_model.progress.value_series import KEY
from okr_model.quantities.day_bounds import start_of_day
from pipelines.datasets.definition_log import definition_log
from pipelines.project import Project
from pipelines.publish.reader import last_started, published_before

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
    recent = log[_is_recent(project, log, key_results, before)]
    if project.clock.is_past:
        recent = recent.iloc[:0]
    # All that followed is needed to tell what a change made of the definition.
    since = recent.groupby("record_id")["at"].min().to_dict()
    changes = logged_changes(
        cells, log[log["at"] >= _looked_up(log, since)], _only(key_results, read)
    )
    new = ~pd.MultiIndex.from_frame(changes[KEY]).isin(_keys(before))
    changes = changes[~(new & changes["old"].isna().to_numpy())]
    days = changes["changed_at"].dt.tz_convert(zone).dt.date
    changes = changes.assign(changed_on=days)
    return changes[days <= project.clock.as_of].reset_index(drop=True)


def _is_recent(
    project: Project, log: pd.DataFrame, key_results: pd.DataFrame, before: pd.DataFrame
) -> pd.Series:
    """Whether the run that published ``before`` did not know an entry of the log, or may not have.

    What it did not publish has no earlier entries than its cycle.
    """
    zone = project.settings.organization.timezone
    starts = dict(zip(key_results["record_id"], key_results["cycle_start"].dt.date, strict=True))
    begun = {record: start_of_day(day, zone) for record, day in starts.items()}
    recent = log["at"] >= _looked_up(log, begun)
    if before.empty:
        return recent
    unread = log["seen_at"] > last_started(project.paths.duckdb, before["run_id"].iloc[0])
    unread |= log["at"] >= start_of_day(before["as_of"].max() - _OVERLAP, zone)
    published = pd.MultiIndex.from_frame(key_results[KEY]).isin(_keys(before))
    return recent.where(~log["record_id"].isin(key_results.loc[published, "record_id"]), unread)


def _looked_up(log: pd.DataFrame, instants: Mapping[str, dt.datetime]) -> pd.Series:
    """The instant of each entry's record; null where there is none."""
    found = log["record_id"].astype("object").map(instants)
    return pd.to_datetime(found.astype("object"), utc=True).astype("datetime64[us, UTC]")


def _keys(published: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(published.reindex(columns=KEY).astype("str"))


def _only(
    key_results: pd.DataFrame, read: Callable[[pd.DataFrame], pd.DataFrame]
) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Reads only records that are Key Results now, each under its present id and cycle."""
    wanted = pd.MultiIndex.from_frame(key_results[[*KEY, "record_id"]])

    def readings(cells: pd.DataFrame) -> pd.DataFrame:
        found = read(cells)
        return found[pd.MultiIndex.from_frame(found[[*KEY, "record_id"]]).isin(wanted)]

    return readings
