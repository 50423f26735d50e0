"""Key Result values that are aggregates of Jira issues, such as a median resolution time.

What belongs here: what may be measured, and measuring it for a window of local days. What does not:
converting to a Key Result's unit, choosing between sources (:mod:`okr_model.values`).

A day's value is what the issues were at the end of that day, by their change log: one that was
re-opened since still counts on the days on which it was resolved.

The engine selects issues; their instants come out once and are cut into windows here, because
windows overlap (each issue stands in as many as they are long) and because engines subtract and
truncate instants by the session's zone: DuckDB gives a month of 743 hours where clocks went back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from okr_model.hierarchy import Frame
from okr_model.issue_history import resolutions, spells
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
CREATED_ISSUES = "created issues"
OF = (RESOLUTION_TIME, "resolved issues", CREATED_ISSUES)
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
_INSTANT = "datetime64[us]"
_UTC = "datetime64[us, UTC]"
_FIRST, _LAST = pd.Timestamp("0001-01-01"), pd.Timestamp("9999-12-31")
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


def logged_columns(measures: Iterable[Measure]) -> list[str]:
    """The columns of issues whose changes the measures depend on."""
    return list(dict.fromkeys(["resolution", *(name for each in measures for name in each.where)]))


def evaluate(
    measure: Measure, issues: Frame, log: pd.DataFrame, days: Sequence[date], timezone: str
) -> pd.DataFrame:
    """Measure each of some days.

    Args:
        measure: What to measure.
        issues: ``id``, ``created_at``, ``resolution``, ``resolved_at``, ``gone_at`` (when it was
            found deleted; null: it is there) and the columns that ``measure`` selects by.
        log: From :func:`okr_model.issue_history.read_log`, with the :func:`logged_columns`.
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
    windows = [window(day, measure.window_days, timezone) for day in wanted]
    lives = _lives(measure, issues, log)
    at, hours, since, until = (lives[name].to_numpy() for name in ("at", "hours", "since", "until"))
    starts, ends = (_instants([edges[n] for edges in windows]) for n in (0, 1))
    rows = []
    for day, first, last, end in zip(
        wanted, np.searchsorted(at, starts), np.searchsorted(at, ends), ends, strict=True
    ):
        then = (since[first:last] < end) & (until[first:last] >= end)
        chosen = hours[first:last][then]
        rows.append((day, _aggregate(measure, chosen), len(chosen)))
    zeros_count = measure.aggregate == "count" and (len(at) > 0 or _holds_any(measure, issues))
    return _measurements(measure, [row for row in rows if row[2] or zeros_count])


def members(
    measure: Measure, issues: Frame, log: pd.DataFrame, day: date, timezone: str
) -> pd.DataFrame:
    """The issues behind the value of one day, so that it can be checked by hand.

    Args:
        measure: As for :func:`evaluate`.
        issues: As for :func:`evaluate`, with ``key`` and ``url``.
        log: As for :func:`evaluate`.
        day: The day of the value.
        timezone: Whose days.

    Returns:
        ``key``, ``url``, ``created_at``, ``resolved_at`` (UTC, as it was on that day) and
        ``hours`` from one to the other (missing while unresolved), longest first.
    """
    start, end = _instants(window(day, measure.window_days, timezone))
    lives = _lives(measure, issues, log, "key", "url")
    frame = lives[lives["at"].between(start, end, inclusive="left")]
    frame = frame[(frame["since"] < end) & (frame["until"] >= end)]
    times = {"created_at": frame["began"], "resolved_at": frame["at"]}
    if measure.of == CREATED_ISSUES:
        times["resolved_at"] = frame["resolved_at"]
    frame = frame.assign(
        **{name: utc.dt.tz_localize("UTC").astype(_UTC) for name, utc in times.items()}
    )
    frame["hours"] = (frame["resolved_at"] - frame["created_at"]) / pd.Timedelta(hours=1)
    frame = frame[["key", "url", "created_at", "resolved_at", "hours"]]
    return frame.sort_values(["hours", "key"], ascending=[False, True], ignore_index=True)


