"""How a language writes numerals and days.

What belongs here: digits, decimal mark, percent, names of months and of days of the week, out of
CLDR. What does not: how a figure is rounded (``okr_model.wording``), which text a value becomes
(``formatting``).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import cache, cached_property
from typing import TYPE_CHECKING

from okr_model.languages.locales import find_locale

if TYPE_CHECKING:
    from babel import Locale

_NUMERAL = re.compile(r"(?P<digits>\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?P<percent> %)?")
_ISOLATED = "\u2068{}\u2069"
"""Kept together and in place, whichever way the text around it runs."""
_RIGHT_TO_LEFT = {"R", "AL", "AN"}
_MARKS = "\u200e\u200f\u061c"  # of direction; what is isolated needs none
_ZEROS = {
    "arab": "٠",
    "arabext": "۰",
    "beng": "০",
    "deva": "०",
    "mymr": "၀",
    "tibt": "༠",
}
"""The first of the ten digits of each numbering system that CLDR prefers for a language."""
_HOUSE = {"yMMMd": "{0.day} {0:%b} {0:%Y}", "MMMd": "{0.day} {0:%b}", "yMMMM": "{0:%B} {0:%Y}"}


class Spelling:
    """The spelling of one language.

    Args:
        locale: The language; None: English as the commands write it.
    """

    def __init__(self, locale: Locale | None = None) -> None:
        self._locale = locale

    def numeral(self, text: str) -> str:
        """The first numeral of an English figure, ``62.9 %``, spelled in this language."""
        return text if self._locale is None else _NUMERAL.sub(self._spelled, text, count=1)

    def day(self, value: dt.date, pattern: str) -> str:
        """A day.

        Args:
            value: The day.
            pattern: ``yMMMd`` (28 Nov 2026), ``MMMd`` (28 Nov) or ``yMMMM`` (November 2026).
        """
        if self._locale is None:
            return _HOUSE[pattern].format(value)
        from babel.dates import format_skeleton

        return _isolated(self._digits(format_skeleton(pattern, value, locale=self._locale)))

    def time(self, value: dt.datetime) -> str:
        """The time of day, ``02:00``."""
        text = f"{value:%H:%M}"
        return text if self._locale is None else _isolated(self._digits(text))

    def weekdays(self) -> list[str]:
        """The days of the week, short, from Monday."""
        if self._locale is None:
            return ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
        names = self._locale.days["stand-alone"]["short"]
        return [str(names[number]) for number in range(7)]

    def _spelled(self, found: re.Match[str]) -> str:
        mantissa, mark, decimals = found["digits"].partition(".")
        told = self._digits(mantissa) + (mark and self._decimal) + self._digits(decimals)
        if found["percent"]:
            before, after = self._percent
            told = f"{before}{told}{after}"
        return _isolated(told)

    def _digits(self, text: str) -> str:
        return text.translate(self._numbers)

    @cached_property
    def _numbers(self) -> dict[int, str]:
        """From our digits to those of the language."""
        zero = _ZEROS.get(self._locale.default_numbering_system) if self._locale else None
        return {ord("0") + digit: chr(ord(zero) + digit) for digit in range(10)} if zero else {}

    @cached_property
    def _decimal(self) -> str:
        from babel.numbers import get_decimal_symbol

        return str(get_decimal_symbol(self._locale, numbering_system="default"))

    @cached_property
    def _percent(self) -> tuple[str, str]:
        """What stands before and after a number in percent."""
        assert self._locale is not None  # noqa: S101 - English has a rule of its own
        symbols = self._locale.number_symbols.get(self._locale.default_numbering_system) or {}
        sign = symbols.get("percentSign", "%").strip(_MARKS)
        pattern = self._locale.percent_formats[None]
        before, after = pattern.prefix[0], pattern.suffix[0]
        return before.replace("%", sign), after.replace("%", sign)


def _isolated(text: str) -> str:
    turned = any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in text)
    return _ISOLATED.format(text) if turned else text


@cache
def spelling_of(language: str | None) -> Spelling:
    """The spelling of ``de`` or ``de_CH``; of English, or what is no language, that of commands."""
    locale = find_locale(language)
    return Spelling(None if locale is None or locale.language == "en" else locale)
