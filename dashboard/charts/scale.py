"""From days and values to places in a drawing.

What belongs here: scales, and numbers as SVG writes them. What does not: what is drawn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """A drawing's area, and the days and values at its edges.

    Attributes:
        left: Where ``first`` lies, in pixels.
        right: Where ``last`` lies.
        top: Where ``high`` lies.
        bottom: Where ``low`` lies.
    """

    left: float
    right: float
    top: float
    bottom: float
    first: dt.date
    last: dt.date
    low: float
    high: float

    def x(self, day: dt.date) -> float:
        """Where a day lies; days outside lie at the edges."""
        span = max((self.last - self.first).days, 1)
        share = (day - self.first).days / span
        return self.left + (self.right - self.left) * min(max(share, 0.0), 1.0)

    def y(self, value: float) -> float:
        """Where a value lies; values outside lie at the edges."""
        span = (self.high - self.low) or 1.0
        share = (value - self.low) / span
        return self.bottom - (self.bottom - self.top) * min(max(share, 0.0), 1.0)

    def at(self, points: Iterable[tuple[dt.date, float]]) -> str:
        """Points as an SVG attribute."""
        return " ".join(f"{self.x(day):.1f},{self.y(value):.1f}" for day, value in points)