def _lives(measure: Measure, issues: Frame, log: pd.DataFrame, *more: str) -> pd.DataFrame:
    """The moments that may count, and from when until when they do.

    Returns:
        By ``at``: ``began, at, since, until`` (UTC without a zone; those two from the change log,
        the ends of time where they are open), ``hours`` from one to the other, and ``more``.
    """
    facts = _selected(measure, issues, log, more)
    created = facts["created_at"]
    if measure.of == CREATED_ISSUES:
        rows = facts[["issue_id"]].assign(at=created, until=pd.NaT)
    else:
        rows = resolutions(log, facts["resolution"], facts["resolved_at"])
    theirs = facts.reindex(rows["issue_id"]).set_axis(rows.index)
    rows = rows.assign(began=theirs["created_at"], since=_FIRST)
    rows = rows.assign(**{name: theirs[name] for name in (*more, "resolved_at")})
    rows["until"] = _earlier(rows["until"].astype(_INSTANT), theirs["gone_at"])
    for column in _changing(measure, log):
        held = spells(log, column, facts[column])
        held = held[held["value"].str.lower().isin(_folded(measure, column))]
        rows = rows.merge(held[["issue_id", "since", "until"]], on="issue_id", suffixes=("", "_of"))
        rows["since"] = rows[["since", "since_of"]].max(axis=1)
        rows["until"] = _earlier(rows["until"], rows["until_of"])
        rows = rows.drop(columns=["since_of", "until_of"])
    rows = rows[rows["at"] >= rows["began"]]
    rows["until"] = rows["until"].fillna(_LAST)
    rows["hours"] = (rows["at"] - rows["began"]) / np.timedelta64(1, "h")
    return rows.sort_values("at", kind="stable", ignore_index=True)


def _selected(
    measure: Measure, issues: Frame, log: pd.DataFrame, more: Sequence[str]
) -> pd.DataFrame:
    """The issues that hold, or may ever have held, what is selected, by their id."""
    changing = _changing(measure, log)
    for column in measure.where:
        if column not in changing:
            wanted = nw.col(column).str.to_lowercase().is_in(_folded(measure, column))
            issues = issues.filter(wanted)
    columns = dict.fromkeys(["created_at", "resolution", "resolved_at", "gone_at"])
    names = [*columns, *more, *(name for name in measure.where if name not in columns)]
    # By way of Arrow: DuckDB's own way to pandas warns on instants with a zone.
    frame: pd.DataFrame = issues.select("id", *names).collect("pyarrow").to_native().to_pandas()
    for column in ("created_at", "resolved_at", "gone_at"):
        frame[column] = pd.Series(_instants(frame[column]), index=frame.index)
    return frame.set_index(frame["id"].astype("str")).rename(columns={"id": "issue_id"})


def _changing(measure: Measure, log: pd.DataFrame) -> list[str]:
    """The columns that issues are selected by and that anybody ever changed."""
    changed = set(log["column"].unique())
    return [column for column in measure.where if column in changed]


def _earlier(one: pd.Series, other: pd.Series) -> pd.Series:
    """The earlier of two instants; a missing one does not count."""
    return one.where((one <= other) | other.isna(), other).astype(_INSTANT)


def _folded(measure: Measure, column: str) -> list[str]:
    return [text.lower() for text in measure.wanted(column)]


def _instants(moments: Sequence[datetime] | pd.Series[Any]) -> _Instants:
    """Instants as UTC without a zone, as numpy compares and subtracts them."""
    utc = pd.to_datetime(pd.Series(moments), utc=True).dt.tz_localize(None)
    instants: _Instants = utc.to_numpy(dtype="datetime64[us]")
    return instants


def _holds_any(measure: Measure, issues: Frame) -> bool:
    """Whether any issue is selected as it is now."""
    for column in measure.where:
        wanted = nw.col(column).str.to_lowercase().is_in(_folded(measure, column))
        issues = issues.filter(wanted)
    return len(issues.select("created_at").head(1).collect("pyarrow")) > 0


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
    event = "created" if measure.of == CREATED_ISSUES else "resolved"
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
