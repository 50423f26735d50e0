"""The pace that a Key Result needs to its due day, and the fastest it ever had over so long a time.

What belongs here: both paces, published so that anyone can compare them. What does not: when the
comparison is a signal (``firing``), and the chance of getting there (``forecast``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from okr_model.forecast.series_statistics import FEWEST_DAYS
from okr_model.forecast.usable_readings import Readings, likely_errors, readings_of
from okr_model.progress.kinds import FALLING, WITH_PHASES
from okr_model.progress.value_series import KEY

OWN, LIKE = "own readings", "like paths"
FEWEST_LIKE = 10
PACES = {"needed_pace": "float64", "best_pace": "float64", "best_pace_of": "str"}
Numbers = NDArray[np.float64]


def pace_evidence(rows: pd.DataFrame, series: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """The pace that is needed and the fastest ever, per week and towards the target.

    The readings of a Key Result itself tell its fastest pace if there are at least four and they
    span at least twice the time that is left. Otherwise at least ten like paths of ended Key
    Results do (see :mod:`okr_model.forecast.like_paths`).

    Args:
        rows: ``key_result_id, cycle_id, kind, due_on, current_value, current_value_at``, and as
            :func:`okr_model.forecast.forecast.compute_forecast` adds them ``aim, last_reading,
            days_left, like_paths, like_lowest, like_highest``.
        series: From :func:`okr_model.progress.value_series.cycle_series`.
        earlier: From :func:`okr_model.confidence.prior_path.readings_before`.

    Returns:
        With the index of ``rows``:

        - ``needed_pace``: from the current value and its day to the target on the due day; null
          where the target is met, or the kind has no direction;
        - ``best_pace``: the fastest over as many days; null where nothing tells it;
        - ``best_pace_of``: ``own readings`` or ``like paths``.
    """
    sign = pd.Series(np.where(rows["kind"].isin(FALLING), -1.0, 1.0), index=rows.index)
    left = (rows["due_on"] - rows["current_value_at"]).dt.days.astype("float64")
    needed = 7 * sign * (rows["aim"] - rows["current_value"]) / left.where(left > 0)
    needed = needed.where((needed > 0) & rows["kind"].isin(WITH_PHASES))
    asked = needed.notna()
    both = pd.concat([earlier, series[[*KEY, "date", "value"]]], ignore_index=True)
    both = both.drop_duplicates([*KEY, "date"], keep="last")
    own = pd.Series(np.nan, index=rows.index)
    if asked.any():
        some = rows[asked]
        turned = both.merge(some[KEY].assign(sign=sign[asked]), on=KEY)
        turned["value"] *= turned["sign"]
        gains = _largest_gains(readings_of(some, turned), left[asked].to_numpy("float64"))
        own[asked] = 7 * gains / left[asked]
    furthest = rows["like_highest"].where(sign > 0, rows["like_lowest"])
    like = 7 * sign * (furthest - rows["last_reading"]) / rows["days_left"]
    like = like.where(asked & own.isna() & (rows["like_paths"] >= FEWEST_LIKE))
    known = own.notna() | like.notna()
    of = pd.Series(np.where(own.notna(), OWN, LIKE), index=rows.index).where(known)
    found = {"needed_pace": needed, "best_pace": own.fillna(like), "best_pace_of": of}
    return pd.DataFrame(found).astype(PACES)


def _largest_gains(readings: Readings, spans: Numbers) -> Numbers:
    """The largest rise of each path over exactly its span of days, straight between readings.

    Likely errors are set aside. Null where there are too few readings, see :func:`pace_evidence`.
    """
    gains = np.full(len(spans), np.nan)
    readings = readings.only(~likely_errors(readings))
    if not len(readings.day):
        return gains
    day, value = readings.day, readings.value
    places, starts, sizes = np.unique(readings.position, return_index=True, return_counts=True)
    first, last = day[starts], day[starts + sizes - 1]
    span = spans[places]
    width = (last - first).max() + span.max() + 1.0
    offset = np.repeat(np.arange(len(starts)) * 2 * width - first, sizes)
    along, each = day + offset, np.repeat(span, sizes)  # one interpolation serves all paths
    ahead = np.interp(along + each, along, value) - value
    behind = value - np.interp(along - each, along, value)
    ahead = np.where(day + each <= np.repeat(last, sizes), ahead, -np.inf)
    behind = np.where(day - each >= np.repeat(first, sizes), behind, -np.inf)
    largest = np.maximum.reduceat(np.maximum(ahead, behind), starts)
    enough = (sizes >= FEWEST_DAYS) & (last - first >= 2 * span)
    gains[places] = np.where(enough, largest, np.nan)
    return gains
