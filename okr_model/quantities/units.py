"""Units, and quantities as people type them.

What belongs here: which units are known, which convert into which, and reading "3 days", "≥ 8.5"
or "12,5 %" exactly or not at all. What does not: where a text was read (``readings``).

Nothing is guessed. A text that two people could read as different numbers is :class:`Unreadable`,
with the reason in words.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from okr_model.quantities.cells import clean_text

Bound = Literal["at least", "at most"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, the unit named beside it (None if none was), and the bound written before it."""

    value: float
    unit: str | None = None
    bound: Bound | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a text is no quantity, as the end of a sentence."""

    reason: str


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

_SPACED = str.maketrans({"\u2212": "-", "\uff05": "%", "\u2019": "'"})
_BOUND = re.compile(r"(≥|>=|at least|≤|<=|at most)\s*", re.IGNORECASE)
_MONEY_BEFORE = re.compile(r"([-+]?)(RM|[A-Z]{3}|[€$£¥₹₩₫฿₺])\s*(?=[-+]?[0-9])")
_NUMBER = re.compile(r"[-+]?[0-9](?:[0-9.,' ]*[0-9])?")
_CLOCK = re.compile(r"[-+]?[0-9]+:[0-9]{2}(:[0-9]{2})?")
_PARTS = re.compile(r"([0-9][0-9.,]*) ?([A-Za-z]+)")
_YES = frozenset({"yes", "true", "done", "y"})
_NO = frozenset({"no", "false", "not done", "n"})

_DOT_FOR_DECIMALS = _words("en zh ja ko th ms he hi bn ta te fil ur sw")
_COMMA_FOR_DECIMALS = _words(
    """af az be bg bs ca cs da de el es et eu fi fr gl hr hu hy id is it ka kk lt lv mk nb nl nn no
    pl pt ro ru sk sl sq sr sv tr uk vi"""
)
_DOT_EXCEPTIONS = _words("de_ch de_li it_ch es_mx es_us es_pr es_gt es_hn es_sv es_do")
_UNSETTLED = frozenset({"en_za", "es_419"})  # both conventions are in use


def parse_quantity(
    text: str, locale: str | None = None, unit: str | None = None
) -> Quantity | Unreadable:
    """Read a quantity as a person typed it.

    Args:
        text: ``42 %``, ``≥ 8.5``, ``3 days``, ``18,000``, ``2.0x``, ``USD 1,200``.
        locale: Locale of the place the text stands in, such as ``de_DE``; it decides what dots and
            commas mean. Without one (or with one that is not known), ``1,200`` is 1200 and ``8.5``
            is 8.5, but ``12,5`` and ``12.400`` are ambiguous.
        unit: The unit the quantity is expected in. Its own word is accepted although it is not a
            known unit (``120 leads``), and ``yes`` is a quantity where it is ``yes/no``.

    Returns:
        The quantity, in the unit that was written: percent in points (``42 %`` is 42), durations
        as they stand, ``1 day 4 hours`` in the smaller unit. Or why it cannot be read.
    """
    plain = clean_text(text).translate(_SPACED)
    if unit == YES_NO and plain.casefold() in _YES | _NO:
        return Quantity(1.0 if plain.casefold() in _YES else 0.0, YES_NO)
    bound, rest = _split_bound(plain)
    if not rest:
        return Unreadable("it is empty")
    if rest[0] in "<>":
        return Unreadable("a strict bound cannot be kept; write ≥ or ≤")
    if _CLOCK.fullmatch(rest):
        return Unreadable(
            "it may be minutes and seconds or hours and minutes; write the unit, or give the cell"
            " a duration format"
        )
    read = _compound(rest, locale) or _one(rest, locale, unit)
    if isinstance(read, Unreadable):
        return read
    return Quantity(read.value, read.unit, bound)


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


def _split_bound(text: str) -> tuple[Bound | None, str]:
    match = _BOUND.match(text)
    if match is None:
        return None, text
    lower = match.group(1).casefold() in ("≥", ">=", "at least")
    return ("at least" if lower else "at most"), text[match.end() :]


def _one(text: str, locale: str | None, unit: str | None) -> Quantity | Unreadable:
    """One number, with a currency before it or a unit behind it."""
    money = _MONEY_BEFORE.match(text)
    rest = money.group(1) + text[money.end() :] if money else text
    number = _NUMBER.match(rest)
    if number is None:
        return Unreadable("it does not begin with a number")
    value = _plain_number(number.group(), locale)
    if isinstance(value, Unreadable):
        return value
    behind = rest[number.end() :].strip()
    if money is None:
        return _with_unit(value, behind, unit)
    sign, rate = canonical_unit(money.group(2)) or "", _rate(behind)
    if behind and (rate is None or rate[0]):
        return Unreadable(f"“{behind}” after an amount of money is not understood")
    if sign not in _CURRENCIES and sign not in _SHARED_SIGNS:
        return Unreadable(f"“{sign}” is not a known currency")
    return Quantity(value, f"{sign} per {rate[1]}" if rate else sign)


def _with_unit(value: float, word: str, expected: str | None) -> Quantity | Unreadable:
    if not word:
        return Quantity(value)
    named = canonical_unit(word) or word
    rate, wanted = _rate(named), _rate(expected or "")
    thing = rate[0] if rate else named
    known = thing in _SPELLINGS or thing in _CURRENCIES or thing in _SHARED_SIGNS
    if known or (rate and (not thing or (wanted and _same(thing, wanted[0])))):
        return Quantity(value, named)
    if expected is not None and _same(word, expected):
        return Quantity(value, expected)
    return Unreadable(f"“{word}” is not a known unit")


def _compound(text: str, locale: str | None) -> Quantity | None:
    """``1 day 4 hours``: two or more durations, each unit smaller than the one before."""
    parts = _PARTS.findall(text)
    if len(parts) < 2 or _PARTS.sub("", text).replace(",", "").strip():
        return None
    units = [canonical_unit(word) or "" for _, word in parts]
    sizes = [SECONDS.get(unit, 0) for unit in units]
    values = [_plain_number(number, locale) for number, _ in parts]
    readable = [value for value in values if isinstance(value, float)]
    falling = all(big > small > 0 for big, small in pairwise(sizes))
    if not falling or len(readable) < len(values):
        return None
    seconds = sum(value * size for value, size in zip(readable, sizes, strict=True))
    return Quantity(seconds / sizes[-1], units[-1])


def _plain_number(token: str, locale: str | None) -> float | Unreadable:
    """A number by the convention of ``locale``; by the English one, if it is not ambiguous."""
    decimal = _decimal_mark(locale)
    if decimal is None and _is_ambiguous(token):
        return Unreadable(
            f"“{token}” is ambiguous without the locale it was typed in: the mark may divide"
            " thousands or decimals"
        )
    group = "." if decimal == "," else ","
    whole, mark, fraction = token.lstrip("+-").partition(decimal or ".")
    grouped = rf"[0-9]+|[0-9]{{1,3}}([{group}' ])[0-9]{{3}}(?:\1[0-9]{{3}})*"
    if not re.fullmatch(grouped, whole) or (mark and not re.fullmatch("[0-9]+", fraction)):
        where = f" in {locale}" if decimal else ""
        return Unreadable(f"“{token}” is not a number as it is written{where}")
    value = float(f"{re.sub('[^0-9]', '', whole)}.{fraction or '0'}")
    if not math.isfinite(value):
        return Unreadable("it is too large")
    return -value if token.startswith("-") else value


def _is_ambiguous(token: str) -> bool:
    """``12,5`` is no English number, and ``12.400`` may be a German one."""
    digits = token.lstrip("+-")
    if re.fullmatch(r"[1-9][0-9]{0,2}\.[0-9]{3}|[0-9]{1,3}(\.[0-9]{3}){2,}", digits):
        return True
    whole, comma, behind = digits.rpartition(",")
    return bool(comma) and not re.fullmatch(r"[0-9]{3}(\.[0-9]+)?", behind) and whole != ""


def _decimal_mark(locale: str | None) -> Literal[".", ","] | None:
    name = (locale or "").replace("-", "_").casefold()
    language = name.partition("_")[0]
    if name in _UNSETTLED:
        return None
    if name in _DOT_EXCEPTIONS or language in _DOT_FOR_DECIMALS:
        return "."
    return "," if language in _COMMA_FOR_DECIMALS else None


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
