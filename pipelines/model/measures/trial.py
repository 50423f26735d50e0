"""Trying a measure before it is declared: its value, series and sources, and nothing written.

What belongs here: evaluating one measure for one Key Result from the lake. What does not: declared
measures (``key_results``) and printing (``cli.measure``).
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from okr_model.languages.folding import same_id, same_ids
from okr_model.links.claims import current_key
from okr_model.links.references import canonical_key
from okr_model.measures.evaluation_days import measuring_days
from okr_model.measures.parser import CHECK_INS, MeasureError, MeasureText, parse_measure
from okr_model.progress.value_series import all_measurements, cycle_series, provisional
from okr_model.quantities.days import midnight
from pipelines.datasets.former_ids import known_aliases
from pipelines.lake.duckdb_session import connect
from pipelines.model.content.records import declared_cycles, read_content
from pipelines.model.measures.declared import DeclaredMeasure, measure_name
from pipelines.model.measures.key_results import evaluate_measures, sources_of
from pipelines.model.steps import StepInputs
from pipelines.project import Project
from published.errors import UserError


class TrialError(UserError):
    """A measure that cannot be tried."""


@dataclass(frozen=True)
class Trial:
    """What a measure gives a Key Result.

    Attributes:
        key_result: Its definition, in the cycle of the day.
        measure: The measure.
        series: Its values up to the day, as from
            :func:`okr_model.progress.value_series.cycle_series`; the last one is the value.
        waiting: Those that are not settled yet, likewise.
        findings: What is odd about the measure.
        issues: The issues behind the last value; see
            :class:`pipelines.model.measures.key_results.ValueSources`.
        rows: The rows behind it, likewise.
        elsewhere: Where the series is empty, the first day after the asked one for which the
            measure has a value, else its last one before the cycle; None if it has none at all.
    """

    key_result: pd.Series
    measure: DeclaredMeasure
    series: pd.DataFrame
    waiting: pd.DataFrame
    findings: pd.DataFrame
    issues: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    elsewhere: date | None


def try_measure(project: Project, text: str, key_result: str, settle_days: int = 0) -> Trial:
    """Evaluate a measure for a Key Result from the lake alone.

    Raises:
        TrialError: The text is no measure, or there is no such Key Result; the message says what
            to do.
    """
    what, day = _parsed(project, text), project.clock.as_of
    content = read_content(StepInputs(project, "trial", {}))
    key_results = content["key_results"]
    former = known_aliases(project)
    mine = _definition(key_results, key_result, day, former)
    key = str(mine["key_result_id"])
    each = DeclaredMeasure(key, what, 0, measure_name(what), settle_days)
    days = measuring_days(declared_cycles(project), day)
    connection = connect()
    measured = evaluate_measures(project, connection, key_results, [each], days)
    found, one = measured.values, pd.DataFrame([mine])
    rows = all_measurements(key_results, found, content["check_ins"].iloc[:0])
    series, waiting = cycle_series(one, rows, day), provisional(one, rows, day)
    counts = found.reindex(columns=["date", "n"]).drop_duplicates("date").set_index("date")["n"]
    series = series.assign(n=series["date"].map(dict(counts)).astype("Int64"))
    last = series[series["value"].notna()].tail(1)
    issues, of_rows = list[dict[str, Any]](), list[dict[str, Any]]()
    for at in last["date"]:
        issues, of_rows = sources_of(project, connection, each, mine, key_results, at.date())
    there = _elsewhere(rows, day) if series.empty and waiting.empty else None
    return Trial(mine, each, series, waiting, measured.findings, issues, of_rows, there)


def _elsewhere(rows: pd.DataFrame, day: date) -> date | None:
    """The first day after ``day`` that rows have a value for, else the last one."""
    days = rows.loc[rows["value"].notna(), "date"]
    later = days[days > midnight(day)]
    nearest = later.min() if len(later) else days.max()
    return None if pd.isna(nearest) else nearest.date()


def _parsed(project: Project, text: str) -> MeasureText:
    try:
        what = parse_measure(text)
        project.settings.check_measure(what)
    except MeasureError as error:
        raise TrialError(f"{error} See docs/measures.md.") from None
    except ValueError as error:
        raise TrialError(str(error)) from None
    if what.kind == CHECK_INS:
        raise TrialError(
            "check-ins have no value of their own to try: the measure only sets their precedence."
        )
    return what


def _definition(
    key_results: pd.DataFrame, wanted: str, day: date, former: Mapping[str, str]
) -> pd.Series:
    """The definition of a Key Result in the cycle that the day is in, else in its latest one."""
    ids, now = same_ids(key_results["key_result_id"]), current_key(canonical_key(wanted), former)
    mine = key_results[ids == same_id(wanted)]
    mine = mine if len(mine) else key_results[ids == same_id(now)]
    if mine.empty:
        known = [*dict.fromkeys(key_results["key_result_id"])]
        close = difflib.get_close_matches(wanted, known, n=1)
        hint = f"Closest is {close[0]}." if close else f"There are: {', '.join(known)}."
        raise TrialError(f"no Key Result has the id {wanted!r}. {hint}")
    mine = mine.sort_values("cycle_start")
    now = mine[mine["cycle_start"] <= midnight(day)]
    return (now if len(now) else mine.iloc[:1]).iloc[-1]
