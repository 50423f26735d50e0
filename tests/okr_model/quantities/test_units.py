import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_model.quantities.quantity_parser import Quantity, Unreadable, parse_quantity
from okr_model.quantities.units import SECONDS, canonical_unit, convert, in_words, target_in_words


@pytest.mark.parametrize(
    ("text", "locale", "value", "unit"),
    [
        ("42 %", None, 42.0, "%"),
        ("75%", None, 75.0, "%"),
        ("75\u00a0\uff05", None, 75.0, "%"),
        ("12.5 percent", None, 12.5, "%"),
        ("5 pp", None, 5.0, "percentage points"),
        ("3 days", None, 3.0, "days"),
        ("1 Day", None, 1.0, "days"),
        ("4 hours", None, 4.0, "hours"),
        ("48 hours", None, 48.0, "hours"),
        ("4 minutes", None, 4.0, "minutes"),
        ("90 min", None, 90.0, "minutes"),
        ("1 day 4 hours", None, 28.0, "hours"),
        ("2h 30min", None, 150.0, "minutes"),
        ("1h30", None, 90.0, "minutes"),
        ("2 h 30 m", None, 150.0, "minutes"),
        ("1 year 6 m", None, 18.0, "months"),
        ("18,000", None, 18000.0, None),
        ("1,200", None, 1200.0, None),
        ("1,234,567.5", None, 1234567.5, None),
        ("18 000", None, 18000.0, None),
        ("8.5", None, 8.5, None),
        ("0.125", None, 0.125, None),
        ("-5 %", None, -5.0, "%"),
        ("\u22125 %", None, -5.0, "%"),
        ("2.0x", None, 2.0, "x"),
        ("3.0 ×", None, 3.0, "x"),
        ("RM 1,200", None, 1200.0, "MYR"),
        ("USD 1,200.50", None, 1200.5, "USD"),
        ("1.200,50 EUR", "de_DE", 1200.5, "EUR"),
        ("$5,000", None, 5000.0, "$"),
        ("-$5", None, -5.0, "$"),
        ("12.400", "de_DE", 12400.0, None),
        ("12.400", "de-DE", 12400.0, None),
        ("12.400", "en_US", 12.4, None),
        ("12,5%", "de_DE", 12.5, "%"),
        ("1.234,56", "de_DE", 1234.56, None),
        ("1\u202f234,56", "fr_FR", 1234.56, None),
        ("1’234.56", "de_CH", 1234.56, None),
        ("1.234", "es_MX", 1.234, None),
        ("3,5", "fr_CH", 3.5, None),
        ("3.5", "fr_CH", 3.5, None),
        ("1’234.50 CHF", "fr_CH", 1234.5, "CHF"),
        ("\u200b42 %\u200b", None, 42.0, "%"),
        ("EUR 5,000 per month", None, 5000.0, "EUR per month"),
        ("€5,000/month", None, 5000.0, "EUR per month"),
        ("5 hours a week", None, 5.0, "hours per week"),
        ("2.5 % per quarter", None, 2.5, "% per quarter"),
        ("120 a month", None, 120.0, "per month"),
        ("1.5 percentage points", None, 1.5, "percentage points"),
        ("1.5 times", None, 1.5, "x"),
    ],
)
def test_a_quantity_is_read_exactly(
    text: str, locale: str | None, value: float, unit: str | None
) -> None:
    assert parse_quantity(text, locale) == Quantity(value, unit)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("≥ 8.5", "at least"),
        (">=8.5", "at least"),
        ("At least 8.5", "at least"),
        ("≤ 8.5", "at most"),
        ("<= 8.5", "at most"),
        ("at most 8.5", "at most"),
    ],
)
def test_a_bound_is_kept(text: str, bound: str) -> None:
    assert parse_quantity(text) == Quantity(8.5, None, bound)  # type: ignore[arg-type]  # literal


@pytest.mark.parametrize(
    ("text", "locale", "because"),
    [
        ("", None, "empty"),
        ("≥", None, "empty"),
        ("n/a yet", None, "number"),
        ("RM 1,2 m", None, "ambiguous"),
        ("3:25", None, "minutes and seconds"),
        ("12,5", None, "ambiguous"),
        ("12,5", "xx_XX", "ambiguous"),
        ("12.400", None, "ambiguous"),
        ("1.234.567", None, "ambiguous"),
        ("12.5", "de_DE", "as it is written in de_DE"),
        ("12,5", "en_US", "as it is written in en_US"),
        ("1,23,456", "en_US", "as it is written"),
        ("1.5.2", "en_US", "as it is written"),
        ("12 5", None, "as it is written"),
        ("> 8.5", None, "strict"),
        ("2026-11-20", None, "not a known unit"),
        ("10-20", None, "more than one number"),
        ("1/2", None, "not a known unit"),
        ("5²", None, "not a known unit"),
        ("120 leads", None, "not a known unit"),
        ("4 hours 3 days", None, "not a known unit"),
        ("2.0х", None, "not a known unit"),  # Cyrillic letter, not an x
        ("XQZ 5", None, "not a known currency"),
        ("9" * 400, None, "too large"),
        (".5", None, "number"),
        ("EUR 5 sessions a month", None, "not understood"),
        ("8,000 sessions a month", None, "not a known unit"),
        ("8 per fortnight", None, "not a known unit"),
        ("8.5/10", None, "not a known unit"),
    ],
)
def test_what_could_mean_two_things_is_refused(text: str, locale: str | None, because: str) -> None:
    read = parse_quantity(text, locale)
    assert isinstance(read, Unreadable)
    assert because in read.reason


