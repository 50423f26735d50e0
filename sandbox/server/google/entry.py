"""Values that clients write into cells: RAW unchanged, USER_ENTERED parsed as if typed."""

from __future__ import annotations

import re
from datetime import date

from sandbox.server.google.sheets.format import to_serial
from sandbox.server.google.sheets.locales import Locale
from sandbox.server.google.sheets.store import Cell, ErrorText

_NOT_COMPUTED: ErrorText = "#ERROR!"


def enter(before: Cell, typed: object, locale: Locale, *, raw: bool) -> Cell:
    """The cell after a value is written into it; note, link and format are kept.

    A formula is stored but not computed: the cell shows ``#ERROR!``.

    Args:
        before: The cell before.
        typed: A JSON scalar.
        locale: Decides how ``12,5`` is parsed.
        raw: Whether text is stored as text without parsing.
    """
    value, pattern = typed, before.pattern
    if isinstance(typed, str) and not raw:
        if typed.startswith("="):
            return _replaced(before, None, pattern, typed)
        value, found = _read(typed, locale)
        pattern = pattern or found
    if value == "":
        value = None
    if value is not None and not isinstance(value, str | int | float | bool):
        raise ValueError(f"a cell takes text, numbers and booleans, not {type(value).__name__}")
    return _replaced(before, value, pattern, None)


def _replaced(
    before: Cell, value: str | float | bool | None, pattern: str | None, formula: str | None
) -> Cell:
    error = _NOT_COMPUTED if formula else None
    return Cell(value, pattern, formula, error, before.note, before.link, before.bold)


def _read(typed: str, locale: Locale) -> tuple[str | float | bool, str | None]:
    """The value of typed text, and the number format that it implies."""
    if typed.startswith("'"):
        return typed[1:], None
    text = typed.strip()
    if text.upper() in (locale.true, locale.false, "TRUE", "FALSE"):
        return text.upper() in (locale.true, "TRUE"), None
    if (day := _day(text, locale)) is not None:
        return to_serial(day), locale.date
    percent = text.endswith("%")
    number = _number(text.rstrip("% ") if percent else text, locale)
    if number is None:
        return typed, None
    decimals = locale.decimal in text
    if percent:
        return number / 100, "0.00%" if decimals else "0%"
    return number, None


def _number(text: str, locale: Locale) -> float | None:
    group, decimal = re.escape(locale.group), re.escape(locale.decimal)
    whole = rf"[+-]?(?:\d{{1,3}}(?:{group}\d{{3}})+|\d+)"
    if not re.fullmatch(rf"{whole}(?:{decimal}\d*)?|[+-]?{decimal}\d+", text):
        return None
    number = float(text.replace(locale.group, "").replace(locale.decimal, "."))
    return int(number) if number.is_integer() else number


def _day(text: str, locale: Locale) -> date | None:
    if iso := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        parts = (int(iso[1]), int(iso[2]), int(iso[3]))
    elif local := re.fullmatch(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})", text):
        first, second = int(local[1]), int(local[3])
        month, day = (second, first) if locale.day_first else (first, second)
        parts = (int(local[4]), month, day)
    else:
        return None
    try:
        return date(*parts)
    except ValueError:
        return None
