"""Statistics of a Key Result's readings: pace, noise, and the share of the pace to extrapolate.

What belongs here: arithmetic on readings, vectorized over many Key Results. What does not: the
target, settlement on the due day and the probability (``forecast``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from okr_model.progress.value_series import KEY

PATIENCE = 7.0
"""A pace observed for one day is half trusted for this many days ahead."""
FEWEST_DAYS = 4

Numbers = NDArray[np.float64]


def path_parts(rows: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """The statistics of each path up to its due day; null where there are too few readings.

    Args:
        rows: ``key_result_id, cycle_id, due_on``, one per Key Result.
        series: From :func:`okr_model.progress.value_series.cycle_series`.

    Returns:
        With the index of ``rows``, values in the unit and days:

        - ``readings, last_reading, last_reading_at, first_reading``; ``days_left`` (h) from the
          last reading to the due day; ``days_seen`` (D) from the first reading to the last;
        - ``drift_per_day`` (m) from the first reading to the last;
        - ``earlier_days`` (D′) and ``earlier_drift_per_day`` (m′), to the last reading but one;
        - ``noise_per_day`` (s), ``√(Σ (Δv − m′·Δd)² / Δd / (n − 3))`` over the steps up to the
          last reading but one, from four readings on;
        - ``steadiness``, ``m′²·D′ / (m′²·D′ + s²·(1 + 4/(n − 3)²))``, 0 if nothing moved before
          the last reading; the last factor allows for noise estimated from few steps;
        - ``kept`` (w), ``steadiness · D′ / (D′ + h/7)``: the share of the pace that is kept;
        - ``trend_per_week``, least squares over the readings;
        - ``lowest, highest`` reading.
    """
    position, day, value = _points(rows, series)
    places, starts, sizes = np.unique(position, return_index=True, return_counts=True)
    found = _sums(day, value, starts, sizes)
    aligned = pd.DataFrame(found, index=rows.index[places]).reindex(rows.index)
    last_at = pd.to_timedelta(aligned.pop("last_day"), unit="D") + _DAY_ZERO
    aligned["last_reading_at"] = last_at.astype("datetime64[us]")
    aligned["days_left"] = (rows["due_on"] - last_at).dt.days.astype("float64")
    aligned["readings"] = aligned["readings"].fillna(0).astype("int64")
    return _trusted(aligned)


_DAY_ZERO = pd.Timestamp(2000, 1, 1)


def _points(rows: pd.DataFrame, series: pd.DataFrame) -> tuple[NDArray[np.intp], Numbers, Numbers]:
    """Row number, day and value of each readable reading, sorted by row and day."""
    due = rows[[*KEY, "due_on"]].assign(position=np.arange(len(rows)))
    points = series.loc[series["value"].notna(), [*KEY, "date", "value"]]
    points = points.merge(due, on=KEY, how="inner")
    points = points[points["date"] <= points["due_on"]]
    position = points["position"].to_numpy("intp")
    day = (points["date"] - _DAY_ZERO).dt.days.to_numpy("float64")
    order = np.lexsort((day, position))
    return position[order], day[order], points["value"].to_numpy("float64")[order]


def _sums(
    day: Numbers, value: Numbers, starts: NDArray[np.intp], sizes: NDArray[np.intp]
) -> dict[str, Numbers]:
    """One number per path and statistic, from the concatenated readings of all paths."""
    if not len(day):
        return {name: np.empty(0) for name in _SUMS}
    last = starts + sizes - 1
    but_one = np.maximum(last - 1, starts)
    earlier_days = day[but_one] - day[starts]
    with np.errstate(divide="ignore", invalid="ignore"):
        days_seen = np.where(sizes > 1, day[last] - day[starts], np.nan)
        drift = (value[last] - value[starts]) / days_seen
        earlier = (value[but_one] - value[starts]) / earlier_days
        noise = _noise(day, value, starts, sizes, earlier)
    numbers = (
        sizes.astype("float64"),
        value[starts],
        value[last],
        day[last],
        days_seen,
        drift,
        earlier_days,
        earlier,
        noise,
        _slope(day, value, starts, sizes) * 7.0,
        np.minimum.reduceat(value, starts),
        np.maximum.reduceat(value, starts),
    )
    return dict(zip(_SUMS, numbers, strict=True))


_SUMS = (
    "readings",
    "first_reading",
    "last_reading",
    "last_day",
    "days_seen",
    "drift_per_day",
    "earlier_days",
    "earlier_drift_per_day",
    "noise_per_day",
    "trend_per_week",
    "lowest",
    "highest",
)


def _noise(
    day: Numbers,
    value: Numbers,
    starts: NDArray[np.intp],
    sizes: NDArray[np.intp],
    drift: Numbers,
) -> Numbers:
    """Standard deviation of one day's step around ``drift``, without the last step of each path."""
    days, change = np.diff(day, append=0.0), np.diff(value, append=0.0)
    off = (change - np.repeat(drift, sizes) * days) ** 2 / days
    for beyond in (1, 2):  # the step into the next path, and the path's own last step
        off[starts + np.maximum(sizes - beyond, 0)] = 0.0
    total = np.add.reduceat(off, starts)
    return np.where(sizes >= FEWEST_DAYS, np.sqrt(total / np.maximum(sizes - 3, 1)), np.nan)


def _slope(
    day: Numbers, value: Numbers, starts: NDArray[np.intp], sizes: NDArray[np.intp]
) -> Numbers:
    """Slope per day of the least-squares line; null for a single day."""
    days = day - np.repeat(np.add.reduceat(day, starts) / sizes, sizes)
    values = value - np.repeat(np.add.reduceat(value, starts) / sizes, sizes)
    along = np.add.reduceat(days * days, starts)
    across = np.add.reduceat(days * values, starts)
    return across / np.where(along > 0, along, np.nan)


def _trusted(parts: pd.DataFrame) -> pd.DataFrame:
    """``parts`` with the share of the pace that is kept."""
    number, days = parts["readings"].astype("float64"), parts["earlier_days"]
    pull = parts["earlier_drift_per_day"] ** 2 * days
    doubt = parts["noise_per_day"] ** 2 * (1 + 4 / (number - 3) ** 2)
    steadiness = (pull / (pull + doubt)).mask(pull == 0, 0.0).where(number >= FEWEST_DAYS)
    return parts.assign(
        steadiness=steadiness, kept=steadiness * days / (days + parts["days_left"] / PATIENCE)
    )
