"""Key Result values that are aggregates of Jira issues, such as a median resolution time.

What belongs here: what may be measured, and measuring it for a window of local days. What does not:
converting to a Key Result's unit, choosing between sources (:mod:`okr_model.values`).

The engine selects issues; their instants come out once and are cut into windows here, because
windows overlap (each issue stands in as many as they are long) and because engines subtract and
truncate instants by the session's zone: DuckDB gives a month of 743 hours where clocks went back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from okr_model.hierarchy import Frame
from okr_model.local_days import window

WHERE_COLUMNS = (
    "project",
    "issue_type",
    "status",
    "status_category",
    "priority",
    "resolution",
    "assignee",
)
"""Columns of an issue that a measure may select by."""

RESOLUTION_TIME = "resolution time"
OF = (RESOLUTION_TIME, "resolved issues", "created issues")
"""What a measure may be of: calendar hours from creation to resolution, or how many issues."""

MEASUREMENT_COLUMNS = [
    *("key_result_id", "date", "measure", "value", "unit", "n", "field", "source", "record_id")
]

_Numbers = npt.NDArray[np.float64]
_Instants = npt.NDArray[np.datetime64]
_AGGREGATES: Mapping[str, Callable[[_Numbers], Any]] = {
    "sum": np.sum,
    "mean": np.mean,
    "median": np.median,
}
_PERCENTILE = re.compile(r"p(\d{1,2}|100)")


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured for some Key Results.

    Attributes:
        key_results: The Key Results it is a value of.
        where: Column of :data:`WHERE_COLUMNS` to the text it must hold, or to a list of texts of
            which it must hold one; as in JQL, case makes no difference. Empty selects all issues.
        aggregate: ``count``; of resolution time ``sum``, ``mean``, ``median`` or a percentile
            ``p0`` to ``p100`` (between two values: in proportion, as in a spreadsheet).
        of: One of :data:`OF`. Resolution time counts issues by the day they were resolved on.
        window_days: How many local days up to and including the day of the value.

    Raises:
        ValueError: If it cannot be measured; the message names what can.
    """

    key_results: tuple[str, ...]
    where: Mapping[str, str | Sequence[str]]
    aggregate: str
    of: str = RESOLUTION_TIME
    window_days: int = 28

    def __post_init__(self) -> None:
        if not self.key_results:
            raise ValueError("A measure needs the id of at least one Key Result in key_result.")
        if unknown := sorted(set(self.where) - set(WHERE_COLUMNS)):
            raise ValueError(
                f"A measure cannot select by {_listed(unknown)}. "
                f"It can by {_listed(WHERE_COLUMNS)}."
            )
        if empty := sorted(column for column in self.where if not self.wanted(column)):
            raise ValueError(f"A measure selects by {_listed(empty)}, but names no value for it.")
        if self.of not in OF:
            raise ValueError(f"A measure cannot be of {self.of!r}. It can be of {_listed(OF)}.")
        if not self._fits():
            raise ValueError(
                f"A measure of {self.of} cannot be a {self.aggregate!r}. "
                + (
                    "It can be a sum, mean, median or percentile such as p90."
                    if self.of == RESOLUTION_TIME
                    else "It can be a count."
                )
            )
        if self.window_days < 1:
            raise ValueError(f"A window of {self.window_days} days is none. Give at least 1.")

    def wanted(self, column: str) -> list[str]:
        """The texts of which ``column`` must hold one, as the settings write them."""
        values = self.where[column]
        listed = [values] if isinstance(values, str) else values
        return [value.strip() for value in listed if value.strip()]

    def _fits(self) -> bool:
        if self.of != RESOLUTION_TIME:
            return self.aggregate == "count"
        return self.aggregate in _AGGREGATES or bool(_PERCENTILE.fullmatch(self.aggregate))


def evaluate(measure: Measure, issues: Frame, days: Sequence[date], timezone: str) -> pd.DataFrame:
    """Measure each of some days.

    Args:
        measure: What to measure.
        issues: ``created_at``, ``resolved_at`` and the columns that ``measure`` selects by.
        days: The days to give a value for, in any order.
        timezone: Whose days.

    Returns:
        By Key Result and day: ``key_result_id``, ``date`` (midnight), ``measure`` (such as ``jira
        median``), ``value``, ``unit`` (``hours`` or ``count``), ``n`` (issues in the window),
        ``field`` (what was measured, in words), ``source`` and ``record_id`` (the selection in
        words). A resolution time has no row where no issue falls in the window; a count is 0
        there, unless the selection holds no issue at all, which is likelier a slip of the pen.
        Issues resolved before they were created are left out.
    """
    wanted = sorted(set(days))
    if not wanted:
        return _measurements(measure, [])
    selected = _select(measure, issues)
    windows = [window(day, measure.window_days, timezone) for day in wanted]
    at, hours = _read(measure, selected, windows[0][0], windows[-1][1])
    firsts = np.searchsorted(at, _instants([start for start, _ in windows]))
    lasts = np.searchsorted(at, _instants([end for _, end in windows]))
    rows = [
        (day, _aggregate(measure, hours[first:last]), int(last - first))
        for day, first, last in zip(wanted, firsts, lasts, strict=True)
    ]
    zeros_count = measure.aggregate == "count" and (len(at) > 0 or _holds_any(selected))
    return _measurements(measure, [row for row in rows if row[2] or zeros_count])


