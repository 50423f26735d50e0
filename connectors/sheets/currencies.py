"""Which currency a sign stands for, in a spreadsheet of a given country.

What belongs here: currency signs, codes and countries. What does not: number formats.
"""

from __future__ import annotations

from collections.abc import Mapping

_SIGNS: Mapping[str, str] = {
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₩": "KRW",
    "₽": "RUB",
    "₺": "TRY",
    "₪": "ILS",
    "₫": "VND",
    "₱": "PHP",
    "₴": "UAH",
    "฿": "THB",
    "zł": "PLN",
    "Kč": "CZK",
    "Ft": "HUF",
    "R$": "BRL",
    "RM": "MYR",
    "Rp": "IDR",
    "US$": "USD",
    "A$": "AUD",
    "C$": "CAD",
    "CA$": "CAD",
    "S$": "SGD",
    "HK$": "HKD",
    "NZ$": "NZD",
    "NT$": "TWD",
    "MX$": "MXN",
}
_EURO_COUNTRIES = (
    *("AT", "BE", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR", "IE", "IT", "LT"),
    *("LU", "LV", "MT", "NL", "PT", "SI", "SK"),
)
_BY_COUNTRY: Mapping[str, str] = {
    **dict.fromkeys(_EURO_COUNTRIES, "EUR"),
    "AE": "AED",
    "AR": "ARS",
    "AU": "AUD",
    "BR": "BRL",
    "CA": "CAD",
    "CH": "CHF",
    "CL": "CLP",
    "CN": "CNY",
    "CO": "COP",
    "CZ": "CZK",
    "DK": "DKK",
    "GB": "GBP",
    "HK": "HKD",
    "HU": "HUF",
    "ID": "IDR",
    "IL": "ILS",
    "IN": "INR",
    "JP": "JPY",
    "KR": "KRW",
    "MX": "MXN",
    "MY": "MYR",
    "NO": "NOK",
    "NZ": "NZD",
    "PE": "PEN",
    "PH": "PHP",
    "PL": "PLN",
    "RO": "RON",
    "RU": "RUB",
    "SA": "SAR",
    "SE": "SEK",
    "SG": "SGD",
    "TH": "THB",
    "TR": "TRY",
    "TW": "TWD",
    "UA": "UAH",
    "US": "USD",
    "UY": "UYU",
    "VN": "VND",
    "ZA": "ZAR",
}
_CODES = frozenset(_BY_COUNTRY.values())
# Signs that several currencies share mean the country's own, if it is one of these.
_SHARED: Mapping[str, frozenset[str]] = {
    "$": frozenset(
        ("ARS", "AUD", "CAD", "CLP", "COP", "HKD", "MXN", "NZD", "SGD", "TWD", "USD", "UYU")
    ),
    "¥": frozenset({"CNY", "JPY"}),
    "kr": frozenset({"DKK", "NOK", "SEK"}),
    "kr.": frozenset({"DKK", "NOK", "SEK"}),
    "Fr": frozenset({"CHF"}),
    "Fr.": frozenset({"CHF"}),
}
_SHARED_ABROAD: Mapping[str, str] = {"$": "USD", "¥": "JPY"}
_LANGUAGE_COUNTRY: Mapping[str, str] = {
    "de": "DE",
    "en": "US",
    "es": "ES",
    "fr": "FR",
    "it": "IT",
}


def read_currency(sign: str, locale: str) -> str | None:
    """ISO 4217 code of a sign or code as a number format writes it; None for anything else.

    >>> read_currency("$", "en_AU"), read_currency("$", "de_DE"), read_currency("eur", "")
    ('AUD', 'USD', 'EUR')
    """
    if sign.upper() in _CODES:
        return sign.upper()
    if sign in _SHARED:
        own = local_currency(locale)
        return own if own in _SHARED[sign] else _SHARED_ABROAD.get(sign)
    return _SIGNS.get(sign)


def local_currency(locale: str) -> str | None:
    """ISO 4217 code of the currency of a locale such as ``de_DE``; None where unknown."""
    language, _, country = locale.replace("-", "_").partition("_")
    return _BY_COUNTRY.get(country.upper() or _LANGUAGE_COUNTRY.get(language, ""))
