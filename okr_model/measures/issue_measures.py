"""Key Result values that are aggregates of Jira issues, such as a median resolution time.

What belongs here: evaluating a measure over issues for windows of local days. What does not: the
measure language (``parser``), conversion into a Key Result's unit (``evaluation_days``), choosing
between several values (``progress.value_series``).

The value of a day is computed from the issues' states at the end of that day, by their change log:
an issue that was re-opened since still counts on the days on which it was resolved.

The engine selects the issues; their instants are collected once and assigned to windows here.
Windows overlap, so each issue is in several; and engines subtract and truncate instants in the time
zone of the session: DuckDB gives a month of 743 hours where clocks went back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from okr_model.activity.issue_history import logged_in, spells
from okr_model.activity.issue_names import IssueNames, identity
from okr_model.activity.working_time import NINE_TO_FIVE, WorkingTime
from okr_model.measures.aggregates import COUNTED_UNITS, Numbers, aggregate, quotient
from okr_model.measures.evaluation_days import start_of_cycle
from okr_model.measures.issue_moments import IssueRecords as IssueRecords
from okr_model.measures.issue_moments import moments
from okr_model.measures.parser import (
    CATEGORY,
    DEFAULT_WINDOW,
    MOVED_BACK,
    REOPENED,
    RESOLUTION_TIME,
    RESOLVED,
    STANDING,
    TIME_BETWEEN,
    WHERE_COLUMNS,
    MeasureText,
    Where,
    parse_measure,
)
from okr_model.measures.wording import in_words, selection
from okr_model.quantities.day_bounds import window
from okr_model.quantities.units import WORKING_HOURS

MEASUREMENT_COLUMNS = [
    *("key_result_id", "date", "measure", "value", "unit", "n", "field", "source", "record_id")
]

_Instants = npt.NDArray[np.datetime64]
_Tests = Sequence[tuple[str, tuple[str, ...]]]
"""Columns, with the words of which an issue must have what one means."""
_Filters = Sequence[tuple[str, Sequence[str]]]
"""Columns, with the identities of which an issue must have one."""
_TIMES = (RESOLUTION_TIME, TIME_BETWEEN)
_INSTANT = "datetime64[us]"
_UTC = "datetime64[us, UTC]"
_FIRST, _LAST = pd.Timestamp("0001-01-01"), pd.Timestamp("9999-12-31")


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure over issues, for one or more Key Results.

    Attributes:
        key_results: The Key Results it measures.
        what: The parsed measure. Its texts are present or former names, ignoring case, or ids.
        name: The ``measure`` of its values.
        cycles: The first and last days of the cycles that the Key Results are in; only needed if
            its window is the cycle.
        working: The working time that business time counts.
    """

    key_results: tuple[str, ...]
    what: MeasureText
    name: str
    cycles: tuple[tuple[date, date], ...] = ()
    working: WorkingTime = NINE_TO_FIVE

    @classmethod
    def of(cls, text: str, *key_results: str, cycles: Iterable[tuple[date, date]] = ()) -> Measure:
        """Parse a measure for some Key Results.

        Raises:
            okr_model.measures.parser.MeasureError: The text is not a measure.
        """
        what = parse_measure(text)
        return cls(key_results, what, f"jira {what.aggregate}", tuple(cycles))

    def first_day(self, day: date) -> date | None:
        """The first day of the window that ends on ``day``; None outside of every cycle."""
        if not self.what.in_cycle:
            return day - timedelta(days=(self.what.window_days or DEFAULT_WINDOW) - 1)
        return start_of_cycle(self.cycles, day)


def tests(what: MeasureText) -> list[tuple[str, tuple[str, ...]]]:
    """Every column that the measure tests, with its words."""
    return [test for part in (what.where, what.part, what.whole) for test in part.items()]


def logged_columns(measures: Iterable[Measure]) -> list[str]:
    """The columns of issues whose changes the measures depend on."""
    columns = ["resolution"]
    for each in measures:
        columns += [column for column, _ in tests(each.what) if column in WHERE_COLUMNS]
        columns += ["status"] if each.what.of in (TIME_BETWEEN, REOPENED, MOVED_BACK) else []
    return [*dict.fromkeys("status" if column == CATEGORY else column for column in columns)]


