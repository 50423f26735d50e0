"""Figures and days in the languages of readers: one rounding, each spelling."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from babel.localedata import locale_identifiers

from published.formatting import ENGLISH, Formatter

DAY = dt.date(2026, 11, 8)
AT = dt.datetime(2026, 11, 8, 22, 5, tzinfo=dt.UTC)
SPELT = {
    "en": ("62.9 %", "<1 %", "−3.5 hours", "22.47 EUR", "8 Nov 2026", "8 Nov", "November 2026"),
    "en_GB": ("62.9 %", "<1 %", "−3.5 hours", "22.47 EUR", "8 Nov 2026", "8 Nov", "November 2026"),
    "de": (
        *("62,9\xa0%", "<1\xa0%", "−3,5 hours", "22,47 EUR"),
        *("8. Nov. 2026", "8. Nov.", "November 2026"),
    ),
    "de_CH": (
        "62.9%",
        "<1%",
        "−3.5 hours",
        "22.47 EUR",
        "8. Nov. 2026",
        "8. Nov.",
        "November 2026",
    ),
    "ja": ("62.9%", "<1%", "−3.5 hours", "22.47 EUR", "2026年11月8日", "11月8日", "2026年11月"),
    "tr": ("%62,9", "<%1", "−3,5 hours", "22,47 EUR", "8 Kas 2026", "8 Kas", "Kasım 2026"),
    "ar_EG": (
        *(
            "\u2068٦٢٫٩٪\u2069",
            "<\u2068١٪\u2069",
            "−\u2068٣٫٥\u2069 hours",
            "\u2068٢٢٫٤٧\u2069 EUR",
        ),
        *("\u2068٨ نوفمبر ٢٠٢٦\u2069", "\u2068٨ نوفمبر\u2069", "\u2068نوفمبر ٢٠٢٦\u2069"),
    ),
}


@pytest.mark.parametrize("language", SPELT)
def test_a_figure_is_rounded_by_one_rule_and_spelt_by_each_language(language: str) -> None:
    told = Formatter(language)
    assert (
        told.share(0.62857),
        told.chance(0.004),
        told.movement(-3.5, "hours"),
        told.quantity(22.4711, "EUR"),
        told.day(DAY),
        told.short_day(DAY),
        told.month(DAY),
    ) == SPELT[language]


def test_french_days_and_times_are_of_the_organizations_zone() -> None:
    told, zone = Formatter("fr"), ZoneInfo("Asia/Tokyo")
    assert told.instant(AT, zone) == "9 nov. 2026 07:05"
    assert told.weekdays() == ["lu", "ma", "me", "je", "ve", "sa", "di"]
    assert told.seconds(8.34) == "8,3 s"
    assert told.seconds(125) == "2 min 5 s"
    assert Formatter("ar_EG").clock_time(AT, zone) == "\u2068٠٧:٠٥\u2069"


def test_a_name_with_digits_and_a_word_for_a_number_stay_as_they_are() -> None:
    told = Formatter("de")
    assert told.declared(1.5, "t CO2.5 per day") == "1,5 t CO2.5 per day"
    assert told.declared(1.0, "yes/no") == "yes"
    assert told.declared(-0.25, None) == "-0,25"
    assert told.declared(1.5e300, None) == "1,5e+300"
    assert told.value_of({"value_state": "not measured 1.5"}) == "not measured 1.5"


def test_nothing_known_is_a_dash_and_ends_of_certainty_stay_in_every_language() -> None:
    told = Formatter("fr")
    row = {"target": 1.5, "target_high": 2.25, "unit": "%"}
    assert told.target_of(row) == "1,5–2,25\xa0%"
    assert told.share(None) == told.day(None) == told.chance(float("nan")) == "–"
    assert told.share(0.9996) == "99,9\xa0%"
    assert told.chance(1.0, settled=True) == "100\xa0%"


def test_every_language_that_cldr_knows_has_a_spelling() -> None:
    for name in sorted(locale_identifiers())[::7]:
        told = Formatter(name)
        figures = told.quantity(-1234.5, "hours"), told.share(0.5), told.day(DAY)
        assert all(figures), name
        assert len(told.weekdays()) == 7


def test_what_is_no_language_is_english() -> None:
    assert Formatter("xx_NOWHERE").share(0.5) == ENGLISH.share(0.5) == "50 %"
