"""Dropping the versions of records that are older than the settings keep.

What belongs here: which versions go, and from when on the lake is whole afterwards. What does not:
deleting the files that held them (``tables``).

The horizon of a source is a complete pull. Of what was read up to it, the newest version of each
record stays: it tells the state of the horizon and of every day until the next version. Of records
that define Objectives and Key Results, every version stays; and one version for each name that a
status, type, project or the like has had, because settings and measures may say former names.
"""

from __future__ import annotations

import datetime as dt

import duckdb
import pyarrow as pa

from connectors.registry import SOURCE_FACTS
from okr_model.quantities.day_bounds import start_of_day
from pipelines.datasets.issue_names import naming_versions
from pipelines.datasets.records import record_ids
from pipelines.lake.duckdb_session import connect
from pipelines.project import Project

_DEFINITIONS = ("key_results", "objectives")
_BATCH = dt.timedelta(days=30)  # so a log is rewritten once a month at most
_WORTH_IT = 0.05  # the share of a log's rows that pays for rewriting it


def drop_old_versions(project: Project, source: str) -> None:
    """Drop the versions of the source's records that are too old, and its pulls of then."""
    horizon = _horizon(project, source)
    if horizon is None:
        return
    project.report("retention", f"{source}: dropping what was replaced before {horizon:%Y-%m-%d}")
    project.lake.pulls.forget_before(source, horizon)
    connection = connect()
    defining = [
        id_
        for dataset in project.settings.datasets_from(source, *_DEFINITIONS)
        for id_ in record_ids(project.lake, connection, dataset, ever=True)
    ]
    connection.register("defining", pa.table({"id": pa.array(defining, pa.string())}))
    for stream in SOURCE_FACTS[source].streams:
        naming = pa.table({"id": pa.array([], pa.string()), "landed": pa.array([], pa.int64())})
        if stream == "jira_issues":
            naming = naming_versions(project.lake, connection)
        connection.register("naming", naming)
        _drop(project, stream, horizon, connection)


def _horizon(project: Project, source: str) -> dt.datetime | None:
    """The newest complete pull that is too old; None if none is, or not yet worth it."""
    days = project.settings.retention.raw_days
    bound = project.clock.started_at - dt.timedelta(days=days)
    zone = project.settings.organization.timezone
    for cycle in project.settings.cycles:  # values of a running cycle come from its whole course
        if cycle.start <= project.clock.today <= cycle.end:
            bound = min(bound, start_of_day(cycle.start, zone))
    instants = [pull.at for pull in project.lake.pulls.complete(source) if pull.at]
    older = [at for at in instants if at <= bound]
    return older[0] if older and older[0] - older[-1] >= _BATCH else None


def _drop(
    project: Project, stream: str, horizon: dt.datetime, connection: duckdb.DuckDBPyConnection
) -> None:
    log, folded = project.lake.scan(stream, "log"), project.lake.folded(stream)
    until = f"seen_at <= TIMESTAMPTZ '{horizon.isoformat()}' AND landed <= {folded}"
    rows = f"""
        {log} versions LEFT JOIN (SELECT id AS namer, landed AS named_at FROM naming)
        ON id = namer AND landed = named_at LEFT JOIN (
            SELECT id AS record, max(landed) AS newest FROM {log}
            WHERE {until} AND id NOT IN (SELECT id FROM defining) GROUP BY id
        ) ON id = record
    """  # noqa: S608 - our own files
    superseded = f"coalesce({until} AND landed < newest AND namer IS NULL, false)"
    counts = f"SELECT count(*), count(*) FILTER ({superseded}) FROM {rows}"  # noqa: S608 - our own files
    total, gone = connection.sql(counts).fetchall()[0]
    if gone and gone >= _WORTH_IT * total:
        columns = ", ".join(f'"{name}"' for name in project.lake.log_schema(stream).names)
        query = f"SELECT {columns} FROM {rows} WHERE NOT {superseded}"  # noqa: S608 - our own files
        project.lake.rewrite(stream, "log", query, connection)
