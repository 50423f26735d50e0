"""Units: which are known, how each is spelled, and which convert into which.

What belongs here: the one spelling of a unit, conversions, and values in words. What does not:
reading a number (``numbers``) or a whole quantity (``quantity_parser``).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from unicodedata import combining, normalize

from okr_model.languages.currencies import codes as currency_codes
from okr_model.languages.currencies import currencies_of
from okr_model.languages.folding import fold_case
from okr_model.languages.words import (
    COUNT,
    KINDS,
    PER,
    PERCENT,
    POINTS,
    QUARTERS,
    duration_words,
    listed,
    meanings,
    scale_words,
)
from okr_model.quantities.cells import clean_text, is_prose

SECONDS = {
    "milliseconds": 0.001,
    "seconds": 1,
    "minutes": 60,
    "hours": 3600,
    "days": 86400,
    "weeks": 604800,
}
"""Durations are calendar time: a day has 24 hours. Months have no fixed length and stay apart."""
MONTHS = {"months": 1, "years": 12}

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
_RATE = re.compile(
    rf"(.*?) ?(?:\b(?:{'|'.join(PER)})\b|/) ?([^\W\d_]+)\.?", re.IGNORECASE | re.DOTALL
)
_SPELLINGS = {
    "%": listed(PERCENT),
    "percentage points": listed(POINTS),
    "x": ["×", "times"],
    "milliseconds": ["ms"],
    "seconds": ["s"],
    "minutes": ["mins"],
    "hours": ["h", "hrs"],
    "days": ["d"],
    "weeks": ["w", "wks"],
    "points": ["point", "pts"],
    "count": listed(COUNT),
    YES_NO: listed(KINDS[YES_NO]),
}
_SCALES = frozenset(
    (
        *("score", "rating", "index", "grade", "mark", "rank", "level", "nps", "csat", "ces"),
        *("note", "bewertung", "wertung", "punktzahl"),  # German
        *("indice", "classement", "niveau"),  # French, Dutch
        *("puntuacion", "calificacion", "nivel", "nota"),  # Spanish, Portuguese
        *("pontuacao", "avaliacao"),  # Portuguese
        *("punteggio", "voto", "livello"),  # Italian
        *("cijfer", "beoordeling"),  # Dutch
    )
)
"""What is read off a scale and never counted, without accents."""
_CODE = 3  # letters of a currency's code
_POWERS = {"thousand": 3, "lakh": 5, "million": 6, "crore": 7, "billion": 9, "trillion": 12}
_WRITTEN = frozenset({"EUR", "USD", "GBP", "CHF"})
"""Codes that are known behind a capital letter, too: TEUR is thousands, KALL no Albanian money."""
_KNOWN = {word: unit for unit, words in _SPELLINGS.items() for word in (unit, *words)}


@cache
def canonical_unit(text: str | None, locale: str | None = None) -> str | None:
    """The one spelling of a unit: ``hrs`` is ``hours``, ``percent`` is ``%``, ``usd`` is ``USD``.

    A rate is spelled ``sessions per month``, however it is written (``sessions/month``, ``Besuche
    pro Monat``), and so are thousands and millions of a currency: ``Mio. €`` is ``million EUR``.
    A word that is no known unit (``sessions``) stays as it is; nothing stays None.

    Args:
        text: As a person typed it.
        locale: Of the place it stands in, where it has one.
    """
    if text is None or not (word := clean_text(text)):
        return None
    known = _KNOWN.get(fold_case(word))
    if known is not None or is_prose(word):
        return known or word
    if money := _currency(word, locale) or _scaled_money(word, locale):
        return money
    durations = meanings(word, locale, duration_words)
    if len(durations) == 1:
        return min(durations)
    if rate := read_rate(word, locale):
        return f"{canonical_unit(rate[0], locale) or ''} per {rate[1]}".strip()
    return word


def _currency(word: str, locale: str | None) -> str | None:
    if len(word) == _CODE and word.upper() in currency_codes():
        return word.upper()
    meant = currencies_of(word, locale)
    return (min(meant) if len(meant) == 1 else word) if meant else None


def _scaled_money(word: str, locale: str | None) -> str | None:
    """A scale and a currency in one word or two, in either order; None where it is none."""
    one, space, other = word.partition(" ")
    pairs = [(one, other)] if space else [(word[:at], word[at:]) for at in range(1, len(word))]
    for scale, sign in (*pairs, *((second, first) for first, second in pairs)):
        if not space and sign.isascii() and sign.isalpha() and not _is_joined(scale, sign):
            continue
        powers = meanings(scale, locale, scale_words)
        names = [name for name, power in _POWERS.items() if powers == {power}]
        if names and (currency := _currency(sign, locale)):
            return f"{names[0]} {currency}"
    return None


def _is_joined(scale: str, code: str) -> bool:
    """Whether two parts of one word may be a scale and a currency's code."""
    return code in currency_codes() and (code in _WRITTEN or not scale.isupper())


