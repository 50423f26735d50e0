"""What happened to each issue in each week, and who may be counted for it.

What belongs here: reducing change logs to weeks, and recognising what programs and bulk edits did.
What does not: whose issues they are (``initiative_weeks``, ``key_result_weeks``). Everything is
lazy Narwhals without ordered windows; a log is never collected.

An **event** is one row of the change log, or the creation of an issue. It is **automatic** if its
author's account is an app's, or if one author touched :data:`BULK_ISSUES` issues or more within
the same minute of the clock. Whose account is unknown, as on Data Center, can only be recognised
by the latter. Automatic events are told apart and count nowhere else.

An issue is **done** in a week if the log says that it moved from a status that is not of the
category done to one that is; it is **re-opened** if it moved the other way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import narwhals as nw
import pandas as pd

from okr_model.activity.issue_history import CHANGE_COLUMNS
from okr_model.activity.issue_names import field_of, id_or_name
from okr_model.activity.issue_tree import Frame
from okr_model.quantities.day_bounds import start_of_day
from okr_model.quantities.days import midnight, monday

BULK_ISSUES = 10
"""Nobody opens, judges and changes ten issues in a minute."""
AUTHORED_COLUMNS = (*CHANGE_COLUMNS, "author_id", "author_type")
"""The columns of a change log that tell who did what."""
_APP = "app"
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Weeks:
    """The weeks that are told, from Monday, in the organization's zone.

    Attributes:
        mondays: Their first days, ascending, one after the other without a gap.
        as_of: The last day that counts.
        timezone: The organization's zone.
    """

    mondays: tuple[date, ...]
    as_of: date
    timezone: str

    @classmethod
    def of_cycles(cls, first_days: Iterable[date], as_of: date, timezone: str) -> Weeks:
        """All weeks since that in which the first cycle begins; none before it has begun."""
        begun = [day for day in first_days if day <= as_of]
        if not begun:
            return cls((), as_of, timezone)
        first = monday(min(begun))
        weeks = range((as_of - first).days // 7 + 1)
        return cls(tuple(first + _WEEK * number for number in weeks), as_of, timezone)

    @property
    def starts(self) -> list[datetime]:
        """The first instant of each."""
        return [start_of_day(day, self.timezone) for day in self.mondays]

    @property
    def end(self) -> datetime:
        """The end of ``as_of``, exclusive."""
        return start_of_day(self.as_of + _DAY, self.timezone)


def events_by_week(
    issues: Frame, changes: Frame, statuses: Mapping[str, str], weeks: Weeks
) -> Frame:
    """What happened to each issue in each week, by author.

    Args:
        issues: ``id`` (unique), ``created_at``, ``creator_id``, ``creator_type``.
        changes: :data:`AUTHORED_COLUMNS`; a repeated row counts once.
        statuses: The category of each status by its identity; one that is unknown counts as open.
        weeks: At least one.

    Returns:
        ``issue_id``, ``week`` (its number, from 0), ``author`` (null: unknown), ``automatic``,
        ``events``, ``created``, ``done``, ``reopened`` (1 or 0) and ``done_at`` (the last time it
        was done in the week; null: it was not), unique by the first four.
    """
    events = nw.concat([_changed(changes, statuses, weeks), _created(issues, weeks)])
    known = events.filter(~nw.col("author").is_null())
    touched = known.group_by("author", "minute").agg(touched=nw.col("issue_id").n_unique())
    bulk = touched.filter(nw.col("touched") >= BULK_ISSUES)
    marked = events.join(bulk, on=["author", "minute"], how="left")
    app = nw.col("account") == _APP
    return (
        marked.with_columns(automatic=one_if(app | ~nw.col("touched").is_null()))
        .group_by("issue_id", "week", "author", "automatic")
        .agg(
            events=nw.col("event").n_unique(),
            **{name: nw.col(name).max() for name in ("created", "done", "reopened", "done_at")},
        )
    )


def totals_by_week(members: Frame, events: Frame, by: str) -> Frame:
    """What happened each week in the issues of each subject, each issue once.

    Args:
        members: ``issue_id`` and ``by``, distinct.
        events: From :func:`events_by_week`.
        by: The column of subjects, such as ``initiative_id``.

    Returns:
        ``by``, ``week``, ``activity`` (events), ``created``, ``done``, ``reopened`` (issues),
        ``people`` (authors) and ``automatic`` (the events that count nowhere else).
    """
    mine = nw.col("automatic") == 0
    counted = {
        "done": (nw.col("done") == 1, "issue_id"),
        "reopened": (nw.col("reopened") == 1, "issue_id"),
        "people": (~nw.col("author").is_null(), "author"),
    }
    rows = members.join(events, on="issue_id").with_columns(
        activity=nw.when(mine).then(nw.col("events")).otherwise(nw.lit(0)),
        left_out=nw.when(mine).then(nw.lit(0)).otherwise(nw.col("events")),
        made=nw.when(mine).then(nw.col("created")).otherwise(nw.lit(0)),
        # A text instead of null, because engines disagree on whether null is a value.
        **{
            f"{name}_of": nw.when(mine & test).then(nw.col(of)).otherwise(nw.lit(""))
            for name, (test, of) in counted.items()
        },
        **{f"{name}_not": 1 - one_if(mine & test) for name, (test, _) in counted.items()},
    )
    totals = rows.group_by(by, "week").agg(
        *(nw.col(name).sum() for name in ("activity", "left_out", "made")),
        *(nw.col(f"{name}_of").n_unique() for name in counted),
        *(nw.col(f"{name}_not").max() for name in counted),
    )
    return totals.select(
        by,
        *(nw.col(name).cast(nw.Int64) for name in ("week", "activity")),
        created=nw.col("made").cast(nw.Int64),
        automatic=nw.col("left_out").cast(nw.Int64),
        **{name: (nw.col(f"{name}_of") - nw.col(f"{name}_not")).cast(nw.Int64) for name in counted},
    )


def collected_by_week(rows: Frame, weeks: Weeks) -> pd.DataFrame:
    """Rows with a ``week``, collected, with ``week_starts_on`` (midnight) in its place."""
    # Through Arrow, because DuckDB's conversion to pandas warns on instants with a zone.
    found: pd.DataFrame = rows.collect("pyarrow").to_native().to_pandas()
    days = pd.Series([midnight(day) for day in weeks.mondays], dtype="datetime64[us]")
    mondays = found["week"].map(days).astype("datetime64[us]")
    return found.assign(week_starts_on=mondays).drop(columns="week")


def moves(statuses: Mapping[str, str], category: str) -> tuple[nw.Expr, nw.Expr]:
    """Whether a change led from a status of a category, and to one; 1 or 0, of all changes."""
    wanted = [status for status, of in statuses.items() if of == category]
    is_status = field_of(AUTHORED_COLUMNS) == "status"
    was, now = (id_or_name(f"{side}_id", f"{side}_text") for side in ("from", "to"))
    return one_if(is_status & was.is_in(wanted)), one_if(is_status & now.is_in(wanted))


def one_if(condition: nw.Expr) -> nw.Expr:
    """1 where a condition holds, else 0."""
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))


def _changed(changes: Frame, statuses: Mapping[str, str], weeks: Weeks) -> Frame:
    """The changes within the weeks."""
    was, now = moves(statuses, "done")
    done, at = now * (1 - was), nw.col("changed_at")
    return changes.filter(_within("changed_at", weeks)).select(
        "issue_id",
        event="id",
        author="author_id",
        account="author_type",
        minute=at.dt.truncate("1m"),
        week=_week_of("changed_at", weeks),
        created=nw.lit(0),
        done=done,
        reopened=was * (1 - now),
        done_at=nw.when(done == 1).then(at),
    )


def _created(issues: Frame, weeks: Weeks) -> Frame:
    """The creations within the weeks, as events like :func:`_changed`."""
    at = nw.col("created_at")
    return issues.filter(_within("created_at", weeks)).select(
        issue_id="id",
        event=nw.concat_str([nw.lit("created "), nw.col("id")]),
        author="creator_id",
        account="creator_type",
        minute=at.dt.truncate("1m"),
        week=_week_of("created_at", weeks),
        created=nw.lit(1),
        done=nw.lit(0),
        reopened=nw.lit(0),
        done_at=nw.when(nw.lit(0) == 1).then(at),
    )


def _within(column: str, weeks: Weeks) -> nw.Expr:
    return (nw.col(column) >= weeks.starts[0]) & (nw.col(column) < weeks.end)


def _week_of(column: str, weeks: Weeks) -> nw.Expr:
    """The number of the week that an instant is in; engines truncate in the session's zone."""
    begun = [(nw.col(column) >= start).cast(nw.Int64) for start in weeks.starts]
    return nw.sum_horizontal(*begun) - 1
