"""Which currency a sign stands for in a spreadsheet of a given locale, by Unicode's CLDR.

What belongs here: currency signs, codes and countries. What does not: number formats.
"""

from __future__ import annotations

from functools import cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import list_currencies

from connectors.sheets.decode.home_signs import HOME_SIGNS

_ALSO = {"C$": "CAD", "S$": "SGD", "Fr": "CHF"}  # in use, though CLDR does not list them
_NOW_NAMED = {"no": "nb"}  # languages that Google names otherwise than CLDR does


@cache
def read_currency(sign: str, locale: str) -> str | None:
    """ISO 4217 code of a sign or code as a number format writes it; None where it does not tell.

    A sign that several currencies share is the country's own; abroad it is what the locale's
    language means by it, then what English does, then the one country's that writes it at home.

    >>> read_currency("$", "en_AU"), read_currency("$", "de_DE"), read_currency("eur", "")
    ('AUD', 'USD', 'EUR')
    """
    if sign.upper() in list_currencies():
        return sign.upper()
    bare, own = sign.rstrip("."), local_currency(locale)
    for place in (_known(locale), _known("en")):
        shown = place.currency_symbols.items() if place else ()
        codes = [code for code, symbol in shown if symbol.rstrip(".") == bare]
        if own in codes or len(codes) == 1:
            return own if own in codes else codes[0]
    return _at_home(bare)


def local_currency(locale: str) -> str | None:
    """ISO 4217 code of the currency of a locale such as ``de_DE``; None where unknown."""
    known = _known(locale)
    if known is None:
        return None
    likely = get_global("likely_subtags").get(known.language, "").rpartition("_")[2]
    spans = get_global("territory_currencies").get(known.territory or likely, ())
    return next((code for code, _, end, tender in spans if tender and end is None), None)


def _at_home(sign: str) -> str | None:
    """The only currency that its own country writes so; a single letter is no sign abroad."""
    codes = {signs[sign] for signs in (HOME_SIGNS, _ALSO) if sign in signs}
    return codes.pop() if len(codes) == 1 and len(sign) > 1 else None


def _known(locale: str) -> Locale | None:
    language, mark, rest = locale.replace("-", "_").partition("_")
    try:
        return Locale.parse(_NOW_NAMED.get(language, language) + mark + rest)
    except (UnknownLocaleError, ValueError, TypeError):
        return None
