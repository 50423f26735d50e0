"""Counts of activity and completion in the work behind Key Results and initiatives.

What belongs here: counting issues and events as of a day. What does not: which issue counts for
what (:mod:`okr_model.activity.issue_tree`). Issues and events stay in the engine; only the counts
are collected.

An **event** is one row of the change log, or the creation of an issue, whoever did it: apps and
bulk edits are told apart by week only (``events_by_week``). It counts once for each Key Result its
issue is linked to; ``activity_before_28d`` counts the 28 days before the last 28. **Added** is what
was created, **finished** what was done within the 28 days. An issue **is open or done** as it is
now, unless it was created after the day (then it does not count) or resolved after the day (then it
is open).
"""

from __future__ import annotations

from datetime import date, datetime

import narwhals as nw
import pandas as pd

from okr_model.activity.issue_tree import Frame
from okr_model.quantities.day_bounds import window

ACTIVITY_DAYS = 28
COUNTS = [
    *("activity_28d", "open_issues", "done_issues", "added_28d", "finished_28d"),
    "activity_before_28d",
]


def issue_counts(issues: Frame, changes: Frame, as_of: date, timezone: str) -> Frame:
    """Count the events of each issue as of the end of a day.

    Args:
        issues: ``id`` (unique), ``status_category``, ``created_at``, ``resolved_at``.
        changes: ``id`` (unique), ``issue_id``, ``changed_at``.
        as_of: The last day that counts.
        timezone: The zone of the days.

    Returns:
        ``id`` of the issue, :data:`COUNTS` and ``last_activity_at``. The log is read once; keep
        the rows in the engine if they are used more than once.
    """
    start, end = window(as_of, ACTIVITY_DAYS, timezone)
    earlier, _ = window(as_of, 2 * ACTIVITY_DAYS, timezone)
    changed = changes.filter(nw.col("changed_at") < end).select(
        "changed_at",
        of="issue_id",
        now=_one_if(_within("changed_at", start, end)),
        before=_one_if(_within("changed_at", earlier, start)),
    )
    events = changed.group_by("of").agg(
        nw.col("now").sum(), nw.col("before").sum(), changed=nw.col("changed_at").max()
    )
    created = nw.col("created_at") < end
    resolved = nw.col("resolved_at") < end
    is_done = (nw.col("status_category") == "done") & (nw.col("resolved_at").is_null() | resolved)
    state = issues.select(
        "id",
        made=nw.when(created).then(nw.col("created_at")),
        added_28d=_one_if(_within("created_at", start, end)),
        added_before=_one_if(_within("created_at", earlier, start)),
        finished_28d=_one_if(is_done & _within("resolved_at", start, end)),
        exists=_one_if(created),
        done_issues=_one_if(created & is_done),
    )
    return state.join(events, left_on="id", right_on="of", how="left").select(
        "id",
        "done_issues",
        "added_28d",
        "finished_28d",
        activity_28d=nw.col("added_28d") + nw.col("now").fill_null(0),
        activity_before_28d=nw.col("added_before") + nw.col("before").fill_null(0),
        open_issues=nw.col("exists") - nw.col("done_issues"),
        last_activity_at=nw.max_horizontal("made", "changed"),
    )


def key_result_activity(counted: Frame, links: Frame) -> pd.DataFrame:
    """Count the work linked to each Key Result.

    Args:
        counted: From :func:`issue_counts`.
        links: ``issue_id``, ``key_result_id``, from
            :func:`okr_model.activity.issue_tree.effective_links`.

    Returns:
        ``key_result_id``, :data:`COUNTS` and ``last_activity_at``, by Key Result. One without
        linked issues has no row.
    """
    linked = links.select("issue_id", "key_result_id", counts=nw.lit(1))
    return _total(linked, counted, "key_result_id")


def initiative_activity(counted: Frame, initiatives: Frame) -> pd.DataFrame:
    """Count the work below each initiative; of its own issue only the last event counts.

    Args:
        counted: From :func:`issue_counts`.
        initiatives: From :func:`okr_model.activity.issue_tree.initiative_issues`.

    Returns:
        ``initiative_id``, :data:`COUNTS` and ``last_activity_at``, by initiative. One without
        issues has no row.
    """
    members = initiatives.select("issue_id", "initiative_id", counts="below")
    return _total(members, counted, "initiative_id")


def _within(column: str, start: datetime, end: datetime) -> nw.Expr:
    return (nw.col(column) >= start) & (nw.col(column) < end)


def _one_if(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))


def _total(members: Frame, counted: Frame, by: str) -> pd.DataFrame:
    totals = (
        members.join(counted, left_on="issue_id", right_on="id")
        .with_columns(nw.col(name) * nw.col("counts") for name in COUNTS)
        .group_by(by)
        .agg(*(nw.col(name).sum() for name in COUNTS), nw.col("last_activity_at").max())
        .select(by, *(nw.col(name).cast(nw.Int64) for name in COUNTS), "last_activity_at")
        .collect("pyarrow")
        .to_native()
        .to_pandas()
    )
    last = pd.to_datetime(totals["last_activity_at"], utc=True).astype("datetime64[us, UTC]")
    totals = totals.assign(last_activity_at=last)
    return totals.astype({by: "str"}).sort_values(by, ignore_index=True)
