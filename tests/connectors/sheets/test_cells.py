"""What a cell is worth by its value and number format together."""

from collections import defaultdict
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.numbers import list_currencies

from connectors.cells import Cell
from connectors.sheets.decode.cells import Setting, decode_cell, read_zone
from connectors.sheets.decode.currencies import local_currency
from connectors.sheets.decode.home_signs import HOME_SIGNS
from connectors.sheets.decode.number_formats import NumberFormat, read_format

GERMAN = Setting("de_DE", ZoneInfo("Europe/Berlin"))
AMERICAN = Setting("en_US", ZoneInfo("America/New_York"))


def number(value: float, kind: str | None = None, pattern: str = "", shown: str = "") -> Any:
    served: dict[str, Any] = {"effectiveValue": {"numberValue": value}, "formattedValue": shown}
    if kind:
        served["effectiveFormat"] = {"numberFormat": {"type": kind, "pattern": pattern}}
    return served


def text(held: str) -> Any:
    return {"effectiveValue": {"stringValue": held}, "formattedValue": held}


@pytest.mark.parametrize(
    ("served", "expected"),
    [
        (number(12.5, shown="12.5"), Cell("number", "12.5", 12.5)),
        (number(0.125, "PERCENT", "0.0%", "12,5 %"), Cell("percent", "12,5 %", 0.125)),
        (number(0.125, "NUMBER", "0.0%", "12.5%"), Cell("percent", "12.5%", 0.125)),
        (number(12.5, "NUMBER", '0.0"%"', "12.5%"), Cell("percent", "12.5%", 0.125)),
        (number(3, "NUMBER", '0.0"x"', "3.0x"), Cell("number", "3.0x", 3.0, unit="x")),
        (number(3, "NUMBER", "0.0\\x", "3.0x"), Cell("number", "3.0x", 3.0, unit="x")),
        (number(52, "NUMBER", '0 "days"', "52 days"), Cell("number", "52 days", 52.0, unit="days")),
        (number(5, "NUMBER", "#,##0.00", "5.00"), Cell("number", "5.00", 5.0)),
        (number(5, "TEXT", "@", "5"), Cell("number", "5", 5.0)),
        (
            number(46354, "DATE", "dd.mm.yyyy", "28.11.2026"),
            Cell("date", "28.11.2026", date="2026-11-28"),
        ),
        (
            number(2.5, "DATE_TIME", "", "x"),
            Cell("datetime", "x", date="1900-01-01T12:00:00-05:00"),
        ),
        (
            number(46354.375, "DATE_TIME", "", "x"),
            Cell("datetime", "x", date="2026-11-28T09:00:00-05:00"),
        ),
        (number(185 / 86400, "DATE_TIME", "[m]:ss", "3:05"), Cell("duration", "3:05", 185.0)),
        (number(1.5, "TIME", "[h]:mm:ss", "36:00:00"), Cell("duration", "36:00:00", 129600.0)),
        (number(0.5, "TIME", "h:mm", "12:00"), Cell("duration", "12:00", 43200.0)),
        (number(9.5, "CURRENCY", '"$"#,##0.00', "$9.50"), Cell("money", "$9.50", 9.5, unit="USD")),
        (
            number(9.5, "CURRENCY", "#,##0.00 [$€-407]", "9,50 €"),
            Cell("money", "9,50 €", 9.5, unit="EUR"),
        ),
        (
            number(9.5, "NUMBER", "#,##0.00 [$EUR]", "9.50 EUR"),
            Cell("money", "9.50 EUR", 9.5, unit="EUR"),
        ),
        (
            number(9.5, "CURRENCY", "[$RM]#,##0;-[$RM]#,##0", "RM10"),
            Cell("money", "RM10", 9.5, unit="MYR"),
        ),
        (number(9.5, "CURRENCY", "", "$9.50"), Cell("money", "$9.50", 9.5, unit="USD")),
    ],
)
def test_the_number_format_tells_what_a_number_is(served: Any, expected: Cell) -> None:
    assert decode_cell(served, AMERICAN) == expected


@pytest.mark.parametrize("held", ["12,5%", "1.234,56", "007", "5.10", "2026-11-28", "n/a yet"])
def test_text_stays_text_with_the_locale_that_explains_it(held: str) -> None:
    assert decode_cell(text(held), GERMAN) == Cell("text", held, locale="de_DE")


@pytest.mark.parametrize("held", ["", "  ", "\u00a0", "\u200b", "\ufeff \n"])
def test_what_nobody_can_see_is_empty(held: str) -> None:
    assert decode_cell(text(held), GERMAN).kind == "empty"


