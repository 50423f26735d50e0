"""Plain numbers as people of a locale write them: marks, grouping, signs, scales.

What belongs here: what digits and the words that scale them are worth. What does not: units
(``quantity_parser``). A text that two people could read as different numbers is
:class:`Unreadable`, with both readings.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from okr_model.languages.locales import Marks, groups_in_pairs, marks_of
from okr_model.languages.words import meanings, scale_words
from okr_model.quantities.cells import LONGEST_FIGURE, clean_text

NUMBER = re.compile(r"[-+]?[0-9](?:[0-9.,' ]*[0-9])?")
_SAME_SIGNS = str.maketrans(
    {"\u2212": "-", "\ufe63": "-", "\uff0d": "-", "\uff05": "%", "\u2019": "'", "\u066a": "%"}
)
_OF_SCRIPTS = str.maketrans({"\u066b": ".", "\u066c": ","})  # Arabic marks
_PARENTHESES = re.compile(r"([^\d()+-]*)\( ?((?:[^\d()+-]{1,5})?\d[^()]*)\) ?([^\d()]*)")
_MINUS_BEHIND = re.compile(r"([^-]*\d) ?-")
_SCALE = re.compile(r" ?([^\W\d_]+(?: [^\W\d_]+)?)\.?(?![^\W\d_])")
_NO_LOCALE = "without the locale it was typed in"
_ENGLISH = Marks(".", frozenset(",' "))
_GERMAN = Marks(",", frozenset(".' "))


TOO_LONG = f"it has more than {LONGEST_FIGURE} characters"
"""Why a text is no figure and no day; see :func:`okr_model.quantities.cells.is_prose`."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a text is no quantity, as the end of a sentence."""

    reason: str


def plain_text(text: str) -> str:
    """``text`` with plain spaces, signs, and digits 0 to 9; a negative in accounting style as such.

    >>> plain_text("(1,234)"), plain_text("１２ ％"), plain_text("$(5)"), plain_text("1.234,50-")
    ('-1,234', '12 %', '-$5', '-1.234,50')
    """
    plain = clean_text(text).translate(_SAME_SIGNS)
    if not plain.isascii():
        western = (str(unicodedata.decimal(each)) if each.isdecimal() else each for each in plain)
        plain = "".join(western).translate(_OF_SCRIPTS)
    if match := _PARENTHESES.fullmatch(plain):
        before, inner, behind = (part.strip() for part in match.groups())
        return f"-{before}{inner} {behind}".strip()
    if match := _MINUS_BEHIND.fullmatch(plain):
        return f"-{match[1]}"
    return plain


def read_number(token: str, locale: str | None) -> float | Unreadable:
    """A number by the convention of ``locale``; by the English one, if it is not ambiguous."""
    marks = marks_of(locale)
    if marks is not None:
        return _read_in(token, marks, locale or "")
    english, german = _worth(token, _ENGLISH, pairs=True), _worth(token, _GERMAN)
    if german is not None and (english is None or _needs_a_locale(token)):
        if english is not None:
            return _two(token, english, german, _NO_LOCALE)
        return Unreadable(
            f"“{token}” is ambiguous {_NO_LOCALE}: it may be {german:.12g}, or a slip in the marks"
        )
    return _finite(token, english, "")


def scaled(value: float, behind: str, locale: str | None) -> tuple[float, str, str] | Unreadable:
    """A number times the scale behind it, what remains, and the word that scaled it.

    >>> scaled(4.5, "Mio. €", "de_DE"), scaled(12.0, "% of all", None)
    ((4500000.0, '€', 'Mio'), (12.0, '% of all', ''))
    """
    match = _SCALE.match(behind)
    if match is None:
        return value, behind, ""
    for word in dict.fromkeys((match[1], match[1].partition(" ")[0])):
        powers = meanings(word, locale, scale_words)
        if len(powers) > 1:
            both = " or ".join(f"{_times(value, power):,.15g}" for power in sorted(powers))
            return Unreadable(f"“{word}” differs between languages: it may be {both}")
        for power in powers:
            rest = behind.lstrip()[len(word) :].removeprefix(".").strip()
            return _times(value, power), rest, word
    return value, behind, ""


def _times(value: float, power: int) -> float:
    return float(Decimal(repr(value)).scaleb(power))


def _read_in(token: str, marks: Marks, locale: str) -> float | Unreadable:
    value = _worth(token, marks, pairs=groups_in_pairs(locale))
    if value is None:
        other = _GERMAN if marks.decimal == "," else _ENGLISH
        grouped = _worth(token, other)
        foreign = _worth(token, _ENGLISH if marks.decimal == "," else _GERMAN)
        if grouped is not None and foreign is not None:
            return _two(token, grouped, foreign, f"in {locale}")
        value = foreign if marks.either and grouped is None else grouped
    return _finite(token, value, f" in {locale}")


def _two(token: str, one: float, other: float, where: str) -> Unreadable:
    low, high = sorted((one, other), key=abs)
    return Unreadable(f"“{token}” is ambiguous {where}: it may be {low:.12g} or {high:.12g}")


def _finite(token: str, value: float | None, where: str) -> float | Unreadable:
    if value is None:
        return Unreadable(f"“{token}” is not a number as it is written{where}")
    return value if math.isfinite(value) else Unreadable("it is too large")


def _worth(token: str, marks: Marks, *, pairs: bool = False) -> float | None:
    """A number by these marks alone; None where it is none. ``pairs``: 12,00,000 is one, too."""
    whole, mark, fraction = token.lstrip("+-").partition(marks.decimal)
    groups = "".join(map(re.escape, sorted(marks.groups)))
    shapes = rf"[0-9]+|[1-9][0-9]{{0,2}}([{groups}])[0-9]{{3}}(?:\1[0-9]{{3}})*"
    shapes += r"|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}" if pairs else ""
    if not re.fullmatch(shapes, whole) or (mark and not re.fullmatch("[0-9]+", fraction)):
        return None
    value = float(f"{re.sub('[^0-9]', '', whole)}.{fraction or '0'}")
    return -value if token.startswith("-") else value


def _needs_a_locale(token: str) -> bool:
    """``12.400`` may be a German number; ``1,200`` is taken for an English one."""
    return bool(re.fullmatch(r"[1-9][0-9]{0,2}\.[0-9]{3}", token.lstrip("+-")))
