"""Progress of Objectives, teams and the company, rolled up from their Key Results.

What belongs here: aggregation, by weighted mean or by the weakest. What does not: progress of one
Key Result (``progress``).

Nothing is rounded, and unknown progress never counts as success: a group in which anything has no
progress is never on pace or ahead, only behind or unknown; it is never ahead while one of its Key
Results is behind. Its confidence level is the lowest of its members'.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from okr_model.tables.columns import LEVELS, PACES

Method = Literal["mean", "weakest"]
GROUP = ["level", "subject", "cycle_id"]
"""The columns that identify a group of Key Results."""
_KEY = ["objective_id", "cycle_id"]
_SLACK = 1e-9
_DEPTH = 6
"""How many levels of Objectives are rolled up; this also ends cycles of parents."""


def roll_up(
    objectives: pd.DataFrame,
    key_results: pd.DataFrame,
    method: Method = "mean",
    tolerance: float = 0.10,
) -> pd.DataFrame:
    """Progress and pace of each Objective.

    Args:
        objectives: ``objective_id, cycle_id, parent_id``.
        key_results: ``key_result_id, objective_id, cycle_id, progress, expected_progress``, and
            ``weight`` (1 where it is null) and ``pace``, where there are any.
        method: ``mean`` weighs Key Results by their weight and child Objectives as 1 each;
            ``weakest`` takes the minimum.
        tolerance: The largest deviation from the expected path that is still on pace.

    Returns:
        With the index of ``objectives``: ``key_results`` (its own), ``progress`` (of those that
        have any), ``expected_progress`` (of the same), ``pace``, ``without_progress`` (the number
        of Key Results in it and below it that have none), ``weakest`` (the Key Result with the
        least progress).
    """
    leaves = _leaves(key_results[key_results["objective_id"].notna()], _KEY)
    keys = pd.MultiIndex.from_frame(objectives[_KEY].astype("str"))
    parents = pd.MultiIndex.from_arrays(
        [objectives["parent_id"].astype("str"), objectives["cycle_id"].astype("str")], names=_KEY
    )
    below, rolled = leaves.iloc[:0], _summed(leaves, _KEY, method)
    for _ in range(_DEPTH):
        at = rolled.reindex(keys).reset_index(drop=True)
        up = parents.to_frame(index=False).assign(
            name=at["weakest"],
            weight=1.0,
            progress=at["progress"],
            expected=at["expected"],
            unknown=at["unknown"],
            behind=at["behind"],
            count=0,
        )
        up = up[objectives["parent_id"].notna().to_numpy() & at["unknown"].notna().to_numpy()]
        if up.equals(below):
            break
        below = up
        rolled = _summed(pd.concat([leaves, up]) if len(up) else leaves, _KEY, method)
    return _figures(rolled.reindex(keys).set_axis(objectives.index), tolerance)


def roll_up_groups(
    members: pd.DataFrame, method: Method = "mean", tolerance: float = 0.10
) -> pd.DataFrame:
    """Progress and pace of groups of Key Results; one may be a member of several groups.

    Args:
        members: The columns of the Key Results of :func:`roll_up`, and ``level, subject``, which
            with ``cycle_id`` name the group; one row for each group that a Key Result is in.
        method: See :func:`roll_up`.
        tolerance: See :func:`roll_up`.

    Returns:
        One row for each ``level, subject, cycle_id``, sorted by these, with the columns that
        :func:`roll_up` returns.
    """
    rolled = _summed(_leaves(members, GROUP), GROUP, method).sort_index()
    return _figures(rolled, tolerance).reset_index()


def calls_of_groups(members: pd.DataFrame) -> pd.DataFrame:
    """The number of Key Results at each pace and level in each group, and the group's lowest level.

    Args:
        members: ``level, subject, cycle_id, pace, computed_confidence, stated_confidence``.

    Returns:
        By :data:`GROUP`: ``ahead, on, behind, without_pace``, ``high, medium, low,
        without_confidence`` of the computed levels, and ``computed_confidence`` and
        ``stated_confidence``: low if one is low, else null if one has none, else the lowest.
    """
    keys = [members[name].astype("str") for name in GROUP]
    paces, levels, stated = (
        {one: (members[name] == one).groupby(keys).sum() for one in [*of]}
        | {"": members[name].isna().groupby(keys).sum()}
        for name, of in (
            ("pace", PACES),
            ("computed_confidence", LEVELS),
            ("stated_confidence", LEVELS),
        )
    )
    counts = {**paces, "without_pace": paces[""]}
    counts |= {**levels, "without_confidence": levels[""]}
    counts.pop("")
    found = pd.DataFrame({name: count.astype("int64") for name, count in counts.items()})
    return found.assign(computed_confidence=_least(levels), stated_confidence=_least(stated))


def within(objectives: pd.DataFrame) -> pd.DataFrame:
    """All ancestors of each Objective, itself included.

    Returns:
        ``objective_id, cycle_id, subject`` (an Objective it is within), distinct.
    """
    tree = objectives[[*_KEY, "parent_id"]].astype("str")
    step = tree[_KEY].assign(subject=tree["objective_id"])
    above = tree.rename(columns={"objective_id": "subject"})
    found = [step]
    for _ in range(_DEPTH):
        step = step.merge(above, on=["subject", "cycle_id"]).dropna(subset="parent_id")
        step = step.assign(subject=step["parent_id"])[[*_KEY, "subject"]]
        found.append(step)
    return pd.concat(found).drop_duplicates(ignore_index=True)


def _leaves(key_results: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Key Results as members to roll up."""
    own = key_results
    return pd.DataFrame(
        {
            **{name: own[name].astype("str") for name in key},
            "name": own["key_result_id"],
            "weight": own["weight"].fillna(1.0) if "weight" in own else 1.0,
            "progress": own["progress"].astype("float64"),
            "expected": own["expected_progress"].astype("float64"),
            "unknown": own["progress"].isna().astype("int64"),
            "behind": (own["pace"] == "behind").astype("int64") if "pace" in own else 0,
            "count": 1,
        }
    )


