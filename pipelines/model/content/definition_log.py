"""Changes of definitions that Jira's change logs tell.

What belongs here: the log's entries of the fields that define Key Results, and from when on they
count. What does not: what a definition was before them
(:mod:`okr_model.entities.derived.past_definitions`), and joining them with what comparing runs
finds (``confidence``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping

import duckdb
import narwhals as nw
import pandas as pd

from okr_model.activity.issue_fields import field_log
from okr_model.activity.issue_history import CHANGE_COLUMNS
from okr_model.entities.derived.past_definitions import (
    LOG_COLUMNS,
    LOGGED_FIELDS,
    cells_at,
    logged_changes,
)
from okr_model.progress.value_series import KEY
from okr_model.quantities.day_bounds import start_of_day
from pipelines.datasets.records import record_ids
from pipelines.lake.duckdb_session import arrow
from pipelines.project import Project
from published.tables import last_started, published_before

_SOURCE = "jira"
_LOGGED_AS = {"due_on": "duedate"}
"""Columns of issues that the change log calls by another field."""
_COLUMNS = {**LOG_COLUMNS, "seen_at": "datetime64[us, UTC]"}
_OVERLAP = dt.timedelta(days=1)  # a search finds late what was changed while the last run read


def cells_of_day(
    project: Project, connection: duckdb.DuckDBPyConnection, cells: pd.DataFrame
) -> pd.DataFrame:
    """The cells with the definitions that the change logs give for the end of a past day."""
    cutoff = project.clock.cutoff
    if cutoff is None:
        return cells
    log = definition_log(project, connection, cells)
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
    log = definition_log(project, connection, cells)
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


def definition_instants(
    project: Project, connection: duckdb.DuckDBPyConnection
) -> list[dt.datetime]:
    """When any issue that is a Key Result was changed, as the change logs tell."""
    datasets = project.settings.datasets_from(_SOURCE, "key_results")
    ids = [one for each in datasets for one in record_ids(project.lake, connection, each)]
    changes = _changes_of(project, ids)
    instants: list[dt.datetime] = (
        arrow(
            connection,
            f"SELECT DISTINCT changed_at FROM {changes} WHERE changed_at IS NOT NULL",  # noqa: S608 - our own files
        )
        .column(0)
        .to_pylist()
    )
    return instants


def definition_log(
    project: Project, connection: duckdb.DuckDBPyConnection, cells: pd.DataFrame
) -> pd.DataFrame:
    """The changes of Key Results' own fields, in the order of the log.

    Returns:
        :data:`okr_model.entities.derived.past_definitions.LOG_COLUMNS` and ``seen_at``, when the
        entry was first read; empty if no Key Result is kept in Jira.
    """
    mine = cells[(cells["holds"] == "key_results") & (cells["source"] == _SOURCE)]
    mine = mine[mine["field"].isin(LOGGED_FIELDS) & mine["address"].notna()]
    if mine.empty:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _COLUMNS.items()})
    wanted = mine[["source", "record_id", "dataset", "field", "name"]].assign(
        field_id=mine["address"].replace(_LOGGED_AS)
    )
    changes = _changes_of(project, wanted["record_id"].unique())
    columns = ", ".join(CHANGE_COLUMNS)
    log = field_log(
        nw.from_native(connection.sql(f"SELECT {columns} FROM {changes}")),  # noqa: S608 - our own files
        wanted["field_id"].unique(),
        wanted.groupby("field_id")["name"].unique().to_dict(),
    )
    seen = arrow(connection, f"SELECT id, first_seen_at AS seen_at FROM {changes}").to_pandas()  # noqa: S608 - our own files
    log = log.merge(seen, on="id").rename(columns={"issue_id": "record_id"})
    log = log.merge(wanted, on=["record_id", "field_id"])
    for name in ("at", "seen_at"):
        log[name] = pd.to_datetime(log[name], utc=True)
    return log[list(_COLUMNS)].astype(_COLUMNS)


def _changes_of(project: Project, issues: Iterable[str]) -> str:
    """A FROM-clause over the change logs of some issues, all that was ever read of them."""
    ids = ", ".join(f"'{one}'" for one in issues if one.isdecimal())
    changes = project.lake.scan("jira_changes")
    return f"(SELECT * FROM {changes} WHERE issue_id IN ({ids or 'NULL'}))"  # noqa: S608 - our own files


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
