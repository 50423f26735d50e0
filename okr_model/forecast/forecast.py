"""Where a Key Result will end, and how likely that meets its target.

What belongs here: forecast and probability from the measured series alone. What does not: the
statistics of the readings (``series_statistics``), and what people expect (``confidence``).

In two sentences: the forecast extrapolates from the last reading with a share of the pace so far;
the share grows with how steady that pace was, how long it lasted before the last reading, and how
often the paces of past cycles continued. The range around it comes from the noise of the steps and
from the chance that the pace stops, and the probability is the part of that range that meets the
target.

Of the readings ``v1 … vn`` on days ``d1 … dn`` of the cycle, up to ``as_of`` and the due day, with
``h = due − dn`` days left; ``m, m′, D, D′, s`` and ``w`` as in
:func:`okr_model.forecast.series_statistics.path_parts`:

- a factor learned from past cycles multiplies the odds of ``w``
  (:mod:`okr_model.forecast.pace_odds`);
- centre: ``vn + w·m·h``;
- spread: ``√(s²·h/16 + w·(1 − w)·(m′·h)²)``. The first term is a quarter of the standard deviation
  of independent steps, because steps partly cancel out. The second is the standard deviation of a
  pace that continues in full with probability ``w`` and otherwise stops;
- half of all ends are within one spread of the centre, and the tails are heavy (Cauchy):
  ``P(end ≤ x) = ½ + arctan((x − centre) / spread) / π``; the 10th and 90th percentile are
  ``centre ∓ 3.078·spread``;
- least doubt: before the due day no probability is nearer to 0 or 1 than
  ``h / (2·(n + 1)·(h + D))``.

Noise, steadiness and the chance of stopping come from the readings before the last one. So a better
last reading can never lower the probability: it moves only the centre.

The constants 4, 7, 16 and the heavy tails were chosen on the build half of the benchmark
(``benchmarks/forecast/run.py``); ``docs/confidence.md`` prints its results and the limits.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from okr_model.forecast.series_statistics import FEWEST_DAYS, path_parts
from okr_model.progress.kinds import BAND, DIRECTED, FALLING, MILESTONES
from okr_model.quantities.days import midnight
from okr_model.quantities.units import SECONDS, YES_NO

__all__ = [
    "FEWEST_DAYS",
    "FORECASTABLE",
    "TENTH",
    "compute_forecast",
    "spread_and_doubt",
    "with_odds",
]

FORECASTABLE = (*DIRECTED, BAND, MILESTONES)
TENTH = float(np.tan(0.4 * np.pi))
"""Distance from the centre to the 10th and the 90th percentile, in spreads."""


def compute_forecast(
    rows: pd.DataFrame, series: pd.DataFrame, as_of: date, odds: float = 1.0
) -> pd.DataFrame:
    """Trend, forecast and probability of each Key Result.

    From its due day on a Key Result is settled: the forecast is the last reading up to that day,
    and the probability 1 or 0. A reading on the due day itself settles it too. The target of
    milestones is the complete share. A yes/no has no path, so it has a probability only once it
    is settled.

    Args:
        rows: ``key_result_id, cycle_id, kind, unit, target, target_high, due_on``, one per Key
            Result.
        series: From :func:`okr_model.progress.value_series.cycle_series`.
        as_of: The day the rows are about.
        odds: The factor learned from past cycles; see :mod:`okr_model.forecast.pace_odds`.

    Returns:
        With the index of ``rows``: ``trend_per_week`` (least squares over the readings of the
        cycle, in the unit), ``forecast_value, forecast_low, forecast_high`` (clamped to what the
        unit allows: durations to 0 and more, percentages to 0 to 100 if all readings and the
        target are within), ``attainment_probability`` and ``evidence_state``, which is ``enough``
        exactly where there is a probability. The terms of the formula are included for
        explanations: those of :func:`okr_model.forecast.series_statistics.path_parts`, and
        ``aim, aim_high, centre, spread, least_doubt, floor, ceiling``.
    """
    parts = with_odds(path_parts(rows, series), odds)
    parts = parts.assign(aim=_aims(rows, parts), aim_high=rows["target_high"])
    settled = (rows["due_on"] <= midnight(as_of)) | (parts["days_left"] <= 0)
    settled &= parts["readings"] >= 1
    parts["days_left"] = parts["days_left"].where(~settled, 0.0)
    parts["kept"] = parts["kept"].where(~settled, 0.0)
    moving = (parts["readings"] >= FEWEST_DAYS) & parts["days_left"].notna()
    moving &= rows["kind"] != YES_NO
    parts = spread_and_doubt(parts)
    evident = settled | moving
    for name in ("centre", "spread", "least_doubt"):
        parts[name] = parts[name].where(evident)
    asked = rows["kind"].isin(FORECASTABLE) | (rows["kind"] == YES_NO)
    asked &= parts["aim"].notna() & ((rows["kind"] != BAND) | rows["target_high"].notna())
    probability = _probability(rows["kind"], parts).where(asked).round(4)
    return _shown(rows, parts).assign(
        attainment_probability=probability,
        evidence_state=pd.Series(
            np.where(probability.notna(), "enough", "not enough evidence"), index=rows.index
        ).astype("str"),
    )


def with_odds(parts: pd.DataFrame, odds: float) -> pd.DataFrame:
    """``parts`` with the odds of ``kept`` multiplied: ``odds·w / (1 + (odds − 1)·w)``."""
    if odds == 1.0:
        return parts
    kept = parts["kept"]
    return parts.assign(kept=odds * kept / (1 + (odds - 1) * kept))


def spread_and_doubt(parts: pd.DataFrame) -> pd.DataFrame:
    """``parts`` with ``centre``, ``spread`` and ``least_doubt``."""
    left, kept = parts["days_left"], parts["kept"]
    settled = left == 0
    on = (kept * parts["drift_per_day"] * left).where(~settled, 0.0)
    stops = kept * (1 - kept) * (parts["earlier_drift_per_day"] * left) ** 2
    spread = np.sqrt(parts["noise_per_day"] ** 2 * left / 16 + stops).where(~settled, 0.0)
    doubt = left / (2 * (parts["readings"] + 1) * (left + parts["days_seen"].fillna(0.0)))
    return parts.assign(
        centre=parts["last_reading"] + on,
        spread=spread,
        least_doubt=doubt.where(~settled, 0.0),
    )


def _aims(rows: pd.DataFrame, parts: pd.DataFrame) -> pd.Series:
    """The value to reach: the target, a band's lower edge, or the complete share."""
    share = rows["unit"].isna() & (parts["lowest"] >= 0) & (parts["highest"] <= 1)
    whole = pd.Series(np.select([rows["unit"] == "%", share], [100.0, 1.0], np.nan), rows.index)
    return rows["target"].astype("float64").mask(rows["kind"] == MILESTONES, whole)


