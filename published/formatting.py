"""Formatting values for people: numbers with their unit, shares, levels, days.

What belongs here: functions from one value to one short text. What does not: tables and colours,
and the rule by which a figure is rounded (``okr_model.wording``).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from okr_model import wording
from okr_model.quantities.units import in_words


def absent(value: Any) -> bool:
    """Whether ``value`` is any kind of null that a frame may contain."""
    return value is None or (not isinstance(value, (list, tuple)) and bool(pd.isna(value)))


def quantity(value: Any, unit: Any, *edges: Any) -> str:
    """A measured quantity, ``22.47 hours``, on the right side of its ``edges``; a dash for null."""
    return "–" if absent(value) else wording.measured(value, _unit(unit), *edges)


def declared(value: Any, unit: Any) -> str:
    """A declared quantity with all its digits, ``12400``; an en dash for null."""
    return "–" if absent(value) else in_words(value, _unit(unit))


def share(value: Any) -> str:
    """A fraction in percent, ``62.9 %``; an en dash for null."""
    return "–" if absent(value) else wording.share(value)


def chance(value: Any, *, settled: bool = False) -> str:
    """A probability in whole percent; 0 and 100 only if ``settled``: the due date is past."""
    return "–" if absent(value) else wording.probability(value, settled=settled)


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
