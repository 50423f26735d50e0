"""Where a Key Result will end, and how likely that meets its target.

What belongs here: forecast and probability from the measured series and what past cycles teach.
What does not: the formulas of the ends (``ends``), the statistics of the readings
(``series_statistics``), and what people expect (``confidence``).

In three sentences: a counter goes on at its pace and never turns round; a level keeps a share of
its pace and returns a part of the way to where it usually is. The range around that comes from the
noise of the steps. Where enough past paths of the same kind are known, the part of those like this
one that got where it must get counts beside the formula:

``probability = (n·share + c·formula) / (n + c)``, with ``n`` like paths, mostly 20, and ``c`` 12
or what past cycles teach (``formula_counts``).

From the due day on, or once there is a reading for that day, the last reading decides: 1 or 0. A
last reading that may be an error (``series_statistics``) counts half: the probability is the mean
of those with and without it.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from okr_model.forecast.ends import MET, TENTHS, Numbers, likely_range, share_below, with_ends
from okr_model.forecast.like_paths import with_like_paths
from okr_model.forecast.past_paths import Lessons, with_factors
from okr_model.forecast.path_kinds import path_kinds
from okr_model.forecast.series_statistics import (
    FEWEST_DAYS,
    SHAPE,
    parts_without_last,
    path_parts,
)
from okr_model.progress.kinds import BAND, COUNTER, DIRECTED, FALLING, MILESTONES
from okr_model.quantities.days import midnight
from okr_model.quantities.units import SECONDS, YES_NO

__all__ = ["FEWEST_DAYS", "FORECASTABLE", "NO_LESSONS", "compute_forecast"]

FORECASTABLE = (*DIRECTED, BAND, MILESTONES)
NO_LESSONS = Lessons()
_ONLY_HERE = (
    *SHAPE,
    *("step_size", "like_below", "like_up_to", "like_up_to_high"),
    *("range_low", "range_high", "probability"),
)
"""Terms that neither a row nor an explanation has a use for."""


def compute_forecast(
    rows: pd.DataFrame, series: pd.DataFrame, as_of: date, lessons: Lessons = NO_LESSONS
) -> pd.DataFrame:
    """Trend, forecast and probability of each Key Result.

    The target of milestones is the complete share. A yes/no has no path, so it has a probability
    only once it is settled.

    Args:
        rows: ``key_result_id, cycle_id, kind, unit, target, target_high, due_on``, one per Key
            Result, and ``path``; where that column is absent it is found out.
        series: From :func:`okr_model.progress.value_series.cycle_series`.
        as_of: The day the rows are about.
        lessons: From :func:`okr_model.forecast.past_paths.learn`.

    Returns:
        With the index of ``rows``: ``trend_per_week`` (least squares over the readings of the
        cycle, in the unit), ``forecast_value, forecast_low, forecast_high`` (clamped to what the
        unit and a counter allow), ``attainment_probability`` and ``evidence_state``, which is
        ``enough`` exactly where there is a probability; the factors that past cycles teach; and
        ``like_paths, like_met`` (how many like paths there are, and the share of them that got
        there). The terms of the formula are included for explanations.
    """
    if "path" not in rows:
        rows = rows.assign(path=path_kinds(rows, series)["path"])
    parts = path_parts(rows, series)
    parts = parts.assign(aim=_aims(rows, parts), aim_high=rows["target_high"])
    settled = (rows["due_on"] <= midnight(as_of)) | (parts["days_left"] <= 0)
    settled &= parts["readings"] >= 1
    parts["days_left"] = parts["days_left"].where(~settled, 0.0)
    moving = (parts["used"] >= FEWEST_DAYS) & parts["days_left"].notna()
    moving &= rows["kind"] != YES_NO
    parts = _with_probability(rows, parts, lessons)
    parts = _doubting(rows, series, parts, lessons, moving & ~settled & parts["doubted"])
    evident = settled | moving
    for name in ("centre", "spread", "least_doubt", "range_low", "range_high"):
        parts[name] = parts[name].where(evident)
    parts["like_paths"] = parts["like_paths"].where(moving & ~settled, 0)
    asked = rows["kind"].isin(FORECASTABLE) | (rows["kind"] == YES_NO)
    asked &= parts["aim"].notna() & ((rows["kind"] != BAND) | rows["target_high"].notna())
    probability = parts["probability"].where(evident & asked).round(4)
    shown = _shown(rows, parts).drop(columns=list(_ONLY_HERE)).copy()
    return shown.assign(
        attainment_probability=probability,
        like_met=parts["like_met"].where(probability.notna() & (parts["like_paths"] > 0)).round(4),
        evidence_state=pd.Series(
            np.where(probability.notna(), "enough", "not enough evidence"), index=rows.index
        ).astype("str"),
    )


def _with_probability(rows: pd.DataFrame, parts: pd.DataFrame, lessons: Lessons) -> pd.DataFrame:
    """``parts`` with the ends, the like paths, the formula's and the blended probability."""
    kind = rows["kind"]
    parts = with_factors(parts.assign(path=rows["path"]), lessons)
    parts = with_like_paths(with_ends(parts, kind.isin(FALLING)), lessons)
    formula = _met(
        kind,
        share_below(parts, parts["aim"], including=False),
        share_below(parts, parts["aim"], including=True),
        share_below(parts, parts["aim_high"], including=True),
    )
    doubt = parts["least_doubt"]
    like = _met(kind, parts["like_below"], parts["like_up_to"], parts["like_up_to_high"])
    formula, like = (_not_back(rows, parts, share) for share in (formula, like))
    formula = formula.clip(doubt, _most_sure(parts, doubt))
    number, counts = parts["like_paths"], parts["formula_counts"]
    blended = (number * like.fillna(0.0) + counts * formula) / (number + counts)
    middle, half = likely_range(
        _numbers(parts["centre"], parts["spread"] * parts["path"].map(TENTHS).astype("float64")),
        _numbers(parts["like_low"], parts["like_high"]),
        (number / (number + counts)).to_numpy("float64"),
    )
    half = half * parts["range_factor"].to_numpy("float64")
    return parts.assign(
        formula=formula, like_met=like, probability=blended.clip(doubt, _most_sure(parts, doubt)),
        range_low=np.minimum(middle - half, parts["centre"]),
        range_high=np.maximum(middle + half, parts["centre"]),
    )  # fmt: skip


