"""Where a Key Result will end, and how likely that meets its target.

What belongs here: trend, forecast and probability from the measured series alone. What does not:
what people say about it (``confidence``).

The method, half drift with a t interval. Of the readings ``v1 … vn`` on days ``d1 … dn`` of the
cycle, up to ``as_of`` and the due day:

- drift a day: ``m = (vn − v1) / (dn − d1)``, the maximum-likelihood drift of a random walk;
- days left: ``h = due − dn``, from the last reading, not from today;
- centre: ``vn + m·h / 2``. Half the drift is kept, because drifts seen so far rarely last in full;
- noise of the steps: ``s² = Σ (Δv − m·Δd)² / Δd / (n − 2)`` a day, from steps of uneven length;
- spread: ``√(s²·h + (m·h / 2)²)``. The second part says that the drift may go on in full or stop:
  both lie half a drift from the centre. Without it a perfectly straight path would be certain;
- the end is the centre plus the spread times a Student-t variable with ``n − 2`` degrees of
  freedom; 10th and 90th percentile and the probability of meeting the target come from that.

Honest limits: fewer than four days with a reading give no number; a series that never moved at
all has no spread, and its probability is 0 or 1; steps are taken as independent, seasons and
planned launches are unknown to it, and values that cannot leave a range (a percentage near 100)
are not kept in it. The probability is rounded to four decimals, which is more than it knows.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from okr_model.days import midnight
from okr_model.progress import meets_target
from okr_model.values import KEY

FEWEST_DAYS = 4
FORECASTABLE = ("increase", "decrease", "at least", "at most", "band")
_FALLING = ("decrease", "at most")


def compute_forecast(rows: pd.DataFrame, series: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Trend, forecast and probability of each Key Result.

    From its due day on a Key Result is settled: the forecast is the last reading up to that day,
    and the probability 1 or 0. A reading on the due day itself settles it too.

    Args:
        rows: ``key_result_id, cycle_id, kind, target, target_high, due_on``, one a Key Result.
        series: From :func:`okr_model.values.cycle_series`.
        as_of: The day the rows speak of.

    Returns:
        With the index of ``rows``: ``trend_per_week`` (least squares over the readings of the
        cycle, in the unit), ``forecast_value, forecast_low, forecast_high,
        attainment_probability`` and ``evidence_state``, which is ``enough`` exactly where there
        is a probability. The parts of the formula come along for explanations: ``readings,
        last_reading, last_reading_at, drift_per_day, days_left, noise_per_day, spread``.
    """
    shape = _shapes(rows, series)
    settled = (rows["due_on"] <= midnight(as_of)) | (shape["days_left"] <= 0)
    settled &= shape["readings"] >= 1
    evident = settled | ((shape["readings"] >= FEWEST_DAYS) & shape["days_left"].notna())
    last, left = shape["last_reading"], shape["days_left"]
    half_drift = (shape["drift_per_day"] * left / 2).where(~settled, 0.0)
    spread = np.sqrt(shape["noise_per_day"] ** 2 * left + half_drift**2).where(~settled, 0.0)
    centre = (last + half_drift).where(evident)
    freedom = (shape["readings"] - 2).clip(lower=1).astype("float64")
    margin = pd.Series(stdtrit(freedom, 0.9), index=rows.index) * spread
    probability = _probability(rows, centre, spread, freedom).where(evident)
    return shape.assign(
        days_left=left.where(~settled, 0.0),
        spread=spread.where(evident),
        forecast_value=centre,
        forecast_low=centre - margin,
        forecast_high=centre + margin,
        attainment_probability=probability.round(4),
        evidence_state=pd.Series(
            np.where(probability.notna(), "enough", "not enough evidence"), index=rows.index
        ).astype("str"),
    )


def _shapes(rows: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """What each series looks like up to its due day, aligned to ``rows``."""
    due = rows[[*KEY, "due_on"]]
    points = series[series["value"].notna()].merge(due, on=KEY, how="inner")
    points = points[points["date"] <= points["due_on"]]
    points = points.assign(
        day=(points["date"] - pd.Timestamp(2000, 1, 1)).dt.days.astype("float64")
    ).sort_values([*KEY, "day"], kind="stable")
    groups = points.groupby(KEY)
    shape = groups.agg(
        readings=("value", "size"),
        last_reading=("value", "last"),
        last_reading_at=("date", "last"),
        first_value=("value", "first"),
        first_day=("day", "first"),
        last_day=("day", "last"),
    )
    length = (shape["last_day"] - shape["first_day"]).replace(0.0, np.nan)
    shape["drift_per_day"] = (shape["last_reading"] - shape["first_value"]) / length
    shape["noise_per_day"] = _noise(points, shape)
    shape["trend_per_week"] = _trend(points)
    aligned = rows[KEY].merge(shape.reset_index(), on=KEY, how="left").set_axis(rows.index)
    left = (rows["due_on"] - aligned["last_reading_at"]).dt.days.astype("float64")
    return aligned.assign(readings=aligned["readings"].fillna(0).astype("int64"), days_left=left)[
        [
            "readings",
            "last_reading",
            "last_reading_at",
            "drift_per_day",
            "days_left",
            "noise_per_day",
            "trend_per_week",
        ]
    ]


def _noise(points: pd.DataFrame, shape: pd.DataFrame) -> pd.Series:
    """Standard deviation of one day's step around the drift; null for fewer than three days."""
    groups = points.groupby(KEY)
    steps = points[KEY].assign(change=groups["value"].diff(), days=groups["day"].diff())
    steps = steps.merge(shape["drift_per_day"].reset_index(), on=KEY, how="left")
    steps["square"] = (steps["change"] - steps["drift_per_day"] * steps["days"]) ** 2
    total = (steps["square"] / steps["days"]).groupby([steps[name] for name in KEY]).sum()
    freedom = shape["readings"] - 2
    return np.sqrt(total / freedom.where(freedom > 0))


def _trend(points: pd.DataFrame) -> pd.Series:
    """Slope of the least-squares line, in the unit a week; null for a single day."""
    groups = points.groupby(KEY)
    days = points["day"] - groups["day"].transform("mean")
    values = points["value"] - groups["value"].transform("mean")
    keys = [points[name] for name in KEY]
    across = (days * values).groupby(keys).sum()
    along = (days * days).groupby(keys).sum()
    return 7.0 * across / along.where(along > 0)


def _probability(
    rows: pd.DataFrame, centre: pd.Series, spread: pd.Series, freedom: pd.Series
) -> pd.Series:
    """That the end meets the target; null for kinds or targets that have no such question."""
    certain = meets_target(rows, centre).astype("Float64").astype("float64")
    width = spread.where(spread > 0)
    below = pd.Series(stdtr(freedom, (rows["target"] - centre) / width), index=rows.index)
    below_high = pd.Series(stdtr(freedom, (rows["target_high"] - centre) / width), index=rows.index)
    uncertain = pd.Series(
        np.select(
            [rows["kind"] == "band", rows["kind"].isin(_FALLING)],
            [below_high - below, below],
            1.0 - below,
        ),
        index=rows.index,
    )
    asked = rows["kind"].isin(FORECASTABLE) & certain.notna()
    return uncertain.where(width.notna(), certain).where(asked)
