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

from collections.abc import Iterable, Sequence
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


def events_by_week(issues: Frame, changes: Frame, categories: Frame, weeks: Weeks) -> Frame:
    """What happened to each issue in each week, by author.

    Args:
        issues: ``id`` (unique), ``created_at``, ``creator_id``, ``creator_type``.
        changes: :data:`AUTHORED_COLUMNS`; a repeated row counts once.
        categories: ``status`` (identity, unique) and ``category``, of every status ever seen.
        weeks: At least one.

    Returns:
        ``issue_id``, ``week`` (its number, from 0), ``author`` (null: unknown), ``automatic``,
        ``events``, ``created``, ``done``, ``reopened`` (1 or 0) and ``done_at`` (the last time it
        was done in the week; null: it was not), unique by the first four.
    """
    events = _events(issues, changes, categories, weeks)
    events = events.with_columns(minute=nw.col("at").dt.truncate("1m"))
    known = events.filter(~nw.col("author").is_null())
    touched = known.group_by("author", "minute").agg(touched=nw.col("issue_id").n_unique())
    bulk = touched.filter(nw.col("touched") >= BULK_ISSUES)
    bulk = bulk.select(by="author", within="minute", in_bulk=nw.lit(1))
    marked = events.join(
        bulk, left_on=["author", "minute"], right_on=["by", "within"], how="left"
    ).with_columns(
        automatic=one_if((nw.col("account") == _APP) | ~nw.col("in_bulk").is_null()),
        week=_week_of("at", weeks.starts),
        finished_at=nw.when(nw.col("done") == 1).then(nw.col("at")),
    )
    return marked.group_by("issue_id", "week", "author", "automatic").agg(
        events=nw.col("event").n_unique(),
        **{name: nw.col(name).max() for name in ("created", "done", "reopened")},
        done_at=nw.col("finished_at").max(),
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


def status_moves(changes: Frame, categories: Frame) -> Frame:
    """Each change with the categories of the statuses that it led from and to.

    Returns:
        The columns of ``changes``, ``was`` and ``now``: null in other changes and where the
        category is unknown, which counts as open.
    """
    is_status = field_of(changes.columns) == "status"
    moved = changes.with_columns(
        was_id=nw.when(is_status).then(id_or_name("from_id", "from_text")),
        now_id=nw.when(is_status).then(id_or_name("to_id", "to_text")),
    )
    for side in ("was", "now"):
        named = categories.select(**{f"{side}_of": "status", side: "category"})
        moved = moved.join(named, left_on=f"{side}_id", right_on=f"{side}_of", how="left")
    return moved.drop("was_id", "now_id")


def one_if(condition: nw.Expr) -> nw.Expr:
    """1 where a condition holds, else 0."""
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))


def _events(issues: Frame, changes: Frame, categories: Frame, weeks: Weeks) -> Frame:
    """Every event within the weeks."""
    first, end = weeks.starts[0], weeks.end
    within = changes.filter(nw.col("changed_at") >= first, nw.col("changed_at") < end)
    moved = status_moves(within, categories)
    was, now = (nw.col(side).fill_null("") == "done" for side in ("was", "now"))
    changed = moved.select(
        "issue_id",
        event="id",
        at="changed_at",
        author="author_id",
        account="author_type",
        created=nw.lit(0),
        done=one_if(now & ~was),
        reopened=one_if(was & ~now),
    )
    made = issues.filter(nw.col("created_at") >= first, nw.col("created_at") < end).select(
        issue_id="id",
        event=nw.concat_str([nw.lit("created "), nw.col("id")]),
        at="created_at",
        author="creator_id",
        account="creator_type",
        created=nw.lit(1),
        done=nw.lit(0),
        reopened=nw.lit(0),
    )
    return nw.concat([changed, made])


def _week_of(column: str, starts: Sequence[datetime]) -> nw.Expr:
    """The number of the week that an instant is in; engines truncate in the session's zone."""
    begun = [one_if(nw.col(column) >= start) for start in starts[1:]]
    return nw.sum_horizontal(nw.lit(0), *begun)
