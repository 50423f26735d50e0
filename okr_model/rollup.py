"""Progress of Objectives, from the Key Results and the Objectives under them.

What belongs here: adding up, by weight or by the weakest. What does not: progress of one Key Result
(``progress``).

Nothing is rounded, and what is unknown is no success: an Objective under which something has no
progress yet is never on pace or ahead, only behind or unknown.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

Method = Literal["mean", "weakest"]
_KEY = ["objective_id", "cycle_id"]
_SLACK = 1e-9
_DEPTH = 6
"""How many levels of Objectives add up; loops of parents end here too."""


def roll_up(
    objectives: pd.DataFrame,
    key_results: pd.DataFrame,
    method: Method = "mean",
    tolerance: float = 0.10,
) -> pd.DataFrame:
    """Progress and pace of each Objective.

    Args:
        objectives: ``objective_id, cycle_id, parent_id``.
        key_results: ``key_result_id, objective_id, cycle_id, progress, expected_progress`` and,
            where they differ, ``weight`` (1 where it is null).
        method: ``mean`` weighs Key Results by their weight and Objectives as one each; ``weakest``
            takes the least of them.
        tolerance: How far from the expected path still counts as on it.

    Returns:
        With the index of ``objectives``: ``key_results`` (its own), ``progress`` (of what has
        some), ``expected_progress`` (of the same), ``pace``, ``without_progress`` (how many Key
        Results in it and below it have none), ``weakest`` (the Key Result with the least progress).
    """
    own = key_results[key_results["objective_id"].notna()]
    leaves = pd.DataFrame(
        {
            **{name: own[name].astype("str") for name in _KEY},
            "name": own["key_result_id"],
            "weight": own["weight"].fillna(1.0) if "weight" in own else 1.0,
            "progress": own["progress"].astype("float64"),
            "expected": own["expected_progress"].astype("float64"),
            "unknown": own["progress"].isna().astype("int64"),
            "count": 1,
        }
    )
    keys = pd.MultiIndex.from_frame(objectives[_KEY].astype("str"))
    parents = pd.MultiIndex.from_arrays(
        [objectives["parent_id"].astype("str"), objectives["cycle_id"].astype("str")], names=_KEY
    )
    below, rolled = leaves.iloc[:0], _summed(leaves, method)
    for _ in range(_DEPTH):
        at = rolled.reindex(keys).reset_index(drop=True)
        up = parents.to_frame(index=False).assign(
            name=at["weakest"],
            weight=1.0,
            progress=at["progress"],
            expected=at["expected"],
            unknown=at["unknown"],
            count=0,
        )
        up = up[objectives["parent_id"].notna().to_numpy() & at["unknown"].notna().to_numpy()]
        if up.equals(below):
            break
        below = up
        rolled = _summed(pd.concat([leaves, up]) if len(up) else leaves, method)
    found = rolled.reindex(keys).set_axis(objectives.index)
    return pd.DataFrame(
        {
            "key_results": found["count"].fillna(0).astype("int64"),
            "progress": found["progress"],
            "expected_progress": found["expected"],
            "pace": _pace(found, tolerance),
            "without_progress": found["unknown"].fillna(0).astype("int64"),
            "weakest": found["weakest"].astype("str"),
        }
    )


def _summed(rows: pd.DataFrame, method: Method) -> pd.DataFrame:
    """What stands under each Objective, as one row."""
    known = rows[rows["progress"].notna() & (rows["weight"] > 0)]
    groups = known.groupby(_KEY)
    least = known.sort_values(["progress", "name"], kind="stable").drop_duplicates(_KEY)
    least = least.set_index(_KEY)
    counted = rows.groupby(_KEY)[["count", "unknown"]].sum()
    if method == "weakest":
        figures = least[["progress", "expected"]]
    else:
        weighed = known.assign(
            progress=known["progress"] * known["weight"],
            expected=known["expected"] * known["weight"],
        )
        sums = weighed.groupby(_KEY)[["progress", "expected", "weight"]].sum(min_count=1)
        figures = sums[["progress", "expected"]].div(sums["weight"], axis=0)
    figures = figures.where(groups.size() > 0) if len(figures) else figures
    return counted.join(figures).assign(weakest=least["name"])


def _pace(found: pd.DataFrame, tolerance: float) -> pd.Series:
    lead = found["progress"] - found["expected"]
    slack = tolerance + _SLACK
    conditions = [lead.isna(), lead < -slack, found["unknown"] > 0, lead > slack]
    pace = np.select(conditions, ["", "behind", "", "ahead"], "on")
    return pd.Series(pace, index=found.index).replace("", None).astype("str")
