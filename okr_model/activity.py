"""How much happens, and how much is done, in the work behind Key Results and initiatives.

What belongs here: counting issues and events at a day. What does not: which issue counts for what
(:mod:`okr_model.hierarchy`). Issues and events stay in the engine; only the counts come out.

An **event** is one row of the change log, or the creation of an issue. It counts once for each Key
Result its issue is linked to. An issue **is open or done** as it is now, unless it was created
after the day (then it does not count) or resolved after the day (then it is open).
"""

from __future__ import annotations

from datetime import date, datetime

import narwhals as nw
import pandas as pd

from okr_model.hierarchy import Frame, descendants
from okr_model.local_days import window

ACTIVITY_DAYS = 28
COUNTS = ["activity_28d", "open_issues", "done_issues"]


def key_result_activity(
    issues: Frame, changes: Frame, links: Frame, as_of: date, timezone: str
) -> pd.DataFrame:
    """Count the work linked to each Key Result.

    Args:
        issues: ``id`` (unique), ``status_category``, ``created_at``, ``resolved_at``.
        changes: ``id``, ``issue_id``, ``changed_at``; a repeated row counts once.
        links: ``issue_id``, ``key_result_id``, from :func:`okr_model.hierarchy.effective_links`.
        as_of: The last day that counts.
        timezone: Whose days.

    Returns:
        ``key_result_id``, ``activity_28d``, ``open_issues``, ``done_issues``, by Key Result. One
        without linked issues has no row.
    """
    counted = _count_issues(issues, changes, as_of, timezone)
    return _total(links.select("issue_id", "key_result_id"), counted, "key_result_id")


def initiative_activity(
    issues: Frame, changes: Frame, initiatives: Frame, as_of: date, timezone: str
) -> pd.DataFrame:
    """Count the work below each initiative, not the initiative itself.

    Args:
        issues: As for :func:`key_result_activity`, with ``parent_id``.
        changes: As for :func:`key_result_activity`.
        initiatives: ``initiative_id``, ``issue_id`` (which issue it is), each unique.
        as_of: The last day that counts.
        timezone: Whose days.

    Returns:
        ``initiative_id``, ``activity_28d``, ``open_issues``, ``done_issues``, by initiative. One
        without issues below it has no row.
    """
    counted = _count_issues(issues, changes, as_of, timezone)
    below = descendants(issues, initiatives.select(root_id="issue_id"))
    named = initiatives.select(of="issue_id", initiative_id="initiative_id")
    members = below.join(named, left_on="root_id", right_on="of")
    return _total(members.select("issue_id", "initiative_id"), counted, "initiative_id")


def _count_issues(issues: Frame, changes: Frame, as_of: date, timezone: str) -> Frame:
    """Each issue's events, and 1 or 0 for open and for done; ``id`` and :data:`COUNTS`."""
    start, end = window(as_of, ACTIVITY_DAYS, timezone)
    events = (
        changes.filter(_within("changed_at", start, end))
        .group_by("issue_id")
        .agg(events=nw.col("id").n_unique())
    )
    created = nw.col("created_at") < end
    is_done = (nw.col("status_category") == "done") & (
        nw.col("resolved_at").is_null() | (nw.col("resolved_at") < end)
    )
    state = issues.select(
        "id",
        creations=_one_if(_within("created_at", start, end)),
        exists=_one_if(created),
        done_issues=_one_if(created & is_done),
    )
    return state.join(events, left_on="id", right_on="issue_id", how="left").select(
        "id",
        "done_issues",
        activity_28d=nw.col("creations") + nw.col("events").fill_null(0),
        open_issues=nw.col("exists") - nw.col("done_issues"),
    )


def _within(column: str, start: datetime, end: datetime) -> nw.Expr:
    return (nw.col(column) >= start) & (nw.col(column) < end)


def _one_if(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))


def _total(members: Frame, counted: Frame, by: str) -> pd.DataFrame:
    totals = (
        members.join(counted, left_on="issue_id", right_on="id")
        .group_by(by)
        .agg(*(nw.col(name).sum() for name in COUNTS))
        .select(by, *(nw.col(name).cast(nw.Int64) for name in COUNTS))
        .collect("pandas")
        .to_native()
    )
    return totals.astype({by: "str"}).sort_values(by, ignore_index=True)
