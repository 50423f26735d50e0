"""What a chart draws beside the readings: path, range and target.

What belongs here: their points. What does not: their formulas (``okr_model``), drawing.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from okr_model.progress.end_state import has_ended
from okr_model.progress.expected_path import phases_of
from okr_model.progress.kinds import is_held
from published.formatting import absent

Point = tuple[dt.date, float]
_STEPS = 8


def first_day(row: Mapping[str, Any]) -> dt.date:
    """The first day of its path."""
    begun: dt.date = row["cycle_start"] if absent(row["starts_on"]) else row["starts_on"]
    return begun


def path_points(row: Mapping[str, Any]) -> list[Point]:
    """The expected path, from the baseline by its phases to the target; empty if there is none.

    What only has to be held, such as a target that the baseline already meets, has none.
    """
    if absent(row["baseline"]) or absent(row["target"]) or row["progress_state"] == "not supported":
        return []
    if is_held(row):
        return []
    points = [(first_day(row), float(row["baseline"])), *phases_of(row["phases"])]
    if points[-1][0] < row["due_on"]:
        points.append((row["due_on"], float(row["target"])))
    return points


def fan_points(row: Mapping[str, Any]) -> tuple[list[Point], list[Point]]:
    """The lower and the upper edge of the 80 % range, widening with the root of time.

    Empty if there is no forecast, the cycle is over, or the value too old for one to begin at it.
    """
    if has_ended(row):
        return [], []
    names = ("current_value", "forecast_low", "forecast_value", "forecast_high")
    if any(absent(row[name]) for name in names) or row["current_value_at"] >= row["due_on"]:
        return [], []
    begun, ends = row["current_value_at"], row["due_on"]
    value, low, middle, high = (float(row[name]) for name in names)
    lower, upper = [], []
    for step in range(_STEPS + 1):
        share = step / _STEPS
        day = begun + dt.timedelta(days=round((ends - begun).days * share))
        centre = value + (middle - value) * share
        lower.append((day, centre + (low - middle) * math.sqrt(share)))
        upper.append((day, centre + (high - middle) * math.sqrt(share)))
    return lower, upper