def named_columns(measures: Iterable[Measure]) -> list[str]:
    """The columns whose names the measures depend on."""
    measures = [*measures]
    tested = [column for each in measures for column, _ in tests(each.what)]
    named = [column for column in tested if column in WHERE_COLUMNS]
    return [*dict.fromkeys(("status", *logged_columns(measures), *named))]


def evaluate(
    measure: Measure, records: IssueRecords, days: Sequence[date], timezone: str
) -> pd.DataFrame:
    """Measure each of some days.

    Args:
        measure: What to measure.
        records: The issues and their changes.
        days: The days to evaluate, in any order.
        timezone: The zone of the days.

    Returns:
        By Key Result and day: ``key_result_id``, ``date`` (midnight), ``measure``, ``value``,
        ``unit`` (``hours``, ``working hours``, ``count``, ``%`` of a share, ``x`` of a ratio;
        null: that of the number field),
        ``n`` (issues that were counted or divided by), ``field`` (what was measured, in words),
        ``source`` and ``record_id`` (the selection in words). A time, a share and a ratio have no
        row where no issue counts; a count is 0 there, unless the selection matches no issue at
        all, which is more likely a typo; so is a sum of numbers. Issues without the number that
        is asked for are not counted. Issues that ended before they began are left out.
    """
    what = measure.what
    wanted = [day for day in sorted(set(days)) if measure.first_day(day) is not None]
    if not wanted or not records.fields.faults.keys().isdisjoint(what.fields):
        return _measurements(measure, [])
    edges = _edges(measure, wanted, timezone)
    base = _lives(measure, what.where, records, timezone)
    chosen = _chosen(base, edges)
    if what.aggregate in ("share", "ratio"):
        both = ([*what.where.items(), *more.items()] for more in (what.part, what.whole))
        over, under = (_chosen(_lives(measure, one, records, timezone), edges) for one in both)
        values = [
            quotient(what.aggregate, *(_weight(what, figures) for figures in pair))
            for pair in zip(over, under, strict=True)
        ]
        chosen = under
    else:
        ever = len(base) > 0 or _holds_any(what, records)
        values = [_value(what, figures, ever=ever) for figures in chosen]
    rows = [
        (day, value, int(np.count_nonzero(~np.isnan(figures))))
        for day, value, figures in zip(wanted, values, chosen, strict=True)
        if not np.isnan(value)
    ]
    return _measurements(measure, rows)


def _value(what: MeasureText, figures: Numbers, *, ever: bool) -> float:
    """The aggregate; 0 if there is nothing to count or to add, unless there never was."""
    known = figures[~np.isnan(figures)]
    nothing = what.aggregate == "count" or (
        what.aggregate == "sum" and bool(what.number) and not len(figures)
    )
    if not len(known) and nothing:
        return 0.0 if ever else float("nan")
    return aggregate(what.aggregate, known)


def _weight(what: MeasureText, figures: Numbers) -> float:
    return float(np.nansum(figures)) if what.number else len(figures)


def members(measure: Measure, records: IssueRecords, day: date, timezone: str) -> pd.DataFrame:
    """The issues behind the value of one day, for checking it by hand.

    Args:
        measure: As for :func:`evaluate`.
        records: As for :func:`evaluate`, with ``key`` and ``url`` of the issues.
        day: The day of the value.
        timezone: The zone of the day.

    Returns:
        ``key``, ``url``, ``created_at`` (when the measured time began), ``resolved_at`` (when it
        ended; UTC, as known on that day) and ``hours`` between them (missing while it has not
        ended), longest first; ``moved_at``, if the measure counts moves; and ``number``, if it is
        about a number field.
    """
    what = measure.what
    ((start, end),) = _edges(measure, [day], timezone)
    lives = _lives(measure, what.where, records, timezone, "key", "url")
    frame = lives[lives["at"].between(start, end, inclusive="left")]
    frame = frame[(frame["since"] < end) & (frame["until"] >= end)]
    ended = frame["at"] if what.of in (*_TIMES, RESOLVED) else frame["resolved_at"]
    times = {"created_at": frame["began"], "resolved_at": ended, "moved_at": frame["at"]}
    frame = frame.assign(
        **{name: utc.dt.tz_localize("UTC").astype(_UTC) for name, utc in times.items()}
    )
    frame["hours"] = frame["figure"]
    if what.of not in _TIMES:
        frame["hours"] = (frame["resolved_at"] - frame["created_at"]) / pd.Timedelta(hours=1)
    more = {"moved_at": what.of in (REOPENED, MOVED_BACK), "number": bool(what.number)}
    names = ["key", "url", "created_at", "resolved_at", "hours"]
    names += [name for name, wanted in more.items() if wanted]
    frame = frame.rename(columns={"figure": "number"})[names]
    return frame.sort_values(["hours", "key"], ascending=[False, True], ignore_index=True)


