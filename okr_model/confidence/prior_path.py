"""Where the readings before a Key Result's path would have led: the evidence of a safe target.

What belongs here: choosing those readings, and their forecast as of the first day of the path. What
does not: the forecast itself (``forecast``), and how sure it must be (``thresholds``).

Only readings of one path's length before its first day tell its pace, and only if they span at
least a third of that length and reach at least as near to the first day. A counter that starts anew
with a cycle (its baseline is behind its last reading before) is taken to go on from its baseline at
the pace it had.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from okr_model.forecast.forecast import compute_forecast
from okr_model.forecast.past_paths import Lessons
from okr_model.forecast.path_kinds import STEPPED_BACK, path_kinds
from okr_model.progress.expected_path import first_days
from okr_model.progress.kinds import COUNTER, DIRECTED, FALLING, are_past
from okr_model.progress.value_series import KEY, cycle_series
from okr_model.quantities.cycles import assign_cycles

EVER = pd.Timedelta(days=3650)
LONG_ENOUGH = 3
"""The readings span at least this part of the path's length (a third)."""
PRIOR = {"prior_pace": "float64", "prior_chance": "float64", "prior_reach_on": "datetime64[us]"}
_DAY = pd.Timedelta(days=1)
_CHOOSING = [
    *(*KEY, "date", "value", "problem", "settles_on"),
    *("precedence", "source", "measure", "record_id"),
]
"""The columns that decide which reading of a day counts."""


def readings_before(rows: pd.DataFrame, measurements: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Every reading of each Key Result before the first day of its path, in this cycle or another.

    Args:
        rows: ``key_result_id, cycle_id, cycle_start`` and, where declared, ``starts_on``; of one
            Key Result only one row, or those of different cycles.
        measurements: From :func:`okr_model.progress.value_series.all_measurements`.
        as_of: Values that are not settled by then are left out.

    Returns:
        ``key_result_id, cycle_id`` (that of ``rows``), ``date, value``, by Key Result and day.
    """
    begin = first_days(rows)
    before = rows[KEY].assign(cycle_start=begin - EVER, cycle_end=begin - _DAY)
    ids, last = before["key_result_id"], before["cycle_end"]
    until = last.groupby(ids.astype("str").to_numpy()).max()  # of several cycles the latest
    of = until.index.get_indexer(measurements["key_result_id"])
    early = measurements["date"].to_numpy() <= np.append(until.to_numpy(), np.datetime64("NaT"))[of]
    mine = measurements.loc[early, _CHOOSING]  # few of many: all that follows is slower
    series = cycle_series(before, mine.assign(cycle_id=assign_cycles(mine, before)), as_of)
    return series.loc[series["value"].notna(), [*KEY, "date", "value"]]


def prior_evidence(
    rows: pd.DataFrame, earlier: pd.DataFrame, as_of: date, lessons: Lessons
) -> pd.DataFrame:
    """The pace before each path, and where it would have led.

    Args:
        rows: The columns that :func:`okr_model.forecast.forecast.compute_forecast` takes, and
            ``cycle_start, baseline``; not due yet.
        earlier: From :func:`readings_before`.
        as_of: The day the rows are about.
        lessons: From :func:`okr_model.forecast.past_paths.learn`.

    Returns:
        With the index of ``rows``; null without enough readings, for kinds without a direction, and
        where the baseline already meets the target:

        - ``prior_pace``: the mean change a week towards the target, in the unit;
        - ``prior_chance``: the probability of meeting the target on the due day, from these
          readings alone, as of the first day of the path;
        - ``prior_reach_on``: the day on which ``prior_pace`` reaches the target; that of the last
          reading if it meets the target already.
    """
    asked = rows[_ways_to_go(rows) & _in(rows, earlier)]
    if asked.empty:
        return pd.DataFrame(index=rows.index, columns=list(PRIOR)).astype(PRIOR)
    asked = asked.assign(
        begin=first_days(asked), sign=np.where(asked["kind"].isin(FALLING), -1.0, 1.0)
    )
    asked["whole"] = (asked["due_on"] - asked["begin"]).dt.days
    points = _latest(asked, earlier)
    asked["path"] = path_kinds(asked, points)["path"]
    last = _last(asked, points)
    anew = _starts_anew(asked, points, last)
    parts = compute_forecast(asked, _moved(asked, points, last, anew), as_of, lessons)
    near = (asked["begin"] - last["date"]).dt.days * LONG_ENOUGH <= asked["whole"]
    told = near & (parts["days_seen"] * LONG_ENOUGH >= asked["whole"]) & ~parts["doubted"]
    told &= parts["attainment_probability"].notna()
    pace = asked["sign"] * parts["drift_per_day"]
    left = (asked["sign"] * (asked["target"] - parts["last_reading"])).clip(lower=0)
    days = np.ceil(left / pace.where(pace > 0) - 1e-9).mask(left == 0, 0.0)
    days = days.where(days <= EVER.days)
    found = pd.DataFrame(
        {
            "prior_pace": 7 * pace,
            "prior_chance": parts["attainment_probability"],
            "prior_reach_on": parts["last_reading_at"] + pd.to_timedelta(days, unit="D"),
        }
    )
    return found[told].reindex(rows.index).astype(PRIOR)


def _ways_to_go(rows: pd.DataFrame) -> pd.Series:
    way = rows["target"] - rows["baseline"]
    return rows["kind"].isin(DIRECTED) & way.notna() & (way != 0) & ~are_past(rows["kind"], way)


def _in(rows: pd.DataFrame, earlier: pd.DataFrame) -> pd.Series:
    both = (pd.MultiIndex.from_frame(frame[KEY].astype("str")) for frame in (rows, earlier))
    return pd.Series(next(both).isin(next(both)), index=rows.index)


def _latest(asked: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """The readings of one path's length before each path."""
    points = earlier.merge(asked[[*KEY, "begin", "whole"]], on=KEY)
    since = points["begin"] - pd.to_timedelta(points["whole"], unit="D")
    return points.loc[points["date"] >= since, [*KEY, "date", "value"]]


def _last(asked: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """The last reading of each row, with its index."""
    last = points.drop_duplicates(KEY, keep="last")
    return asked[KEY].merge(last, on=KEY, how="left").set_axis(asked.index)


def _starts_anew(asked: pd.DataFrame, points: pd.DataFrame, last: pd.DataFrame) -> pd.Series:
    """Which counters have their baseline behind their last reading."""
    first = points.drop_duplicates(KEY)
    first = asked[KEY].merge(first, on=KEY, how="left").set_axis(asked.index)["value"]
    forward = (last["value"] - first).abs()
    behind = asked["sign"] * (last["value"] - asked["baseline"])
    return (asked["path"] == COUNTER) & (behind > STEPPED_BACK * forward)


def _moved(
    asked: pd.DataFrame, points: pd.DataFrame, last: pd.DataFrame, anew: pd.Series
) -> pd.DataFrame:
    """``points``; those of a counter that starts anew lead to its baseline on the first day."""
    by = asked[KEY].assign(
        up=(asked["baseline"] - last["value"]).where(anew, 0.0),
        on=(asked["begin"] - last["date"]).where(anew, pd.Timedelta(0)),
    )
    found = points.merge(by, on=KEY)
    return found.assign(value=found["value"] + found["up"], date=found["date"] + found["on"])
