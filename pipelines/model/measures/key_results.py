"""Evaluating declared measures over the lake: their values, and the sources of a single value.

What belongs here: loading the records that a measure needs and passing them to the model. What does
not: finding the measures (``declared``), rows and cells (``rows``), confining queries
(``lake.confined_sql``), and the measure language and its aggregates (``okr_model``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd

from okr_model.activity.issue_history import CHANGE_COLUMNS, read_log
from okr_model.findings import findings_frame, join_findings
from okr_model.measures.aggregates import COUNTED_UNITS
from okr_model.measures.evaluation_days import in_key_result_units, measuring_days
from okr_model.measures.issue_measures import Measure, evaluate, logged_columns, members
from okr_model.measures.parser import OWN
from okr_model.quantities.cycles import Cycle
from pipelines.lake.confined_sql import QueryError, run_query
from pipelines.lake.duckdb_session import connect
from pipelines.model.measures.declared import DeclaredMeasure, declared_measures, fault
from pipelines.model.measures.rows import (
    MeasureContext,
    MeasureResult,
    of_cells,
    of_property,
    of_rows,
    rows_of_value,
)
from pipelines.project import Project
from pipelines.publish.reader import PublishedTables


@dataclass
class Measured:
    """The results of all declared measures.

    Attributes:
        values: As :func:`okr_model.measures.evaluation_days.in_key_result_units`, with
            ``precedence``. ``seen_at`` is missing where a value is computed rather than read.
        findings: Measures that cannot be parsed or evaluated.
        check_ins: The precedence of check-ins by Key Result, where it is declared.
        sources: ``key_result_id, source``: the sources that each Key Result depends on.
        declared: ``key_result_id, text``: every declared measure.
    """

    values: pd.DataFrame
    findings: pd.DataFrame
    check_ins: dict[str, int] = field(default_factory=dict)
    sources: pd.DataFrame = field(default_factory=pd.DataFrame)
    declared: pd.DataFrame = field(default_factory=pd.DataFrame)


def measured_values(
    project: Project,
    connection: duckdb.DuckDBPyConnection,
    key_results: pd.DataFrame,
    cycles: list[Cycle],
    more_days: Sequence[dt.date] = (),
) -> Measured:
    """Evaluate every declared measure, over issues on each measuring day and ``more_days``."""
    days = sorted({*measuring_days(cycles, project.clock.as_of), *more_days})
    return measured_on(project, connection, key_results, days)


def measured_on(
    project: Project,
    connection: duckdb.DuckDBPyConnection,
    key_results: pd.DataFrame,
    days: list[dt.date],
) -> Measured:
    """Evaluate every declared measure, over issues on each of ``days``."""
    measures, faults = declared_measures(project.settings, key_results)
    once = key_results.drop_duplicates("key_result_id").set_index("key_result_id", drop=False)
    measures = [each for each in measures if each.key_result_id in once.index]
    findings, context = [faults], MeasureContext(project, connection, key_results)
    frames = [_of_issues(project, connection, key_results, measures, days)]
    for each in measures:
        if each.what.kind in ("issues", "check-ins"):
            continue
        key_result = once.loc[each.key_result_id]
        rows, found = _READERS[each.what.kind](context, each, key_result)
        frames.append(rows.assign(precedence=float(each.precedence)))
        findings.append(found)
    frames = [frame for frame in frames if len(frame)]
    values = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    findings.append(_mismatched(measures, values))
    return Measured(
        values,
        join_findings(findings),
        {each.key_result_id: each.precedence for each in measures if each.what.kind == "check-ins"},
        _sources(project, measures),
        pd.DataFrame(
            [(each.key_result_id, each.what.text) for each in measures],
            columns=["key_result_id", "text"],
            dtype="str",
        ),
    )


def _mismatched(measures: list[DeclaredMeasure], values: pd.DataFrame) -> pd.DataFrame:
    """Findings for values whose unit does not convert into the Key Result's, one per measure.

    Values of single cells are left out: each of those already has its own finding.
    """
    if values.empty or values["problem"].isna().all():
        return findings_frame()
    odd = values[values["problem"].notna()].sort_values("date", kind="stable")
    last = odd.drop_duplicates(["key_result_id", "measure"], keep="last")
    why = last.set_index(["key_result_id", "measure"])["problem"].to_dict()
    return findings_frame(
        fault(each.key_result_id, each.what.text, f"its figure cannot be used: {problem}")
        for each in measures
        if each.what.kind in ("issues", "sql") or each.what.aggregate in COUNTED_UNITS
        if (problem := why.get((each.key_result_id, each.name)))
    )


@dataclass(frozen=True)
class ValueSources:
    """The issues or rows from which one published value was computed.

    Attributes:
        declared: The measures of the Key Result in order of precedence: ``measure, name``.
        issues: For a measure over issues: ``key, url, created_at, resolved_at, hours``, longest
            first.
        rows: For a measure over rows: as :func:`okr_model.measures.row_measures.rows_of_day`.
    """

    declared: list[dict[str, Any]]
    issues: list[dict[str, Any]]
    rows: list[dict[str, Any]]


def value_sources(
    project: Project, key_result: Mapping[Any, Any], measure: str, day: dt.date
) -> ValueSources:
    """The sources of the value that ``measure`` gave a published Key Result for ``day``."""
    tables, key = PublishedTables(project.paths.duckdb), str(key_result["key_result_id"])
    every = tables.frame("key_results")
    declared = declared_measures(project.settings, every[every["key_result_id"] == key])[0]
    mine = [each for each in declared if each.key_result_id == key]
    named = [{"measure": each.what.text, "name": each.name} for each in mine]
    chosen = next((each for each in mine if each.name == measure), None)
    if chosen is None or chosen.what.kind not in ("issues", "rows"):
        return ValueSources(named, [], [])
    connection = connect()
    if chosen.what.kind == "rows":
        context = MeasureContext(project, connection, every)
        rows = rows_of_value(context, chosen, pd.Series(dict(key_result)), day)
        return ValueSources(named, [], rows.to_dict("records"))
    over = Measure((key,), chosen.what, chosen.name)
    issues, log = _issues(project, connection), _log(project, connection, [over])
    frame = members(over, issues, log, day, project.settings.organization.timezone)
    return ValueSources(named, frame.to_dict("records"), [])


def _of_issues(
    project: Project,
    connection: duckdb.DuckDBPyConnection,
    key_results: pd.DataFrame,
    measures: list[DeclaredMeasure],
    days: list[dt.date],
) -> pd.DataFrame:
    groups: dict[tuple[str, int, str], list[DeclaredMeasure]] = {}
    for each in measures:
        if each.what.kind == "issues":
            groups.setdefault((each.what.text, each.precedence, each.name), []).append(each)
    if not groups:
        return pd.DataFrame()
    asked = [
        (precedence, Measure(tuple(each.key_result_id for each in group), group[0].what, name))
        for (_, precedence, name), group in groups.items()
    ]
    issues = _issues(project, connection)
    log = _log(project, connection, [measure for _, measure in asked])
    zone = project.settings.organization.timezone
    frames = [
        evaluate(measure, issues, log, days, zone).assign(precedence=float(precedence))
        for precedence, measure in asked
    ]
    return in_key_result_units(pd.concat(frames, ignore_index=True), key_results)


def _of_query(
    context: MeasureContext, each: DeclaredMeasure, key_result: pd.Series
) -> MeasureResult:
    try:
        rows = run_query(context.project.lake, str(each.what.sql))
    except QueryError as error:
        faults = [fault(each.key_result_id, each.what.text, str(error))]
        return pd.DataFrame(), findings_frame(faults)
    values = rows.assign(
        key_result_id=each.key_result_id,
        measure=each.name,
        n=1,
        field="query",
        source="sql",
        record_id=str(each.what.sql),
    )
    return in_key_result_units(values, context.key_results), findings_frame()


_READERS: Mapping[str, Callable[[MeasureContext, DeclaredMeasure, pd.Series], MeasureResult]] = {
    "rows": of_rows,
    "property": of_property,
    "cell": of_cells,
    "range": of_cells,
    "sql": _of_query,
}


def _sources(project: Project, measures: list[DeclaredMeasure]) -> pd.DataFrame:
    tables = {each.name: each.source for each in project.settings.datasets if each.name}
    rows = [
        (each.key_result_id, tables.get(each.what.source, each.what.source))
        for each in measures
        if each.what.source != OWN
    ]
    return pd.DataFrame(rows, columns=["key_result_id", "source"], dtype="str").drop_duplicates()


def _issues(project: Project, connection: duckdb.DuckDBPyConnection) -> nw.LazyFrame[Any]:
    """Every issue, deleted ones included; ``gone_at`` is when a deletion was seen."""
    files = project.lake.scan("jira_issues")
    gone = "CASE WHEN i.deleted THEN i.seen_at END AS gone_at"
    return nw.from_native(
        connection.sql(
            f"SELECT i.* EXCLUDE (raw, texts, cells), {gone}, p.key AS parent FROM {files} i "  # noqa: S608 - our own files
            f"LEFT JOIN {files} p ON p.id = i.parent_id"
        )
    )


def _log(
    project: Project, connection: duckdb.DuckDBPyConnection, measures: list[Measure]
) -> pd.DataFrame:
    columns = ", ".join(CHANGE_COLUMNS)
    files = project.lake.scan("jira_changes")
    changes = nw.from_native(connection.sql(f"SELECT {columns} FROM {files}"))  # noqa: S608 - our own files
    return read_log(changes, logged_columns(measures))
