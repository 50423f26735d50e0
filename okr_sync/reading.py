"""The rows of a published table, today's or those of a past day.

What belongs here: finding the rows as published. What does not: reading the file and its history
(``published``).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pyarrow as pa

from okr_model.tables import BY_NAME, KEY_RESULTS, RUNS, Table
from okr_model.tables.contract import as_declared
from pipelines.project import Project
from published.changes.versions import KEEP_ALL_DAYS, rows_of_run
from published.errors import UserError
from published.moment import Moment, NoSuchDayError, key_results_on
from published.snapshot import Snapshot
from published.tables import PublishedTables


class UnknownTableError(UserError):
    """No table has this name."""


class NotADayError(UserError):
    """What was given for a day is none."""


class DayNotKeptError(UserError):
    """The rows of that day cannot be had."""


def read_day(day: object) -> dt.date | None:
    """The day that was asked for; None means the newest rows.

    Raises:
        NotADayError: It is neither a date nor a text such as ``2026-11-20``.
    """
    if day is None or isinstance(day, dt.date):
        return day.date() if isinstance(day, dt.datetime) else day
    try:
        return dt.datetime.strptime(str(day), "%Y-%m-%d").date()  # noqa: DTZ007 - a calendar day
    except ValueError:
        raise NotADayError(f"{day!r} is no day. Write it as 2026-11-20.") from None


def read(name: str, day: dt.date | None, config: Path | None) -> pa.Table:
    """The rows of a table, with the columns and types of the contract.

    Raises:
        UserError: As :func:`okr_sync.table` says.
    """
    if name not in BY_NAME:
        raise UnknownTableError(f"no table {name!r}. There are: {', '.join(BY_NAME)}.")
    project = Project(config, with_secrets=False)
    published = PublishedTables(project.paths.duckdb)
    if not published.has(name):
        raise UnknownTableError(
            f"{name} has not been published yet: an earlier version of okr-sync wrote"
            f" {published.path}. Run: okr sync"
        )
    if day is None:
        return as_declared(published.rows(name), BY_NAME[name])
    if name == KEY_RESULTS.name:
        return _key_results(published, day)
    return _as_published(project, published, BY_NAME[name], day)


def _key_results(published: PublishedTables, day: dt.date) -> pa.Table:
    """The Key Results of any published day, which the newest tables hold."""
    rows = key_results_on(Snapshot(published.path), Moment(day, as_then=True))
    return as_declared(pa.Table.from_pandas(rows, preserve_index=False), KEY_RESULTS)


def _as_published(
    project: Project, published: PublishedTables, table: Table, day: dt.date
) -> pa.Table:
    if table.name in KEEP_ALL_DAYS:
        raise DayNotKeptError(
            f"{table.name} has the rows of all days at once: leave out the day, and select them."
        )
    runs = published.frame(RUNS.name)
    run_id = first_night(runs, day)
    if run_id is None:
        raise NoSuchDayError(_without_night(runs, day))
    rows = rows_of_run(project.paths.history, table.name, run_id)
    if rows is None:
        kept = project.settings.retention.published_versions_days
        raise DayNotKeptError(
            f"{table.name} of {day} is no longer kept: that is for {kept} days"
            " (retention: published_versions_days). Key Results are kept for every day."
        )
    return as_declared(rows, table)


def first_night(runs: pd.DataFrame, day: dt.date) -> str | None:
    """The night that published a day first; None if no night did."""
    nights = _nights(runs)
    nights = nights[nights["as_of"] == day]
    if nights.empty:
        return None
    return str(nights.sort_values("published_at", kind="stable")["run_id"].iloc[0])


def _nights(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs that published a day of their own: no rebuild, no late entries."""
    return runs[runs["kind"].fillna("night") == "night"] if "kind" in runs else runs


def _without_night(runs: pd.DataFrame, day: dt.date) -> str:
    near = min(_nights(runs)["as_of"], key=lambda one: abs(one - day), default=None)
    known = f" The nearest day that a run published is {near}." if near else ""
    return f"{day}: no night published this day.{known}"
