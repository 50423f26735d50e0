"""The ``key_result_weeks`` table: the last published day of each week, with the work behind it.

What belongs here: selecting the rows of ``key_results_daily``; done whenever that table is
published. What does not: what a row says (:mod:`okr_model.activity.key_result_weeks`).
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from okr_model.activity.key_result_weeks import (
    DAILY_COLUMNS,
    WORK_COLUMNS,
    build_key_result_weeks,
)
from okr_model.tables import KEY_RESULT_WEEKS
from okr_model.tables.contract import arrow_schema, conform
from pipelines.lake.duckdb_session import arrow, connect
from pipelines.publish.history import history, to_arrow
from pipelines.publish.present_ids import under_present_ids


def key_result_weeks_table(
    daily: pa.Table, folder: Path, run_id: str, work: pd.DataFrame | None
) -> pa.Table:
    """The table ``key_result_weeks``, computed from ``key_results_daily``.

    Args:
        daily: The whole ``key_results_daily``.
        folder: The published tables as Delta.
        run_id: The run that publishes it.
        work: Of :func:`okr_model.activity.key_result_weeks.work_by_week` up to the newest day of
            ``daily``; None for what is published of it.
    """
    if not daily.num_rows:
        return arrow_schema(KEY_RESULT_WEEKS).empty_table()
    if work is None:
        # A table that was never published has every column.
        before = history(folder, KEY_RESULT_WEEKS, WORK_COLUMNS).select(WORK_COLUMNS)
        work = before.replace_schema_metadata(None).to_pandas().drop_duplicates(WORK_COLUMNS[:2])
        work = work.dropna().astype({"week_starts_on": "datetime64[us]"})
    newest = pc.max(daily["as_of"]).as_py()
    rows = build_key_result_weeks(_last_of_each_week(daily), work, newest, run_id)
    return to_arrow(conform(rows, KEY_RESULT_WEEKS), KEY_RESULT_WEEKS)


def _last_of_each_week(daily: pa.Table) -> pd.DataFrame:
    days = under_present_ids(daily.select([*DAILY_COLUMNS, "former_ids"]))
    connection = connect()
    connection.register("daily", days.select(DAILY_COLUMNS))
    of_week = "PARTITION BY key_result_id, cycle_id, date_trunc('week', as_of)"
    query = f"FROM daily QUALIFY row_number() OVER ({of_week} ORDER BY as_of DESC) = 1"
    rows: pd.DataFrame = arrow(connection, query).to_pandas()
    return rows
