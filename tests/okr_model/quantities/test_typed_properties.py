"""What CLDR writes in a locale is what is read back there."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date, format_datetime
from babel.numbers import format_compact_decimal, format_currency, format_decimal, format_percent
from babel.units import format_unit
from hypothesis import assume, given
from hypothesis import strategies as st

from okr_model.languages.locales import LANGUAGES
from okr_model.languages.words import kind_of, listed
from okr_model.quantities.numbers import Unreadable
from okr_model.quantities.quantity_parser import Quantity, parse_quantity
from okr_model.quantities.ranges import Range, parse_range
from okr_model.quantities.stages import parse_stages
from okr_model.quantities.typed_days import parse_day, parse_due

LOCALES = (
    *("en_US", "en_GB", "en_IN", "en_AU", "de_DE", "de_AT", "fr_FR", "fr_CA", "es_ES"),
    *("es_MX", "es_AR", "it_IT", "nl_NL", "nl_BE", "pt_BR", "pt_PT", "sv_SE", "nb_NO"),
    *("da_DK", "pl_PL", "cs_CZ", "hu_HU", "tr_TR", "hi_IN", "ja_JP", "fi_FI"),
)
SPOKEN = tuple(name for name in LOCALES if name[:2] in LANGUAGES)
locales, spoken = st.sampled_from(LOCALES), st.sampled_from(SPOKEN)
amounts = st.decimals(-(10**9), 10**9, places=2, allow_nan=False, allow_infinity=False)
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@given(amounts, locales)
def test_numbers(amount, locale):
    text = format_decimal(amount, "#,##0.00" if locale[3:] != "IN" else None, locale)
    assert parse_quantity(text, locale) == Quantity(float(amount))


@given(amounts, locales)
def test_percentages(amount, locale):
    text = format_percent(amount / 100, "#,##0.00 %", locale)
    assert parse_quantity(text, locale) == Quantity(float(amount), "%")


@given(amounts, locales, st.sampled_from(["EUR", "CHF", "PLN", "INR"]))
def test_amounts_of_money(amount, locale, currency):
    text = format_currency(amount, currency, locale=locale, currency_digits=False)
    assume(currency in text or not any(letter.isalpha() for letter in text))
    read = parse_quantity(text, locale)
    assert isinstance(read, Quantity), text
    assert read.unit == currency
    assert read.value == pytest.approx(float(amount), abs=0.011)


@given(amounts.filter(lambda amount: amount < 0), locales)
def test_accountants_write_negatives_in_parentheses(amount, locale):
    text = format_decimal(-amount, "#,##0.00", locale)
    assert parse_quantity(f"({text})", locale) == Quantity(float(amount))


@given(
    st.integers(1, 999),
    spoken,
    st.sampled_from(["millisecond", "second", "minute", "hour", "day", "week", "month", "year"]),
    st.sampled_from(["long", "short"]),
)
def test_durations(number, locale, unit, length):
    text = format_unit(number, f"duration-{unit}", length, locale=locale)
    read = parse_quantity(text, locale)
    if text.split()[-1] in ("m", "m.", "mm."):
        assert isinstance(read, Unreadable)
        assert "month" in read.reason
        assert f"{number} million" in read.reason
    else:
        assert read == Quantity(float(number), f"{unit}s"), text


@given(st.integers(1, 23), st.integers(1, 59), spoken)
def test_durations_of_two_units(hours, minutes, locale):
    parts = [
        format_unit(number, f"duration-{unit}", "long", locale=locale)
        for number, unit in ((hours, "hour"), (minutes, "minute"))
    ]
    for joined in (" ".join(parts), ", ".join(parts)):
        assert parse_quantity(joined, locale) == Quantity(hours * 60.0 + minutes, "minutes")


@given(st.integers(1, 999), st.sampled_from([3, 6, 9]), spoken)
def test_scaled_numbers(number, power, locale):
    for length in ("long", "short"):
        text = format_compact_decimal(
            number * 10**power, format_type=length, locale=locale, fraction_digits=6
        )
        assume(text[0].isdigit() and "KCr" not in text)  # thousands of crores, which nobody types
        assert parse_quantity(text, locale) == Quantity(float(number * 10**power)), text


@given(days, locales, st.sampled_from(["short", "medium", "long", "full"]))
def test_days(day, locale, width):
    text = format_date(day, width, locale)
    read = parse_day(text, locale)
    if isinstance(read, Unreadable):  # two-digit years that come first
        assert width == "short", text
    else:
        assert read == day, text


@given(days, spoken)
def test_days_of_the_seven_languages_are_read_where_there_is_no_locale(day, locale):
    assert parse_day(format_date(day, "long", locale)) == day


@given(days, st.integers(0, 23), st.integers(0, 59), spoken)
def test_a_time_of_day_may_follow(day, hour, minute, locale):
    at = datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 - as it stands
    date_text = format_date(day, "long", locale)
    time_text = format_datetime(at, "HH:mm", locale=locale)
    assert parse_day(f"{date_text} {time_text}", locale) == day
    assert parse_day(f"{day.isoformat()}T{time_text}:00Z", locale, ZoneInfo("UTC")) == day


@given(st.integers(2000, 2099), st.integers(1, 4), spoken)
def test_quarters(year, quarter, locale):
    first = date(year, 3 * quarter - 2, 1)
    for pattern in ("QQQ y", "QQQQ y"):
        due = parse_due(format_date(first, pattern, locale), locale, None)
        assert not isinstance(due, Unreadable)
        assert (due.year, due.month) == (year, 3 * quarter)


@given(amounts, amounts, locales)
def test_bands(one, other, locale):
    low, high = sorted((one, other))
    edges = [format_decimal(edge, "#,##0.00", locale) for edge in (low, high)]
    read = parse_range(" – ".join(edges), locale)
    assert isinstance(read, Range)
    assert (read.low.value, read.high.value) == (float(low), float(high))


@given(st.lists(st.integers(1, 50), min_size=2, max_size=5), spoken)
def test_stages(weights, locale):
    names = ["Design", "Bau", "Lancement", "Prueba", "Chiusura"]
    whole = sum(weights)
    text = ", ".join(f"{name} {weight} %" for name, weight in zip(names, weights, strict=False))
    read = parse_stages(text, locale)
    if whole == 100:
        assert read == {name: w / 100 for name, w in zip(names, weights, strict=False)}
    else:
        assert isinstance(read, Unreadable)
        assert f"add up to {whole} %" in read.reason


@given(st.text(max_size=40), st.sampled_from([None, *LOCALES]), st.sampled_from([None, "hours"]))
def test_no_text_is_too_much(text, locale, unit):
    for read in (parse_quantity(text, locale, unit), parse_day(text, locale)):
        assert not isinstance(read, Unreadable) or read.reason
    parse_range(text, locale, unit)
    parse_stages(text, locale)
    parse_due(text, locale, None)


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        *(("at_most", "at most"), ("At-Most", "at most"), ("AT MOST ", "at most")),
        *(("verringern", "decrease"), ("Réduire", "decrease"), ("aumentar", "increase")),
        *(("ja/nein", "yes/no"), ("Oui / Non", "yes/no"), ("mindestens", "at least")),
        *(("Meilensteine", "milestones"), ("faixa", "band"), ("ten hoogste", "at most")),
        *(("more", None), ("", None)),
    ],
)
def test_kinds(typed, kind):
    assert kind_of(typed) == kind


def test_no_word_names_two_kinds():
    from okr_model.languages.words import KINDS

    words = [word for kind in KINDS.values() for word in set(listed(kind))]
    assert len(words) == len(set(words))


def test_a_stage_may_weigh_nothing_but_no_less():
    assert parse_stages("Ready 0 %, Live 100 %", "en_US") == {"Ready": 0.0, "Live": 1.0}
    assert not isinstance(parse_stages("Ready -10 %, Live 110 %", "en_US"), dict)