def _numbers(one: pd.Series, other: pd.Series) -> tuple[Numbers, Numbers]:
    return one.to_numpy("float64"), other.to_numpy("float64")


def _most_sure(parts: pd.DataFrame, doubt: pd.Series) -> pd.Series:
    counter = (parts["path"] == COUNTER) & (parts["days_left"] > 0)
    return (1.0 - doubt).where(~counter, np.maximum(1.0 - doubt, MET))


def _met(kind: pd.Series, below: pd.Series, up_to: pd.Series, up_to_high: pd.Series) -> pd.Series:
    """The share of the ends that meets the aim."""
    band = (up_to_high - below).to_numpy("float64")
    return pd.Series(
        np.select([kind == BAND, kind.isin(FALLING)], [band, up_to], 1.0 - below), index=kind.index
    )


def _not_back(rows: pd.DataFrame, parts: pd.DataFrame, share: pd.Series) -> pd.Series:
    """``share``, but :data:`MET` for a counter whose last reading meets the target."""
    last, falling = parts["last_reading"], rows["kind"].isin(FALLING)
    met = (last >= parts["aim"]).where(~falling, last <= parts["aim"])
    met &= (rows["path"] == COUNTER) & (rows["kind"] != BAND) & (parts["days_left"] > 0)
    return share.mask(met & share.notna(), MET)


def _doubting(
    rows: pd.DataFrame,
    series: pd.DataFrame,
    parts: pd.DataFrame,
    lessons: Lessons,
    doubted: pd.Series,
) -> pd.DataFrame:
    """``parts``, where the last reading is doubted half made without it."""
    parts["probability_without"] = np.nan
    if not doubted.any():
        return parts
    some = rows[doubted]
    before = parts_without_last(some, series[series["key_result_id"].isin(some["key_result_id"])])
    aims = parts.loc[doubted, ["aim", "aim_high"]]
    before = _with_probability(some, before.assign(**{name: aims[name] for name in aims}), lessons)
    mean = (parts["probability"] + before["probability"].reindex(rows.index)) / 2
    low = np.minimum(parts["range_low"], before["range_low"].reindex(rows.index))
    high = np.maximum(parts["range_high"], before["range_high"].reindex(rows.index))
    return parts.assign(
        probability=parts["probability"].where(~doubted, mean),
        probability_without=before["probability"].reindex(rows.index),
        range_low=parts["range_low"].where(~doubted, low),
        range_high=parts["range_high"].where(~doubted, high),
    )


def _aims(rows: pd.DataFrame, parts: pd.DataFrame) -> pd.Series:
    """The value to reach: the target, a band's lower edge, or the complete share."""
    share = rows["unit"].isna() & (parts["lowest"] >= 0) & (parts["highest"] <= 1)
    whole = pd.Series(np.select([rows["unit"] == "%", share], [100.0, 1.0], np.nan), rows.index)
    return rows["target"].astype("float64").mask(rows["kind"] == MILESTONES, whole)


def _shown(rows: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """``parts`` with the forecast and its range, clamped to what unit and counter allow."""
    inside = (parts[["lowest", "aim"]].min(axis="columns") >= 0) & (
        parts[["highest", "aim", "aim_high"]].max(axis="columns") <= 100
    )
    share = inside & (rows["unit"] == "%")
    counter, falling = rows["path"] == COUNTER, rows["kind"].isin(FALLING)
    none = pd.Series(np.nan, index=rows.index)
    floor = none.mask(share | rows["unit"].isin(SECONDS), 0.0)
    counter &= ~parts["doubted"]
    floor = floor.mask(counter & ~falling, parts["last_reading"])
    ceiling = none.mask(share, 100.0).mask(counter & falling, parts["last_reading"])
    columns = {
        "forecast_value": parts["centre"],
        "forecast_low": parts["range_low"],
        "forecast_high": parts["range_high"],
    }
    return parts.assign(
        floor=floor,
        ceiling=ceiling,
        **{name: end.clip(floor, ceiling) for name, end in columns.items()},
    )
