"""Formatting values for people: numbers with their unit, shares, levels, days.

What belongs here: functions from one value to one short text. What does not: tables and colours,
and the rule by which a figure is rounded (``okr_model.wording``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from okr_model import wording
from okr_model.quantities.units import in_words


def absent(value: Any) -> bool:
    """Whether ``value`` is any kind of null that a frame may contain."""
    if value is None or isinstance(value, str):
        return value is None
    return not hasattr(value, "__len__") and bool(pd.isna(value))


def quantity(value: Any, unit: Any, *edges: Any) -> str:
    """A measured quantity, ``22.47 hours``, on the right side of its ``edges``; a dash for null."""
    return "–" if absent(value) else wording.measured(value, _unit(unit), *edges)


def declared(value: Any, unit: Any) -> str:
    """A declared quantity with all its digits, ``12400``; an en dash for null."""
    return "–" if absent(value) else in_words(value, _unit(unit))


def number(value: Any) -> str:
    """A number of things, ``7226``; an en dash for null."""
    return "–" if absent(value) else str(int(value))


def share(value: Any) -> str:
    """A fraction in percent, ``62.9 %``; an en dash for null."""
    return "–" if absent(value) else wording.share(value)


def signed_share(value: Any) -> str:
    """A difference of two fractions with its sign, ``+1.1 %``."""
    if absent(value):
        return "–"
    return f"{'−' if value < 0 else '+'}{wording.share(abs(value))}"


def chance(value: Any, *, settled: bool = False) -> str:
    """A probability in whole percent; 0 and 100 only if ``settled``: the due date is past."""
    return "–" if absent(value) else wording.probability(value, settled=settled)


def value_of(row: Mapping[str, Any]) -> str:
    """The current value of a row of ``key_results``, or why there is none."""
    if row["value_state"] != "measured":
        return str(row["value_state"])
    return quantity(row["current_value"], row["unit"], row["target"], row["target_high"])


def target_of(row: Mapping[str, Any]) -> str:
    """The target of a row of ``key_results``; of a band both edges."""
    if absent(row["target_high"]):
        return declared(row["target"], row["unit"])
    return f"{declared(row['target'], None)}–{declared(row['target_high'], row['unit'])}"


def movement(value: Any, unit: Any) -> str:
    """A difference of two values with its sign, ``−3.5 hours``; of percent in points."""
    if absent(value):
        return "–"
    if value == 0:
        return "no movement"
    size = wording.measured(abs(value), "points" if unit == "%" else _unit(unit))
    return f"{'−' if value < 0 else '+'}{size}"


def _unit(unit: Any) -> str | None:
    return None if absent(unit) else str(unit)


def level(value: Any, wording: tuple[str, str, str]) -> str:
    """A confidence level in the organization's words."""
    if absent(value):
        return "–"
    return dict(zip(("high", "medium", "low"), wording, strict=True))[str(value)]


def day(value: Any) -> str:
    """``28 Nov 2026``."""
    if absent(value):
        return "–"
    return f"{value.day} {value:%b %Y}"


def short_day(value: Any) -> str:
    """``28 Nov``, where the year cannot be doubted."""
    return "–" if absent(value) else f"{value.day} {value:%b}"


def instant(value: Any, zone: dt.tzinfo) -> str:
    """``28 Nov 2026 02:00`` in the organization's zone."""
    if absent(value):
        return "–"
    local = pd.Timestamp(value).to_pydatetime().astimezone(zone)
    return f"{day(local)} {local:%H:%M}"


def clock_time(value: Any, zone: dt.tzinfo) -> str:
    """``02:00`` in the organization's zone, of the day that stands beside it."""
    if absent(value):
        return "–"
    return f"{pd.Timestamp(value).to_pydatetime().astimezone(zone):%H:%M}"


def seconds(value: Any) -> str:
    """A duration, ``8.3 s`` or ``12 min 5 s``; an en dash for null."""
    if absent(value):
        return "–"
    if value < 60:
        return f"{value:.1f} s"
    return f"{int(value // 60)} min {int(value % 60)} s"


def plain(value: Any) -> str:
    """Any text, an en dash for null; control characters, which a terminal obeys, become spaces."""
    if absent(value):
        return "–"
    return "".join(c if c.isprintable() else " " for c in str(value))
