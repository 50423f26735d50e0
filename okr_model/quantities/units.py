"""Units, and quantities as people type them.

What belongs here: which units are known, which convert into which, and reading "3 days", "≥ 8.5"
or "12,5 %" exactly or not at all. What does not: where a text was read (``readings``).

Nothing is guessed. A text that two people could read as different numbers is :class:`Unreadable`,
with the reason in words.
"""

from __future__ import annotations

import re

from okr_model.languages.currencies import codes as currency_codes
from okr_model.languages.currencies import currencies_of
from okr_model.quantities.cells import clean_text

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400, "weeks": 604800}
"""Durations are calendar time: a day has 24 hours. Months have no fixed length and stay apart."""

YES_NO = "yes/no"
WORKING_HOURS = "working hours"
"""Hours of working days: no shorter than other hours, but a working day has fewer of them."""


_PERIODS = {
    "day": ("days", 1.0),
    "week": ("days", 7.0),
    "month": ("months", 1.0),
    "quarter": ("months", 3.0),
    "year": ("months", 12.0),
}
"""Periods of rates. Months have no fixed number of days, so the two sorts stay apart."""
_RATE = re.compile(r"(.*?) ?(?:\bper\b|\ban?\b|\beach\b|/) ?(day|week|month|quarter|year)", re.I)


_SPELLINGS = {
    "%": ("percent", "per cent", "pct"),
    "percentage points": ("percentage point", "pp", "ppt", "%-points", "% points"),
    "x": ("×", "times"),
    "seconds": ("second", "secs", "sec", "s"),
    "minutes": ("minute", "mins", "min"),
    "hours": ("hour", "hrs", "hr", "h"),
    "days": ("day", "d"),
    "weeks": ("week", "wks", "wk", "w"),
    "points": ("point", "pts"),
    "count": ("counts",),
    YES_NO: ("yes or no", "boolean", "done"),
}
_CODE = 3  # letters of a currency's code
_KNOWN = {word: unit for unit, words in _SPELLINGS.items() for word in (unit, *words)}


def canonical_unit(text: str | None) -> str | None:
    """The one spelling of a unit: ``hrs`` is ``hours``, ``percent`` is ``%``, ``usd`` is ``USD``.

    A rate is spelled ``sessions per month``, however it is written (``sessions/month``). A word
    that is no known unit (``sessions``) stays as it is; nothing stays None.
    """
    if text is None or not (word := clean_text(text)):
        return None
    known = _KNOWN.get(word.casefold())
    if known is not None:
        return known
    if rate := read_rate(word):
        return f"{canonical_unit(rate[0]) or ''} per {rate[1]}".strip()
    if len(word) == _CODE and word.upper() in currency_codes():
        return word.upper()
    meant = currencies_of(word)
    return min(meant) if len(meant) == 1 else word


def is_known(unit: str) -> bool:
    """Whether a unit is one that is measured in, not a word for what is counted."""
    return unit in _KNOWN or is_money(unit)


def is_money(unit: str) -> bool:
    """Whether a unit, spelled as :func:`canonical_unit` does, is a currency or a sign of some."""
    return unit in currency_codes() or bool(currencies_of(unit))


def read_rate(unit: str) -> tuple[str, str] | None:
    """What is counted (empty: only a number) and in which period, or None where it is no rate."""
    match = _RATE.fullmatch(unit)
    return (match[1], match[2].casefold()) if match else None


def same_word(word: str, other: str) -> bool:
    """Whether two words for what is counted are one, in singular or plural."""
    return _singular(word) == _singular(other)


def ratio(unit: str | None, into: str | None) -> tuple[float, float] | None:
    """Multiplier and divisor that turn a value in ``unit`` into one in ``into``.

    A number without a unit is taken in ``into`` as it is, and a count in a word that is no known
    unit, such as leads. None where the two cannot be converted:
    percent and percentage points, two currencies, anything into a Key Result without a unit, a
    rate a week into one a month (but into one a day: seven of them), a rate into no rate.
    """
    if unit is None or unit == into:
        return 1.0, 1.0
    if into is None:
        return None
    if unit == WORKING_HOURS and into in ("hours", "minutes", "seconds"):
        return float(SECONDS["hours"]), float(SECONDS[into])
    if unit in SECONDS and into in SECONDS:
        return float(SECONDS[unit]), float(SECONDS[into])
    if unit == "count" and _is_a_word(into):
        return 1.0, 1.0
    if into in currencies_of(unit) or same_word(unit, into):
        return 1.0, 1.0
    return _ratio_of_rates(read_rate(unit), read_rate(into))


def _is_a_word(unit: str) -> bool:
    """Whether a unit is what is counted, not one that is measured in: no rate and no currency."""
    if is_known(unit) or unit == WORKING_HOURS:
        return False
    return unit.replace(" ", "").isalpha() and read_rate(unit) is None


def convert(value: float, unit: str | None, into: str | None) -> float | None:
    """``value`` in another unit, or None where that is not possible; see :func:`ratio`."""
    factors = ratio(unit, into)
    return None if factors is None else value * factors[0] / factors[1]


def figure(value: float) -> str:
    """A number for people: up to twelve significant digits, no needless zeros."""
    words = f"{value:.12g}"
    return "0" if words == "-0" else words


def in_words(value: float, unit: str | None) -> str:
    """A value with its unit: ``58 %``, ``2x``, ``1 hour``, ``108 hours``, ``18000``."""
    number = figure(value)
    if not isinstance(unit, str) or unit == "count":  # frames hold a missing unit as NaN
        return number
    if unit == "x":
        return f"{number}x"
    if unit == YES_NO:
        return {1.0: "yes", 0.0: "no"}.get(value, number)
    return f"{number} {unit[:-1] if unit in SECONDS and value == 1 else unit}"


def target_in_words(kind: str | None, unit: str | None, target: float, target_high: float) -> str:
    """A target as people say it: ``≥ 8.5``, ``≤ 4 hours``, ``between 40 % and 60 %``."""
    if kind == "band":
        return f"between {in_words(target, unit)} and {in_words(target_high, unit)}"
    sign = {"at least": "≥ ", "increase": "≥ ", "at most": "≤ ", "decrease": "≤ "}.get(
        kind or "", ""
    )
    return sign + in_words(target, unit)


def _ratio_of_rates(
    rate: tuple[str, str] | None, into: tuple[str, str] | None
) -> tuple[float, float] | None:
    if rate is None or into is None:
        return None
    things = ratio(rate[0] or None, into[0] or None)
    (sort, size), (other_sort, other_size) = _PERIODS[rate[1]], _PERIODS[into[1]]
    if things is None or sort != other_sort:
        return None
    return things[0] * other_size, things[1] * size


def _singular(word: str) -> str:
    return word.casefold().removesuffix("s")