def test_the_word_of_the_expected_unit_is_accepted_and_no_other() -> None:
    assert parse_quantity("120 leads", unit="leads") == Quantity(120.0, "leads")
    assert parse_quantity("1 lead", unit="leads") == Quantity(1.0, "leads")
    assert isinstance(parse_quantity("120 visits", unit="leads"), Unreadable)
    assert parse_quantity("Yes", unit="yes/no") == Quantity(1.0, "yes/no")
    assert isinstance(parse_quantity("yes", unit="leads"), Unreadable)
    monthly = parse_quantity("8,000 sessions a month", unit="sessions per month")
    assert monthly == Quantity(8000.0, "sessions per month")
    weekly = parse_quantity("2,000 sessions a week", unit="sessions per month")
    assert weekly == Quantity(2000.0, "sessions per week")  # which does not convert


@given(st.integers(-(10**9), 10**9), st.integers(0, 99))
def test_a_number_written_by_the_rules_of_its_locale_comes_back(whole: int, cents: int) -> None:
    value = float(f"{whole}.{cents:02}")
    english = f"{value:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    french = english.translate(str.maketrans(",.", "\u202f,"))
    assert parse_quantity(english, "en_US") == Quantity(value)
    assert parse_quantity(german, "de_DE") == Quantity(value)
    assert parse_quantity(french, "fr_FR") == Quantity(value)


@given(st.text(max_size=30), st.sampled_from([None, "en_US", "de_DE", "fr_FR"]))
def test_any_text_is_a_quantity_or_has_a_reason(text: str, locale: str | None) -> None:
    read = parse_quantity(text, locale)
    assert isinstance(read, Quantity) or read.reason


@given(st.floats(-1e6, 1e6), st.sampled_from(sorted(SECONDS)), st.sampled_from(sorted(SECONDS)))
def test_durations_convert_there_and_back(value: float, unit: str, into: str) -> None:
    there = convert(value, unit, into)
    assert there is not None
    assert convert(there, into, unit) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "into", "worth"),
    [
        ("days", "hours", 72.0),
        (None, "%", 3.0),
        ("$", "USD", 3.0),
        ("Lead", "leads", 3.0),
        ("$", "EUR", None),
        ("%", "percentage points", None),
        ("%", None, None),
        ("hours", "%", None),
        ("EUR", "USD", None),
        ("percentage points", "%", None),
        ("x", "%", None),
        ("points", "score", None),
        ("sessions per day", "sessions per week", 21.0),
        ("EUR per quarter", "EUR per month", 1.0),
        ("EUR per month", "EUR per year", 36.0),
        ("$ per month", "USD per month", 3.0),
        ("hours per week", "minutes per week", 180.0),
        ("per month", "sessions per month", 3.0),
        ("session per month", "sessions per month", 3.0),
        ("sessions per week", "sessions per month", None),
        ("EUR per month", "USD per month", None),
        ("sessions", "sessions per month", None),
        ("sessions per month", "sessions", None),
        ("sessions per month", "leads per month", None),
        ("sessions per month", None, None),
    ],
)
def test_only_what_is_the_same_thing_converts(
    unit: str | None, into: str | None, worth: float | None
) -> None:
    assert convert(3.0, unit, into) == worth


def test_spellings_of_a_unit_are_one() -> None:
    assert [canonical_unit(word) for word in ("Hrs", "percent", "usd", "RM", " ", None)] == [
        "hours",
        "%",
        "USD",
        "MYR",
        None,
        None,
    ]
    assert canonical_unit("Sessions") == "Sessions"
    for written in ("sessions a month", "sessions/month", "sessions per Month"):
        assert canonical_unit(written) == "sessions per month"
    assert canonical_unit("€ / week") == "EUR per week"


