"""Round figures for an axis.

What belongs here: choosing them. What does not: drawing them.
"""

from __future__ import annotations

import datetime as dt
import math

_NOUGHT = 1e-300  # below it, a fifth of a figure may be none
_FLAT = 1e-9  # of the larger figure: nothing that an axis could tell apart
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


def value_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Up to ``most`` round values that enclose ``low`` and ``high``."""
    largest = max(abs(low), abs(high))
    if high - low <= max(_FLAT * largest, _NOUGHT):
        high = low + (abs(low) if abs(low) > _NOUGHT else 1.0)
    span = high - low
    power = 10.0 ** math.floor(math.log10(span / most))
    for size in (*_ROUND, *(10 * one for one in _ROUND)):
        step = size * power
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if 2 <= last - first + 1 <= most:
            return [float(f"{step * number:.12g}") for number in range(first, last + 1)]
    return [low, high]


def month_ticks(first: dt.date, last: dt.date) -> list[dt.date]:
    """The first day, the firsts of months well inside, and the last day."""
    months = []
    day = first.replace(day=1)
    while day <= last:
        if (day - first).days >= 14 and (last - day).days >= 14:
            months.append(day)
        day = (day + dt.timedelta(days=32)).replace(day=1)
    thin = max(1, math.ceil(len(months) / 6))
    return [first, *months[::thin], last]
