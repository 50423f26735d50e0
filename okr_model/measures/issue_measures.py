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
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from okr_model.activity.issue_history import resolutions, spells
from okr_model.activity.issue_names import IssueNames, identity
from okr_model.activity.issue_tree import Frame
from okr_model.measures.aggregates import COUNTED_UNITS, Numbers, aggregate, quotient
from okr_model.measures.parser import (
    CATEGORY,
    CREATED,
    DEFAULT_WINDOW,
    RESOLUTION_TIME,
    STANDING,
    TIME_BETWEEN,
    MeasureText,
    Where,
    parse_measure,
)
from okr_model.measures.wording import in_words, selection
from okr_model.quantities.day_bounds import window
from okr_model.quantities.units import WORKING_HOURS

WORKING_DAY = (9, 17)
"""First and last hour of working time, Monday to Friday."""

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
    """

    key_results: tuple[str, ...]
    what: MeasureText
    name: str

    @classmethod
    def of(cls, text: str, *key_results: str) -> Measure:
        """Parse a measure for some Key Results.

        Raises:
            okr_model.measures.parser.MeasureError: The text is not a measure.
        """
        what = parse_measure(text)
        return cls(key_results, what, f"jira {what.aggregate}")


def tests(what: MeasureText) -> list[tuple[str, tuple[str, ...]]]:
    """Every column that the measure tests, with its words."""
    return [test for part in (what.where, what.part, what.whole) for test in part.items()]


def logged_columns(measures: Iterable[Measure]) -> list[str]:
    """The columns of issues whose changes the measures depend on."""
    columns = ["resolution"]
    for each in measures:
        columns += [column for column, _ in tests(each.what)]
        columns += ["status"] if each.what.of == TIME_BETWEEN else []
    logged = ["status" if column == CATEGORY else column for column in columns]
    return [column for column in dict.fromkeys(logged) if column != "parent"]


def named_columns(measures: Iterable[Measure]) -> list[str]:
    """The columns whose names the measures depend on."""
    measures = [*measures]
    tested = (column for each in measures for column, _ in tests(each.what))
    return [*dict.fromkeys(("status", *logged_columns(measures), *tested))]


@dataclass(frozen=True, slots=True)
class IssueRecords:
    """What measures over issues read.

    Attributes:
        issues: ``id``, ``created_at``, ``resolved_at``, ``gone_at`` (when it was found deleted;
            null: it is there), and ``resolution``, ``status`` and the columns that the measures
            select by, each with its ids (see :data:`okr_model.activity.issue_names.IDS`).
        log: From :func:`okr_model.activity.issue_history.read_log`, with the
            :func:`logged_columns`.
        names: Of the :func:`named_columns`.
    """

    issues: Frame
    log: pd.DataFrame
    names: IssueNames


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
        ``unit`` (``hours``, ``working hours``, ``count``, ``%`` of a share, ``x`` of a ratio),
        ``n`` (issues that were counted or divided by), ``field`` (what was measured, in words),
        ``source`` and ``record_id`` (the selection in words). A time, a share and a ratio have no
        row where no issue counts; a count is 0 there, unless the selection matches no issue at
        all, which is more likely a typo. Issues that ended before they began are left out.
    """
    wanted, what = sorted(set(days)), measure.what
    if not wanted:
        return _measurements(measure, [])
    edges = [_edges(what, day, timezone) for day in wanted]
    base = _lives(what, what.where, records, timezone)
    chosen = _chosen(base, edges)
    if what.aggregate in ("share", "ratio"):
        both = ([*what.where.items(), *more.items()] for more in (what.part, what.whole))
        over, under = (_chosen(_lives(what, one, records, timezone), edges) for one in both)
        values = [
            quotient(what.aggregate, len(one), len(all_))
            for one, all_ in zip(over, under, strict=True)
        ]
        chosen = under
    else:
        values = [aggregate(what.aggregate, hours) for hours in chosen]
    zeros_count = what.aggregate == "count" and (len(base) > 0 or _holds_any(what, records))
    rows = [
        (day, value, len(hours))
        for day, value, hours in zip(wanted, values, chosen, strict=True)
        if len(hours) or zeros_count
    ]
    return _measurements(measure, rows)


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
        ended), longest first.
    """
    what = measure.what
    start, end = _edges(what, day, timezone)
    lives = _lives(what, what.where, records, timezone, "key", "url")
    frame = lives[lives["at"].between(start, end, inclusive="left")]
    frame = frame[(frame["since"] < end) & (frame["until"] >= end)]
    ended = frame["resolved_at"] if what.of in (CREATED, STANDING) else frame["at"]
    times = {"created_at": frame["began"], "resolved_at": ended}
    frame = frame.assign(
        **{name: utc.dt.tz_localize("UTC").astype(_UTC) for name, utc in times.items()}
    )
    if what.of not in _TIMES:
        frame["hours"] = (frame["resolved_at"] - frame["created_at"]) / pd.Timedelta(hours=1)
    frame = frame[["key", "url", "created_at", "resolved_at", "hours"]]
    return frame.sort_values(["hours", "key"], ascending=[False, True], ignore_index=True)


def selected_ever(measure: Measure, records: IssueRecords) -> bool:
    """Whether any issue met all conditions of the measure at the same time, ever."""
    standing = replace(measure.what, of=STANDING, states=None, business=False)
    return len(_lives(standing, measure.what.where, records, "UTC")) > 0


def _edges(what: MeasureText, day: date, timezone: str) -> tuple[np.datetime64, np.datetime64]:
    """The first instant of a day's window, and its end (exclusive)."""
    start, end = _instants(window(day, what.window_days or DEFAULT_WINDOW, timezone))
    return (_FIRST.to_datetime64() if what.of == STANDING else start), end


