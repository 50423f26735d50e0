"""Formatting values for people: numbers with their unit, shares, levels, days.

What belongs here: from one value to one short text, in the language of whoever reads. What does
not: tables and colours, the rule by which a figure is rounded (``okr_model.wording``), and how a
language spells a numeral (``spelling``).

Commands write English, through the functions of this module; the page writes the organization's
language, through a :class:`Formatter` of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from okr_model import wording
from okr_model.quantities.units import in_words
from published.spelling import spelling_of


def absent(value: Any) -> bool:
    """Whether ``value`` is any kind of null that a frame may contain."""
    if value is None or isinstance(value, str):
        return value is None
    return not hasattr(value, "__len__") and bool(pd.isna(value))


class Formatter:
    """Figures and days in one language; every null is an en dash.

    Args:
        language: A locale such as ``de`` or ``de_CH``; None: English.
    """

    def __init__(self, language: str | None = None) -> None:
        self._spelling = spelling_of(language)

    def quantity(self, value: Any, unit: Any, *edges: Any) -> str:
        """A measured quantity, ``22.47 hours``, on the right side of its ``edges``."""
        return "–" if absent(value) else self._told(wording.measured(value, _unit(unit), *edges))

    def declared(self, value: Any, unit: Any) -> str:
        """A declared quantity with all its digits, ``12400``."""
        return "–" if absent(value) else self._told(in_words(value, _unit(unit)))

    def number(self, value: Any) -> str:
        """A number of things, ``7226``."""
        return "–" if absent(value) else self._told(str(int(value)))

    def counted(self, value: Any, one: str, many: str) -> str:
        """A number of things with their name, ``1 Key Result``."""
        return f"{self.number(value)} {one if value == 1 else many}"

    def share(self, value: Any) -> str:
        """A fraction in percent, ``62.9 %``."""
        return "–" if absent(value) else self._told(wording.share(value))

    def points(self, value: Any) -> str:
        """A difference of two fractions with its sign, in percentage points: ``+1.1 points``."""
        if absent(value):
            return "–"
        size = wording.measured(round(100 * abs(value), 1), "points")
        return f"{'−' if value < 0 else '+'}{self._told(size)}"

    def chance(self, value: Any, *, settled: bool = False) -> str:
        """A probability in whole percent; 0 and 100 only if ``settled``: the due date is past."""
        return "–" if absent(value) else self._told(wording.probability(value, settled=settled))

    def chance_of(self, row: Mapping[str, Any]) -> str:
        """The chance of a row of ``key_results``; a certainty only once its due day has come."""
        return self.chance(row["attainment_probability"], settled=row["due_on"] <= row["as_of"])

    def value_of(self, row: Mapping[str, Any]) -> str:
        """The current value of a row of ``key_results``, or why there is none."""
        if row["value_state"] != "measured":
            return str(row["value_state"])
        return self.quantity(row["current_value"], row["unit"], row["target"], row["target_high"])

    def target_of(self, row: Mapping[str, Any]) -> str:
        """The target of a row of ``key_results``; of a band both edges."""
        if absent(row["target_high"]):
            return self.declared(row["target"], row["unit"])
        high = self.declared(row["target_high"], row["unit"])
        return f"{self.declared(row['target'], None)}–{high}"

    def movement(self, value: Any, unit: Any) -> str:
        """A difference of two values with its sign, ``−3.5 hours``; of percent in points."""
        if absent(value):
            return "–"
        if value == 0:
            return "no movement"
        size = wording.measured(abs(value), "points" if unit == "%" else _unit(unit))
        return f"{'−' if value < 0 else '+'}{self._told(size)}"

    def day(self, value: Any) -> str:
        """``28 Nov 2026``."""
        return "–" if absent(value) else self._spelling.day(value, "yMMMd")

    def short_day(self, value: Any) -> str:
        """``28 Nov``, where the year cannot be doubted."""
        return "–" if absent(value) else self._spelling.day(value, "MMMd")

    def day_at(self, instant: Any, zone: dt.tzinfo) -> str:
        """``1 Dec 2026``: the day of an instant in the organization's zone."""
        return "–" if absent(instant) else self.day(_local(instant, zone))

    def short_day_at(self, instant: Any, zone: dt.tzinfo) -> str:
        """The same without the year, ``1 Dec``."""
        return "–" if absent(instant) else self.short_day(_local(instant, zone))

    def month(self, value: dt.date) -> str:
        """The month of a day, ``November 2026``."""
        return self._spelling.day(value, "yMMMM")

    def weekdays(self) -> list[str]:
        """The days of the week, short, from Monday."""
        return self._spelling.weekdays()

    def instant(self, value: Any, zone: dt.tzinfo) -> str:
        """``28 Nov 2026 02:00`` in the organization's zone."""
        if absent(value):
            return "–"
        return f"{self.day(_local(value, zone))} {self.clock_time(value, zone)}"

    def clock_time(self, value: Any, zone: dt.tzinfo) -> str:
        """``02:00`` in the organization's zone, of the day that stands beside it."""
        return "–" if absent(value) else self._spelling.time(_local(value, zone))

    def seconds(self, value: Any) -> str:
        """A duration, ``8.3 s`` or ``12 min 5 s``."""
        if absent(value):
            return "–"
        if value < 60:
            return self._told(f"{value:.1f} s")
        return f"{self.number(value // 60)} min {self.number(value % 60)} s"

    def _told(self, figure: str) -> str:
        return self._spelling.numeral(figure)


ENGLISH = Formatter()
quantity = ENGLISH.quantity
declared = ENGLISH.declared
share = ENGLISH.share
chance = ENGLISH.chance
chance_of = ENGLISH.chance_of
value_of = ENGLISH.value_of
target_of = ENGLISH.target_of
day = ENGLISH.day
instant = ENGLISH.instant


def level(value: Any, wording: tuple[str, str, str]) -> str:
    """A confidence level in the organization's words."""
    if absent(value):
        return "–"
    return dict(zip(("high", "medium", "low"), wording, strict=True))[str(value)]


def plain(value: Any) -> str:
    """Any text, an en dash for null; control characters, which a terminal obeys, become spaces."""
    if absent(value):
        return "–"
    text = str(value)
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def _unit(unit: Any) -> str | None:
    return None if absent(unit) else str(unit)


def _local(value: Any, zone: dt.tzinfo) -> dt.datetime:
    found: dt.datetime = pd.Timestamp(value).to_pydatetime().astimezone(zone)
    return found