def _probability(kind: pd.Series, parts: pd.DataFrame) -> pd.Series:
    """The probability that the end meets the aim; null where there is no centre."""
    below = _share_below(parts, "aim", including=False)
    up_to = _share_below(parts, "aim", including=True)
    up_to_high = _share_below(parts, "aim_high", including=True)
    met = pd.Series(
        np.select([kind == BAND, kind.isin(FALLING)], [up_to_high - below, up_to], 1.0 - below),
        index=kind.index,
    )
    return met.clip(parts["least_doubt"], 1.0 - parts["least_doubt"])


def _share_below(parts: pd.DataFrame, edge: str, *, including: bool) -> pd.Series:
    """The share of ends below an edge; without a spread the centre is the only end."""
    away = parts[edge] - parts["centre"]
    share = 0.5 + np.arctan(away / parts["spread"].where(parts["spread"] > 0)) / np.pi
    sure = ((away >= 0) if including else (away > 0)).astype("float64").where(away.notna())
    return share.where(parts["spread"] > 0, sure)


def _shown(rows: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """``parts`` with the forecast and its range, clamped to what the unit allows."""
    inside = (parts[["lowest", "aim"]].min(axis="columns") >= 0) & (
        parts[["highest", "aim", "aim_high"]].max(axis="columns") <= 100
    )
    share = inside & (rows["unit"] == "%")
    none = pd.Series(np.nan, index=rows.index)
    floor = none.mask(share | rows["unit"].isin(SECONDS), 0.0)
    ceiling = none.mask(share, 100.0)
    margin = TENTH * parts["spread"]
    columns = {
        "forecast_value": parts["centre"],
        "forecast_low": parts["centre"] - margin,
        "forecast_high": parts["centre"] + margin,
    }
    return parts.assign(
        floor=floor,
        ceiling=ceiling,
        **{name: end.clip(floor, ceiling) for name, end in columns.items()},
    )
