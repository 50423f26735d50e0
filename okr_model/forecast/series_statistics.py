"""Statistics of a Key Result's readings: pace, noise, and the share of the pace to extrapolate.

What belongs here: arithmetic on readings, vectorized over many Key Results. What does not: the
target, settlement on the due day and the probability (``forecast``), and which readings are used
(``usable_readings``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from okr_model.forecast.usable_readings import (
    DAY_ZERO,
    PARTS,
    Readings,
    days_due,
    doubted,
    likely_errors,
    readings_of,
    thinned,
    without_last,
)

PATIENCE = 7.0
"""A pace observed for one day is half trusted for this many days ahead."""
FEWEST_DAYS = 4
SHAPE = tuple(f"shape_{n}" for n in range(1, 12))

Numbers = NDArray[np.float64]


def path_parts(rows: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """The statistics of each path up to its due day; null where there are too few readings.

    Args:
        rows: ``key_result_id, cycle_id, due_on``, one per Key Result.
        series: From :func:`okr_model.progress.value_series.cycle_series`.

    Returns:
        With the index of ``rows``, values in the unit and days. ``readings`` counts all readings;
        ``trend_per_week`` (least squares) and ``lowest, highest`` are theirs, too. All others are
        about the readings that are used, see :mod:`okr_model.forecast.usable_readings`:

        - ``used, last_reading, last_reading_at, first_reading``; ``days_left`` (h) from the last
          reading to the due day; ``days_seen`` (D) from the first reading to the last;
        - ``drift_per_day`` (m) from the first reading to the last; ``recent_drift_per_day``, from
          the last reading of the first half of these days to the last;
        - ``earlier_days`` (D′) and ``earlier_drift_per_day`` (m′), to the last reading but one;
        - ``usual``, the median of the readings before the last;
        - ``noise_per_day`` (s), ``√(Σ (Δv − m′·Δd)² / Δd / (n − 3))`` over the steps up to the
          last reading but one, from four readings on;
        - ``steadiness`` (q), ``m′²·D′ / (m′²·D′ + s²·(1 + 4/(n − 3)²))``, 0 if nothing moved before
          the last reading; the last factor allows for noise estimated from few steps;
        - ``kept`` (w), ``q · D′ / (D′ + h/7)``: the share of a level's pace that is kept;
        - ``step_size``: the mean absolute step of a week; ``shape_1 … shape_11``: the path so many
          thirteenths of its whole time before the last reading, less that reading;
        - ``set_aside``: how many readings were left out as likely errors; ``doubted``: whether the
          last one may be an error.
    """
    everything = readings_of(rows, series)
    thin = thinned(everything)
    errors = likely_errors(thin)
    used = thin.only(~errors)
    found = _aligned(rows, _statistics(used, days_due(rows)))
    whole = _aligned(rows, _of_all(everything))
    off = np.bincount(thin.position[errors], minlength=len(rows))
    uncertain = np.zeros(len(rows), dtype="bool")
    uncertain[doubted(used)] = True
    found = found.assign(**{name: whole[name] for name in whole.columns})
    return _trusted(_with_days(rows, found.assign(set_aside=off, doubted=uncertain)))


def parts_without_last(rows: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """:func:`path_parts` as if the last reading were not there."""
    thin = thinned(readings_of(rows, series))
    used = without_last(thin.only(~likely_errors(thin)))
    return _trusted(_with_days(rows, _aligned(rows, _statistics(used, days_due(rows)))))


def _aligned(
    rows: pd.DataFrame, found: tuple[NDArray[np.intp], dict[str, Numbers]]
) -> pd.DataFrame:
    places, numbers = found
    return pd.DataFrame(numbers, index=rows.index[places]).reindex(rows.index)


def _with_days(rows: pd.DataFrame, aligned: pd.DataFrame) -> pd.DataFrame:
    last_at = pd.to_timedelta(aligned["last_day"], unit="D") + DAY_ZERO
    counts = {
        name: aligned[name].fillna(0).astype("int64")
        for name in ("readings", "used")
        if name in aligned
    }
    return aligned.drop(columns="last_day").assign(
        last_reading_at=last_at.astype("datetime64[us]"),
        days_left=(rows["due_on"] - last_at).dt.days.astype("float64"),
        **counts,
    )


def _of_all(readings: Readings) -> tuple[NDArray[np.intp], dict[str, Numbers]]:
    """What is said about all readings of each path."""
    names = ("readings", "trend_per_week", "lowest", "highest")
    day, value = readings.day, readings.value
    places, starts, sizes = _groups(readings)
    if not len(day):
        return places, {name: np.empty(0) for name in names}
    numbers = (
        sizes.astype("float64"),
        _slope(day, value, starts, sizes) * 7.0,
        np.minimum.reduceat(value, starts),
        np.maximum.reduceat(value, starts),
    )
    return places, dict(zip(names, numbers, strict=True))


def _groups(readings: Readings) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    places, starts, sizes = np.unique(readings.position, return_index=True, return_counts=True)
    return places, starts.astype("intp"), sizes.astype("intp")


def _statistics(readings: Readings, due: Numbers) -> tuple[NDArray[np.intp], dict[str, Numbers]]:
    """One number per path and statistic, from the concatenated readings of all paths."""
    day, value = readings.day, readings.value
    places, starts, sizes = _groups(readings)
    if not len(day):
        return places, {name: np.empty(0) for name in (*_STATISTICS, *SHAPE)}
    last = starts + sizes - 1
    but_one = np.maximum(last - 1, starts)
    half = np.repeat((day[starts] + day[last]) / 2, sizes)
    middle = starts + np.maximum(np.add.reduceat((day <= half).astype("intp"), starts) - 1, 0)
    earlier_days = day[but_one] - day[starts]
    with np.errstate(divide="ignore", invalid="ignore"):
        days_seen = np.where(sizes > 1, day[last] - day[starts], np.nan)
        drift = (value[last] - value[starts]) / days_seen
        recent = (value[last] - value[middle]) / (day[last] - day[middle])
        earlier = (value[but_one] - value[starts]) / earlier_days
        noise = _noise(day, value, starts, sizes, earlier)
    numbers = (
        sizes.astype("float64"),
        value[starts],
        value[last],
        day[last],
        days_seen,
        drift,
        recent,
        earlier_days,
        earlier,
        noise,
        _median_before_last(readings, starts, sizes),
        _step_sizes(day, value, starts),
    )
    found = dict(zip(_STATISTICS, numbers, strict=True))
    return places, found | _shapes(readings, starts, sizes, due[places])


_STATISTICS = (
    "used",
    "first_reading",
    "last_reading",
    "last_day",
    "days_seen",
    "drift_per_day",
    "recent_drift_per_day",
    "earlier_days",
    "earlier_drift_per_day",
    "noise_per_day",
    "usual",
    "step_size",
)


def _shapes(
    readings: Readings, starts: NDArray[np.intp], sizes: NDArray[np.intp], due: Numbers
) -> dict[str, Numbers]:
    """Each path at steps of a thirteenth of its time, back from its last reading, less that.

    Of a quarter with weekly readings these are the readings themselves. Before the first reading
    the path is taken to have stood where it was then.
    """
    day, value = readings.day, readings.value
    last = starts + sizes - 1
    width = (day[last] - day[starts]).max() + 1.0
    offset = np.arange(len(starts)) * 2 * width  # so that one interpolation serves all paths
    along = day - np.repeat(day[starts] - offset, sizes)
    seen, step = day[last] - day[starts], np.maximum(due - day[starts], 1.0) / PARTS
    return {
        name: np.interp(offset + np.maximum(seen - back * step, 0.0), along, value) - value[last]
        for back, name in enumerate(SHAPE, 1)
    }


def _step_sizes(day: Numbers, value: Numbers, starts: NDArray[np.intp]) -> Numbers:
    """The mean absolute step of a week; the root of time makes steps of other lengths alike."""
    days, change = np.diff(day, append=0.0), np.diff(value, append=0.0)
    ends = np.append(starts[1:], len(value)) - 1
    within = np.ones(len(value), dtype="bool")
    within[ends] = False
    size = np.where(within, np.abs(change) / np.sqrt(np.where(within, days, 1.0)), 0.0)
    steps = np.maximum(ends - starts, 1)
    return np.asarray(np.add.reduceat(size, starts) / steps * np.sqrt(7.0))


def _median_before_last(
    readings: Readings, starts: NDArray[np.intp], sizes: NDArray[np.intp]
) -> Numbers:
    """The median of each path's readings before its last; null for a single reading."""
    value = readings.value.copy()
    value[starts + sizes - 1] = np.inf
    ordered = value[np.lexsort((value, readings.position))]
    before = np.maximum(sizes - 1, 1)
    low, high = ordered[starts + (before - 1) // 2], ordered[starts + before // 2]
    median = np.where(np.isfinite(high), (low + high) / 2, np.nan)
    return np.asarray(median, dtype="float64")


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
    number, days = parts["used"].astype("float64"), parts["earlier_days"]
    pull = parts["earlier_drift_per_day"] ** 2 * days
    doubt = parts["noise_per_day"] ** 2 * (1 + 4 / (number - 3) ** 2)
    steadiness = (pull / (pull + doubt)).mask(pull == 0, 0.0).where(number >= FEWEST_DAYS)
    return parts.assign(
        steadiness=steadiness, kept=steadiness * days / (days + parts["days_left"] / PATIENCE)
    )
