"""The rows of Key Results on the days between two runs, as they were published.

What belongs here: which rows of a day stood between two runs. What does not: the rows of the two
runs themselves (``runs``), and what happened from row to row (``steps``).

Every day counts as it was first published. Where a late entry replaced its row before the next
day was published, the row that replaced it is a step of its own: what came late is nothing that
the next day brought.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd

from published.changes.runs import Run
from published.snapshot import Snapshot

_ROW = ["key_result_id", "cycle_id", "as_of"]
# Those that stood at any time between the two runs.
_ROWS_BETWEEN = """
SELECT r.*, wrote.published_at AS since, replaced.published_at AS until
FROM (
    SELECT *, NULL AS restated_by FROM key_results_daily
    UNION ALL BY NAME SELECT * FROM key_results_restated
) AS r
LEFT JOIN runs AS wrote ON wrote.run_id = r.run_id
LEFT JOIN runs AS replaced ON replaced.run_id = r.restated_by
WHERE r.as_of >= $first AND r.as_of < $last
  AND (wrote.published_at IS NULL OR wrote.published_at <= $until)
  AND (r.restated_by IS NULL OR replaced.published_at > $since)
ORDER BY wrote.published_at NULLS FIRST
"""


def days_between(tables: Snapshot, first: Run, last: Run, runs: Sequence[Run]) -> pd.DataFrame:
    """The rows of the days from the first run's up to the last one's, in order.

    Of the first run's day there are only those that replaced its rows.

    Returns:
        Rows of ``key_results`` with ``told_on``: the day whose run told them.
    """
    with tables.cursor() as cursor:
        given = {
            "first": first.as_of,
            "last": last.as_of,
            "since": first.published_at.to_pydatetime(),
            "until": last.published_at.to_pydatetime(),
        }
        found = cursor.sql(_ROWS_BETWEEN, params=given).to_arrow_table()
    rows: pd.DataFrame = found.to_pandas(date_as_object=True)
    if rows.empty:
        return rows.assign(told_on=rows["as_of"])
    next_run = {day: _next(day, first, last, runs) for day in rows["as_of"].unique()}
    at = rows["as_of"].map({day: run.published_at for day, run in next_run.items()})
    began, ended = (pd.to_datetime(rows[name], utc=True) for name in ("since", "until"))
    stood = (began.isna() | (began <= at)) & (ended.isna() | (ended > at))
    later = rows["as_of"].map({day: run.as_of for day, run in next_run.items()})
    again = rows["run_id"].isin([run.run_id for run in runs if run.kind == "rebuild"])
    own = rows["as_of"] == first.as_of
    published = rows[~own].drop_duplicates(_ROW)
    published = published.assign(told_on=published["as_of"])
    replaced = rows.assign(told_on=rows["as_of"].mask(again, later))
    replaced = replaced[stood & (~own | (began > first.published_at))]
    both = pd.concat([published, replaced]).drop_duplicates([*_ROW, "run_id"])
    return both.sort_values("as_of", kind="stable").reset_index(drop=True)


def _next(day: dt.date, first: Run, last: Run, runs: Sequence[Run]) -> Run:
    """The first night after ``first`` that published a day after this one; else ``last``."""
    nights = (
        run
        for run in runs
        if run.kind == "night"
        and day < run.as_of < last.as_of
        and run.published_at > first.published_at
    )
    return min(nights, key=lambda run: run.published_at, default=last)