def members(measure: Measure, issues: Frame, day: date, timezone: str) -> pd.DataFrame:
    """The issues behind the value of one day, so that it can be checked by hand.

    Args:
        measure: As for :func:`evaluate`.
        issues: As for :func:`evaluate`, with ``key`` and ``url``.
        day: The day of the value.
        timezone: Whose days.

    Returns:
        ``key``, ``url``, ``created_at``, ``resolved_at`` (UTC) and ``hours`` from one to the other
        (missing while unresolved), longest first.
    """
    start, end = window(day, measure.window_days, timezone)
    columns = ["key", "url", "created_at", "resolved_at"]
    inside = _within(measure, _select(measure, issues), start, end)
    # By way of Arrow: DuckDB's own way to pandas warns on instants with a zone.
    frame: pd.DataFrame = inside.select(*columns).collect("pyarrow").to_native().to_pandas()
    for column in ("created_at", "resolved_at"):
        frame[column] = pd.to_datetime(frame[column], utc=True).astype("datetime64[us, UTC]")
    frame["hours"] = (frame["resolved_at"] - frame["created_at"]) / pd.Timedelta(hours=1)
    return frame.sort_values(["hours", "key"], ascending=[False, True], ignore_index=True)


def _select(measure: Measure, issues: Frame) -> Frame:
    for column in measure.where:
        wanted = [text.lower() for text in measure.wanted(column)]
        issues = issues.filter(nw.col(column).str.to_lowercase().is_in(wanted))
    return issues


def _within(measure: Measure, selected: Frame, start: datetime, end: datetime) -> Frame:
    """Those of the selected issues that count between two instants."""
    moment = nw.col(_moment(measure))
    return selected.filter(moment >= start, moment < end, moment >= nw.col("created_at"))


def _moment(measure: Measure) -> str:
    return "created_at" if measure.of == "created issues" else "resolved_at"


def _read(
    measure: Measure, selected: Frame, start: datetime, end: datetime
) -> tuple[_Instants, _Numbers]:
    """When each issue counts, ascending, and its hours from creation to that."""
    inside = _within(measure, selected, start, end)
    table = inside.select(began="created_at", at=_moment(measure)).collect("pyarrow").to_native()
    at = _instants(table["at"].to_pandas())
    hours = (at - _instants(table["began"].to_pandas())) / np.timedelta64(1, "h")
    order = np.argsort(at, kind="stable")
    return at[order], hours[order]


def _instants(moments: Sequence[datetime] | pd.Series[Any]) -> _Instants:
    """Instants as UTC without a zone, as numpy compares and subtracts them."""
    utc = pd.to_datetime(pd.Series(moments), utc=True).dt.tz_localize(None)
    instants: _Instants = utc.to_numpy(dtype="datetime64[us]")
    return instants


def _holds_any(selected: Frame) -> bool:
    return len(selected.select("created_at").head(1).collect("pyarrow")) > 0


def _aggregate(measure: Measure, hours: _Numbers) -> float:
    if measure.aggregate == "count":
        return float(len(hours))
    if not len(hours):
        return float("nan")
    percentile = _PERCENTILE.fullmatch(measure.aggregate)
    if percentile:
        return float(np.percentile(hours, int(percentile[1])))
    return float(_AGGREGATES[measure.aggregate](hours))


def _measurements(measure: Measure, rows: Sequence[tuple[date, float, int]]) -> pd.DataFrame:
    words = partial(_in_words, measure)
    frame = pd.DataFrame(
        {
            "date": pd.Series([day for day, _, _ in rows], dtype="datetime64[us]"),
            "value": pd.Series([value for _, value, _ in rows], dtype="float64"),
            "n": pd.Series([n for _, _, n in rows], dtype="int64"),
            "field": pd.Series([words(day, n) for day, _, n in rows], dtype="str"),
        }
    )
    frame["measure"] = pd.Series(f"jira {measure.aggregate}", index=frame.index, dtype="str")
    unit = "hours" if measure.of == RESOLUTION_TIME else "count"
    frame["unit"] = pd.Series(unit, index=frame.index, dtype="str")
    frame["source"] = pd.Series("jira", index=frame.index, dtype="str")
    frame["record_id"] = pd.Series(_selection(measure, 2), index=frame.index, dtype="str")
    key_results = pd.DataFrame({"key_result_id": pd.Series(measure.key_results, dtype="str")})
    crossed = key_results.drop_duplicates().merge(frame, how="cross")[MEASUREMENT_COLUMNS]
    return crossed.sort_values(["key_result_id", "date"], ignore_index=True)


def _in_words(measure: Measure, day: date, n: int) -> str:
    first = day - timedelta(days=measure.window_days - 1)
    event = "created" if measure.of == "created issues" else "resolved"
    figure = "number of" if measure.aggregate == "count" else f"{_figure(measure.aggregate)} of {n}"
    return f"{figure} {_selection(measure, n)}, {event} {first} to {day}"


def _figure(aggregate: str) -> str:
    percentile = _PERCENTILE.fullmatch(aggregate)
    named = f"{percentile[1]}th percentile" if percentile else aggregate
    return f"{named} {RESOLUTION_TIME}"


def _selection(measure: Measure, n: int) -> str:
    """The issues in words; ``n`` of them decide on the plural."""
    noun = "Jira issue" if n == 1 and measure.aggregate != "count" else "Jira issues"
    conditions = [
        f"{column} = {values[0]}" if len(values) == 1 else f"{column} in ({', '.join(values)})"
        for column in measure.where
        if (values := measure.wanted(column))
    ]
    return f"{noun} where {' and '.join(conditions)}" if conditions else noun


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
