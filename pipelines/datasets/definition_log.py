"""Jira's change logs of the fields that define Key Results.

What belongs here: finding the log's entries of the mapped fields. What does not: what a definition
was on a day (:mod:`okr_model.entities.derived.past_definitions`).
"""

from __future__ import annotations

import datetime as dt

import duckdb
import pandas as pd

from okr_model.entities.derived.past_definitions import LOG_COLUMNS, LOGGED_FIELDS
from pipelines.lake.duckdb_session import arrow
from pipelines.lake.tables import Lake

_SOURCE = "jira"
_COLUMNS = {**LOG_COLUMNS, "seen_at": "datetime64[us, UTC]"}
_LOGGED_AS = {"due_on": "duedate"}
"""Columns of issues that the change log calls by another field."""


def definition_log(
    lake: Lake, connection: duckdb.DuckDBPyConnection, cells: pd.DataFrame
) -> pd.DataFrame:
    """The changes of Key Results' own fields, in the order of the log.

    Args:
        lake: Where the change logs are.
        connection: To read the lake with.
        cells: The long cells frame.

    Returns:
        :data:`okr_model.entities.derived.past_definitions.LOG_COLUMNS` and ``seen_at``, when the
        entry was first read; empty if no Key Result is kept in Jira.
    """
    mine = cells[(cells["holds"] == "key_results") & (cells["source"] == _SOURCE)]
    mine = mine[mine["field"].isin(LOGGED_FIELDS)]
    if mine.empty:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _COLUMNS.items()})
    wanted = mine[["source", "record_id", "dataset", "field", "name"]].assign(
        field_id=mine["address"].replace(_LOGGED_AS)
    )
    connection.register("wanted", wanted.astype("object"))
    query = f"""
        SELECT w.source, w.record_id, w.dataset, w.field, c.changed_at AS "at",
               c.from_id, c.from_text, c.to_id, c.to_text, c.first_seen_at AS seen_at
        FROM {lake.scan("jira_changes")} c JOIN wanted w ON c.issue_id = w.record_id AND (
            c.field_id = w.field_id
            OR (c.field_id IS NULL AND lower(c.field) IN (lower(w.name), lower(w.field_id)))
        )
        WHERE c.changed_at IS NOT NULL
        ORDER BY w.record_id, c.changed_at, try_cast(split_part(c.id, ':', 1) AS BIGINT),
                 try_cast(split_part(c.id, ':', 2) AS BIGINT), c.id
    """  # noqa: S608 - the lake names its files
    log: pd.DataFrame = arrow(connection, query).to_pandas()
    connection.unregister("wanted")
    for name in ("at", "seen_at"):
        log[name] = pd.to_datetime(log[name], utc=True)
    return log.astype(_COLUMNS)


def definition_instants(
    lake: Lake, connection: duckdb.DuckDBPyConnection, record_ids: list[str]
) -> list[dt.datetime]:
    """When any of these issues was changed, as their change logs tell."""
    query = f"""
        SELECT DISTINCT changed_at FROM {lake.scan("jira_changes")}
        WHERE changed_at IS NOT NULL AND list_contains($1::VARCHAR[], issue_id)
    """  # noqa: S608 - the lake names its files
    instants: list[dt.datetime] = arrow(connection, query, [record_ids]).column(0).to_pylist()
    return instants
