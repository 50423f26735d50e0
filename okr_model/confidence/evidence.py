"""The evidence that signals look at: the age, gap and noise of values, and the history of calls.

What belongs here: numbers and days per Key Result, published so that anyone can check a signal
against them. What does not: which of them is too much (``signals``), and the initiatives behind a
Key Result (``initiative_health``).
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from okr_model.confidence.thresholds import SignalThresholds
from okr_model.progress.expected_path import expected_on
from okr_model.progress.progress import raw_along_the_way
from okr_model.progress.value_series import KEY
from okr_model.quantities.days import midnight, to_days
from okr_model.tables import LEVELS

LOOK_BACK_DAYS = 28


def value_evidence(
    rows: pd.DataFrame, series: pd.DataFrame, as_of: date, thresholds: SignalThresholds
) -> pd.DataFrame:
    """The age, gap, recent progress and noise of each value.

    Args:
        rows: ``key_result_id, cycle_id, cycle_start, cycle_end, due_on, baseline, target,
            target_high, kind, unit, current_value, current_value_at, noise_per_day``; and
            ``starts_on`` and ``phases``, where they are declared.
        series: From :func:`okr_model.progress.value_series.cycle_series`.
        as_of: The day the rows are about.
        thresholds: ``pace_gap``.

    Returns:
        With the index of ``rows``; gap and recent progress are null where there is no way, see
        :func:`okr_model.progress.progress.raw_along_the_way`:

        - ``value_age_days``: from the value's day to ``as_of``, or to the end of the cycle;
        - ``pace_gap``: expected progress on the value's day minus ``progress_raw``. It changes only
          with a new value, not with time;
        - ``pace_gap_since``: the day of the value with which that gap first exceeded the
          threshold; null if it has been at most half of it since. This hysteresis keeps a value
          near the threshold from turning the signal on and off;
        - ``progress_28d``: ``progress_raw`` minus its value 28 days earlier; null while the cycle
          has no value that old;
        - ``weekly_noise``: the typical deviation of a week's step from the pace, in the unit: the
          ``noise_per_day`` of ``series_statistics`` times √7.
    """
    until = rows["cycle_end"].clip(upper=midnight(as_of))
    raw = raw_along_the_way(rows)
    expected = expected_on(rows, rows["current_value_at"])
    then = _value_on(rows, series, as_of - timedelta(days=LOOK_BACK_DAYS))
    return pd.DataFrame(
        {
            "value_age_days": (until - rows["current_value_at"]).dt.days.astype("Int64"),
            "pace_gap": expected - raw,
            "pace_gap_since": _gap_since(rows, series, thresholds).where(raw.notna()),
            "progress_28d": raw - raw_along_the_way(rows.assign(current_value=then)),
            "weekly_noise": rows["noise_per_day"] * np.sqrt(7.0),
        },
        index=rows.index,
    )


def call_evidence(
    rows: pd.DataFrame, check_ins: pd.DataFrame, as_of: date, thresholds: SignalThresholds
) -> pd.DataFrame:
    """The history of the team's calls: declines, an early low.

    A **decline** is a fall that no rise has followed: it begins with the first call below the
    highest one since the last rise, however many falls follow. Of several calls on a day the last
    counts; calls before the cycle do not.

    Args:
        rows: ``key_result_id, cycle_id, cycle_start, cycle_end, due_on``.
        check_ins: As for :func:`okr_model.confidence.levels.stated_confidence`.
        as_of: The day the rows are about.
        thresholds: ``early_share``.

    Returns:
        With the index of ``rows``: ``last_check_in_at``; ``declined_from, declining_since,
        last_fall_at`` (null unless calls are declining); and ``early_low_at``, the first low call
        if it came early in the cycle.
    """
    given = rows[[*KEY, "cycle_start"]].merge(check_ins, on=KEY)
    given = given.assign(date=to_days(given["date"]))
    given = given[(given["date"] <= midnight(as_of)) & (given["date"] >= given["cycle_start"])]
    last = given.groupby(KEY)["date"].max()
    keys = pd.MultiIndex.from_frame(rows[KEY])
    found = _declines(given).reindex(keys).set_axis(rows.index)
    found["last_check_in_at"] = last.reindex(keys).to_numpy("datetime64[us]")
    early = thresholds.early_share * (rows["due_on"] - rows["cycle_start"])
    in_time = found["early_low_at"] <= rows["cycle_start"] + early
    found["early_low_at"] = found["early_low_at"].where(in_time)
    return found


def _gap_since(rows: pd.DataFrame, series: pd.DataFrame, thresholds: SignalThresholds) -> pd.Series:
    """The day of the first value of the current gap, with the index of ``rows``."""
    facts = rows[[*KEY, *_TERMS]].assign(of=np.arange(len(rows)))
    points = series[[*KEY, "date", "value"]].merge(facts, on=KEY)
    expected = expected_on(rows, points["date"], points["of"].to_numpy())
    gap = expected - raw_along_the_way(points.rename(columns={"value": "current_value"}))
    points = points.assign(closed=(gap <= thresholds.pace_gap / 2 + _ROUNDING).astype("int64"))
    points["closed"] = points.groupby(KEY)["closed"].cumsum()
    latest = points["closed"] == points.groupby(KEY)["closed"].transform("max")
    first = points[latest & (gap > thresholds.pace_gap + _ROUNDING)].drop_duplicates(KEY)
    since = first.set_index(KEY)["date"].reindex(pd.MultiIndex.from_frame(rows[KEY]))
    return since.astype("datetime64[us]").set_axis(rows.index)


_TERMS = ("kind", "unit", "baseline", "target", "target_high")
_ROUNDING = 1e-9  # so that a gap equal to the threshold never exceeds it by rounding


def _value_on(rows: pd.DataFrame, series: pd.DataFrame, day: date) -> pd.Series:
    """The latest value of the cycle as of ``day``, with the index of ``rows``."""
    known = series[series["date"] <= midnight(day)]
    last = known.drop_duplicates(KEY, keep="last").set_index(KEY)["value"]
    return last.reindex(pd.MultiIndex.from_frame(rows[KEY])).set_axis(rows.index)


def _declines(check_ins: pd.DataFrame) -> pd.DataFrame:
    """By Key Result: the current decline and the first low call."""
    calls = check_ins[check_ins["confidence"].notna()]
    calls = calls.sort_values([*KEY, "date"], kind="stable")  # the later of a day is last
    calls = calls.drop_duplicates([*KEY, "date"], keep="last")
    height = calls["confidence"].map({level: -float(n) for n, level in enumerate(LEVELS)})
    calls = calls.assign(height=height.astype("float64"))
    step = calls.groupby(KEY)["height"].diff()
    calls = calls.assign(fell=step < 0, rises=(step > 0).astype("int64"))
    calls["rises"] = calls.groupby(KEY)["rises"].cumsum()
    since_rise = calls[calls["rises"] == calls.groupby(KEY)["rises"].transform("max")]
    falls = since_rise[since_rise["fell"]]
    first, latest = falls.drop_duplicates(KEY), falls.drop_duplicates(KEY, keep="last")
    highest = since_rise.drop_duplicates(KEY)
    low = calls[calls["confidence"] == LEVELS[-1]].drop_duplicates(KEY)
    parts = {
        "declining_since": first.set_index(KEY)["date"],
        "last_fall_at": latest.set_index(KEY)["date"],
        "early_low_at": low.set_index(KEY)["date"],
    }
    fallen = highest.set_index(KEY)["confidence"]
    parts["declined_from"] = fallen[fallen.index.isin(parts["declining_since"].index)]
    index = pd.MultiIndex.from_frame(calls[KEY].drop_duplicates())
    return pd.DataFrame({name: part.reindex(index) for name, part in parts.items()}, index=index)