def _chosen(
    lives: pd.DataFrame, edges: Sequence[tuple[np.datetime64, np.datetime64]]
) -> list[Numbers]:
    """For each window, the hours of the moments that count at its end."""
    at, hours, since, until = (lives[name].to_numpy() for name in ("at", "hours", "since", "until"))
    found = []
    for start, end in edges:
        part = slice(*np.searchsorted(at, np.array([start, end], dtype=at.dtype)))
        found.append(hours[part][(since[part] < end) & (until[part] >= end)])
    return found


def _lives(
    what: MeasureText,
    tested: Where | _Tests,
    records: IssueRecords,
    timezone: str,
    *more: str,
) -> pd.DataFrame:
    """The moments that may count, and the spell during which each does.

    Returns:
        By ``at``: ``began, at, since, until`` (UTC without a zone; the latter two from the change
        log, with the minimum and maximum instant where open), ``hours`` from ``began`` to ``at``,
        and ``more``.
    """
    filters = _identities(tested, records.names)
    facts = _selected(filters, records, more)
    rows = _moments(what, facts, records)
    theirs = facts.reindex(rows["issue_id"]).set_axis(rows.index)
    rows = rows.assign(**{name: theirs[name] for name in (*more, "resolved_at")}, since=_FIRST)
    rows["until"] = _earlier(rows["until"].astype(_INSTANT), theirs["gone_at"])
    for column, wanted in filters:
        if not _changes(column, records.log):
            continue  # the engine has filtered it already
        held = spells(records.log, column, facts[column])
        held = held[held["value"].isin(wanted)]
        rows = rows.merge(held[["issue_id", "since", "until"]], on="issue_id", suffixes=("", "_of"))
        rows["since"] = rows[["since", "since_of"]].max(axis=1)
        rows["until"] = _earlier(rows["until"], rows["until_of"])
        rows = rows.drop(columns=["since_of", "until_of"])
    rows = rows[rows["at"] >= rows["began"]]
    rows["until"] = rows["until"].fillna(_LAST)
    rows["hours"] = (
        _working_hours(rows["began"], rows["at"], timezone)
        if what.business
        else (rows["at"] - rows["began"]) / np.timedelta64(1, "h")
    )
    return rows.sort_values("at", kind="stable", ignore_index=True)


