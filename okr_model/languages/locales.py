"""Locales by the names that places carry, and how numbers and days are written in each.

What belongs here: facts of CLDR about one locale. What does not: words of several languages
(``words``), currencies (``currencies``).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from okr_model.languages.folding import fold_case

if TYPE_CHECKING:
    from babel import Locale

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt")
"""Whose words are understood everywhere, as far as all of them agree."""

_NOW_NAMED = {"no": "nb"}  # languages that services name otherwise than CLDR does
_BOTH_IN_USE = frozenset({"en_ZA", "es_419"})
"""Where commas and points are both in use for decimals, whatever CLDR prefers."""


class Marks(NamedTuple):
    """What divides decimals, and what divides thousands; and whether decimals have the other, too.

    In French-speaking Switzerland prices have points.
    """

    decimal: Literal[".", ","]
    groups: frozenset[str]
    either: bool = False


@cache
def find_locale(name: str | None) -> Locale | None:
    """The locale that ``de_DE`` or ``de-DE`` names; None where there is no such."""
    from babel import Locale, UnknownLocaleError

    language, mark, rest = (name or "").replace("-", "_").partition("_")
    try:
        return Locale.parse(_NOW_NAMED.get(language.lower(), language) + mark + rest)
    except (UnknownLocaleError, ValueError, TypeError):
        return None


@cache
def marks_of(name: str | None) -> Marks | None:
    """How numbers in Western digits are written; None where unknown or not settled."""
    locale = find_locale(name)
    if locale is None or str(locale) in _BOTH_IN_USE:
        return None
    systems = locale.number_symbols
    symbols = systems.get("latn") or systems[locale.default_numbering_system]
    decimal = symbols["decimal"]
    if decimal not in (".", ","):
        return None
    groups = {symbols["group"], symbols.get("currencyGroup", ""), " ", "'"} - {decimal, ""}
    either = symbols.get("currencyDecimal", decimal) != decimal
    return Marks(decimal, frozenset(" " if mark.isspace() else mark for mark in groups), either)


@cache
def day_before_month(name: str | None) -> bool | None:
    """Whether 3/4/2026 is in April; None where the locale does not write the year last."""
    locale = find_locale(name)
    if locale is None:
        return None
    order = [letter for letter in locale.date_formats["short"].pattern if letter in "dMy"]
    if order[-1] != "y":
        return None
    return order.index("d") < order.index("M")


@cache
def month_names(language: str) -> dict[str, int]:
    """Months by their names and abbreviations in a language, case folded, without full stops."""
    locale = find_locale(language)
    if locale is None:
        return {}
    return {
        fold_case(name).rstrip(".॰"): month
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for month, name in locale.months[context][width].items()
    }


@cache
def weekday_names(language: str) -> dict[str, int]:
    """Days of the week, counted from 1, by name and abbreviation, as :func:`month_names`."""
    locale = find_locale(language)
    if locale is None:
        return {}
    return {
        part.rstrip(".॰"): day + 1
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated", "short")
        for day, name in locale.days[context].get(width, {}).items()
        for part in fold_case(name).split("-")
    }


@cache
def groups_in_pairs(name: str | None) -> bool:
    """Whether digits above the thousands are grouped in twos, as in 12,00,000."""
    locale = find_locale(name)
    return locale is not None and "#,##,##0" in locale.decimal_formats[None].pattern