def selected_ever(measure: Measure, records: IssueRecords) -> bool:
    """Whether any issue met all conditions of the measure at the same time, ever."""
    standing = replace(measure.what, of=STANDING, states=None, business=False, number="")
    whole = replace(measure, what=standing)
    return len(_lives(whole, measure.what.where, records, "UTC")) > 0


def _edges(measure: Measure, days: Sequence[date], timezone: str) -> _Instants:
    """The first instant of each day's window, and its end (exclusive): a row for each day."""
    spans = ((day - (measure.first_day(day) or day)).days + 1 for day in days)
    windows = [window(day, span, timezone) for day, span in zip(days, spans, strict=True)]
    edges = _instants([instant for pair in windows for instant in pair]).reshape(-1, 2).copy()
    if measure.what.of == STANDING:
        edges[:, 0] = _FIRST.to_datetime64()
    return edges


def _chosen(lives: pd.DataFrame, edges: _Instants) -> list[Numbers]:
    """For each window, the figures of the moments that count at its end."""
    names = ("at", "figure", "since", "until")
    at, figures, since, until = (lives[name].to_numpy() for name in names)
    found = []
    for start, end in edges:
        part = slice(*np.searchsorted(at, np.array([start, end], dtype=at.dtype)))
        found.append(figures[part][(since[part] < end) & (until[part] >= end)])
    return found


def _lives(
    measure: Measure,
    tested: Where | _Tests,
    records: IssueRecords,
    timezone: str,
    *more: str,
) -> pd.DataFrame:
    """The moments that may count, and the spell during which each does.

    Returns:
        By ``at``: ``began, at, since, until`` (UTC without a zone; the latter two from the change
        log, with the minimum and maximum instant where open), ``figure`` (the number that the
        measure names, missing where an issue has none; else the hours from ``began`` to ``at``),
        and ``more``.
    """
    what = measure.what
    filters = _identities(tested, records.names)
    facts = _selected(filters, records, more)
    rows = moments(what, facts, records)
    theirs = facts.reindex(rows["issue_id"]).set_axis(rows.index)
    rows = rows.assign(**{name: theirs[name] for name in (*more, "resolved_at")}, since=_FIRST)
    rows["until"] = _earlier(rows["until"].astype(_INSTANT), theirs["gone_at"])
    for column, wanted in filters:
        if column in records.fields.ids:
            rows = _while(rows, records.fields.had_any(column, wanted))
        elif _changes(column, records.log):  # otherwise the engine has filtered it already
            held = spells(records.log, column, facts[column])
            rows = _while(rows, held[held["value"].isin(wanted)])
    rows = rows[rows["at"] >= rows["began"]]
    if what.number:
        rows = _while(rows, records.fields.number_spells(what.number), how="left")
        rows = rows.rename(columns={"value": "figure"})
    else:
        rows["figure"] = (
            measure.working.hours(rows["began"], rows["at"], timezone)
            if what.business
            else (rows["at"] - rows["began"]) / np.timedelta64(1, "h")
        )
    rows["until"] = rows["until"].fillna(_LAST)
    return rows.sort_values("at", kind="stable", ignore_index=True)


def _while(
    rows: pd.DataFrame, held: pd.DataFrame, how: Literal["inner", "left"] = "inner"
) -> pd.DataFrame:
    """Each moment with its spell cut to each of the spells in ``held``."""
    value = [name for name in ("value",) if how == "left"]
    rows = rows.merge(
        held[["issue_id", "since", "until", *value]], how, on="issue_id", suffixes=("", "_of")
    )
    rows["since"] = rows[["since", "since_of"]].max(axis=1)
    rows["until"] = _earlier(rows["until"], rows["until_of"])
    return rows.drop(columns=["since_of", "until_of"])


