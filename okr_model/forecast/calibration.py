"""Calibration: how often calls came true, for the evidence, the teams, and the pace alone.

What belongs here: which calls of an ended cycle count, and their scores. What does not: making
calls (``forecast``, ``confidence``).

A **call** is the prediction of one method for one Key Result in one week of its cycle, as of the
last published day of that week, before the due day. Its **outcome** is whether the target was met
on the due day, according to the last published row. Calls of one Key Result are not independent, so
the minimum size of a group is a number of Key Results, not of calls.

- Brier score: mean of (probability − outcome)²; lower is better. Always predicting the observed
  share m scores ``base_rate_brier``, m·(1 − m).
- Reliability: of the calls between 70 and 80 %, which share came true?
- Sharpness: root mean square distance from ½: 0 is never decided, 0.5 is always certain.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from okr_model.progress.value_series import KEY
from okr_model.quantities.days import to_days
from okr_model.quantities.teams import split_teams

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
    """The calls of Key Results whose cycle has ended, with their outcomes.

    Args:
        daily: :data:`DAILY_COLUMNS` of ``key_results_daily``.
        levels: The probability that each level of the team's confidence stands for.

    Returns:
        One row per Key Result and week: ``key_result_id, cycle_id, team, week`` (from 1), ``met``
        (1 or 0) and the probability of each of :data:`METHODS`, null where it made no call. The
        pace predicts 1 while on or ahead, 0 while behind. A Key Result whose outcome is unknown has
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
    """The scores of calls, for each cycle, method and group of calls.

    Args:
        calls: From :func:`past_calls`.
        fewest_key_results: A group of fewer has counts, but no scores.

    Returns:
        The columns of :data:`okr_model.tables.CALIBRATION`. ``in common`` are the calls of weeks
        in which both the evidence and the team made one: only there may their scores be compared.
    """
    both = calls["computed"].notna() & calls["team_call"].notna()
    parts = []
    for method in METHODS:
        own = calls.rename(columns={"team_call" if method == "team" else method: "probability"})
        own = own.assign(method=method)
        tenth = np.minimum((own["probability"] * 10 + 1e-9).fillna(-1) // 1, 9).astype("int64")
        answered = own["probability"].notna()
        teams = own.assign(team=split_teams(own["team"])).explode("team", ignore_index=True)
        groups = {
            "all": (own, pd.Series("all", index=own.index)),
            "in common": (own[both], pd.Series("all", index=own.index)),
            "week": (own, own["week"].astype("str")),
            "team": (teams, teams["team"].fillna("none")),
            "probability": (own[answered], tenth.map(_DECILES)),
        }
        parts += [rows.assign(part=part, value=value) for part, (rows, value) in groups.items()]
    number = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    calls = pd.concat(parts, ignore_index=True).assign(_part=number)
    return _scored(calls, fewest_key_results).drop(columns="_part")


_DECILES = {n: f"{10 * n}–{10 * n + 10} %" for n in range(10)}


def _scored(calls: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """One row per cycle, method, part and value; parts by their number."""
    by = ["_part", "cycle_id", "method", "part", "value"]
    known = calls.assign(
        unanswered=calls["probability"].isna().astype("int64"),
        predicted=calls["key_result_id"].where(calls["probability"].notna()),
        loss=(calls["probability"] - calls["met"]) ** 2,
        outcome=calls["met"].where(calls["probability"].notna()),
        distance=(calls["probability"] - 0.5) ** 2,
    )
    rows = known.groupby(by, as_index=False).agg(
        calls=("probability", "count"),
        key_results=("predicted", "nunique"),
        unanswered=("unanswered", "sum"),
        brier=("loss", "mean"),
        stated=("probability", "mean"),
        observed=("outcome", "mean"),
        sharpness=("distance", "mean"),
    )
    enough = rows["key_results"] >= fewest
    rows["sharpness"] = np.sqrt(rows["sharpness"])
    rows["base_rate_brier"] = rows["observed"] * (1 - rows["observed"])
    rows[_SCORES] = rows[_SCORES].where(enough)
    return rows.assign(state=np.where(enough, "enough", "too few"))
