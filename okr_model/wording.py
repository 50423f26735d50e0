"""Figures as people read them: one rule for each kind of figure, the same wherever it stands.

What belongs here: rounding for people. What does not: the exact numbers of a derivation
(``units.figure``), and what a figure means.

- A **share** (progress, expected progress, a gap, a weight): percent with one decimal; 100 % only
  if it is the whole, so 99.96 % reads 99.9 %.
- A **probability**: whole percent, rounded down, so that it never reads as a threshold that it does
  not reach; 0 and 100 only once the outcome is known.
- A **measured quantity** (a value, a forecast, a scatter): two decimals, and three digits below
  0.1; as many more as it takes not to read as a target that it has not reached, or only just has.
- A **declared quantity** (baseline, target, edges): every digit that was declared
  (``units.in_words``).

No figure has a separator of thousands: half of Europe reads 12,400 as twelve point four.
"""

from __future__ import annotations

import math

from okr_model.quantities.units import figure, in_words, is_scale

_MOST_DECIMALS = 12


def share(value: float) -> str:
    """``62.9 %`` for 0.62857; ``99.9 %`` for everything just below the whole."""
    percent = round(100 * value, 1)
    return f"{figure(99.9 if percent >= 100 and value < 1 else percent)} %"


def probability(value: float, *, settled: bool = False) -> str:
    """``69 %`` for 0.6999; ``<1 %`` and ``>99 %`` near certainty unless the outcome is known.

    Args:
        value: From 0 to 1.
        settled: Whether the due day has passed.
    """
    if not settled and value < 0.01:
        return "<1 %"
    if not settled and value > 0.99:
        return ">99 %"
    return f"{math.floor(round(100 * value, 9))} %"


def measured(value: float, unit: str | None, *edges: float | None) -> str:
    """A measured or computed quantity with its unit: ``22.47 hours``, ``0.00123 USD``.

    Args:
        value: In ``unit``.
        unit: See :func:`okr_model.quantities.units.in_words`.
        edges: The values at which something else would be true of it, such as the target; nulls
            are ignored. The rounded quantity lies on the same side of each as ``value``, and is
            equal to one only if ``value`` is.
    """
    return in_words(rounded(value, *edges), unit)


def movement(value: float, unit: str | None) -> str:
    """How far something moves: percentages and what is read off a scale by points.

    >>> movement(0.0206, "score"), movement(1.5, "hours")
    ('0.0206 points', '1.5 hours')
    """
    by_points = isinstance(unit, str) and (unit == "%" or is_scale(unit))
    return measured(value, "points" if by_points else unit)


def rounded(value: float, *edges: float | None) -> float:
    """The number that :func:`measured` prints."""
    if not math.isfinite(value) or value == 0:
        return value
    first = 2 if abs(value) >= 0.1 else 2 - math.floor(math.log10(abs(value)))
    known = [edge for edge in edges if edge is not None and not math.isnan(edge)]
    for decimals in range(first, max(first, _MOST_DECIMALS) + 1):
        near = round(value, decimals)
        if all(_side(near, edge) == _side(value, edge) for edge in known):
            return near
    return value


def _side(value: float, edge: float) -> int:
    return (value > edge) - (value < edge)


def progress_name(raw: float) -> str:
    """What progress is called: ``progress``, or ``raw progress`` where it is not within 0 and 1.

    ``progress`` is a column that is kept within 0 and 1, and so is every roll-up of it; pace and
    signals compare ``progress_raw``, which is the same figure only within these bounds.
    """
    return "progress" if 0 <= raw <= 1 else "raw progress"
