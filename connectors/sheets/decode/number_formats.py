"""Number formats: whether a number is a percentage, a date, a duration, or an amount of money.

What belongs here: parsing a format's type and pattern. What does not: the numbers (``cells``).

In Sheets all of these are plain numbers; only the format tells them apart. The tokens are those of
Google's guide to date and number formats.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from connectors.sheets.decode.currencies import local_currency, read_currency

FormatKind = Literal["number", "percent", "duration", "money", "date", "datetime"]

# One piece of a pattern: a quoted or escaped literal, a bracket, or a single character.
_PIECE = re.compile(r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[(?P<bracket>[^\]]*)\]|(?P<plain>.)')
_SCALING = re.compile(r"[0#?],+(?![0#?,])")
_SHOWN_SCALE = re.compile(r"^\s*[^\W\d_]{1,4}\.?(?![^\W\d_])")
_ELAPSED = re.compile(r"h+|m+|s+")
_BY_TYPE: Mapping[str, FormatKind] = {
    "PERCENT": "percent",
    "CURRENCY": "money",
    "DATE": "date",
    "DATE_TIME": "datetime",
    # A time of day is a fraction of a day, like the duration that people use it for.
    "TIME": "duration",
}


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """The meaning of a number with this format.

    Attributes:
        kind: The kind of its cell.
        unit: ISO 4217 code of ``money``, where it is unambiguous; else the literal text around the
            number, such as ``x`` in ``0.0"x"``; else None.
        scale: Factor for the stored number: 0.01 where the percent sign is literal text, so that
            12.5 is shown as 12.5 %.
    """

    kind: FormatKind = "number"
    unit: str | None = None
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class _Pattern:
    """The tokens of a pattern's first section, the one for positive numbers.

    Attributes:
        literals: All literal text.
        behind: The literal text behind the number: what stands before it is no unit.
        brackets: What stands in brackets.
        plain: Everything that is neither.
        scales: Whether the number is shown divided by thousands, as ``0.0,,"M"`` does.
    """

    literals: str = ""
    behind: str = ""
    brackets: tuple[str, ...] = ()
    plain: str = ""
    scales: bool = False


@cache
def read_format(kind: str | None, pattern: str | None, locale: str) -> NumberFormat:
    """The meaning of a cell's ``effectiveFormat.numberFormat``.

    Args:
        kind: Its ``type``, such as ``PERCENT``; None if the cell has no format.
        pattern: Its ``pattern``, such as ``[m]:ss``; None or empty for the type's default.
        locale: The spreadsheet's locale, such as ``de_DE``; decides which dollar a ``$`` is.
    """
    parts = _take_apart(pattern or "")
    if any(_ELAPSED.fullmatch(bracket.lower()) for bracket in parts.brackets):
        return NumberFormat("duration")
    known = _BY_TYPE.get(kind or "")
    if known == "money":
        symbol = _symbol(parts)
        if not symbol and not pattern:
            return NumberFormat("money", local_currency(locale))
        return NumberFormat("money", read_currency(symbol, locale) or symbol or None)
    if known is not None:
        return NumberFormat(known)
    if "%" in parts.plain:
        return NumberFormat("percent")
    return _number(parts, locale)


def _number(parts: _Pattern, locale: str) -> NumberFormat:
    if parts.literals.strip() == "%":
        return NumberFormat("percent", scale=0.01)
    unit = _SHOWN_SCALE.sub("", parts.behind) if parts.scales else parts.behind
    symbol = (_SHOWN_SCALE.sub("", _symbol(parts)) if parts.scales else _symbol(parts)).strip()
    currency = read_currency(symbol, locale) if symbol else None
    if currency:
        return NumberFormat("money", currency)
    return NumberFormat("number", unit.strip() or None)


def _take_apart(pattern: str) -> _Pattern:
    quoted, unquoted, brackets, plain = [], [], [], []
    skip = within = False
    for piece in _PIECE.finditer(pattern):
        text = piece.group("plain")
        if skip:  # the character after _ or * only sets a width or a fill
            skip = False
        elif text == ";":
            break
        elif text in ("_", "*"):
            skip = True
        elif text is not None:
            plain.append(text)
            within = within or text in "0#?"
            if text not in "0#?.,/ ()+-%Ee@":
                unquoted.append((text, within))
        elif piece.group("bracket") is not None:
            brackets.append(piece.group("bracket"))
        else:
            quoted.append((piece.group("quoted") or piece.group("escaped") or "", within))
    if "".join(plain) == "General" or any(letter.isdigit() for letter, _ in unquoted):
        unquoted = []  # else Sheets shows letters without a meaning unchanged
    literals = [*quoted, *unquoted]
    return _Pattern(
        "".join(text for text, _ in literals),
        "".join(text for text, behind in literals if behind),
        tuple(brackets),
        "".join(plain),
        bool(_SCALING.search("".join(plain))),
    )


def _symbol(parts: _Pattern) -> str:
    """The currency sign of a pattern: ``[$€-407]``, ``"$"`` or a bare ``€``."""
    for bracket in parts.brackets:
        if bracket.startswith("$"):
            return bracket[1:].partition("-")[0].strip()
    return parts.literals.strip()
