"""Evaluating measures in SQL.

What belongs here: the values that the rows of a query are, and the findings of what it cannot give.
What does not: running it (``lake.confined_sql``).
"""

from __future__ import annotations

import pandas as pd

from okr_model.findings import findings_frame
from okr_model.measures.evaluation_days import in_key_result_units
from pipelines.lake.confined_sql.process import QueryError, QueryProcess, QueryResult
from pipelines.model.measures.declared import DeclaredMeasure, fault
from pipelines.model.measures.rows import MeasureContext, MeasureResult


def of_query(
    context: MeasureContext, each: DeclaredMeasure, _key_result: pd.Series
) -> MeasureResult:
    """What the query of a measure gives; one that several Key Results share runs once."""
    queries, sql = context.queries, str(each.what.sql)
    if queries is None:
        raise ValueError("no process was given to run queries")
    result = context.once_for(("query", sql), lambda: _run(queries, sql))
    problem = result.problem if isinstance(result, QueryResult) else str(result)
    faults = [fault(each.key_result_id, each.what.text, problem)] if problem else []
    if isinstance(result, QueryError) or result.rows.empty:
        return pd.DataFrame(), findings_frame(faults)
    values = result.rows.assign(
        key_result_id=each.key_result_id,
        measure=each.name,
        n=1,
        field="query",
        source="sql",
        record_id=sql,
    )
    return in_key_result_units(values, context.key_results), findings_frame(faults)


def _run(queries: QueryProcess, sql: str) -> QueryResult | QueryError:
    try:
        return queries.run(sql)
    except QueryError as error:
        return error
