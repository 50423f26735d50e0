"""Roll-ups computed again from the Key Results that a reader may see.

What belongs here: the tables ``objectives`` and ``rollups`` for such a reader. What does not: the
formula, which is the nightly run's (``okr_model.assemble``).
"""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from okr_model.assemble import build_objectives, build_rollups
from okr_model.tables import OBJECTIVES, ROLLUPS, Table
from okr_model.tables.contract import arrow_schema, conform
from published.restricted.subjects import Ask


def rolled_up(seen: Ask, whole: Ask, tolerance: float) -> dict[str, pa.Table]:
    """The tables ``objectives`` and ``rollups`` of what is seen.

    Args:
        seen: Asks the tables without what is hidden.
        whole: Asks all of the tables.
        tolerance: How far from its path a Key Result is still on it, by the settings.
    """
    key_results = seen("SELECT * FROM key_results")
    objectives = seen("SELECT * FROM objectives")
    before = whole("SELECT method, subject, level, as_of, run_id FROM rollups")
    if key_results.empty or before.empty:
        return {table.name: arrow_schema(table).empty_table() for table in (OBJECTIVES, ROLLUPS)}
    method = before["method"].iloc[0]
    company = before[before["level"] == "company"]["subject"].iloc[0]
    run = before[["as_of", "run_id"]].iloc[0]
    above = build_objectives(objectives, key_results, method, tolerance)
    groups = build_rollups(above, key_results, company, method, tolerance)
    return {
        table.name: _table(frame.assign(as_of=run["as_of"], run_id=run["run_id"]), table)
        for table, frame in ((OBJECTIVES, above), (ROLLUPS, groups))
    }


def _table(frame: pd.DataFrame, table: Table) -> pa.Table:
    return pa.Table.from_pandas(conform(frame, table), arrow_schema(table), preserve_index=False)