def _identities(tested: Where | _Tests, names: IssueNames) -> _Filters:
    """The identities that the words of a measure mean; a category is the statuses in it."""
    pairs = tested.items() if isinstance(tested, Mapping) else tested
    return [
        ("status", names.status_ids(words))
        if column == CATEGORY
        else (column, names.ids(column, words))
        for column, words in pairs
    ]


def _selected(filters: _Filters, records: IssueRecords, more: Sequence[str]) -> pd.DataFrame:
    """The issues that match the filters, or may have matched them in the past, by id."""
    issues = records.issues
    filters = [one for one in filters if one[0] not in records.fields.ids]
    changing = [column for column, _ in filters if _changes(column, records.log)]
    for column, wanted in filters:
        has = identity(issues.columns, column).is_in(wanted)
        if column not in changing:
            issues = issues.filter(has)
        elif column == "parent":  # few issues of a large Jira are or were below the same one
            issues = issues.filter(has | nw.col("id").is_in(logged_in(records.log, column, wanted)))
    plain = dict.fromkeys(["created_at", "resolved_at", "gone_at", *more])
    held = {
        column: identity(issues.columns, column)
        for column in dict.fromkeys(["resolution", "status", *changing])
    }
    # Through Arrow, because DuckDB's conversion to pandas warns on instants with a zone.
    found = issues.select("id", *plain, **held).collect("pyarrow")
    frame: pd.DataFrame = found.to_native().to_pandas()
    for column in ("created_at", "resolved_at", "gone_at"):
        frame[column] = pd.Series(_instants(frame[column]), index=frame.index)
    for column in held:
        known = records.names.resolved(column, frame[column].astype("str"))
        frame[column] = known
    return frame.set_index(frame["id"].astype("str")).rename(columns={"id": "issue_id"})


def _changes(column: str, log: pd.DataFrame) -> bool:
    """Whether the change log has entries on that column."""
    return bool((log["column"] == column).any())


def _earlier(one: pd.Series, other: pd.Series) -> pd.Series:
    """The earlier of two instants; a missing one is ignored."""
    return one.where((one <= other) | other.isna(), other).astype(_INSTANT)


def _instants(moments: Sequence[datetime] | pd.Series[Any]) -> _Instants:
    """Instants as numpy values in UTC without a zone."""
    utc = pd.to_datetime(pd.Series(moments), utc=True).dt.tz_localize(None)
    instants: _Instants = utc.to_numpy(dtype=_INSTANT)
    return instants


def _holds_any(what: MeasureText, records: IssueRecords) -> bool:
    """Whether any issue matches the filters as it is now."""
    issues = records.issues
    for column, wanted in _identities(what.where, records.names):
        if column in records.fields.ids:
            present = records.fields.present
            has = (present["column"] == column) & present["item"].isin(list(wanted))
            issues = issues.filter(nw.col("id").is_in(present.loc[has, "issue_id"].tolist()))
            continue
        issues = issues.filter(identity(issues.columns, column).is_in(wanted))
    return len(issues.select("created_at").head(1).collect("pyarrow")) > 0


def _unit(what: MeasureText) -> str | None:
    if what.number and what.aggregate not in COUNTED_UNITS:
        return None
    if what.of in _TIMES:
        return WORKING_HOURS if what.business else "hours"
    return COUNTED_UNITS.get(what.aggregate, "count")


def _measurements(measure: Measure, rows: Sequence[tuple[date, float, int]]) -> pd.DataFrame:
    what = measure.what
    frame = pd.DataFrame(
        {
            "date": pd.Series([day for day, _, _ in rows], dtype="datetime64[us]"),
            "value": pd.Series([value for _, value, _ in rows], dtype="float64"),
            "n": pd.Series([n for _, _, n in rows], dtype="int64"),
            "field": pd.Series(
                [in_words(what, measure.first_day(day) or day, day, n) for day, _, n in rows],
                dtype="str",
            ),
        }
    )
    same: dict[str, str | None] = {"measure": measure.name, "unit": _unit(what), "source": "jira"}
    same["record_id"] = selection(what, 2)
    for name, word in same.items():
        frame[name] = pd.Series(word, index=frame.index, dtype="str")
    key_results = pd.DataFrame({"key_result_id": pd.Series(measure.key_results, dtype="str")})
    crossed = key_results.drop_duplicates().merge(frame, how="cross")[MEASUREMENT_COLUMNS]
    return crossed.sort_values(["key_result_id", "date"], ignore_index=True)
