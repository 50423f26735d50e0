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
    issues: Frame, changes: Frame, linked: Frame, statuses: Mapping[str, str], weeks: Weeks
) -> Frame:
    """What happened to each issue in each week, by author.

    Args:
        issues: ``id`` (unique), ``created_at``, ``creator_id``, ``creator_type``.
        changes: :data:`AUTHORED_COLUMNS`; ``id`` is unique.
        linked: ``issue_id, key_result_id``, from
            :func:`okr_model.activity.issue_tree.effective_links`.
        statuses: The category of each status by its identity; one that is unknown counts as open.
        weeks: At least one.

    Returns:
        ``issue_id``, ``week`` (its number, from 0), ``author`` (null: unknown), ``automatic``,
        ``events``, ``created``, ``done``, ``reopened`` (1 or 0), ``done_at`` (the last time it was
        done in the week; null: it was not) and ``serves`` (1 if its issue counts for a Key Result,
        else 0), unique by the first four.
    """
    serving = linked.group_by("issue_id").agg(key_results=nw.len())
    at, done = nw.col("at"), nw.col("done")
    return (
        _marked(issues, changes, statuses, weeks)
        .join(serving, on="issue_id", how="left")
        .with_columns(
            week=_week_of(at, weeks),
            done_at=nw.when(done == 1).then(at),
            serves=one_if(~nw.col("key_results").is_null()),
        )
        .group_by("issue_id", "week", "author", "automatic")
        .agg(
            events=nw.len(),
            **{
                name: nw.col(name).max()
                for name in ("created", "done", "reopened", "done_at", "serves")
            },
        )
    )


def created_issues(issues: Frame, changes: Frame, weeks: Weeks) -> Frame:
    """The issues that were created within the weeks, and whether automatically.

    Args:
        issues: As for :func:`events_by_week`.
        changes: Likewise.
        weeks: Likewise.

    Returns:
        ``issue_id`` (unique) and ``automatic`` (1 or 0).
    """
    marked = _marked(issues, changes, {}, weeks)
    return marked.filter(nw.col("created") == 1).select("issue_id", "automatic")


def _marked(issues: Frame, changes: Frame, statuses: Mapping[str, str], weeks: Weeks) -> Frame:
    """All events within the weeks, with ``automatic`` (1 or 0)."""
    events = nw.concat([_changed(changes, statuses, weeks), _created(issues, weeks)])
    events = events.with_columns(minute=nw.col("at").dt.truncate("1m"))
    minutes = ["author", "minute"]
    known = events.filter(~nw.col("author").is_null()).select(*minutes, "issue_id")
    # Counting rows is cheap, and few minutes are left whose distinct issues must be counted.
    many = known.group_by(minutes).agg(rows=nw.len()).filter(nw.col("rows") >= BULK_ISSUES)
    touched = (
        known.join(many, on=minutes).group_by(minutes).agg(touched=nw.col("issue_id").n_unique())
    )
    bulk = touched.filter(nw.col("touched") >= BULK_ISSUES)
    marked = events.join(bulk, on=minutes, how="left")
    app = nw.col("account") == _APP
    return marked.with_columns(automatic=one_if(app | ~nw.col("touched").is_null()))


def totals_by_week(subjects: Frame, events: Frame, weeks: Weeks) -> pd.DataFrame:
    """What happened each week in the issues of each subject, each issue once.

    Args:
        subjects: ``issue_id``, ``kind`` and ``subject``, distinct; such as an initiative's id.
        events: From :func:`events_by_week`.
        weeks: The weeks.

    Returns:
        ``kind``, ``subject``, ``week_starts_on`` (midnight), ``activity`` (events), ``created``,
        ``done``, ``reopened`` (issues), ``people`` (authors), ``automatic`` (the events that count
        nowhere else) and, of issues that count for a Key Result, ``linked_activity`` and
        ``linked_created``.
    """
    mine, nothing = nw.col("automatic") == 0, nw.lit(0)
    linked = mine & (nw.col("serves") == 1)
    counted = {
        "done": (nw.col("done") == 1, "issue_id"),
        "reopened": (nw.col("reopened") == 1, "issue_id"),
        "people": (~nw.col("author").is_null(), "author"),
    }
    rows = subjects.join(events, on="issue_id").select(
        *("kind", "subject", "week"),
        activity=nw.when(mine).then(nw.col("events")).otherwise(nothing),
        automatic=nw.when(mine).then(nothing).otherwise(nw.col("events")),
        created=nw.when(mine).then(nw.col("created")).otherwise(nothing),
        linked_activity=nw.when(linked).then(nw.col("events")).otherwise(nothing),
        linked_created=nw.when(linked).then(nw.col("created")).otherwise(nothing),
        # A text instead of null, because engines disagree on whether null is a value.
        **{
            name: nw.when(mine & test).then(nw.col(of)).otherwise(nw.lit(""))
            for name, (test, of) in counted.items()
        },
        **{f"not_{name}": 1 - one_if(mine & test) for name, (test, _) in counted.items()},
    )
    sums = ("activity", "automatic", "created", "linked_activity", "linked_created")
    totals = rows.group_by("kind", "subject", "week").agg(
        *(nw.col(name).sum() for name in sums),
        *(nw.col(name).n_unique() for name in counted),
        *(nw.col(f"not_{name}").max() for name in counted),
    )
    found = collected_by_week(totals, weeks)
    for name in counted:
        found[name] -= found.pop(f"not_{name}")
    whole = dict.fromkeys((*sums, *counted), "int64")
    return found.astype({"kind": "str", "subject": "str"} | whole)


def of_kind(totals: pd.DataFrame, kind: str, name: str) -> pd.DataFrame:
    """Of :func:`totals_by_week` the rows of one kind, with the subject as the column ``name``."""
    rows = totals[totals["kind"] == kind].drop(columns="kind")
    return rows.rename(columns={"subject": name}).reset_index(drop=True)


def collected_by_week(rows: Frame, weeks: Weeks) -> pd.DataFrame:
    """Rows with a ``week``, collected, with ``week_starts_on`` (midnight) in its place."""
    # Through Arrow, because DuckDB's conversion to pandas warns on instants with a zone.
    found: pd.DataFrame = rows.collect("pyarrow").to_native().to_pandas()
    days = pd.Series([midnight(day) for day in weeks.mondays], dtype="datetime64[us]")
    mondays = found["week"].astype("int64").map(days).astype("datetime64[us]")
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
    return changes.filter(_within("changed_at", weeks)).select(
        "issue_id",
        at="changed_at",
        author="author_id",
        account="author_type",
        created=nw.lit(0),
        done=now * (1 - was),
        reopened=was * (1 - now),
    )


def _created(issues: Frame, weeks: Weeks) -> Frame:
    """The creations within the weeks, as events like :func:`_changed`."""
    return issues.filter(_within("created_at", weeks)).select(
        issue_id="id",
        at="created_at",
        author="creator_id",
        account="creator_type",
        created=nw.lit(1),
        done=nw.lit(0),
        reopened=nw.lit(0),
    )


def _within(column: str, weeks: Weeks) -> nw.Expr:
    return (nw.col(column) >= weeks.starts[0]) & (nw.col(column) < weeks.end)


def _week_of(at: nw.Expr, weeks: Weeks) -> nw.Expr:
    """The number of the week that an instant is in; engines truncate in the session's zone."""
    return nw.sum_horizontal(*((at >= start).cast(nw.Int64) for start in weeks.starts)) - 1
