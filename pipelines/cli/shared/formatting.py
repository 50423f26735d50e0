"""Formatting values for people: numbers with their unit, shares, levels, days.

What belongs here: functions from one value to one short text. What does not: tables and colours.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

_SUFFIX = {"%": " %", "x": "x", "count": "", "score": ""}


def absent(value: Any) -> bool:
    """Whether ``value`` is any kind of null that a frame may contain."""
    return value is None or (not isinstance(value, (list, tuple)) and bool(pd.isna(value)))


def quantity(value: Any, unit: Any) -> str:
    """``12,400``, ``64.5 %``, ``22.5 hours``, ``2.6x``; an en dash for null."""
    if absent(value):
        return "–"
    number = f"{value:,.2f}".rstrip("0").rstrip(".")
    word = "" if absent(unit) else str(unit)
    return number + _SUFFIX.get(word, f" {word}" if word else "")


def share(value: Any) -> str:
    """A fraction as a whole percent, rounded towards zero so that 99.6 % is never 100 %."""
    if absent(value):
        return "–"
    return f"{int(value * 100 + 1e-9) if value >= 0 else -int(-value * 100 + 1e-9)} %"


def chance(value: Any, *, settled: bool = False) -> str:
    """A probability as a whole percent; 0 and 100 only if ``settled``: the due date is past."""
    if absent(value):
        return "–"
    if value < 0.01 and not settled:
        return "<1 %"
    if value > 0.99 and not settled:
        return ">99 %"
    return f"{value:.0%}".replace("%", " %")


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


def instant(value: Any, zone: dt.tzinfo) -> str:
    """``28 Nov 2026 02:00`` in the organization's zone."""
    if absent(value):
        return "–"
    local = pd.Timestamp(value).to_pydatetime().astimezone(zone)
    return f"{day(local)} {local:%H:%M}"


def plain(value: Any) -> str:
    """Any text, an en dash for null; control characters, which a terminal obeys, become spaces."""
    if absent(value):
        return "–"
    return "".join(c if c.isprintable() else " " for c in str(value))
