"""Volumes far from their own history.

What belongs here: what a place would be expected to hold on a weekday, and when it is far from it;
pure functions. What does not: counting (``facts``).

A night's figure is compared with the median of the seven nights before it. How far figures lie from
that on the same weekday of the last eight weeks tells what is usual: a steady growth and a weekly
rhythm are both in it, and one odd night moves neither. A new level is taken as usual after four
nights.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.alerts.causes import Cause, Kind

KEPT_DAYS = 63
"""How many days of history are needed: eight weeks, and a week before them."""
_LEAST_WEEKS = 4
_LEAST_NIGHTS = 5  # of the seven before
_TIMES_SPREAD = 5.0
_LEAST_SHARE = 0.1
_LEAST_NUMBER = 5.0
_MAD_TO_DEVIATION = 1.4826


@dataclass(frozen=True, slots=True)
class Expected:
    """What a place should hold, and how far from it is still usual."""

    number: float
    tolerance: float


def expected(history: Mapping[dt.date, int], day: dt.date) -> Expected | None:
    """What is expected of ``day`` by the days before it; None with too little history."""
    index = pd.date_range(day - dt.timedelta(days=KEPT_DAYS), day, freq="D")
    known = {pd.Timestamp(one): float(number) for one, number in history.items() if one < day}
    levels = pd.Series(known, dtype="float64").reindex(index)
    level = levels.shift(1).rolling(7, min_periods=_LEAST_NIGHTS).median()
    base = level.iloc[-1]
    weekday = (levels - level)[index.day_of_week == day.weekday()].dropna()
    if np.isnan(base) or len(weekday) < _LEAST_WEEKS:
        return None
    usual = float(weekday.median())
    spread = float((weekday - usual).abs().median()) * _MAD_TO_DEVIATION
    number = float(base) + usual
    return Expected(number, max(_TIMES_SPREAD * spread, _LEAST_SHARE * abs(number), _LEAST_NUMBER))


def unusual(
    histories: Mapping[str, Mapping[dt.date, int]],
    day: dt.date,
    depending: Mapping[str, tuple[str, ...]],
) -> list[Cause]:
    """One cause for each place whose figure of ``day`` is far from its history.

    Args:
        histories: By what is counted, such as ``rows of jira DEL``, the figure of each day.
        day: The day that the run computed.
        depending: By what is counted, the Key Results that depend on it, where known.
    """
    causes = []
    for what, history in histories.items():
        usual = expected(history, day)
        now = history.get(day)
        if usual is None or now is None or abs(now - usual.number) <= usual.tolerance:
            continue
        causes.append(
            Cause(
                Kind.VOLUME,
                what,
                f"Look at the place itself: is it right that {what} number {now:,}?",
                f"{what}: {now:,}; expected on a {day:%A}: {usual.number:,.0f}, give or take"
                f" {usual.tolerance:,.0f}.",
                None,
                depending.get(what, ()),
            )
        )
    return causes