@pytest.mark.parametrize(
    ("kind", "shown", "expected"),
    [
        ("REF", "#REF!", "#REF!"),
        ("N_A", "#N/A", "#N/A"),
        ("LOADING", "Loading...", "Loading..."),
        ("DIVIDE_BY_ZERO", "", "#DIV/0!"),
        ("NEW_KIND", "", "#NEW_KIND"),
    ],
)
def test_errors_are_errors_and_never_zero(kind: str, shown: str, expected: str) -> None:
    served = {"effectiveValue": {"errorValue": {"type": kind}}, "formattedValue": shown}
    assert decode_cell(served, GERMAN) == Cell("error", expected)


def test_a_tick_is_one() -> None:
    served = {"effectiveValue": {"boolValue": True}, "formattedValue": "WAHR"}
    assert decode_cell(served, GERMAN) == Cell("bool", "WAHR", 1.0)


def test_a_formatted_but_blank_cell_is_empty() -> None:
    served = {"effectiveFormat": {"numberFormat": {"type": "PERCENT", "pattern": "0%"}}}
    assert decode_cell(served, GERMAN).kind == "empty"


def test_a_cell_without_format_takes_the_spreadsheets_own() -> None:
    percent = Setting("en_US", UTC, {"type": "PERCENT", "pattern": "0%"})
    assert decode_cell(number(0.5, shown="50%"), percent).kind == "percent"


@pytest.mark.parametrize(
    ("pattern", "locale", "unit"),
    [
        ("[$$-409]#,##0", "de_DE", "USD"),
        ("[$$]#,##0", "en_AU", "AUD"),
        ('#,##0 "kr"', "sv_SE", "SEK"),
        ('#,##0 "kr"', "de_DE", "kr"),
        ('#,##0 "kr"', "no_NO", "NOK"),
        ('#,##0 "kr"', "da_DK", "DKK"),
        ("#,##0 [$zł]", "de_DE", "PLN"),
        ("#,##0 [$zł]", "pl_PL", "PLN"),
        ("[$A$]#,##0", "fr_FR", "AUD"),
        ("[$£]0", "en_AU", "GBP"),
        ("[$¥]0", "zh_CN", "CNY"),
        ("[$¥]0", "en_US", "JPY"),
        ('_("$"* #,##0.00_);_("$"* (#,##0.00)', "en_US", "USD"),
        ("#,##0.00 €", "de_DE", "EUR"),
        ("[$₿]0", "en_US", "₿"),
        ("[$-409]0", "en_US", None),
    ],
)
def test_currency_signs_are_read_by_the_country(pattern: str, locale: str, unit: str) -> None:
    assert read_format("CURRENCY", pattern, locale) == NumberFormat("money", unit)


@pytest.mark.parametrize("pattern", ["General", "[Red]0.0", "0.00E+00", "# ?/?", "[>100]0", ""])
def test_other_patterns_leave_a_plain_number(pattern: str) -> None:
    assert read_format("NUMBER", pattern, "en_US") == NumberFormat()


@pytest.mark.parametrize(
    ("pattern", "unit"),
    [
        ('0.0,,"M"', None),
        ('#,##0,"k"', None),
        ('0,,.0"M"', None),
        ('0.0,,"M users"', "users"),
        ('"Week "0', None),
        ("\\~0", None),
        ('0" days"', "days"),
        ('0.0"x"', "x"),
    ],
)
def test_what_scales_or_decorates_a_number_is_no_unit(pattern: str, unit: str | None) -> None:
    assert read_format("NUMBER", pattern, "en_US") == NumberFormat("number", unit)
    cell = decode_cell(number(4_200_000, "NUMBER", pattern, "4.2M"), AMERICAN)
    assert (cell.number, cell.unit) == (4_200_000, unit)


def test_an_amount_that_is_scaled_is_money_all_the_same() -> None:
    assert read_format("NUMBER", '#,##0.0,,"Mio. €"', "de_DE") == NumberFormat("money", "EUR")


def test_time_zones_by_name_by_offset_and_unknown() -> None:
    assert read_zone("Asia/Kuala_Lumpur") == ZoneInfo("Asia/Kuala_Lumpur")
    offset = read_zone("GMT-07:00")
    assert offset is not None
    assert offset.utcoffset(None).total_seconds() == -7 * 3600
    assert read_zone("Mars/Olympus") is None
    assert read_zone("") is None


def test_signs_at_home_are_those_of_the_unicode_data() -> None:
    signs = defaultdict[str, set[str]](set)
    for code in list_currencies():
        territory = f"und_{code[:2]}"
        if local_currency(territory) == code:
            sign = Locale.parse(territory).currency_symbols.get(code, "")
            signs[sign.rstrip(".")].add(code)
    own = {sign: min(codes) for sign, codes in signs.items() if len(sign) > 1 and len(codes) == 1}
    assert {sign: code for sign, code in own.items() if sign != code} == HOME_SIGNS
