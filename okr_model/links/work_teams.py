"""The team that does a piece of work, where its record names none.

What belongs here: telling it by the links of other work. What does not: telling several teams in
one text apart (``quantities.teams``).
"""

from __future__ import annotations

import pandas as pd


def usual_teams(
    initiatives: pd.DataFrame, active: pd.DataFrame, key_results: pd.DataFrame
) -> pd.Series:
    """Each initiative's team, or that which most other linked work of its Jira project serves.

    Args:
        initiatives: ``initiative_id, initiative, team, source``.
        active: ``initiative_id, key_result_id`` of active links.
        key_results: ``key_result_id, team``.

    Returns:
        The team as text, with the index of ``initiatives``; null where nothing tells it.
    """
    own = initiatives["team"].astype("object")
    project = initiatives["initiative"].str.replace(r"-[^-]*$", "", regex=True)
    named = pd.DataFrame(
        {"initiative_id": initiatives["initiative_id"], "project": project}, dtype="object"
    )[(initiatives["source"] == "jira") & own.isna()]
    project_of = pd.Series(project.to_numpy("object"), index=initiatives["initiative_id"])
    team_of = key_results.drop_duplicates("key_result_id").set_index("key_result_id")["team"]
    served = (
        active[["initiative_id", "key_result_id"]]
        .assign(
            team=active["key_result_id"].map(team_of),
            project=active["initiative_id"].map(project_of[~project_of.index.duplicated()]),
        )
        .astype("object")
    )
    of_team = served.groupby(["project", "team"]).size().rename("links").reset_index()
    mine = served.groupby(["initiative_id", "team"]).size().rename("mine")
    counted = named.merge(of_team, on="project").join(mine, on=["initiative_id", "team"])
    counted["links"] -= counted["mine"].fillna(0)
    total = counted.groupby("initiative_id")["links"].transform("sum")
    usual = counted[counted["links"] > total / 2].set_index("initiative_id")["team"]
    return own.where(own.notna(), initiatives["initiative_id"].map(usual).astype("object"))
