"""How much of each team's work served a Key Result, week by week.

What belongs here: counting the events of a team's initiatives, by whether their issue counts for a
Key Result. What does not: whose initiative is whose (``confidence.work_elsewhere``), shares
(``published``), and recognising who did what (``events_by_week``).

A team's work is what happens in its initiatives, each event once; issues outside of every
initiative are no team's. An issue serves a Key Result as for
:func:`okr_model.activity.issue_tree.effective_links`.
"""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from okr_model.activity.events_by_week import Weeks, collected_by_week
from okr_model.activity.issue_tree import Frame

_COUNTS = ["work", "linked_work", "new_issues", "new_unlinked"]
_TYPES = {"team": "str", "week_starts_on": "datetime64[us]", **dict.fromkeys(_COUNTS, "int64")}


def team_work(
    members: Frame, teams: Frame, linked: Frame, events: Frame, weeks: Weeks
) -> pd.DataFrame:
    """One row for each team and week in which anything happened in its initiatives.

    Args:
        members: ``issue_id, initiative_id``, distinct.
        teams: ``initiative_id, team``, distinct.
        linked: ``issue_id, key_result_id``, distinct.
        events: From :func:`okr_model.activity.events_by_week.events_by_week`; automatic ones do not
            count.
        weeks: The weeks.

    Returns:
        ``team``, ``week_starts_on`` (midnight), ``work`` (events), ``linked_work`` (those in issues
        that serve a Key Result), ``new_issues`` and ``new_unlinked`` (those that serve none).
    """
    theirs = members.join(teams, on="initiative_id").group_by("issue_id", "team").agg(ways=nw.len())
    serving = linked.group_by("issue_id").agg(serves=nw.len()).select("serves", of="issue_id")
    rows = (
        theirs.select("issue_id", "team")
        .join(serving, left_on="issue_id", right_on="of", how="left")
        .join(events.filter(nw.col("automatic") == 0), on="issue_id")
    )
    serves, nothing = ~nw.col("serves").is_null(), nw.lit(0)
    totals = rows.select(
        "team",
        "week",
        work="events",
        linked_work=nw.when(serves).then(nw.col("events")).otherwise(nothing),
        new_issues="created",
        new_unlinked=nw.when(serves).then(nothing).otherwise(nw.col("created")),
    )
    totals = totals.group_by("team", "week").agg(*(nw.col(name).sum() for name in _COUNTS))
    whole = totals.select("team", *(nw.col(name).cast(nw.Int64) for name in ("week", *_COUNTS)))
    found = collected_by_week(whole, weeks).astype(_TYPES)[[*_TYPES]]
    return found.sort_values(["team", "week_starts_on"], ignore_index=True)


def no_team_work() -> pd.DataFrame:
    """An empty result of :func:`team_work`."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _TYPES.items()})
