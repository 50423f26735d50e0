"""Days: parsing the day that a cell states, and one representation of days in frames.

What belongs here: dates as text, as instants and as columns of frames. What does not: cycles
(``cycles``). In frames a day is its midnight: ``datetime64[us]`` without a time zone.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from okr_model.languages.locales import LANGUAGES, day_before_month, month_names
from okr_model.quantities.cells import clean_text

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)? ([^\W\d_]+)\.?,? (\d{4})")
_MONTH_FIRST = re.compile(r"([^\W\d_]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")


def to_days(values: pd.Series) -> pd.Series:
    """Days of any representation (dates, midnights, Arrow dates) as ``datetime64[us]``."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        raise TypeError("instants have no day without a zone; see read_days")
    if not pd.api.types.is_datetime64_dtype(values.dtype):
        values = pd.to_datetime(values.astype("object"))
    return values.astype("datetime64[us]").dt.normalize()


def midnight(day: date) -> pd.Timestamp:
    """``day`` as frames represent it."""
    return pd.Timestamp(day.year, day.month, day.day).as_unit("us")


def read_days(cells: pd.DataFrame, timezone: str) -> pd.DataFrame:
    """The day that each cell states.

    A date is that day; an instant is the day it falls on in ``timezone``; text is parsed by
    :func:`parse_day` with the cell's locale. A bare number is refused: only its number format tells
    a date from a number.

    Returns:
        ``day`` and ``problem`` (the end of a sentence; null where the cell is empty or readable).
    """
    kinds = cells["kind"].astype("object")
    keys = cells[["kind", "date", "text", "locale"]].astype("object").where(cells.notna(), None)
    zone = ZoneInfo(timezone)
    distinct = keys.drop_duplicates().itertuples(index=False, name=None)
    seen = {key: _read_day(key, zone) for key in distinct}
    found = [seen[key] for key in keys.itertuples(index=False, name=None)]
    return pd.DataFrame(
        {
            "day": pd.Series([day for day, _ in found], dtype="datetime64[us]", index=kinds.index),
            "problem": pd.Series([why for _, why in found], dtype="str", index=kinds.index),
        }
    )


def parse_day(text: str, locale: str | None = None) -> date | None:
    """The day that a text states, or None.

    ``2026-11-20``, ``20.11.2026``, ``20 November 2026`` and ``Nov 20, 2026`` mean the same day in
    every locale; ``11/20/2026`` needs a locale to say whether the month or the day comes first.
    """
    plain = clean_text(text)
    if match := _ISO.fullmatch(plain):
        return _day(*match.groups())
    if match := _DOTTED.fullmatch(plain):
        return _day(*reversed(match.groups()))
    if match := _SLASHED.fullmatch(plain):
        return _slashed(match.groups(), locale)
    if match := _DAY_FIRST.fullmatch(plain):
        return _day(match.group(3), _month(match.group(2), locale), match.group(1))
    if match := _MONTH_FIRST.fullmatch(plain):
        return _day(match.group(3), _month(match.group(1), locale), match.group(2))
    return None


def _read_day(key: tuple[str | None, ...], zone: ZoneInfo) -> tuple[date | None, str | None]:
    """The day and the problem of one distinct ``(kind, date, text, locale)``."""
    kind, written, text, locale = key
    if kind in (None, "empty"):
        return None, None
    if kind == "date" and written:
        return date.fromisoformat(written[:10]), None
    if kind == "datetime" and written:
        instant = datetime.fromisoformat(written)
        return (instant.astimezone(zone) if instant.tzinfo else instant).date(), None
    if kind == "text" and text:
        day = parse_day(text, locale)
        return day, None if day else f"“{clean_text(text)}” does not name one day"
    if kind in ("number", "percent"):
        return None, f"“{text}” is a number, not formatted as a date"
    return None, f"“{text or kind}” is not a date"


def _slashed(parts: tuple[str, ...], locale: str | None) -> date | None:
    first, second, year = parts
    day_first = day_before_month(locale)
    if day_first is None:
        return None
    return _day(year, second, first) if day_first else _day(year, first, second)


def _month(name: str, locale: str | None) -> int:
    """The month that a name or the beginning of one means; 0 where it means none, or two."""
    word = name.casefold()
    own = (locale or "").replace("-", "_").partition("_")[0]
    for languages in ((own,), LANGUAGES):
        known = {month for language in languages for month in _meant(word, language)}
        if known:
            return known.pop() if len(known) == 1 else 0
    return 0


def _meant(word: str, language: str) -> set[int]:
    names = month_names(language)
    if word in names:
        return {names[word]}
    return {month for name, month in names.items() if len(word) > 2 and name.startswith(word)}


def _day(year: str, month: str | int, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
