"""Where a path ends: centre, spread and shape of the ends, for each kind of path.

What belongs here: the formulas, for terms that are known. What does not: the terms
(``series_statistics``), which kind a path is (``path_kinds``), what past cycles teach about the
factors (``past_paths``), and what is published (``forecast``).

With the terms of :func:`okr_model.forecast.series_statistics.path_parts` and the factors of
:class:`Factors`:

**Level**: ``w`` is kept of the pace, the rest of the way the value returns towards its usual one.

- ``w ← pace_odds·w / (1 + (pace_odds − 1)·w)``;
- centre: ``vn + w·m·h − pull_back·(1 − w)·(vn − usual)``; a step after a flat line is a new level
  and is not pulled back;
- spread: ``√(noise_factor²·s²·h/16 + w·(1 − w)·(m′·h)²)``; ends are Cauchy around the centre:
  ``P(end ≤ x) = ½ + arctan((x − centre)/spread)/π``, heavy tails on both sides.

**Counter**: the pace goes on, part of it the recent one; it never turns round.

- pace: ``p = (1 − recent_share)·m + recent_share·m_recent``, not below 0 in the counted direction;
- noise: ``s² ← (s²·(n − 3) + 7·(0.2·m)²) / (n − 2)``: as if one more step had been off by 20 %;
- centre: ``vn + p·h``; spread: ``noise_factor·√(s²·h·(1 + h/D))``;
- ends have Student's t distribution with three degrees of freedom, ``x`` in spreads:
  ``½ + (u/(1 + u²) + arctan u)/π`` with ``u = x/√3``, and none lies before the last reading.

Steadiness and a level's noise come from the readings before the last, so a better last reading
never lowers the probability: it moves only the centre. (A counter's noise grows with its pace, but
its centre grows faster.) The constants were chosen on the build halves of
the benchmark (``benchmarks/forecast``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from okr_model.progress.kinds import COUNTER, LEVEL

Numbers = NDArray[np.float64]
FIRST_GUESS = 0.2
"""A counter's typical deviation of a week, as a share of its pace, before any is seen."""
CAUCHY_TENTH = float(np.tan(0.4 * np.pi))
T3_TENTH = 1.6377443536962102
"""Distances from the centre to the 10th and the 90th percentile, in spreads."""
MET = 0.99
"""A counter that has met its target is this sure to have met it when it is due: totals are
corrected now and then."""


@dataclass(frozen=True, slots=True)
class Factors:
    """What past cycles teach about one kind of path; :data:`USUAL` is for want of any.

    Attributes:
        pace_odds: Factor on the odds that the pace of a level continues.
        noise_factor: Factor on the noise.
        pull_back: The share of the way back to its usual value that a level goes.
        recent_share: The weight of a counter's recent pace.
        formula_counts: As how many like paths the formula counts beside them.
        range_factor: Factor on the width of the range, so that 80 % of the past paths ended in it.
    """

    pace_odds: float = 1.0
    noise_factor: float = 1.0
    pull_back: float = 0.3
    recent_share: float = 0.25
    formula_counts: float = 12.0
    range_factor: float = 1.0


USUAL = {LEVEL: Factors(), COUNTER: Factors(range_factor=1.3)}
"""By kind of path. Without past paths the range of a counter is as wide as 80 % of ends need, on
the build halves of the benchmark; its probability is best with less noise than that."""


