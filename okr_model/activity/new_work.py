"""Work that is new and serves no Key Result, so that somebody asks early what it is for.

What belongs here: which initiatives and issues are new, and who made them. What does not: the
counts of a team by week (``team_work``), recognising programs and bulk edits (``events_by_week``),
and what a team is told (``published.changes.new_work``).

Work is new for :data:`NEW_DAYS` days after it was created. It came with the night that first read
it. Issues of Jira tell both themselves. Other initiatives came with the first night whose
predecessor had not published them; of the very first night nobody can tell which are new.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import narwhals as nw
import pandas as pd

from okr_model.activity.events_by_week import BULK_ISSUES, Weeks, created_issues
from okr_model.activity.issue_tree import Frame
from okr_model.quantities.day_bounds import start_of_day

NEW_DAYS = 28
_DAY = timedelta(days=1)
_ISSUES = {
    "initiative_id": "str",
    "first_seen_at": "datetime64[us, UTC]",
    "is_new": "bool",
    "new_issues": "int64",
    "automatic": "int64",
}
_KEY = ["initiative_id", "first_seen_at"]


def new_issues(
    issues: Frame, changes: Frame, linked: Frame, members: Frame, as_of: date, timezone: str
) -> pd.DataFrame:
    """New issues of initiatives that serve no Key Result, by initiative and night.

    Args:
        issues: ``id`` (unique), ``created_at``, ``first_seen_at``, ``creator_id``,
            ``creator_type``.
        changes: :data:`okr_model.activity.events_by_week.AUTHORED_COLUMNS`.
        linked: ``issue_id, key_result_id``, from
            :func:`okr_model.activity.issue_tree.effective_links`.
        members: From :func:`okr_model.activity.issue_tree.initiative_issues`. An issue below
            several initiatives counts for the lowest one.
        as_of: The last day that counts.
        timezone: The organization's zone.

    Returns:
        ``initiative_id``; ``first_seen_at``: the night that first read them; ``is_new``: whether
        the initiative's own issue is one of them, made by a person; ``new_issues``: those below it,
        likewise; ``automatic``: those that apps made, or that were made in bulk, its own among
        them.
    """
    span = Weeks((as_of - _DAY * (NEW_DAYS - 1),), as_of, timezone)
    created = created_issues(issues, changes, span)
    serving = linked.select("issue_id").unique("issue_id")
    itself = members.filter(nw.col("below") == 0).select("issue_id", inner="initiative_id")
    levels = itself.join(members, on="issue_id").group_by("inner").agg(level=nw.len())
    rows = (
        created.join(serving, on="issue_id", how="anti")
        .join(
            issues.select(of="id", first_seen_at="first_seen_at"), left_on="issue_id", right_on="of"
        )
        .join(members, on="issue_id")
        .join(levels, left_on="initiative_id", right_on="inner")
        .select("issue_id", *_KEY, "below", "automatic", "level")
    )
    found: pd.DataFrame = rows.collect("pyarrow").to_native().to_pandas()
    found = found.sort_values(["issue_id", "level", "initiative_id"], ascending=[True, False, True])
    found = found.drop_duplicates("issue_id")
    by_person = found["automatic"] == 0
    counted = found.assign(
        first_seen_at=pd.to_datetime(found["first_seen_at"], utc=True),
        is_new=by_person & (found["below"] == 0),
        new_issues=by_person & (found["below"] == 1),
        automatic=~by_person,
    )
    sums = counted.groupby(_KEY)[["is_new", "new_issues", "automatic"]].sum().reset_index()
    return sums.astype(_ISSUES)[[*_ISSUES]]


def new_elsewhere(
    initiatives: pd.DataFrame,
    before: pd.DataFrame | None,
    new_before: pd.DataFrame,
    now: datetime,
    first: datetime,
) -> pd.DataFrame:
    """New initiatives outside of Jira.

    Ten or more of one source that were created within one minute were made in bulk.

    Args:
        initiatives: From :func:`okr_model.entities.read_initiatives`.
        before: ``initiative_id`` of those that were published before; None: nothing was.
        new_before: ``initiative_id, first_seen_at, automatic``: what was published as new before.
        now: The instant of the night that reads them.
        first: What was created or first read before this instant is not new any more.

    Returns:
        As :func:`new_issues`.
    """
    rows = initiatives.loc[
        initiatives["source"] != "jira", ["initiative_id", "source", "created_at"]
    ]
    if before is None or rows.empty:
        return pd.DataFrame(columns=[*_ISSUES]).astype(_ISSUES)
    created = pd.to_datetime(rows["created_at"], utc=True)
    fresh = ~rows["initiative_id"].isin(before["initiative_id"]) & ~(created < first)
    minute = [rows["source"], created.dt.floor("min")]
    bulk = rows["initiative_id"].groupby(minute).transform("size") >= BULK_ISSUES
    told = new_before.drop_duplicates("initiative_id").set_index("initiative_id")
    known = rows["initiative_id"].map(told["first_seen_at"].astype("object"))
    seen = pd.to_datetime(known, utc=True).astype(_ISSUES["first_seen_at"])
    seen = seen.mask(fresh, pd.Timestamp(now))
    found = rows.assign(first_seen_at=seen, is_new=~bulk, new_issues=0, automatic=bulk)
    return found[seen >= first].astype(_ISSUES)[[*_ISSUES]].reset_index(drop=True)


def first_new_instant(as_of: date, timezone: str) -> datetime:
    """Since when what is created is new on a day."""
    return start_of_day(as_of - _DAY * (NEW_DAYS - 1), timezone)


def new_work(
    rows: pd.DataFrame, teams: pd.DataFrame, links: pd.DataFrame, other_work: pd.DataFrame
) -> pd.DataFrame:
    """The new work that serves no Key Result, with its teams.

    Args:
        rows: From :func:`new_issues` and :func:`new_elsewhere`.
        teams: ``initiative_id, team``, distinct.
        links: ``initiative_id, state``; an initiative outside of Jira with an active one serves a
            Key Result.
        other_work: ``initiative_id`` of those of which a person decided that they serve none.

    Returns:
        The columns of :data:`okr_model.tables.weeks.NEW_WORK` but for those of the run.
    """
    served = links.loc[links["state"] == "active", "initiative_id"]
    by_issue = rows["initiative_id"].str.startswith("jira:")
    asked = ~rows["initiative_id"].isin(other_work["initiative_id"])
    asked &= by_issue | ~rows["initiative_id"].isin(served)
    named: dict[str, list[Any]] = (
        teams.groupby("initiative_id")["team"].agg(lambda one: sorted(one)).to_dict()
    )
    found = rows[asked]
    of = [named.get(name, []) for name in found["initiative_id"]]
    found = found.assign(teams=pd.Series(of, index=found.index, dtype="object"))
    return found.sort_values(_KEY, ignore_index=True)
