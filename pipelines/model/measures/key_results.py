"""Evaluating declared measures over the lake: their values, and the sources of a single value.

What belongs here: loading the records that a measure needs and passing them to the model. What does
not: finding the measures (``declared``), rows and cells (``rows``), SQL (``queries``), and the
measure language and its aggregates (``okr_model``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd

from okr_model.activity.issue_history import CHANGE_COLUMNS, read_log
from okr_model.activity.working_time import NINE_TO_FIVE
from okr_model.findings import findings_frame, join_findings
from okr_model.measures.aggregates import COUNTED_UNITS
from okr_model.measures.evaluation_days import cycles_of, in_key_result_units
from okr_model.measures.issue_measures import (
    IssueRecords,
    Measure,
    evaluate,
    logged_columns,
    members,
    named_columns,
)
from okr_model.measures.parser import OWN
from okr_model.measures.unknown_names import unknown_names
from pipelines.datasets.former_ids import known_aliases
from pipelines.datasets.issue_fields import issue_fields
from pipelines.datasets.issue_names import issue_names
from pipelines.datasets.last_reading import UnreadDataset
from pipelines.engines.engine import Engine
from pipelines.engines.opening import open_engine
from pipelines.lake.confined_sql.process import QueryProcess
from pipelines.lake.duckdb_session import connect
from pipelines.model.measures.declared import (
    DeclaredMeasure,
    declared_measures,
    defect,
    fault,
    unknown_key_results,
)
from pipelines.model.measures.own_fields import of_own_field
from pipelines.model.measures.queries import of_query
from pipelines.model.measures.rows import (
    MeasureContext,
    MeasureResult,
    of_cells,
    of_property,
    of_rows,
    rows_of_value,
)
from pipelines.project import Project
from pipelines.run_status.unread import unreachable_places
from published.tables import PublishedTables


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
        unread: Tables that cannot be read now, and stand as last read.
    """

    values: pd.DataFrame
    findings: pd.DataFrame
    check_ins: dict[str, int] = field(default_factory=dict)
    sources: pd.DataFrame = field(default_factory=pd.DataFrame)
    declared: pd.DataFrame = field(default_factory=pd.DataFrame)
    unread: list[UnreadDataset] = field(default_factory=list)


def measured_on(
    project: Project,
    connection: duckdb.DuckDBPyConnection,
    key_results: pd.DataFrame,
    aliases: Mapping[str, str],
    days: list[dt.date],
    judged: Sequence[dt.date] = (),
) -> Measured:
    """As :func:`evaluate_measures`, of every declared measure; ``aliases`` are former ids."""
    measures, faults = declared_measures(project.settings, key_results, aliases)
    found = evaluate_measures(project, connection, key_results, measures, days, judged)
    faults = join_findings([faults, unknown_key_results(measures, key_results["key_result_id"])])
    return replace(found, findings=join_findings([faults, found.findings]))


def evaluate_measures(
    project: Project,
    connection: duckdb.DuckDBPyConnection,
    key_results: pd.DataFrame,
    measures: list[DeclaredMeasure],
    days: list[dt.date],
    judged: Sequence[dt.date] = (),
) -> Measured:
    """Evaluate some measures of Key Results, those with a window on each of ``days``.

    A measure that settles late is also evaluated for the days that are settled on ``as_of`` and on
    each of ``judged``, the days that a rebuild computes rows for.
    """
    once = key_results.drop_duplicates("key_result_id").set_index("key_result_id", drop=False)
    measures = [each for each in measures if each.key_result_id in once.index]
    with QueryProcess(project.lake, filter(None, (each.what.sql for each in measures))) as queries:
        judging = {project.clock.as_of, *judged}
        context = MeasureContext(project, connection, key_results, queries, days, judging)
        of_issues, found = _of_issues(context, measures)
        frames, findings = [of_issues], [findings_frame(), found]
        for each in measures:
            if each.what.kind in ("issues", "check-ins"):
                continue
            key_result = once.loc[each.key_result_id]
            reader = _READERS[each.what.kind]
            rows, found = _guarded([each], partial(reader, context, each, key_result))
            frames.append(rows.assign(precedence=float(each.precedence)))
            findings.append(found)
    frames = [frame for frame in frames if len(frame)]
    values = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    values = _with_settling(measures, values)
    findings.append(_mismatched(measures, values))
    return Measured(
        values,
        join_findings(findings),
        {each.key_result_id: each.precedence for each in measures if each.what.kind == "check-ins"},
        pd.concat([_sources(project, measures), context.dependents()], ignore_index=True),
        pd.DataFrame(
            [(each.key_result_id, each.what.text) for each in measures],
            columns=["key_result_id", "text"],
            dtype="str",
        ),
        list(context.unread.values()),
    )


