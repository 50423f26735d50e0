"""The published tables as Delta, with their accumulated history.

What belongs here: converting checked frames to Arrow, merging them with earlier days and runs, and
writing a new Delta version of each table. What does not: the DuckDB file (``duckdb_file``) and
checking the tables (``checks``).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, write_deltalake

from okr_model.links.history import with_day
from okr_model.tables import ACCUMULATED, LINK_HISTORY, RUNS, Table
from okr_model.tables.contract import arrow_schema, conform
from okr_model.tables.key_results import KEY_RESULTS, KEY_RESULTS_DAILY, KEY_RESULTS_RESTATED
from pipelines.errors import ensure_space
from pipelines.lake.delta import LAKE_DAYS, retention
from pipelines.publish.restatement import restate

_SMALLEST = 16_000_000  # bytes for what comes with every table, however few its rows


def to_arrow(frame: pd.DataFrame, table: Table) -> pa.Table:
    """Convert a frame that conforms to ``table`` (see :mod:`okr_model.tables.contract`) to Arrow.

    Raises:
        pyarrow.ArrowInvalid: A required value is missing, or one does not fit its column's type.
    """
    return pa.Table.from_pandas(frame, schema=arrow_schema(table), preserve_index=False)


def history(folder: Path, table: Table, columns: Sequence[str] | None = None) -> pa.Table:
    """What earlier runs published of a table; empty before the first.

    With ``columns`` only those of them that were published; else all.
    """
    path = str(folder / table.name)
    if not DeltaTable.is_deltatable(path):
        return arrow_schema(table).empty_table()
    published = DeltaTable(path)
    if columns is None:
        return published.to_pyarrow_table()
    there = [field.name for field in published.schema().fields if field.name in columns]
    return published.to_pyarrow_table(columns=there)


def with_history(tables: Mapping[str, pa.Table], folder: Path, run_id: str) -> dict[str, pa.Table]:
    """Add the accumulating tables: earlier rows, and those of this day and run in place of theirs.

    The history of ``runs`` is always added, that of ``key_results`` and links only if
    ``key_results`` is among ``tables``.

    Publishing the same day twice replaces those of that day's rows that differ, and keeps what it
    replaced in ``key_results_restated``. The others still name the run that wrote them first.
    """
    result = dict(tables)
    if KEY_RESULTS.name in tables:
        today, earlier = tables[KEY_RESULTS.name], history(folder, KEY_RESULTS_DAILY)
        of_day = restate(earlier, today, run_id)
        before = history(folder, KEY_RESULTS_RESTATED)
        result[KEY_RESULTS_DAILY.name] = of_day.daily
        result[KEY_RESULTS_RESTATED.name] = joined(before, of_day.restated)
        result[LINK_HISTORY.name] = _link_history(tables, folder)
    result[RUNS.name] = _replace(history(folder, RUNS), tables[RUNS.name], "run_id")
    return result


def version_days(name: str, kept: int) -> int:
    """For how many days a table's earlier versions can be read, if others' can for ``kept``.

    A table whose rows accumulate says in them what was published before.
    """
    return LAKE_DAYS if name in (*ACCUMULATED, RUNS.name) else kept


def write_delta(
    tables: Mapping[str, pa.Table],
    folder: Path,
    run_id: str,
    instant: Callable[[], dt.datetime],
    kept: int,
) -> dict[str, pa.Table]:
    """Write every table as a new Delta version, available to time travel.

    The run's own row is written last, with the ``instant`` at which all others were.
    ``kept`` is for how many days the versions can be read; see :func:`version_days`.

    Returns:
        The tables as written, which is how the DuckDB file must hold them.

    Raises:
        pipelines.errors.DiskFullError: There is no room for them and the DuckDB file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # As much again goes into the DuckDB file; half a publication helps nobody.
    ensure_space(folder, _SMALLEST + 2 * sum(rows.nbytes for rows in tables.values()))
    written = dict(tables)
    for name in sorted(tables, key=lambda name: name == RUNS.name):
        if name == RUNS.name:
            written[name] = _published_at(tables[name], run_id, instant())
        rows = written[name]
        about_to_commit()
        write_deltalake(
            str(folder / name),
            rows,
            mode="overwrite",
            schema_mode="overwrite",
            configuration=retention(version_days(name, kept)),
            commit_properties=CommitProperties(custom_metadata={"run_id": json.dumps(run_id)}),
        )
    return written


def _published_at(runs: pa.Table, run_id: str, instant: dt.datetime) -> pa.Table:
    """The table of runs, ``run_id`` published at ``instant``, with what follows from that."""
    mine = pc.equal(runs["run_id"], run_id)
    runs = with_value(runs, "published_at", instant, mine)
    if "promised_at" not in runs.column_names:
        return runs  # a rebuild over runs of an earlier version
    (run,) = runs.filter(mine).to_pylist()
    runs = with_value(runs, "seconds", (instant - run["started_at"]).total_seconds(), mine)
    if run["promised_at"] is None:
        return runs
    of_day = pc.and_(pc.equal(runs["as_of"], run["as_of"]), pc.equal(runs["kind"], "night"))
    kept = pc.min(runs.filter(of_day)["published_at"]).as_py() <= run["promised_at"]
    return with_value(runs, "promise_kept", kept, mine)


def with_value(
    rows: pa.Table, column: str, value: object, where: pa.ChunkedArray | None = None
) -> pa.Table:
    """A table with ``value`` in one of its columns, in all rows or ``where`` a condition holds."""
    at, field = rows.column_names.index(column), rows.schema.field(column)
    scalar = pa.scalar(value, field.type)
    if where is None:
        return rows.set_column(at, field, pa.repeat(scalar, rows.num_rows))
    return rows.set_column(at, field, pc.if_else(where, scalar, rows[column]))


def about_to_commit() -> None:
    """Called before every commit; tests end the process here."""


def joined(earlier: pa.Table, now: pa.Table) -> pa.Table:
    """Both tables' rows with the columns of ``now``; null where ``earlier`` lacks a column."""
    if not now.num_rows:
        return earlier
    kept = earlier.select([name for name in now.column_names if name in earlier.column_names])
    return pa.concat_tables([kept, now], promote_options="default").select(now.column_names)


def _replace(earlier: pa.Table, now: pa.Table, column: str) -> pa.Table:
    """``earlier`` without the rows whose ``column`` value occurs in ``now``, then ``now``."""
    gone = pc.is_in(earlier[column], value_set=now[column].combine_chunks())
    return joined(earlier.filter(pc.invert(gone)), now)


def _link_history(tables: Mapping[str, pa.Table], folder: Path) -> pa.Table:
    """The validity spans of links, updated with this run's day."""
    days = set(history(folder, RUNS)["as_of"].to_pylist())
    (day,) = tables[RUNS.name]["as_of"].to_pylist()
    spans, links, initiatives = (
        # Without the pandas metadata, from which pandas cannot restore its Arrow types.
        rows.replace_schema_metadata(None).to_pandas()
        for rows in (history(folder, LINK_HISTORY), tables["links"], tables["initiatives"])
    )
    spans = with_day(spans, links, initiatives, day, days - {day})
    return to_arrow(conform(spans, LINK_HISTORY), LINK_HISTORY)
