"""What an organization's past cycles teach about its paces: whether they continue or stop.

What belongs here: one number, learned from paths whose end is known. What does not: the forecast
that uses it (``forecast``), and how often published calls came true (``calibration``).

The share of a pace that is kept (``kept``, w) is treated as a probability; past cycles may raise or
lower its odds: ``odds·w / (1 + (odds − 1)·w)``. Each past path is cut after 4, 6, 8 and 10 readings
and tested with targets on an even grid on both sides of its end, ``end ± k·u`` for
k = 0.25, 0.75 … 2.75, where ``u`` is its mean absolute step times √(readings to come), as in the
benchmark. The result is the power of √2 from ¼ to 4 with the lowest Brier score summed over the
paths plus the penalty ``0.1·log₂(odds)²``, so that few paths change little. With fewer than 30
paths the odds are 1. Of more than 5,000 paths those due last are used.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from okr_model.forecast.forecast import spread_and_doubt, with_odds
from okr_model.forecast.series_statistics import path_parts
from okr_model.progress.value_series import KEY
from okr_model.quantities.days import midnight

FEWEST_PATHS = 30
MOST_PATHS = 5000
CUTS = (4, 6, 8, 10)
ODDS = tuple(2.0 ** (power / 2) for power in range(-4, 5))
PRIOR = 0.1
_DISTANCES = np.array([sign * (k + 0.25) for k in (0, 0.5, 1, 1.5, 2, 2.5) for sign in (-1, 1)])

Numbers = NDArray[np.float64]


def learn_odds(rows: pd.DataFrame, series: pd.DataFrame, as_of: date) -> float:
    """The factor on the odds that a pace goes on, from the cycles that have ended.

    Args:
        rows: ``key_result_id, cycle_id, cycle_end, due_on``, one per Key Result.
        series: From :func:`okr_model.progress.value_series.cycle_series`.
        as_of: Cycles that ended before it count.
    """
    past = rows.loc[rows["cycle_end"] < midnight(as_of), [*KEY, "due_on"]]
    past = past.sort_values(["due_on", *KEY]).tail(MOST_PATHS)
    if len(past) < FEWEST_PATHS:
        return 1.0
    points = series[series["value"].notna()].merge(past, on=KEY)
    points = points[points["date"] <= points["due_on"]]
    cuts = _cut(points)
    if cuts.empty or cuts["path"].nunique() < FEWEST_PATHS:
        return 1.0
    losses = [_loss(cuts, odds) for odds in ODDS]
    return float(ODDS[int(np.argmin(losses))])


def _cut(points: pd.DataFrame) -> pd.DataFrame:
    """The terms of each path as known at each cut, with ``end``, ``unit_step`` and ``path``.

    A cut needs at least two later readings, and a path that moves.
    """
    points = points.sort_values([*KEY, "date"], kind="stable")
    points = points.assign(change=points.groupby(KEY)["value"].diff().abs())
    groups = points.groupby(KEY)
    place = groups.cumcount()
    whole = groups.agg(
        end=("value", "last"),
        due_on=("date", "last"),
        total=("value", "size"),
        step=("change", "mean"),
    ).reset_index()
    whole = whole[whole["step"] > 0].assign(path=lambda found: np.arange(len(found)))
    parts = []
    for cut in CUTS:
        long = whole[whole["total"] >= cut + 2]
        seen = points[place < cut].drop(columns="due_on")
        found = path_parts(long[[*KEY, "due_on"]], seen.merge(long[KEY], on=KEY))
        unit_step = long["step"] * np.sqrt(long["total"] - cut)
        parts.append(found.assign(end=long["end"], unit_step=unit_step, path=long["path"]))
    return pd.concat(parts, ignore_index=True)


def _loss(cuts: pd.DataFrame, odds: float) -> float:
    """The Brier scores summed over the paths, plus the penalty for odds other than 1."""
    parts = spread_and_doubt(with_odds(cuts, odds))
    centre, spread, doubt, end = (
        parts[name].to_numpy("float64")[:, None]
        for name in ("centre", "spread", "least_doubt", "end")
    )
    targets = end + _DISTANCES * cuts["unit_step"].to_numpy("float64")[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        at_least = 0.5 - np.arctan((targets - centre) / spread) / np.pi
    at_least = np.where(spread > 0, at_least, centre >= targets)
    stated = np.clip(at_least, doubt, 1.0 - doubt)
    brier = ((stated - (end >= targets)) ** 2).mean(axis=1)
    by_path = pd.Series(brier).groupby(cuts["path"].to_numpy()).mean()
    return float(by_path.sum() + PRIOR * np.log2(odds) ** 2)
