"""What a cell shows, by number format and locale; what typing into it is worth."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.server.google.entry import enter
from sandbox.server.google.sheets.a1 import (
    GridRange,
    column_index,
    column_letters,
    parse_a1,
    quote_title,
)
from sandbox.server.google.sheets.format import format_type, show_number, to_serial
from sandbox.server.google.sheets.locales import LOCALES
from sandbox.server.google.sheets.store import Cell

US, DE = LOCALES["en_US"], LOCALES["de_DE"]
DAY = to_serial(date(2026, 11, 20))
MOMENT = to_serial(datetime.fromisoformat("2026-11-20T14:05:09"))


@pytest.mark.parametrize(
    ("number", "pattern", "us", "german"),
    [
        (12400, None, "12400", "12400"),
        (12.5, None, "12.5", "12,5"),
        (1 / 3, None, "0.3333333333", "0,3333333333"),
        (12400, "#,##0", "12,400", "12.400"),
        (1234567.891, "#,##0.00", "1,234,567.89", "1.234.567,89"),
        (0.125, "0.0%", "12.5%", "12,5%"),
        (0.58, "0%", "58%", "58%"),
        (-0.5, "0%", "-50%", "-50%"),
        (3.1, '0.0"x"', "3.1x", "3,1x"),
        (3.15, '0.0"x"', "3.2x", "3,2x"),
        (7, "000", "007", "007"),
        (0.5, "#.##", ".5", ",5"),
        (1_500_000, '0.0,,"M"', "1.5M", "1,5M"),
        (12345.678, "0.00E+00", "1.23E+04", "1,23E+04"),
        (-5, '0.0;(0.0);"none"', "(5.0)", "(5,0)"),
        (0, '0.0;(0.0);"none"', "none", "none"),
        (1234.5, "[$€-407]#,##0.00", "€1,234.50", "€1.234,50"),
        (1234.5, '#,##0.00" EUR"', "1,234.50 EUR", "1.234,50 EUR"),
        (to_serial(timedelta(minutes=95, seconds=7)), "[m]:ss", "95:07", "95:07"),
        (to_serial(timedelta(hours=30, minutes=5)), "[h]:mm", "30:05", "30:05"),
        (to_serial(timedelta(hours=30, minutes=5)), "[h]:mm:ss", "30:05:00", "30:05:00"),
        (to_serial(timedelta(hours=-1.5)), "[h]:mm", "-1:30", "-1:30"),
        (DAY, "M/d/yyyy", "11/20/2026", "11/20/2026"),
        (DAY, "dd.MM.yy", "20.11.26", "20.11.26"),
        (DAY, "dddd, d. mmmm yyyy", "Friday, 20. November 2026", "Freitag, 20. November 2026"),
        (MOMENT, "yyyy-mm-dd hh:mm:ss", "2026-11-20 14:05:09", "2026-11-20 14:05:09"),
        (MOMENT, "h:mm AM/PM", "2:05 PM", "2:05 PM"),
    ],
)
def test_numbers_show_as_their_format_and_locale_say(
    number: float, pattern: str | None, us: str, german: str
) -> None:
    assert show_number(number, pattern, US) == us
    assert show_number(number, pattern, DE) == german


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [
        ("0.0%", "PERCENT"),
        ('0.0"x"', "NUMBER"),
        ('0" days"', "NUMBER"),
        ("[m]:ss", "TIME"),
        ("[h]:mm", "TIME"),
        ("H:mm:ss", "TIME"),
        ("dd.MM.yyyy", "DATE"),
        ("mmm yy", "DATE"),
        ("M/d/yyyy H:mm:ss", "DATE_TIME"),
        ("[$€-407]#,##0.00", "CURRENCY"),
        ("$#,##0", "CURRENCY"),
        ("0.00E+00", "SCIENTIFIC"),
        ("@", "TEXT"),
    ],
)
def test_the_api_name_of_a_format_comes_from_its_pattern(pattern: str, kind: str) -> None:
    assert format_type(pattern) == kind


@pytest.mark.parametrize(
    ("typed", "us", "german"),
    [
        ("12,5", "12,5", 12.5),
        ("12.5", 12.5, "12.5"),
        ("12.400", 12.4, 12400),
        ("1.234,56", "1.234,56", 1234.56),
        ("1,234.56", 1234.56, "1,234.56"),
        ("007", 7, 7),
        ("'007", "007", "007"),
        ("n/a yet", "n/a yet", "n/a yet"),
        ("TRUE", True, True),
        ("2026-11-20", DAY, DAY),
        ("20.11.2026", "20.11.2026", DAY),
        ("31.02.2026", "31.02.2026", "31.02.2026"),
    ],
)
def test_typing_is_worth_what_the_locale_says(typed: str, us: object, german: object) -> None:
    assert enter(Cell(), typed, US, raw=False).value == us
    assert enter(Cell(), typed, DE, raw=False).value == german
    assert enter(Cell(), typed, DE, raw=True).value == typed


def test_a_typed_percent_brings_its_format_and_a_formula_is_kept_uncomputed() -> None:
    percent = enter(Cell(), "12,5%", DE, raw=False)
    assert (percent.value, percent.pattern) == (0.125, "0.00%")
    formula = enter(Cell(note="kept"), "=A1*2", DE, raw=False)
    assert (formula.formula, formula.error, formula.note) == ("=A1*2", "#ERROR!", "kept")
    assert enter(Cell(), "=A1*2", DE, raw=True).value == "=A1*2"


def test_serial_numbers_count_days_since_1899() -> None:
    assert to_serial(date(1899, 12, 31)) == 1
    assert to_serial(date(2026, 11, 20)) == 46346
    assert to_serial(datetime.fromisoformat("2026-11-20T12:00:00")) == 46346.5
    assert to_serial(timedelta(hours=6)) == 0.25


@given(st.integers(0, 18_277))
def test_column_letters_and_numbers_are_inverse(column: int) -> None:
    assert column_index(column_letters(column)) == column


@pytest.mark.parametrize(
    ("text", "title", "place"),
    [
        ("Metrics!B2:D4", "Metrics", GridRange(1, 4, 1, 4)),
        ("Metrics!B2:D", "Metrics", GridRange(1, None, 1, 4)),
        ("Metrics!B:D", "Metrics", GridRange(None, None, 1, 4)),
        ("Metrics!2:3", "Metrics", GridRange(1, 3, None, None)),
        ("$C$14", None, GridRange(13, 14, 2, 3)),
        ("'A1'!C14", "A1", GridRange(13, 14, 2, 3)),
        ("'It''s'", "It's", GridRange()),
    ],
)
def test_ranges_are_read(text: str, title: str | None, place: GridRange) -> None:
    assert parse_a1(text) == (title, place)


@given(st.text(min_size=1))
def test_any_tab_title_survives_quoting(title: str) -> None:
    assert parse_a1(f"{quote_title(title)}!A1") == (title, GridRange(0, 1, 0, 1))
