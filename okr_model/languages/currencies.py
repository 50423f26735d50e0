"""Currencies: their codes, and the signs that stand for them.

What belongs here: which currencies there are and what a sign may mean, out of CLDR. What does not:
amounts.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from okr_model.languages.locales import find_locale

_SINCE = (2020, 1, 1)  # what ceased to be tender before is no unit of anybody's Key Result
_LETTERS = frozenset({"RM", "Rp", "Rs", "Ft", "Fr", "kr"})
"""Signs of plain letters that mean money wherever they stand; others do so only at home."""
_LONGEST = 5
_ALSO = {"US$": "USD", "AU$": "AUD", "C$": "CAD", "S$": "SGD", "Fr": "CHF", "Rs": "INR"}
"""In use, though CLDR does not list them for the country itself."""


@cache
def codes() -> frozenset[str]:
    """ISO 4217 codes of all currencies that are tender, or lately were."""
    from babel.core import get_global

    spans = (span for country in get_global("territory_currencies").values() for span in country)
    return frozenset(
        code for code, _, end, tender in spans if tender and (end is None or end > _SINCE)
    )


@cache
def currencies_of(sign: str, locale: str | None = None) -> frozenset[str]:
    """Codes of the currencies that a sign may stand for; empty where it is no sign.

    >>> sorted(currencies_of("zł")), sorted(currencies_of("R", "en_ZA")), len(currencies_of("$"))
    (['PLN'], ['ZAR'], 26)
    """
    bare = sign.rstrip(".")
    if not bare or len(bare) > _LONGEST:
        return frozenset()
    if not (bare.isascii() and bare.isalpha()) or bare in _LETTERS:
        return _signs().get(bare, frozenset())
    place = find_locale(locale)
    own = _tender_in(place.territory or "") if place else None
    theirs = place.currency_symbols.get(own or "", "").rstrip(".") if place else ""
    return frozenset({own}) if own and theirs == bare else frozenset()


@cache
def _signs() -> dict[str, frozenset[str]]:
    """Every sign, with the currencies that are written so in their own country or in English."""
    english = find_locale("en")
    found: dict[str, set[str]] = defaultdict(set)
    for sign, code in _ALSO.items():
        found[sign].add(code)
    for code in codes():
        home = find_locale(f"und_{code[:2]}")
        for place in (home, english):
            sign = place.currency_symbols.get(code, code).rstrip(".\u200b") if place else code
            if sign and sign != code:
                found[sign].add(code)
    return {sign: frozenset(of) for sign, of in found.items()}


def _tender_in(country: str) -> str | None:
    from babel.core import get_global

    spans = get_global("territory_currencies").get(country, ())
    return next((code for code, _, end, tender in spans if tender and end is None), None)
