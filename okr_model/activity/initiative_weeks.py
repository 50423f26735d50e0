"""What happened in each initiative in each week.

What belongs here: the weeks of the issue of an initiative and of those below it. What does not:
recognising who did what (``events_by_week``), the work of Key Results and teams, and what an
initiative serves now (``links``).

An issue below two initiatives, one of which is below the other, counts for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import narwhals as nw
import pandas as pd

from okr_model.activity.blocked_days import blocked_days
from okr_model.activity.events_by_week import (
    Weeks,
    collected_by_week,
    moves,
    of_kind,
)
from okr_model.activity.issue_history import first_of_each
from okr_model.activity.issue_names import IssueNames
from okr_model.activity.issue_tree import Frame
from okr_model.links.history import links_on
from okr_model.quantities.days import midnight, to_days

INITIATIVE = "initiative"
_KEY = ["initiative_id", "week_starts_on"]
_COUNTS = ["created", "done", "reopened", "blocked_days", "activity", "people", "automatic"]
_TYPES = {
    "initiative_id": "str",
    "week_starts_on": "datetime64[us]",
    **dict.fromkeys(_COUNTS, "int64"),
    "cycle_time": "float64",
}


@dataclass(frozen=True, slots=True)
class WorkLog:
    """The issues of initiatives, and what happened in them.

    Attributes:
        issues: ``id`` (unique), ``status``, ``status_id``, ``created_at``.
        changes: :data:`okr_model.activity.issue_history.CHANGE_COLUMNS`.
        names: Of statuses.
        statuses: The category of each status by its identity.
        members: ``issue_id`` and ``initiative_id``, distinct.
        events: From :func:`okr_model.activity.events_by_week.events_by_week`.
        totals: From :func:`okr_model.activity.events_by_week.totals_by_week`, those of initiatives
            among them.
    """

    issues: Frame
    changes: Frame
    names: IssueNames
    statuses: Mapping[str, str]
    members: Frame
    events: Frame
    totals: pd.DataFrame


def initiative_weeks(work: WorkLog, blocking: Sequence[str], weeks: Weeks) -> pd.DataFrame:
    """One row for each initiative and week in which anything happened, or it was blocked.

    Args:
        work: The work.
        blocking: Names or ids of statuses that block; see :func:`blocked_days`.
        weeks: The weeks.

    Returns:
        ``initiative_id``, ``week_starts_on`` (midnight), ``created``, ``done``, ``reopened``
        (issues), ``cycle_time`` (days, median of those done; null where unknown),
        ``blocked_days`` (days on which it or an issue of it was blocked, each once), ``people``,
        ``activity`` (events) and ``automatic`` (events that count nowhere else).
    """
    rows = of_kind(work.totals, INITIATIVE, "initiative_id")
    blocked, times = _blocked(work, blocking, weeks), _cycle_times(work, weeks)
    rows = rows.merge(blocked, "outer", on=_KEY).merge(times, "left", on=_KEY)
    rows = rows.fillna(dict.fromkeys(_COUNTS, 0)).astype(_TYPES)[[*_TYPES]]
    return rows.sort_values(_KEY, ignore_index=True)


def no_initiative_weeks() -> pd.DataFrame:
    """An empty result of :func:`initiative_weeks`, for a day before the first cycle."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _TYPES.items()})


def with_key_results(
    rows: pd.DataFrame, links: pd.DataFrame, history: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """The rows with how many Key Results the initiative served at the end of each week.

    Args:
        rows: From :func:`initiative_weeks`.
        links: The links of ``as_of``.
        history: What was published of links before, as
            :data:`okr_model.tables.links.LINK_HISTORY`.
        as_of: The day; the week that it is in ends with it.

    Returns:
        The rows with ``key_results`` (null for a week that ended before links were first
        published) and ``linked`` (whether there was one).
    """
    recorded = to_days(history["valid_from"]).min()
    served = []
    for week in rows["week_starts_on"].drop_duplicates():
        last = (week + timedelta(days=6)).date()
        if last >= as_of:
            then = links
        elif midnight(last) >= recorded:
            then = links_on(history, last)
        else:
            continue
        active = then[then["state"] == "active"].groupby("initiative_id")["key_result_id"]
        counts = active.nunique().rename("key_results").reset_index()
        there = rows.loc[rows["week_starts_on"] == week, _KEY]
        served.append(there.merge(counts.astype({"initiative_id": "str"}), "left"))
    known = pd.concat(served) if served else rows[_KEY].head(0).assign(key_results=0)
    known["key_results"] = known["key_results"].fillna(0).astype("Int64")
    found = rows.merge(known, "left", on=_KEY)
    return found.assign(linked=found["key_results"] > 0)


def _cycle_times(work: WorkLog, weeks: Weeks) -> pd.DataFrame:
    """The median days from the first status in progress to done, of issues done in a week."""
    done = work.events.filter(nw.col("done") == 1, nw.col("automatic") == 0)
    done = done.group_by("issue_id", "week").agg(done_at=nw.col("done_at").max())
    was, now = moves(work.statuses, "indeterminate")
    known = work.changes.filter(nw.col("changed_at") < weeks.end, was + now > 0)
    progress = first_of_each(known).select(
        of="issue_id",
        begun=nw.when(was == 0).then(nw.col("changed_at")),
    )
    found = (
        work.members.join(done, on="issue_id")
        .join(progress, left_on="issue_id", right_on="of")
        .join(work.issues.select("id", "created_at"), left_on="issue_id", right_on="id")
        .select("initiative_id", "week", "done_at", "begun", "created_at")
    )
    rows = collected_by_week(found, weeks)
    at = {name: pd.to_datetime(rows[name], utc=True) for name in ("done_at", "begun", "created_at")}
    # Created in progress: the log then tells first that it left that status.
    begun = at["begun"].fillna(at["created_at"])
    rows["cycle_time"] = (at["done_at"] - begun) / pd.Timedelta(days=1)
    timed = rows[rows["cycle_time"] >= 0]
    timed = timed.astype({"initiative_id": "str"})
    return timed.groupby(_KEY)["cycle_time"].median().reset_index()


def _blocked(work: WorkLog, blocking: Sequence[str], weeks: Weeks) -> pd.DataFrame:
    days = blocked_days(work.issues, work.changes, work.names, blocking, weeks)
    if days.empty:
        return pd.DataFrame({"initiative_id": [], "week_starts_on": [], "blocked_days": []}).astype(
            {"initiative_id": "str", "week_starts_on": "datetime64[us]", "blocked_days": "int64"}
        )
    ids = days["issue_id"].unique().tolist()
    asked = work.members.filter(nw.col("issue_id").is_in(ids))
    members: pd.DataFrame = asked.collect("pyarrow").to_native().to_pandas()
    members = members.astype("str")
    both = members.merge(days, on="issue_id").drop_duplicates(["initiative_id", "day"])
    both["week_starts_on"] = both["day"] - pd.to_timedelta(both["day"].dt.day_of_week, unit="D")
    return both.groupby(_KEY).size().rename("blocked_days").reset_index()
