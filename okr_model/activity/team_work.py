"""How much of each team's work served a Key Result, week by week.

What belongs here: which issues are a team's, and its counts. What does not: whose initiative is
whose (``confidence.work_elsewhere``), shares (``published``), and counting (``events_by_week``).

A team's work is what happens in its initiatives, each event once; issues outside of every
initiative are no team's. An issue serves a Key Result as for
:func:`okr_model.activity.issue_tree.effective_links`.
"""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from okr_model.activity.events_by_week import of_kind
from okr_model.activity.issue_tree import Frame

TEAM = "team"
_COUNTS = ["work", "linked_work", "new_issues", "new_unlinked"]
_TYPES = {"team": "str", "week_starts_on": "datetime64[us]", **dict.fromkeys(_COUNTS, "int64")}


def team_issues(members: Frame, teams: Frame) -> Frame:
    """The issues of each team.

    Args:
        members: ``issue_id, initiative_id``, distinct.
        teams: ``initiative_id, team``, distinct.

    Returns:
        ``issue_id, team``, distinct.
    """
    theirs = members.join(teams, on="initiative_id").group_by("issue_id", "team").agg(ways=nw.len())
    return theirs.select("issue_id", "team")


def team_work(totals: pd.DataFrame) -> pd.DataFrame:
    """One row for each team and week in which anything happened in its initiatives.

    Args:
        totals: From :func:`okr_model.activity.events_by_week.totals_by_week`, those of teams among
            them.

    Returns:
        ``team``, ``week_starts_on`` (midnight), ``work`` (events), ``linked_work`` (those in issues
        that serve a Key Result), ``new_issues`` and ``new_unlinked`` (those that serve none).
    """
    rows = of_kind(totals, TEAM, "team")
    found = rows.assign(
        work=rows["activity"],
        linked_work=rows["linked_activity"],
        new_issues=rows["created"],
        new_unlinked=rows["created"] - rows["linked_created"],
    )
    return (
        found[[*_TYPES]].astype(_TYPES).sort_values(["team", "week_starts_on"], ignore_index=True)
    )


def no_team_work() -> pd.DataFrame:
    """An empty result of :func:`team_work`."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _TYPES.items()})
