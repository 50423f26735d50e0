"""One typed quantity: a number with its unit, bound and scale, as people write it.

What belongs here: what one text is worth in the unit it names. What does not: plain numbers
(``numbers``), two numbers in one text (``ranges``), units of Key Results (``units``).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Literal

from okr_model.languages.folding import fold_case
from okr_model.languages.words import AND, KINDS, listed, short_months, yes_or_no
from okr_model.quantities.cells import is_prose
from okr_model.quantities.numbers import (
    NUMBER,
    TOO_LONG,
    Unreadable,
    plain_text,
    read_number,
    scaled,
)
from okr_model.quantities.units import (
    MONTHS,
    SECONDS,
    YES_NO,
    canonical_unit,
    convert,
    is_known,
    is_money,
    read_rate,
    same_word,
    scale_of,
)

Bound = Literal["at least", "at most"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, the unit named beside it (None if none was), and the bound written before it."""

    value: float
    unit: str | None = None
    bound: Bound | None = None


_SIGN_BEFORE = re.compile(r"([-+]?)([^\s\d+.,()'-][^\s\d+,()'-]{0,4}) ?(?=[-+]?[0-9])")
_CLOCK = re.compile(r"[-+]?[0-9]+:[0-9]{2}(:[0-9]{2})?")
_PARTS = re.compile(r"([0-9](?:[0-9.,]*[0-9])?) ?([^\W\d_]+)\.?|([0-9]+)$")
_JOINED = re.compile(rf",|\b(?:{'|'.join(AND[:-1])})\b|&", re.IGNORECASE)


def parse_quantity(
    text: str, locale: str | None = None, unit: str | None = None
) -> Quantity | Unreadable:
    """Read a quantity as a person typed it.

    Args:
        text: ``42 %``, ``≥ 8.5``, ``3 days``, ``18,000``, ``2.0x``, ``USD 1,200``, ``4,5 Mio. €``,
            ``(1,234)``, ``4h 30m``, ``1 Std. 30 Min.``.
        locale: Locale of the place the text stands in, such as ``de_DE``; it decides what dots and
            commas mean, and which language a word is of. Without one (or with one that is not
            known), ``1,200`` is 1200 and ``8.5`` is 8.5, but ``12,5`` and ``12.400`` are
            ambiguous.
        unit: The unit the quantity is expected in. Its own word is accepted although it is not a
            known unit (``120 leads``), ``yes`` is a quantity where it is ``yes/no``, and a lone
            ``m`` is refused where it is a duration: it may be minutes or millions.

    Returns:
        The quantity, in the unit that was written: percent in points (``42 %`` is 42), durations
        as they stand, ``1 day 4 hours`` in the smaller unit. Or why it cannot be read.
    """
    if is_prose(text):
        return Unreadable(TOO_LONG)
    plain = plain_text(text)
    if unit == YES_NO and (answer := yes_or_no(plain)) is not None:
        return Quantity(float(answer), YES_NO)
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
    return read if isinstance(read, Unreadable) else replace(read, bound=bound)


def _split_bound(text: str) -> tuple[Bound | None, str]:
    match = _bounds().match(fold_case(text))
    if match is None:
        return None, text
    length = next(n for n in range(len(text) + 1) if len(fold_case(text[:n])) >= match.end())
    lower = match[1] in ("≥", ">=", *listed(KINDS["at least"]))
    return ("at least" if lower else "at most"), text[length:].strip()


@cache
def _bounds() -> re.Pattern[str]:
    words = {*listed(KINDS["at least"]), *listed(KINDS["at most"])}
    spelled = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(≥|>=|≤|<=|(?:{spelled})(?=[^\w]))\.?\s*")


