"""Units, and quantities as people type them.

What belongs here: which units are known, which convert into which, and reading "3 days", "≥ 8.5"
or "12,5 %" exactly or not at all. What does not: where a text was read (``readings``).

Nothing is guessed. A text that two people could read as different numbers is :class:`Unreadable`,
with the reason in words.
"""

from __future__ import annotations

import re

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


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


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
_KNOWN = {word: unit for unit, words in _SPELLINGS.items() for word in (unit, *words)}
_CURRENCIES = _words(
    """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
    BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
    GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW
    KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD
    NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD
    SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES
    VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG"""
)
_SIGNS = {"€": "EUR", "RM": "MYR", "₹": "INR", "₩": "KRW", "₫": "VND", "฿": "THB", "₺": "TRY"}
_SHARED_SIGNS = {  # one sign, several currencies: the unit of the Key Result says which
    "$": _words("USD AUD CAD SGD NZD HKD TWD MXN BRL ARS CLP COP"),
    "£": _words("GBP EGP FKP GIP SHP"),
    "¥": _words("JPY CNY"),
}


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
    if rate := _rate(word):
        return f"{canonical_unit(rate[0]) or ''} per {rate[1]}".strip()
    return word.upper() if word.upper() in _CURRENCIES else _SIGNS.get(word, word)


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
    if into in _SHARED_SIGNS.get(unit, ()) or _same(unit, into):
        return 1.0, 1.0
    return _ratio_of_rates(_rate(unit), _rate(into))


def _is_a_word(unit: str) -> bool:
    """Whether a unit is what is counted, not one that is measured in: no rate and no currency."""
    known = unit in _KNOWN or unit in _CURRENCIES or unit in _SHARED_SIGNS or unit == WORKING_HOURS
    return not known and unit.replace(" ", "").isalpha() and _rate(unit) is None


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


def _rate(unit: str) -> tuple[str, str] | None:
    """What is counted (empty: only a number) and in which period, or None where it is no rate."""
    match = _RATE.fullmatch(unit)
    return (match[1], match[2].casefold()) if match else None


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


def _same(word: str, other: str) -> bool:
    return _singular(word) == _singular(other)


def _singular(word: str) -> str:
    return word.casefold().removesuffix("s")
