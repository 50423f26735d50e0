"""Declared measures over the lake's issues: their values, and the issues behind one of them.

What belongs here: handing the lake's issues to :mod:`okr_model.measures`. What does not: how an
aggregate is computed.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd

from okr_model.cycle import Cycle
from okr_model.measured import in_key_result_units, measuring_days
from okr_model.measures import Measure, evaluate, members
from pipelines.duck import connect
from pipelines.project import Project
from pipelines.settings import MeasureSettings


def measured_values(
    project: Project,
    connection: duckdb.DuckDBPyConnection,
    key_results: pd.DataFrame,
    cycles: list[Cycle],
) -> pd.DataFrame:
    """Every declared measure on every measuring day, in the Key Results' units.

    Returns:
        As :func:`okr_model.measured.in_key_result_units`; without columns where no measure is
        declared. There is no ``seen_at``: an aggregate is computed, not read.
    """
    return measured_on(project, connection, key_results, measuring_days(cycles, project.as_of))


def measured_on(
    project: Project,
    connection: duckdb.DuckDBPyConnection,
    key_results: pd.DataFrame,
    days: list[dt.date],
) -> pd.DataFrame:
    """Every declared measure on each of ``days``; see :func:`measured_values`."""
    issues = _issues(project, connection)
    zone = project.settings.organization.timezone
    frames = [
        evaluate(_measure(declared), issues, days, zone) for declared in project.settings.measures
    ]
    if not frames:
        return pd.DataFrame()
    return in_key_result_units(pd.concat(frames, ignore_index=True), key_results)


def issues_behind(project: Project, key_result_id: str, day: dt.date) -> list[dict[str, Any]]:
    """The issues whose aggregate is the value of ``key_result_id`` on ``day``, longest first.

    Returns:
        ``key, url, created_at, resolved_at, hours``; empty where no measure is declared for it.
    """
    declared = [m for m in project.settings.measures if key_result_id in m.key_result]
    if not declared:
        return []
    issues = _issues(project, connect())
    zone = project.settings.organization.timezone
    frame = members(_measure(declared[0]), issues, day, zone)
    rows: list[dict[str, Any]] = frame.to_dict("records")
    return rows


def _issues(project: Project, connection: duckdb.DuckDBPyConnection) -> nw.LazyFrame[Any]:
    files = project.lake.scan("jira_issues")
    return nw.from_native(connection.sql(f"FROM {files} WHERE NOT deleted"))


def _measure(declared: MeasureSettings) -> Measure:
    return Measure(
        declared.key_result,
        declared.where,
        declared.aggregate,
        declared.of,
        declared.window_days,
    )
