"""The published history under the ids that its Key Results have now.

What belongs here: the rows of ``key_results_daily`` under the ids of the last row of each, for what
is computed from all days. What does not: the same for one day or run (``published.former_ids``),
and finding former ids (:mod:`okr_model.entities.identity.former_ids`).
"""

from __future__ import annotations

import pyarrow as pa

from pipelines.lake.duckdb_session import arrow, connect

# An id that was used again later is not followed, nor is one to which its Key Result went back.
_UNDER_PRESENT_IDS = """
    WITH last AS (
        SELECT cycle_id, key_result_id, max(as_of) AS until, arg_max_null(former_ids, as_of) AS ids
        FROM daily GROUP BY ALL
    ),
    former AS (
        SELECT cycle_id, former_id, arg_max(key_result_id, until) AS now, max(until) AS until
        FROM (SELECT *, unnest(ids) AS former_id FROM last) GROUP BY cycle_id, former_id
    )
    SELECT daily.* REPLACE (coalesce(former.now, daily.key_result_id) AS key_result_id)
    FROM daily JOIN last USING (cycle_id, key_result_id)
    LEFT JOIN former ON former.former_id = daily.key_result_id
        AND former.cycle_id = daily.cycle_id AND former.until > last.until
"""


def under_present_ids(daily: pa.Table) -> pa.Table:
    """``key_results_daily``, or some of its columns, with the id of each Key Result's last row.

    Args:
        daily: ``key_result_id, cycle_id, as_of, former_ids`` and any others.
    """
    if daily["former_ids"].null_count == daily.num_rows:
        return daily
    connection = connect()
    connection.register("daily", daily)
    return arrow(connection, _UNDER_PRESENT_IDS)
