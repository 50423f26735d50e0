"""One typed quantity: a number with its unit, bound and scale, as people write it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from okr_model.languages.locales import Marks, marks_of
from okr_model.quantities.cells import clean_text
from okr_model.quantities.units import (
    SECONDS,
    YES_NO,
    canonical_unit,
    is_known,
    is_money,
    read_rate,
    same_word,
)

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


_SPACED = str.maketrans({"\u2212": "-", "\uff05": "%", "\u2019": "'"})


_BOUND = re.compile(r"(≥|>=|at least|≤|<=|at most)\s*", re.IGNORECASE)


_MONEY_BEFORE = re.compile(r"([-+]?)(RM|[A-Z]{3}|[€$£¥₹₩₫฿₺])\s*(?=[-+]?[0-9])")


_NUMBER = re.compile(r"[-+]?[0-9](?:[0-9.,' ]*[0-9])?")


_CLOCK = re.compile(r"[-+]?[0-9]+:[0-9]{2}(:[0-9]{2})?")


_PARTS = re.compile(r"([0-9][0-9.,]*) ?([A-Za-z]+)")


_YES = frozenset({"yes", "true", "done", "y"})


_NO = frozenset({"no", "false", "not done", "n"})


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
    sign, rate = canonical_unit(money.group(2)) or "", read_rate(behind)
    if behind and (rate is None or rate[0]):
        return Unreadable(f"“{behind}” after an amount of money is not understood")
    if not is_money(sign):
        return Unreadable(f"“{sign}” is not a known currency")
    return Quantity(value, f"{sign} per {rate[1]}" if rate else sign)


def _with_unit(value: float, word: str, expected: str | None) -> Quantity | Unreadable:
    if not word:
        return Quantity(value)
    named = canonical_unit(word) or word
    rate, wanted = read_rate(named), read_rate(expected or "")
    thing = rate[0] if rate else named
    if is_known(thing) or (rate and (not thing or (wanted and same_word(thing, wanted[0])))):
        return Quantity(value, named)
    if expected is not None and same_word(word, expected):
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
    marks = marks_of(locale)
    if _is_ambiguous(token, marks):
        where = f"is ambiguous in {locale}" if marks else "is ambiguous without a locale"
        return Unreadable(f"“{token}” {where}: the mark may divide thousands or decimals")
    decimal = marks.decimal if marks else "."
    group = "." if decimal == "," else ","
    whole, mark, fraction = token.lstrip("+-").partition(decimal)
    grouped = rf"[0-9]+|[0-9]{{1,3}}([{group}' ])[0-9]{{3}}(?:\1[0-9]{{3}})*"
    if not re.fullmatch(grouped, whole) or (mark and not re.fullmatch("[0-9]+", fraction)):
        where = f" in {locale}" if marks else ""
        return Unreadable(f"“{token}” is not a number as it is written{where}")
    value = float(f"{re.sub('[^0-9]', '', whole)}.{fraction or '0'}")
    if not math.isfinite(value):
        return Unreadable("it is too large")
    return -value if token.startswith("-") else value


def _is_ambiguous(token: str, marks: Marks | None) -> bool:
    """``12,5`` is no English number, and ``12.400`` may be a German one."""
    digits = token.lstrip("+-")
    if marks is not None:
        other = "." if marks.decimal == "," else ","
        return other not in marks.groups and bool(
            re.fullmatch(rf"[1-9][0-9]{{0,2}}\{other}[0-9]{{3}}", digits)
        )
    if re.fullmatch(r"[1-9][0-9]{0,2}\.[0-9]{3}|[0-9]{1,3}(\.[0-9]{3}){2,}", digits):
        return True
    whole, comma, behind = digits.rpartition(",")
    return bool(comma) and not re.fullmatch(r"[0-9]{3}(\.[0-9]+)?", behind) and whole != ""