def _with_settling(measures: list[DeclaredMeasure], values: pd.DataFrame) -> pd.DataFrame:
    """The values, and from which day on each that settles late is judged."""
    late = {(one.key_result_id, one.name): one.settle_days for one in measures if one.settle_days}
    if values.empty or not late:
        return values
    keys = zip(values["key_result_id"], values["measure"], strict=True)
    days = pd.Series([late.get(key) for key in keys], index=values.index, dtype="float64")
    settles = values["date"] + pd.to_timedelta(days, unit="D")
    return values.assign(settles_on=settles.astype("datetime64[us]"))


def _guarded(
    measures: Sequence[DeclaredMeasure], evaluate: Callable[[], MeasureResult]
) -> MeasureResult:
    """What one measure gives its Key Results; whatever it does becomes findings that name both.

    A figure that is not finite is no value.
    """
    try:
        rows, found = evaluate()
        if rows.empty:
            return rows, found
        finite = np.isfinite(rows["value"].astype("float64").fillna(0.0))
        endless = [
            fault(each.key_result_id, each.what.text, "it gives a figure that is not finite")
            for each in measures
            if each.key_result_id in set(rows.loc[~finite, "key_result_id"])
        ]
        return rows[finite], join_findings([found, findings_frame(endless)])
    except Exception as error:  # a defect of ours in one kind of measure, which is told, not fatal
        faults = [defect(each.key_result_id, each.what.text, error) for each in measures]
        return pd.DataFrame(), findings_frame(faults)


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
        issues: For a measure over issues: ``key, title, url, created_at, resolved_at, hours``,
            longest first.
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
    its = every[every["key_result_id"] == key]
    declared, _ = declared_measures(project.settings, its, known_aliases(project))
    mine = [each for each in declared if each.key_result_id == key]
    named = [{"measure": each.what.text, "name": each.name} for each in mine]
    chosen = next((each for each in mine if each.name == measure), None)
    if chosen is None or chosen.what.kind not in ("issues", "rows"):
        return ValueSources(named, [], [])
    issues, rows = sources_of(project, connect(), chosen, pd.Series(dict(key_result)), every, day)
    return ValueSources(named, issues, rows)