def scale_of(unit: str) -> tuple[int, str]:
    """The power of ten in a unit, spelled as :func:`canonical_unit` does, and the rest of it.

    >>> scale_of("million EUR"), scale_of("EUR"), scale_of("thousand leads")
    ((6, 'EUR'), (0, 'EUR'), (0, 'thousand leads'))
    """
    scale, _, rest = unit.partition(" ")
    if scale in _POWERS and (rest in currency_codes() or currencies_of(rest)):
        return _POWERS[scale], rest
    return 0, unit


def is_known(unit: str) -> bool:
    """Whether a unit is one that is measured in, not a word for what is counted."""
    return unit in _KNOWN or unit in MONTHS or is_money(unit)


def is_money(unit: str) -> bool:
    """Whether a unit, spelled as :func:`canonical_unit` does, is an amount of a currency."""
    power, unit = scale_of(unit)
    return power > 0 or unit in currency_codes() or bool(currencies_of(unit))


def read_rate(unit: str, locale: str | None = None) -> tuple[str, str] | None:
    """What is counted (empty: only a number) and in which period, or None where it is no rate."""
    match = _RATE.fullmatch(unit)
    if match is None:
        return None
    word = fold_case(match[2])
    if word in QUARTERS:
        return match[1], "quarter"
    for period in meanings(word, locale, duration_words):
        if period.removesuffix("s") in _PERIODS:
            return match[1], period.removesuffix("s")
    return None


def same_word(word: str, other: str) -> bool:
    """Whether two words for what is counted are one, in singular or plural."""
    return _singular(word) == _singular(other)


def ratio(unit: str | None, into: str | None) -> tuple[float, float] | None:
    """Multiplier and divisor that turn a value in ``unit`` into one in ``into``.

    A number without a unit is taken in ``into`` as it is, and a count in a word that is no known
    unit, such as leads, or for a Key Result without a unit. None where the two cannot be converted:
    percent and percentage points, two currencies, any other unit for a Key Result without one, a
    rate a week into one a month (but into one a day: seven of them), a rate into no rate.
    """
    if unit is None or unit == into:
        return 1.0, 1.0
    if into is None:
        return (1.0, 1.0) if unit == "count" else None
    if unit == WORKING_HOURS and into in ("hours", "minutes", "seconds"):
        return _lowest(_milliseconds("hours"), _milliseconds(into))
    if unit in SECONDS and into in SECONDS:
        return _lowest(_milliseconds(unit), _milliseconds(into))
    if unit in MONTHS and into in MONTHS:
        return float(MONTHS[unit]), float(MONTHS[into])
    if unit == "count" and _is_a_word(into):
        return 1.0, 1.0
    (power, bare), (other, wanted) = scale_of(unit), scale_of(into)
    if power or other:
        return _lowest(10.0**power, 10.0**other) if ratio(bare, wanted) else None
    if into in currencies_of(unit) or same_word(unit, into):
        return 1.0, 1.0
    return _ratio_of_rates(read_rate(unit), read_rate(into))


def common_unit(units: Iterable[object]) -> str | None:
    """The unit that most values can be converted into; nulls, of values without one, are ignored.

    Of several the most frequent, then the first by name; None where no value has a unit.
    """
    counts = Counter(unit for unit in units if isinstance(unit, str))
    reached = {
        into: sum(n for unit, n in counts.items() if ratio(unit, into) is not None)
        for into in counts
    }
    return min(counts, key=lambda unit: (-reached[unit], -counts[unit], unit), default=None)


def _lowest(one: float, other: float) -> tuple[float, float]:
    """Two whole numbers in lowest terms, so that 1.1 hours are 66 minutes and not a crumb more."""
    common = math.gcd(int(one), int(other))
    return one / common, other / common


def _is_a_word(unit: str) -> bool:
    """Whether a unit is what is counted, not one that is measured in: no rate and no currency."""
    if is_known(unit) or unit == WORKING_HOURS or is_scale(unit):
        return False
    return unit.replace(" ", "").isalpha() and read_rate(unit) is None


def is_scale(unit: str) -> bool:
    """Whether it names what is read off a scale, such as a score or a rating."""
    plain = "".join(c for c in normalize("NFKD", fold_case(unit)) if not combining(c))
    return any(word in _SCALES or _singular(word) in _SCALES for word in plain.split())


def convert(value: float, unit: str | None, into: str | None) -> float | None:
    """``value`` in another unit, or None where that is not possible; see :func:`ratio`."""
    factors = ratio(unit, into)
    if factors is None:
        return None
    converted = value * factors[0] / factors[1]
    return converted if math.isfinite(converted) else None


def _milliseconds(unit: str) -> float:
    """Whole numbers, so that 0.3 seconds are 300 milliseconds and not a crumb less."""
    return float(round(SECONDS[unit] * 1000))


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
    single = value == 1 and (unit in SECONDS or unit in MONTHS)
    return f"{number} {unit[:-1] if single else unit}"


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
    return fold_case(word).removesuffix("s")
