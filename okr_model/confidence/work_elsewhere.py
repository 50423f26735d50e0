"""How long linked work has been silent, and what happened in the team's work elsewhere meanwhile.

What belongs here: these counts per Key Result. What does not: counting events (``activity``), and
how much is much (``thresholds``).

A team's work are the initiatives of that team; those without a team are of the teams whose Key
Results they serve. An initiative below another one of the team is part of it and counts once.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from okr_model.progress.value_series import KEY
from okr_model.quantities.days import midnight
from okr_model.quantities.teams import by_team, split_teams

COUNTS = {
    "activity_28d": "activity_elsewhere_28d",
    "activity_before_28d": "activity_elsewhere_before",
}
WORK = ["initiative_id", "parent_id", "team", *COUNTS]
_NUMBERS, _NOTHING = dict.fromkeys(COUNTS, "float64"), dict.fromkeys(COUNTS, 0.0)


def no_work() -> pd.DataFrame:
    """No initiative of any team, with the columns of :data:`WORK`."""
    return pd.DataFrame(columns=WORK).astype(dict.fromkeys(WORK[:3], "str") | _NUMBERS)


def work_elsewhere(
    rows: pd.DataFrame, links: pd.DataFrame, work: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """The silence of linked work, and the activity of the team in work that does not serve it.

    Args:
        rows: ``key_result_id, cycle_id, team, last_activity_on`` and, where known, ``teams``.
        links: ``initiative_id, key_result_id, cycle_id, state``; the active ones count.
        work: :data:`WORK`: every initiative with its parent among them, its team as text (null if
            unknown), and its counts, from :func:`okr_model.activity.counts.initiative_activity`.
        as_of: The day the rows are about.

    Returns:
        With the index of ``rows``, integers: ``silent_days`` since the last activity in linked
        work, ``activity_elsewhere_28d`` and ``activity_elsewhere_before`` (the 28 days before);
        null where unknown.
    """
    links = links.loc[links["state"] == "active", [*KEY, "initiative_id"]].drop_duplicates()
    teams = by_team(rows)[[*KEY, "team"]]
    work = work.fillna(_NOTHING)
    members = members_of_teams(work, rows, links, teams)
    total = _topmost(members, ["team"]).groupby("team")[[*COUNTS]].sum()
    own = links.astype("str").merge(members, on="initiative_id").merge(teams, on=[*KEY, "team"])
    own = _topmost(own, [*KEY, "team"]).groupby([*KEY, "team"])[[*COUNTS]].sum()
    found = teams.join(total, on="team", how="inner")
    mine = own.reindex(pd.MultiIndex.from_frame(found[[*KEY, "team"]])).fillna(0)
    found[[*COUNTS]] -= mine[[*COUNTS]].to_numpy()
    by_row = found.groupby(KEY)[[*COUNTS]].sum().clip(lower=0)
    by_row = by_row.reindex(pd.MultiIndex.from_frame(rows[KEY].astype("str")))
    by_row = by_row.set_axis(rows.index).rename(columns=COUNTS)
    silent = (midnight(as_of) - rows["last_activity_on"]).dt.days
    return by_row.assign(silent_days=silent).astype("Int64")


def members_of_teams(
    work: pd.DataFrame, rows: pd.DataFrame, links: pd.DataFrame, teams: pd.DataFrame
) -> pd.DataFrame:
    """A row for each team of each initiative.

    Args:
        work: ``initiative_id, parent_id, team`` (as written), and what else is wanted.
        rows: ``team`` (as written) of Key Results.
        links: ``initiative_id, key_result_id, cycle_id``, distinct, of active links.
        teams: ``key_result_id, cycle_id, team``: the teams of each Key Result.
    """
    work = work.astype({"initiative_id": "str", "parent_id": "str"})
    named = work.assign(team=split_teams(work["team"], rows["team"])).explode("team")
    served = links.astype("str").merge(teams.astype("str"), on=KEY)
    served = served[["initiative_id", "team"]].drop_duplicates()
    unnamed = named[named["team"].isna()].drop(columns="team").merge(served, on="initiative_id")
    found = pd.concat([named[named["team"].notna()], unnamed], ignore_index=True)
    return found.astype({"team": "str"})


def _topmost(members: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """``members`` without those whose parent is a member of the same group, too."""
    there = pd.MultiIndex.from_frame(members[[*by, "initiative_id"]])
    above = pd.MultiIndex.from_frame(members[[*by, "parent_id"]])
    return members[~above.isin(there)]
