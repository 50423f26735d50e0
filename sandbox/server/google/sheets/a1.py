"""A1 notation: ``Metrics!B2:D``, ``'Go live'!1:3``, ``A1``."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CORNER = re.compile(r"\$?([A-Za-z]{1,3})?\$?([1-9]\d*)?")


@dataclass(frozen=True, slots=True)
class GridRange:
    """A half-open rectangle, rows and columns 0-based; None for an open side."""

    first_row: int | None = None
    end_row: int | None = None
    first_column: int | None = None
    end_column: int | None = None


def parse_a1(text: str) -> tuple[str | None, GridRange]:
    """Split a range into tab title (None if it names none) and rectangle.

    Raises:
        ValueError: The part after the tab is not a range.
    """
    title: str | None = None
    rest = text
    if text.startswith("'"):
        match = re.fullmatch(r"'((?:[^']|'')*)'(?:!(.*))?", text, re.DOTALL)
        if not match:
            raise ValueError(f"Unable to parse range: {text}")
        title, rest = match[1].replace("''", "'"), match[2] or ""
    elif "!" in text:
        title, rest = text.rsplit("!", 1)
    return title, _rectangle(rest, text) if rest else GridRange()


def column_letters(column: int) -> str:
    """The letters of a 0-based column: 0 is ``A``, 26 is ``AA``."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """The inverse of :func:`column_letters`."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1


def quote_title(title: str) -> str:
    """A tab title as written in a range: quoted unless it is a plain word."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z_]*", title):
        return title
    return "'" + title.replace("'", "''") + "'"


def format_a1(title: str, first_row: int, end_row: int, first_column: int, end_column: int) -> str:
    """A full range; a single cell has no colon."""
    first = f"{column_letters(first_column)}{first_row + 1}"
    last = f"{column_letters(end_column - 1)}{end_row}"
    return f"{quote_title(title)}!{first}" + (f":{last}" if last != first else "")


def _rectangle(rest: str, text: str) -> GridRange:
    first, colon, last = rest.partition(":")
    start, stop = _CORNER.fullmatch(first), _CORNER.fullmatch(last if colon else first)
    if not start or not stop or not first or (colon and not last):
        raise ValueError(f"Unable to parse range: {text}")
    if not colon and not (start[1] and start[2]):
        raise ValueError(f"Unable to parse range: {text}")
    rows = sorted(int(one) - 1 for one in (start[2], stop[2]) if one)
    columns = sorted(column_index(one) for one in (start[1], stop[1]) if one)
    return GridRange(
        first_row=int(start[2]) - 1 if start[2] and not stop[2] else (rows[0] if rows else None),
        end_row=rows[-1] + 1 if stop[2] else None,
        first_column=columns[0] if columns else None,
        end_column=columns[-1] + 1 if stop[1] else None,
    )