def with_ends(parts: pd.DataFrame, falling: pd.Series) -> pd.DataFrame:
    """``parts`` with ``centre, spread, least_doubt`` and what they are made of.

    That is ``kept``, as adjusted by ``pace_odds``, the share ``back`` to the usual value, the
    ``noise_used``, and a counter's ``pace_per_day``.

    Args:
        parts: From :func:`okr_model.forecast.series_statistics.path_parts`, with ``path`` and the
            fields of :class:`Factors` as columns.
        falling: Whether less is better, which is the direction of a counter.
    """
    left, seen = parts["days_left"], parts["days_seen"].fillna(0.0)
    counter = parts["path"] == COUNTER
    odds, kept = parts["pace_odds"], parts["kept"]
    kept = (odds * kept / (1 + (odds - 1) * kept)).where(~counter, 1.0)
    level = parts["last_reading"] + kept * parts["drift_per_day"] * left
    flat = parts["steadiness"].eq(0) & parts["noise_per_day"].eq(0)
    back = (parts["pull_back"] * (1 - kept)).mask(flat, 0.0)
    stops = kept * (1 - kept) * (parts["earlier_drift_per_day"] * left) ** 2
    factor, noise = parts["noise_factor"], parts["noise_per_day"]
    level_spread = np.sqrt((factor * noise) ** 2 * left / 16 + stops)
    number = parts["used"].astype("float64")
    guess = 7 * (FIRST_GUESS * parts["drift_per_day"]) ** 2
    counted = np.sqrt((noise**2 * (number - 3) + guess) / (number - 2))
    counter_spread = factor * counted * np.sqrt(left * (1 + left / seen.where(seen > 0)))
    share = parts["recent_share"]
    pace = (1 - share) * parts["drift_per_day"] + share * parts["recent_drift_per_day"]
    pace = pace.clip(lower=0).where(~falling, pace.clip(upper=0))
    doubt = left / (2 * (number + 1) * (left + seen))
    now = left == 0
    centre = (level - back * (parts["last_reading"] - parts["usual"])).where(
        ~counter, parts["last_reading"] + pace * left
    )
    return parts.assign(
        kept=kept,
        back=back,
        pace_per_day=pace.where(counter),
        noise_used=noise.where(~counter, counted),
        centre=centre.where(~now, parts["last_reading"]),
        spread=level_spread.where(~counter, counter_spread).where(~now, 0.0),
        least_doubt=doubt.where(~counter, doubt / 2).where(~now, 0.0),
    )


def likely_range(
    formula: tuple[Numbers, Numbers], like: tuple[Numbers, Numbers], weight: Numbers
) -> tuple[Numbers, Numbers]:
    """Middle and half of the width of the range, before ``range_factor``.

    Args:
        formula: Centre, and distance from it to the 10th and the 90th percentile.
        like: 10th and 90th percentile of where like paths would end; null without any.
        weight: Of the like paths beside the formula, 0 to 1.
    """
    centre, margin = formula
    low, high = (
        end + weight * (np.where(np.isnan(of_like), end, of_like) - end)
        for end, of_like in zip((centre - margin, centre + margin), like, strict=True)
    )
    return (low + high) / 2, (high - low) / 2


def share_below(parts: pd.DataFrame, edge: pd.Series, *, including: bool) -> pd.Series:
    """The share of ends below an edge; without a spread the centre is the only end."""
    away = edge - parts["centre"]
    units = (away / parts["spread"].where(parts["spread"] > 0)).to_numpy("float64")
    counter = (parts["path"] == COUNTER).to_numpy()
    share = pd.Series(np.where(counter, t3(units), cauchy(units)), index=parts.index)
    sure = ((away >= 0) if including else (away > 0)).astype("float64").where(away.notna())
    return share.where(parts["spread"] > 0, sure)


def cauchy(away: Numbers) -> Numbers:
    """The Cauchy distribution function."""
    return np.asarray(0.5 + np.arctan(away) / np.pi)


def t3(away: Numbers) -> Numbers:
    """Student's t distribution function with three degrees of freedom."""
    u = away / np.sqrt(3.0)
    return np.asarray(0.5 + (u / (1 + u * u) + np.arctan(u)) / np.pi)


DISTRIBUTIONS = {LEVEL: cauchy, COUNTER: t3}
TENTHS = {LEVEL: CAUCHY_TENTH, COUNTER: T3_TENTH}