def sources_of(
    project: Project,
    connection: duckdb.DuckDBPyConnection,
    chosen: DeclaredMeasure,
    key_result: pd.Series,
    key_results: pd.DataFrame,
    day: dt.date,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The issues, or else the rows, from which a measure's value of a day was computed."""
    if chosen.what.kind not in ("issues", "rows"):
        return [], []
    if chosen.what.kind == "rows":
        context = MeasureContext(project, connection, key_results)
        rows = rows_of_value(context, chosen, key_result, day)
        return [], rows.to_dict("records")
    over = _over_issues(project, [chosen], pd.DataFrame([key_result]))
    with open_engine(project.settings) as engine:
        records = _records(project, connection, engine, [over])
        frame = members(over, records, day, project.settings.organization.timezone)
        theirs = records.issues.filter(nw.col("key").is_in(frame["key"].tolist()))
        titles = dict(theirs.select("key", "summary").collect("pyarrow").iter_rows())
    return frame.assign(title=frame["key"].map(titles)).to_dict("records"), []


def _of_issues(context: MeasureContext, measures: list[DeclaredMeasure]) -> MeasureResult:
    project, key_results = context.project, context.key_results
    groups: dict[tuple[object, ...], list[DeclaredMeasure]] = {}
    for each in measures:
        if each.what.kind == "issues":
            cycles = cycles_of(key_results, each.key_result_id) if each.what.in_cycle else ()
            key = (each.what.text, each.precedence, each.name, each.settle_days, cycles)
            groups.setdefault(key, []).append(each)
    if not groups:
        return pd.DataFrame(), findings_frame()
    asked = [(group[0], _over_issues(project, group, key_results)) for group in groups.values()]
    zone = project.settings.organization.timezone

    def figures(records: IssueRecords, each: DeclaredMeasure, measure: Measure) -> MeasureResult:
        rows = evaluate(measure, records, context.days_of(each), zone).assign(
            precedence=float(each.precedence)
        )
        unknown = unknown_names(measure, records, has_values=len(rows) > 0)
        return in_key_result_units(rows, key_results), findings_frame(unknown)

    with open_engine(project.settings) as engine:
        wanted = [measure for _, measure in asked]
        records = _records(project, context.connection, engine, wanted)
        given = [
            _guarded(group, partial(figures, records, *each))
            for group, each in zip(groups.values(), asked, strict=True)
        ]
    rows = [rows for rows, _ in given if len(rows)]
    found = join_findings(found for _, found in given)
    return (pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()), found


def _over_issues(
    project: Project, group: Sequence[DeclaredMeasure], key_results: pd.DataFrame
) -> Measure:
    """One measure over issues, of Key Results with the same cycles if these are its window."""
    first = group[0]
    return Measure(
        tuple(each.key_result_id for each in group),
        first.what,
        first.name,
        cycles_of(key_results, first.key_result_id),
        project.settings.working_time.until(project.clock.today.year)
        if first.what.business
        else NINE_TO_FIVE,
    )


_READERS: Mapping[str, Callable[[MeasureContext, DeclaredMeasure, pd.Series], MeasureResult]] = {
    "rows": of_rows,
    "property": lambda context, each, key_result: (
        of_own_field if key_result["source"] == "jira" else of_property
    )(context, each, key_result),
    "cell": of_cells,
    "range": of_cells,
    "sql": of_query,
}


def _sources(project: Project, measures: list[DeclaredMeasure]) -> pd.DataFrame:
    tables = {each.name: each.source for each in project.settings.datasets if each.name}
    rows = [
        (each.key_result_id, tables.get(each.what.source, each.what.source))
        for each in measures
        if each.what.source != OWN
    ]
    hidden = [place.place for place in unreachable_places(project) if place.source == "jira"]
    rows += [
        (each.key_result_id, f"jira {place}")
        for each in measures
        for place in hidden
        if each.what.kind in ("issues", "sql") and _may_count(each, place)
    ]
    return pd.DataFrame(rows, columns=["key_result_id", "source"], dtype="str").drop_duplicates()


def _may_count(each: DeclaredMeasure, jira_project: str) -> bool:
    """Whether issues of the project may be among those of the measure."""
    wanted = each.what.where.get("project")
    return not wanted or jira_project.casefold() in {text.casefold() for text in wanted}


def _issues(project: Project, engine: Engine) -> nw.LazyFrame[Any]:
    """Every issue, deleted ones included; ``gone_at`` is when a deletion was seen."""
    named = project.lake.current_schema("jira_issues").names
    columns = [name for name in named if name not in ("raw", "texts", "cells", "references")]
    issues = engine.scan(project.lake, "jira_issues", columns)
    parents = issues.select(above="id", parent="key")
    gone = nw.when(nw.col("deleted")).then(nw.col("seen_at"))
    both = issues.join(parents, left_on="parent_id", right_on="above", how="left")
    return both.with_columns(gone_at=gone)


def _records(
    project: Project,
    connection: duckdb.DuckDBPyConnection,
    engine: Engine,
    measures: list[Measure],
) -> IssueRecords:
    wanted = [name for measure in measures for name in measure.what.fields]
    fields = issue_fields(project.lake, connection, engine, wanted)
    names = issue_names(project.lake, named_columns(measures), fields.names)
    changes = engine.scan(project.lake, "jira_changes", CHANGE_COLUMNS)
    log = read_log(changes, logged_columns(measures), names)
    return IssueRecords(_issues(project, engine), log, names, fields)
