"""Days as people of a locale write them: ``20. Oktober 2026``, ``10/20/2026``, ``Q4 2026``.

What belongs here: which day one text names. What does not: cells that are dates already (``days``).
A text that may name two days is :class:`Unreadable`, with both.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta, timezone, tzinfo

from okr_model.languages.folding import fold_case, same_id
from okr_model.languages.locales import (
    LANGUAGES,
    day_before_month,
    find_locale,
    month_names,
    weekday_names,
)
from okr_model.languages.words import AT, END_OF, FILLERS, OCLOCK, quarter_words
from okr_model.quantities.cells import clean_text, is_prose
from okr_model.quantities.cycles import Cycle
from okr_model.quantities.numbers import TOO_LONG, Unreadable

_YEAR_FIRST = re.compile(
    r"(\d{4}) ?(?:([-/.]) ?(\d{1,2}) ?\2|年 ?(\d{1,2}) ?月) ?(\d{1,2})(?:\.|日(?:.曜日)?)?"
)
_YEAR_LAST = re.compile(r"(\d{1,2}) ?([-/.]) ?(\d{1,2}) ?\2 ?(\d{4}|\d{2})\.?")
_TIME = re.compile(
    rf"(.*?\d.*?)(?:T|,? (?:{'|'.join(AT)}) |,? )(\d{{1,2}})"
    r"(?:[:h](\d{2})?(?::(\d{2})(?:[.,]\d+)?)?)?"
    rf" ?(?:([ap])\.? ?m\.?|(?:{'|'.join(OCLOCK)})\b\.?)? ?(Z|UTC|GMT)?([+-]\d{{2}}:?\d{{2}})?",
    re.IGNORECASE,
)
_TOKENS = re.compile(r"\d+|[^\s\d.,;:/()'’॰年月日-]+")
_ORDINALS = re.compile(r"(?<=\d)(?:st|nd|rd|th|er|ère|re|e|o|a|º|ª|°)\b\.?", re.IGNORECASE)
_CENTURY = 2000


def parse_day(
    text: str, locale: str | None = None, zone: tzinfo | None = None
) -> date | Unreadable:
    """The day a text names.

    ``2026-11-20``, ``20.11.2026``, ``20 November 2026``, ``20 novembre 2026`` and ``Nov 20, 2026``
    mean one day everywhere; ``11/5/2026`` and ``5.11.26`` need a locale to say what comes first. A
    time of day may follow; with an offset from UTC the day is that in ``zone``.

    Args:
        text: As a person typed it.
        locale: Of the place the text stands in.
        zone: The organization's; needed only for instants with an offset.
    """
    named = parse_moment(text, locale, zone)
    return named.date() if isinstance(named, datetime) else named


def parse_moment(
    text: str, locale: str | None = None, zone: tzinfo | None = None
) -> date | Unreadable:
    """The same; where the text states a time of day, the instant, a ``datetime`` in ``zone``."""
    if is_prose(text):
        return Unreadable(TOO_LONG)
    plain = _plain(text)
    day = _day_alone(plain, locale)
    if not isinstance(day, Unreadable):
        return day
    timed = _TIME.fullmatch(plain)
    if timed is None or not re.search(r"[:]|\d ?h|[ap]\.? ?m|uhr|uur", plain, re.IGNORECASE):
        return day
    on = _day_alone(timed[1].strip().rstrip(","), locale)
    clock = _clock(*timed.groups()[1:5])
    if isinstance(on, Unreadable) or clock is None:
        return on if isinstance(on, Unreadable) else day
    offset = timedelta(0) if timed[6] else _offset(timed[7])
    if zone is None:
        return on
    stated_in = zone if offset is None else timezone(offset)
    return datetime.combine(on, clock, stated_in).astimezone(zone)


def parse_due(
    text: str, locale: str | None, zone: tzinfo | None, cycles: Iterable[Cycle] = ()
) -> date | Unreadable:
    """The day by which something is due; a cycle, quarter, month or year means its last day.

    A quarter that the organization has as a cycle ends when that cycle does.

    Args:
        text: ``Q4 2026``, ``4. Quartal 2026``, ``end of October 2026``, or any day.
        locale: Of the place the text stands in.
        zone: The organization's.
        cycles: The organization's cycles.
    """
    day = parse_day(text, locale, zone)
    if not isinstance(day, Unreadable) or is_prose(text):
        return day
    named = [cycle for cycle in cycles if same_id(cycle.id) == same_id(text)]
    quarter = _quarter(text, locale)
    if quarter is not None and not named:
        named = [cycle for cycle in cycles if _quarter(cycle.id, None) == quarter]
    if named:
        return named[0].end
    if quarter is not None:
        return _last_day(quarter[0], 3 * quarter[1])
    return _month_or_year(text, locale) or day


def _plain(text: str) -> str:
    plain = clean_text(text)
    if plain.isascii():
        return plain
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in plain)


def _day_alone(text: str, locale: str | None) -> date | Unreadable:
    if match := _YEAR_FIRST.fullmatch(text):
        return _day(match[1], match[3] or match[4], match[5]) or _none(text)
    if match := _YEAR_LAST.fullmatch(text):
        return _year_last(text, match, locale)
    return _with_a_name(text, locale)


def _year_last(text: str, match: re.Match[str], locale: str | None) -> date | Unreadable:
    first, mark, second, year = match.groups()
    day_first = day_before_month(locale)
    if len(year) == 2:
        if day_first is None:
            return Unreadable(f"“{text}” does not name one day: write the year in full")
        year = str(_CENTURY + int(year))
    if mark == ".":
        day_first = True  # nobody writes the month first with these
    readings = {
        order: found
        for order in (True, False)
        if (found := _day(year, *((second, first) if order else (first, second))))
    }
    if mark == "." and True not in readings:
        return _none(text)
    if not readings:
        return _none(text)
    if day_first is None and len(set(readings.values())) > 1:
        early, late = sorted(readings.values())
        return Unreadable(f"“{text}” may be {early} or {late}; write the one that is meant")
    likely = bool(day_first) if day_first in readings else next(iter(readings))
    return readings[likely]


def _with_a_name(text: str, locale: str | None) -> date | Unreadable:
    """``Tuesday, 20th of October 2026``: one month, one year, one day, in any order."""
    words = _TOKENS.findall(_ORDINALS.sub(" ", text))
    numbers = [word for word in words if word.isdigit()]
    names = [word for word in words if not word.isdigit() and fold_case(word) not in FILLERS]
    months = {name: month for name in names if (month := _month(name, locale))}
    if len(months) > 1:  # mar. is a day of the week, too
        months = {n: m for n, m in months.items() if not _is_weekday(n, locale)}
    others = [name for name in names if name not in months]
    if len(months) != 1 or not all(_is_weekday(name, locale) for name in others):
        return _none(text)
    years = [number for number in numbers if len(number) == 4]
    days = [number for number in numbers if len(number) <= 2]
    if not years and len(days) == 2 and day_before_month(locale) is not None:
        years = [str(_CENTURY + int(days.pop()))]
    if len(years) != 1 or len(days) != 1 or len(numbers) != 2:
        return _none(text)
    return _day(years[0], next(iter(months.values())), days[0]) or _none(text)


def _month(name: str, locale: str | None) -> int:
    """The month that a name or the beginning of one means; 0 where it means none, or two."""
    return _named(name, locale, month_names)


def _is_weekday(name: str, locale: str | None) -> bool:
    return bool(_named(name, locale, weekday_names))


def _named(name: str, locale: str | None, table: Callable[[str], Mapping[str, int]]) -> int:
    word = fold_case(name)
    own = find_locale(locale)
    for languages in ((str(own),) if own else (), (*LANGUAGES, "de_AT")):
        known = {number for language in languages for number in _meant(word, table(language))}
        if known:
            return known.pop() if len(known) == 1 else 0
    return 0


def _meant(word: str, names: Mapping[str, int]) -> set[int]:
    if word in names:
        return {names[word]}
    return {number for name, number in names.items() if len(word) > 2 and name.startswith(word)}


def _quarter(text: str, locale: str | None) -> tuple[int, int] | None:
    """Year and quarter that a text names, or None."""
    words = _TOKENS.findall(fold_case(_plain(text)))
    years = [word for word in words if word.isdigit() and len(word) == 4]
    if len(years) != 1:
        return None
    words.remove(years[0])
    named = " ".join(word for word in words if word not in FILLERS and word not in END_OF)
    joined = re.sub(r"^([a-z]) (\d)$|^(\d) ([a-z])$", r"\1\2\3\4", named)
    own = find_locale(locale)
    for language in (*((str(own),) if own else ()), *LANGUAGES):
        for spelled in (joined, named, re.sub(r"^(\d) [a-z]{1,2} ", r"\1 ", named)):
            if spelled in quarter_words(language):
                return int(years[0]), quarter_words(language)[spelled]
    return None


def _month_or_year(text: str, locale: str | None) -> date | None:
    """The last day of the month, or at its end of the year, that a text names."""
    plain = _plain(text)
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})|(\d{1,2})/(\d{4})", plain):
        year, month = match[1] or match[4], match[2] or match[3]
        return _last_day(int(year), int(month)) if 1 <= int(month) <= 12 else None
    words = _TOKENS.findall(plain)
    years = [word for word in words if word.isdigit()]
    names = [word for word in words if not word.isdigit() and fold_case(word) not in FILLERS]
    ends = [name for name in names if fold_case(name) in END_OF]
    months = [month for name in names if name not in ends and (month := _month(name, locale))]
    if len(years) != 1 or len(years[0]) != 4 or len(names) - len(ends) != len(months):
        return None
    if len(months) == 1:
        return _last_day(int(years[0]), months[0])
    return date(int(years[0]), 12, 31) if ends and not months else None


def _last_day(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _clock(hour: str, minute: str | None, second: str | None, half: str | None) -> time | None:
    at = int(hour)
    if half:
        if not 1 <= at <= 12:
            return None
        at = at % 12 + (12 if half.casefold() == "p" else 0)
    try:
        return time(at, int(minute or 0), int(second or 0))
    except ValueError:
        return None


def _offset(text: str | None) -> timedelta | None:
    if text is None:
        return None
    ahead = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return ahead if text[0] == "+" else -ahead


def _day(year: str, month: str | int, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _none(text: str) -> Unreadable:
    return Unreadable(f"“{text}” does not name one day")