def test_values_are_worded_with_their_unit() -> None:
    assert in_words(58.0, "%") == "58 %"
    assert in_words(2.5, "x") == "2.5x"
    assert in_words(1.0, "hours") == "1 hour"
    assert in_words(18000.0, "count") == "18000"
    assert in_words(0.1 + 0.2, None) == "0.3"
    assert target_in_words("band", "%", 40.0, 60.0) == "between 40 % and 60 %"
    assert target_in_words("decrease", "hours", 4.0, float("nan")) == "≤ 4 hours"


def test_a_count_is_the_value_of_a_key_result_without_a_unit_and_nothing_else_is():
    assert convert(4, "count", None) == 4
    assert [convert(4, unit, None) for unit in ("%", "days", "EUR", "leads", "x")] == [None] * 5


@pytest.mark.parametrize(
    ("unit", "counted"),
    [("leads", True), ("Kunden", True), ("score", False), ("NPS score", False), ("Ratings", False),
     ("Bewertung", False), ("puntuación", False), ("índice", False), ("points", False)],
)  # fmt: skip
def test_a_count_is_what_is_counted_and_nothing_read_off_a_scale(unit: str, counted: bool) -> None:
    assert convert(7, "count", unit) == (7.0 if counted else None)


@pytest.mark.parametrize(
    ("written", "locale", "unit"),
    [
        ("Mio. €", None, "million EUR"),
        ("T€", "de_DE", "thousand EUR"),
        ("TEUR", "de_AT", "thousand EUR"),
        ("T€", None, "T€"),  # thousands in German, else a trillion
        ("k€", None, "thousand EUR"),
        ("$k", "en_US", "thousand $"),
        ("£m", "en_GB", "million £"),
        ("M USD", None, "million USD"),
        ("USD bn", "en_US", "billion USD"),
        ("₹ lakh", "en_IN", "lakh INR"),
        ("crore INR", None, "crore INR"),
        ("tys. zł", "pl_PL", "thousand PLN"),
        ("kCHF", "de_CH", "thousand CHF"),
        ("T€/Monat", "de_DE", "thousand EUR per month"),
        ("million EUR", None, "million EUR"),
        ("KRs", None, "KRs"),  # and no thousand rupees
        ("KALL", None, "KALL"),  # nor Albanian lek
        ("k users", None, "k users"),
        ("MRR", None, "MRR"),
        ("m", "en_US", "m"),
    ],
)
def test_thousands_and_millions_of_money_are_units(
    written: str, locale: str | None, unit: str
) -> None:
    assert canonical_unit(written, locale) == canonical_unit(unit) == unit


@pytest.mark.parametrize(
    ("value", "unit", "into", "worth"),
    [
        (120_000, "EUR", "thousand EUR", 120.0),
        (1.8, "million £", "GBP", 1_800_000.0),
        (5, "lakh INR", "million INR", 0.5),
        (2, "thousand EUR per week", "EUR per day", 2000 / 7),
        (3, None, "million EUR", 3.0),
        (5, "EUR", "thousand USD", None),
        (5, "count", "million EUR", None),
        (5, "million EUR", None, None),
        (5, "million EUR", "leads", None),
    ],
)
def test_they_convert_into_the_same_money(
    value: float, unit: str | None, into: str | None, worth: float | None
) -> None:
    assert convert(value, unit, into) == (None if worth is None else pytest.approx(worth))


@pytest.mark.parametrize(
    ("text", "locale", "unit", "worth"),
    [
        ("1.2 Mio", None, "million EUR", 1.2),  # the scale is said twice and meant once
        ("5 lakh", "en_IN", "lakh INR", 5.0),
        ("£1.2m", None, "million £", 1.2),
        ("120.000 €", "de_DE", "thousand EUR", 120.0),
        ("900 T€", "de_DE", "thousand EUR", 900.0),
        ("900", "de_DE", "thousand EUR", 900.0),
        ("1.8 million EUR", None, "million EUR", 1.8),
    ],
)
def test_a_value_in_thousands_or_millions_of_money(
    text: str, locale: str | None, unit: str, worth: float
) -> None:
    read = parse_quantity(text, locale, unit)
    assert isinstance(read, Quantity)
    assert convert(read.value, read.unit, unit) == pytest.approx(worth)


def test_another_scale_than_that_of_the_unit_is_asked_about() -> None:
    read = parse_quantity("5k", "en_US", "million EUR")
    assert isinstance(read, Unreadable)
    assert read.reason.startswith("it may be 5 k EUR or so many million EUR")


@pytest.mark.parametrize(
    ("value", "unit", "into", "found"),
    [
        (1.1, "hours", "minutes", 66.0),
        (0.3, "seconds", "milliseconds", 300.0),
        (90.0, "minutes", "hours", 1.5),
        (2.5, "years", "months", 30.0),
    ],
)
def test_what_converts_has_no_crumbs(value: float, unit: str, into: str, found: float) -> None:
    assert convert(value, unit, into) == found
