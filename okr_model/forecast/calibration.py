"""How often calls came true: of the evidence, of the teams, and of the pace alone.

What belongs here: which calls of a cycle that has ended count, and their scores. What does not:
making calls (``forecast``, ``confidence``).

A **call** is what a method said of one Key Result in one week of its cycle, on the last day of that
week that was published, before it was due. Its **outcome** is whether the target was met on the due
day, as the last published row has it. Calls of one Key Result are not independent, so groups are
guarded by how many Key Results they hold, not by how many calls.

- Brier score: mean of (probability − outcome)²; less is better, and always saying the share that
  was met scores ``base_rate_brier``, m·(1 − m).
- Reliability: of the calls between 70 and 80 %, which share came true?
- Sharpness: root mean square distance from ½: 0 says nothing, 0.5 is always sure.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from okr_model.progress.value_series import KEY
from okr_model.quantities.days import to_days

METHODS = ("computed", "team", "pace")
PARTS = ("all", "in common", "week", "team", "probability")
DAILY_COLUMNS = [
    *KEY,
    "cycle_start",
    "cycle_end",
    "due_on",
    "team",
    "as_of",
    "attainment_probability",
    "stated_confidence",
    "pace",
]
_SCORES = ["brier", "base_rate_brier", "stated", "observed", "sharpness"]


def past_calls(daily: pd.DataFrame, levels: Mapping[str, float]) -> pd.DataFrame:
    """The calls of Key Results whose cycle has ended, with what came of them.

    Args:
        daily: :data:`DAILY_COLUMNS` of ``key_results_daily``.
        levels: The probability that each level of the team's confidence stands for.

    Returns:
        One row a Key Result and week: ``key_result_id, cycle_id, team, week`` (from 1), ``met``
        (1 or 0) and the probability of each of :data:`METHODS`, null where it said nothing. The
        pace says 1 while on or ahead, 0 while behind. A Key Result whose outcome is unknown has
        no row.
    """
    rows = daily[DAILY_COLUMNS].copy()
    for name in ("cycle_start", "cycle_end", "due_on", "as_of"):
        rows[name] = to_days(rows[name])
    rows = rows[rows["cycle_end"] < rows["as_of"].max()].sort_values([*KEY, "as_of"])
    settled = (rows["as_of"] >= rows["due_on"]) & rows["attainment_probability"].notna()
    met = rows[settled].drop_duplicates(KEY, keep="last")
    met = met[[*KEY, "attainment_probability"]].rename(columns={"attainment_probability": "met"})
    before = rows[(rows["as_of"] < rows["due_on"]) & (rows["as_of"] >= rows["cycle_start"])]
    week = (before["as_of"] - before["cycle_start"]).dt.days // 7 + 1
    calls = before.assign(week=week.astype("int64"))
    calls = calls.drop_duplicates([*KEY, "week"], keep="last").merge(met, on=KEY)
    pace = calls["pace"].map({"ahead": 1.0, "on": 1.0, "behind": 0.0})
    return pd.DataFrame(
        {
            **{name: calls[name].astype("str") for name in (*KEY, "team")},
            "week": calls["week"],
            "met": calls["met"].astype("float64"),
            "computed": calls["attainment_probability"].astype("float64"),
            "team_call": calls["stated_confidence"].map(dict(levels)).astype("float64"),
            "pace": pace.astype("float64"),
        }
    )


def calibration(calls: pd.DataFrame, fewest_key_results: int) -> pd.DataFrame:
    """The scores of calls: for each cycle and method, over all and part by part.

    Args:
        calls: From :func:`past_calls`.
        fewest_key_results: A group of fewer has counts, but no scores.

    Returns:
        The columns of :data:`okr_model.tables.CALIBRATION`. ``in common`` are the calls of weeks
        in which both the evidence and the team spoke: only there may their scores be compared.
    """
    both = calls["computed"].notna() & calls["team_call"].notna()
    parts = []
    for method in METHODS:
        said = calls.rename(columns={"team_call" if method == "team" else method: "said"})
        said = said.assign(method=method)
        tenth = np.minimum((said["said"] * 10 + 1e-9).fillna(-1) // 1, 9).astype("int64")
        answered = said["said"].notna()
        groups = {
            "all": (said, pd.Series("all", index=said.index)),
            "in common": (said[both], pd.Series("all", index=said.index)),
            "week": (said, said["week"].astype("str")),
            "team": (said, said["team"].fillna("none")),
            "probability": (said[answered], tenth.map(_DECILES)),
        }
        for part, (rows, value) in groups.items():
            parts.append(_scored(rows.assign(part=part, value=value), fewest_key_results))
    return pd.concat(parts, ignore_index=True)


_DECILES = {n: f"{10 * n}–{10 * n + 10} %" for n in range(10)}


def _scored(calls: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """One row a cycle, method, part and value."""
    by = ["cycle_id", "method", "part", "value"]
    known = calls.assign(
        unanswered=calls["said"].isna().astype("int64"),
        who=calls["key_result_id"].where(calls["said"].notna()),
        loss=(calls["said"] - calls["met"]) ** 2,
        came=calls["met"].where(calls["said"].notna()),
        far=(calls["said"] - 0.5) ** 2,
    )
    rows = known.groupby(by, as_index=False).agg(
        calls=("said", "count"),
        key_results=("who", "nunique"),
        unanswered=("unanswered", "sum"),
        brier=("loss", "mean"),
        stated=("said", "mean"),
        observed=("came", "mean"),
        sharpness=("far", "mean"),
    )
    enough = rows["key_results"] >= fewest
    rows["sharpness"] = np.sqrt(rows["sharpness"])
    rows["base_rate_brier"] = rows["observed"] * (1 - rows["observed"])
    rows[_SCORES] = rows[_SCORES].where(enough)
    return rows.assign(state=np.where(enough, "enough", "too few"))