def _figures(found: pd.DataFrame, tolerance: float) -> pd.DataFrame:
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


def _summed(rows: pd.DataFrame, key: list[str], method: Method) -> pd.DataFrame:
    """Everything under each ``key``, rolled up into one row."""
    known = rows[rows["progress"].notna() & (rows["weight"] > 0)]
    groups = known.groupby(key)
    least = known.sort_values(["progress", "name"], kind="stable").drop_duplicates(key)
    least = least.set_index(key)
    counted = rows.groupby(key)[["count", "unknown", "behind"]].sum()
    if method == "weakest":
        figures = least[["progress", "expected"]]
    else:
        weighed = known.assign(
            progress=known["progress"] * known["weight"],
            expected=known["expected"] * known["weight"],
        )
        sums = weighed.groupby(key)[["progress", "expected", "weight"]].sum(min_count=1)
        figures = sums[["progress", "expected"]].div(sums["weight"], axis=0)
    figures = figures.where(groups.size() > 0) if len(figures) else figures
    return counted.join(figures).assign(weakest=least["name"])


def _pace(found: pd.DataFrame, tolerance: float) -> pd.Series:
    lead = found["progress"] - found["expected"]
    slack = tolerance + _SLACK
    ahead = (lead > slack) & (found["behind"] == 0)
    conditions = [lead.isna(), lead < -slack, found["unknown"] > 0, ahead]
    pace = np.select(conditions, ["", "behind", "", "ahead"], "on")
    return pd.Series(pace, index=found.index).replace("", None).astype("str")


def _least(counts: dict[str, pd.Series]) -> pd.Series:
    """The lowest level of each group, by how many have each; ``""`` counts those without one."""
    high, medium, low = LEVELS
    conditions = [counts[low] > 0, counts[""] > 0, counts[medium] > 0]
    found = np.select(conditions, [low, "", medium], high)
    return pd.Series(found, index=counts[low].index).replace("", None).astype("str")
