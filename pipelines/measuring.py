"""Declared measures over the lake's issues: their values, and the issues behind one of them.

What belongs here: handing the lake's issues to :mod:`okr_model.measures`. What does not: how an
aggregate is computed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd

from okr_model.cycle import Cycle
from okr_model.issue_history import CHANGE_COLUMNS, read_log
from okr_model.measured import in_key_result_units, measuring_days
from okr_model.measures import Measure, evaluate, logged_columns, members
from pipelines.duck import connect
from pipelines.project import Project
from pipelines.settings import MeasureSettings


def measured_values(
    project: Project,
    connection: duckdb.DuckDBPyConnection,
    key_results: pd.DataFrame,
    cycles: list[Cycle],
    more_days: Sequence[dt.date] = (),
) -> pd.DataFrame:
    """Every declared measure on every measuring day and ``more_days``, in the Key Results' units.

    Returns:
        As :func:`okr_model.measured.in_key_result_units`; without columns where no measure is
        declared. There is no ``seen_at``: an aggregate is computed, not read.
    """
    days = sorted({*measuring_days(cycles, project.as_of), *more_days})
    return measured_on(project, connection, key_results, days)


def measured_on(
    project: Project,
    connection: duckdb.DuckDBPyConnection,
    key_results: pd.DataFrame,
    days: list[dt.date],
) -> pd.DataFrame:
    """Every declared measure on each of ``days``; see :func:`measured_values`."""
    measures = [_measure(declared) for declared in project.settings.measures]
    if not measures:
        return pd.DataFrame()
    issues, log = _issues(project, connection), _log(project, connection, measures)
    zone = project.settings.organization.timezone
    frames = [evaluate(measure, issues, log, days, zone) for measure in measures]
    return in_key_result_units(pd.concat(frames, ignore_index=True), key_results)


def issues_behind(project: Project, key_result_id: str, day: dt.date) -> list[dict[str, Any]]:
    """The issues whose aggregate is the value of ``key_result_id`` on ``day``, longest first.

    Returns:
        ``key, url, created_at, resolved_at, hours``; empty where no measure is declared for it.
    """
    declared = [m for m in project.settings.measures if key_result_id in m.key_result]
    if not declared:
        return []
    connection, measure = connect(), _measure(declared[0])
    issues, log = _issues(project, connection), _log(project, connection, [measure])
    frame = members(measure, issues, log, day, project.settings.organization.timezone)
    rows: list[dict[str, Any]] = frame.to_dict("records")
    return rows


def _issues(project: Project, connection: duckdb.DuckDBPyConnection) -> nw.LazyFrame[Any]:
    """Every issue there is or was; deleted ones say since when."""
    files = project.lake.scan("jira_issues")
    gone = "CASE WHEN deleted THEN seen_at END AS gone_at"
    return nw.from_native(
        connection.sql(f"SELECT * EXCLUDE (raw, texts, cells), {gone} FROM {files}")  # noqa: S608 - our own files
    )


def _log(
    project: Project, connection: duckdb.DuckDBPyConnection, measures: list[Measure]
) -> pd.DataFrame:
    columns = ", ".join(CHANGE_COLUMNS)
    files = project.lake.scan("jira_changes")
    changes = nw.from_native(connection.sql(f"SELECT {columns} FROM {files}"))  # noqa: S608 - our own files
    return read_log(changes, logged_columns(measures))


def _measure(declared: MeasureSettings) -> Measure:
    return Measure(
        declared.key_result,
        declared.where,
        declared.aggregate,
        declared.of,
        declared.window_days,
    )