def _one(text: str, locale: str | None, unit: str | None) -> Quantity | Unreadable:
    """One number, with a currency before it or a unit behind it."""
    money = _SIGN_BEFORE.match(text)
    rest = money[1] + text[money.end() :] if money else text
    number = NUMBER.match(rest)
    sign = (canonical_unit(money[2], locale) or "") if money else ""
    if number is None or (money and not is_money(sign) and not _like_a_code(sign)):
        return Unreadable("it does not begin with a number")
    if money and not is_money(sign):
        return Unreadable(f"“{sign}” is not a known currency")
    value = read_number(number.group(), locale)
    if isinstance(value, Unreadable):
        return value
    behind = rest[number.end() :].strip()
    if not money and unit is not None and behind and same_word(behind.rstrip("."), unit):
        return Quantity(value, unit)
    grown = scaled(value, behind, locale)
    if isinstance(grown, Unreadable):
        return grown
    written, (value, behind, word) = value, grown
    behind = behind.strip()
    if word and not (behind or money) and (other := _or_time(word, unit, locale)):
        amount = number.group()
        other = other.removesuffix("s") if amount == "1" else other
        return Unreadable(f"it may be {amount} {other} or {amount} million; write it in full")
    if money is None:
        if word and not behind and unit is not None and scale_of(unit)[0]:
            return _scaled_once(f"{number.group()} {word}", (written, value), unit)
        return _with_unit(value, behind, unit, locale)
    rate = read_rate(behind, locale)
    if behind and (rate is None or rate[0]):
        return Unreadable(f"“{behind}” after an amount of money is not understood")
    return Quantity(value, f"{sign} per {rate[1]}" if rate else sign)


def _scaled_once(words: str, values: tuple[float, float], unit: str) -> Quantity | Unreadable:
    """``1.2 Mio`` where millions of euros are expected: the scale is said twice and meant once."""
    (written, value), (power, bare) = values, scale_of(unit)
    if math.isclose(written * 10.0**power, value):
        return Quantity(value, bare)
    return Unreadable(f"it may be {words} {bare} or so many {unit}; write the unit behind it")


def _or_time(scale: str, unit: str | None, locale: str | None) -> str | None:
    """The unit of time that ``m`` may be as well as a scale; None where it is no such word."""
    if scale == "m" and unit in SECONDS:
        return "minutes"
    return "months" if scale in short_months(locale) else None


def _like_a_code(sign: str) -> bool:
    return len(sign) == 3 and sign.isascii() and sign.isalpha() and sign.isupper()


def _with_unit(
    value: float, word: str, expected: str | None, locale: str | None
) -> Quantity | Unreadable:
    if not word:
        return Quantity(value)
    named = canonical_unit(word, locale) or word
    rate, wanted = read_rate(named), read_rate(expected or "")
    thing = rate[0] if rate else named
    if is_known(thing) or (rate and (not thing or (wanted and same_word(thing, wanted[0])))):
        return Quantity(value, named)
    if expected is not None and same_word(word, expected):
        return Quantity(value, expected)
    if NUMBER.search(word):
        return Unreadable(f"“{word}” is not a known unit; more than one number is not read here")
    return Unreadable(f"“{word}” is not a known unit")


def _compound(text: str, locale: str | None) -> Quantity | None:
    """``1 day 4 hours``: two or more durations, each unit smaller than the one before."""
    sign, body = (-1.0, text[1:]) if text.startswith("-") else (1.0, text)
    parts = [(number or last, word) for number, word, last in _PARTS.findall(body)]
    if len(parts) < 2 or _JOINED.sub("", _PARTS.sub("", body)).strip():
        return None
    units = [canonical_unit(word, locale) or "" for _, word in parts]
    _name_what_follows(units)
    values = [read_number(number, locale) for number, _ in parts]
    readable = [value for value in values if isinstance(value, float)]
    for sizes in (SECONDS, MONTHS):
        lengths = [sizes.get(unit, 0) for unit in units]
        if all(big > small > 0 for big, small in pairwise(lengths)):
            if len(readable) < len(values):
                return None
            last = units[-1]
            whole = sum(
                convert(v, unit, last) or 0.0 for v, unit in zip(readable, units, strict=True)
            )
            return Quantity(sign * whole, last)
    return None


def _name_what_follows(units: list[str]) -> None:
    """Beside a longer duration ``m`` is minutes or months, and the 30 of ``1h30`` minutes."""
    for at in range(1, len(units)):
        if units[at] in ("m", "M") or (units[at] == "" and units[at - 1] == "hours"):
            units[at] = "months" if units[at - 1] == "years" else "minutes"