def _identities(tested: Where | _Tests, names: IssueNames) -> _Filters:
    """The identities that the words of a measure mean; a category is the statuses in it."""
    pairs = tested.items() if isinstance(tested, Mapping) else tested
    return [
        ("status", names.status_ids(words))
        if column == CATEGORY
        else (column, names.ids(column, words))
        for column, words in pairs
    ]


def _moments(what: MeasureText, facts: pd.DataFrame, records: IssueRecords) -> pd.DataFrame:
    """``issue_id, began, at, until`` of each moment that the measure is about."""
    if what.of in (CREATED, STANDING):
        created = facts["created_at"]
        return facts[["issue_id"]].assign(began=created, at=created, until=pd.NaT)
    if what.states:
        return _between(what.states, facts, records)
    rows = resolutions(records.log, facts["resolution"], facts["resolved_at"])
    began = facts["created_at"].reindex(rows["issue_id"]).set_axis(rows.index)
    return rows.assign(began=began)


def _between(states: tuple[str, str], facts: pd.DataFrame, records: IssueRecords) -> pd.DataFrame:
    """From an issue's first arrival in one state to its next arrival in the other."""
    held = spells(records.log, "status", facts["status"])
    created = facts["created_at"].reindex(held["issue_id"]).set_axis(held.index)
    held = held.assign(began=held["since"].fillna(created))
    meant = (records.names.ids("status", [state]) for state in states)
    begun, ended = (held[held["value"].isin(ids)] for ids in meant)
    first = begun.groupby("issue_id", as_index=False)["began"].min()
    came = ended.loc[ended["since"].notna(), ["issue_id", "since"]].rename(columns={"since": "at"})
    both = first.merge(came, on="issue_id")
    both = both[both["at"] > both["began"]].sort_values("at").drop_duplicates("issue_id")
    return both.assign(until=pd.NaT)


def _selected(filters: _Filters, records: IssueRecords, more: Sequence[str]) -> pd.DataFrame:
    """The issues that match the filters, or may have matched them in the past, by id."""
    issues = records.issues
    changing = [column for column, _ in filters if _changes(column, records.log)]
    for column, wanted in filters:
        if column not in changing:
            issues = issues.filter(identity(issues, column).is_in(wanted))
    plain = dict.fromkeys(["created_at", "resolved_at", "gone_at", *more])
    held = {
        column: identity(issues, column)
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


def _working_hours(began: pd.Series, ended: pd.Series, timezone: str) -> pd.Series:
    """Hours between two instants within :data:`WORKING_DAY`, Monday to Friday."""
    opens, closes = WORKING_DAY

    def worked(instants: pd.Series) -> Numbers:
        local = instants.dt.tz_localize("UTC").dt.tz_convert(timezone).dt.tz_localize(None)
        days = local.to_numpy().astype("datetime64[D]")
        gone = (local - local.dt.normalize()) / pd.Timedelta(hours=1)
        today = np.clip(gone.to_numpy("float64") - opens, 0, closes - opens)
        whole = np.busday_count(np.datetime64("1970-01-01"), days) * (closes - opens)
        return np.asarray(whole + np.where(np.is_busday(days), today, 0), "float64")

    return pd.Series(worked(ended) - worked(began), index=began.index)


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
        issues = issues.filter(identity(issues, column).is_in(wanted))
    return len(issues.select("created_at").head(1).collect("pyarrow")) > 0


def _unit(what: MeasureText) -> str:
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
            "field": pd.Series([in_words(what, day, n) for day, _, n in rows], dtype="str"),
        }
    )
    same = {"measure": measure.name, "unit": _unit(what), "source": "jira"}
    same["record_id"] = selection(what, 2)
    for name, word in same.items():
        frame[name] = pd.Series(word, index=frame.index, dtype="str")
    key_results = pd.DataFrame({"key_result_id": pd.Series(measure.key_results, dtype="str")})
    crossed = key_results.drop_duplicates().merge(frame, how="cross")[MEASUREMENT_COLUMNS]
    return crossed.sort_values(["key_result_id", "date"], ignore_index=True)
